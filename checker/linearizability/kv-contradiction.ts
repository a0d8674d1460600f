/**
 * Two operations on a string that cannot both be right, whatever else happened. While no put can take effect the string
 * only grows, so a get must return all that was appended before it began, and all that an earlier get returned.
 *
 * Sound, and far from complete: it finds at once what most broken stores do, in two operations, and leaves the rest to
 * the search.
 */

import { endOf, type Operation } from "../history/operation.js";
import { textOf } from "./counterexample.js";

export interface KvContradiction {
  readonly operations: readonly Operation[];
  readonly pattern: string;
  readonly because: string;
}

/** How many gets after an append, or after another get, are looked at. */
const LOOKS_MAX = 4;

/** `operations`: of one key in order of invocation, without failed ones. The contradiction that shows first, or null. */
export function kvContradiction(operations: readonly Operation[]): KvContradiction | null {
  const gets = operations.filter((op) => op.f === "get" && op.type === "ok");
  const puts = new Puts(operations.filter((op) => op.f === "put"));
  let first: KvContradiction | null = null;
  let shows = Number.POSITIVE_INFINITY;
  for (const before of operations) {
    if (before.f === "put" || before.type !== "ok") continue;
    let at = firstAfter(gets, endOf(before));
    for (let looks = 0; looks < LOOKS_MAX && at < gets.length; looks++, at++) {
      const get = gets[at];
      if (get === undefined || endOf(get) >= shows || puts.canComeBetween(before, get)) continue;
      const contradiction = between(before, get);
      if (contradiction !== null) [first, shows] = [contradiction, endOf(get)];
    }
  }
  return first;
}

/** The first, in order of invocation, that began after `moment`. */
function firstAfter(operations: readonly Operation[], moment: number): number {
  let [low, high] = [0, operations.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((operations[middle]?.invoked ?? 0) <= moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

class Puts {
  readonly #puts: readonly Operation[];
  /** By place in the order of invocation: the latest completion of all puts up to there. */
  readonly #latestEnd: readonly number[];

  constructor(puts: readonly Operation[]) {
    this.#puts = puts;
    let latest = Number.NEGATIVE_INFINITY;
    this.#latestEnd = puts.map((put) => (latest = Math.max(latest, endOf(put))));
  }

  /** Whether some put began before `get` ended, and ended after `before` began. */
  canComeBetween(before: Operation, get: Operation): boolean {
    const begun = firstAfter(this.#puts, endOf(get));
    return begun > 0 && (this.#latestEnd[begun - 1] ?? 0) >= before.invoked;
  }
}

function between(before: Operation, get: Operation): KvContradiction | null {
  const text = stringOf(get);
  const saw = `get at ${get.invoked} returned ${textOf(text)}`;
  const noPut = "and no put can have come in between";
  if (before.f === "append") {
    if (text.includes(stringOf(before))) return null;
    const because = `${saw}, without ${textOf(before.value)}, whose append by ${before.invoked} was done at ${before.completed}, ${noPut}`;
    return { operations: [before, get], pattern: "lost append", because };
  }
  if (text.startsWith(stringOf(before))) return null;
  const because = `${saw}, which does not begin with what get at ${before.invoked} had returned (done at ${before.completed}), ${textOf(stringOf(before))}, ${noPut}`;
  return { operations: [before, get], pattern: "stale read", because };
}

function stringOf(op: Operation): string {
  const said = op.f === "get" ? op.result : op.value;
  return typeof said === "string" ? said : "";
}
