/** A number that a node tells of itself: its clock, or how often its disk failed. */

import type { Json } from "../../checker/history/event.js";
import type { Address } from "./connection.js";
import { askOnce, type HttpRequest } from "./http-template.js";

/**
 * A GET that answers with it, alone or where `value` points to in JSON (such as /clock/ms); or a function that asks. A
 * clock is told in ms since 1970, or as a date in words.
 */
export type Reading = { readonly http: string; readonly value?: string } | ((at: Address) => Promise<number>);

/** @throws where the node does not answer in time, or not with a number */
export async function readNumber(reading: Reading, at: Address, withinMs: number): Promise<number> {
  const signal = AbortSignal.timeout(withinMs);
  const [answer, who] =
    typeof reading === "function"
      ? [await Promise.race([reading(at), lateAt(signal)]), "the function that was given"]
      : [await askOnce(requestOf(reading), at, { signal }), reading.http];
  const number = numberOf(answer);
  if (Number.isFinite(number)) return number;
  throw new Error(`${who} answered ${JSON.stringify(answer).slice(0, 80)}, expected a number or a date`);
}

const lateAt = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

const requestOf = ({ http, value }: Exclude<Reading, (...args: never) => unknown>): HttpRequest => ({
  path: http,
  ...(value === undefined ? {} : { value }),
});

function numberOf(answer: Json): number {
  if (typeof answer === "number") return answer;
  if (typeof answer !== "string") return Number.NaN;
  return answer.trim() !== "" && Number.isFinite(Number(answer)) ? Number(answer) : Date.parse(answer);
}
