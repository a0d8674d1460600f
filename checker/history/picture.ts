/**
 * Histories drawn as intervals, the way papers draw them: an example is then its own illustration.
 *
 *     0: |-------w1-------|
 *     1:   |-r1-|    |-r_-|
 *     2:          |--c1,2--?
 *
 * One row a process. `w1` writes 1, `r1` reads 1, `c1,2` is a cas from 1 to 2; `_` is null, words are strings; a key
 * comes first, with a dot: `x.w1`. An interval ends in `|` ok, `?` info, `!` fail, or not at all: then the history ends before it.
 * Columns after the colon are time, a millisecond each. In one column invocations come before completions: touching intervals overlap.
 */

import type { EventType, Json, OpEvent } from "./event.js";
import type { History } from "./operation.js";
import { pairEvents } from "./pair.js";

const INTERVAL = /\|-*([^\s|?!-]+)-*([|?!]?)/g;
const ENDS: { readonly [mark: string]: EventType } = { "|": "ok", "?": "info", "!": "fail" };
const NS_PER_COLUMN = 1_000_000;

/** Throws where a row is no drawing: pictures are written by hand, in tests and documents. */
export function historyOfPicture(picture: string): History {
  return pairEvents(eventsOfPicture(picture));
}

export function eventsOfPicture(picture: string): OpEvent[] {
  const events: { readonly column: number; readonly event: Omit<OpEvent, "index"> }[] = [];
  for (const row of picture.split("\n").filter((line) => line.trim() !== "")) {
    const [, label = "", bars = ""] = /^(\s*\d+\s*:)(.*)$/.exec(row) ?? [];
    if (label === "") throw new Error(`no process number before ${JSON.stringify(row)}`);
    for (const found of bars.matchAll(INTERVAL)) {
      const [text, name = "", mark = ""] = found;
      const op = { process: Number.parseInt(label, 10), ...operationOf(name) };
      const from = found.index;
      const { argument, result, ...rest } = op;
      const time = from * NS_PER_COLUMN;
      events.push({ column: from, event: { ...rest, type: "invoke", value: argument, time } });
      const type = ENDS[mark];
      if (type === undefined) continue;
      const to = from + text.length - 1;
      const value = type === "ok" ? result : argument;
      events.push({ column: to, event: { ...rest, type, value, time: to * NS_PER_COLUMN } });
    }
  }
  events.sort((a, b) => a.column - b.column || late(a.event.type) - late(b.event.type));
  return events.map(({ event }, index) => ({ index, ...event }));
}

/** Of two events in one column the invocation comes first. */
const late = (type: EventType): number => (type === "invoke" ? 0 : 1);

function operationOf(name: string): { f: string; key: string | null; argument: Json; result: Json } {
  const [, key = null, letter, value = ""] = /^(?:(\w+)\.)?([rwc])(.*)$/.exec(name) ?? [];
  if (letter === "r") return { f: "read", key, argument: null, result: valueOf(value) };
  if (letter === "w") return { f: "write", key, argument: valueOf(value), result: valueOf(value) };
  const pair = value.split(",").map(valueOf);
  if (letter !== "c" || pair.length !== 2) throw new Error(`"${name}" is no operation: expected w1, r1 or c1,2`);
  return { f: "cas", key, argument: pair, result: pair };
}

const valueOf = (text: string): Json => (text === "_" ? null : /^\d+$/.test(text) ? Number(text) : text);
