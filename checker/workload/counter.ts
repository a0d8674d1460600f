/**
 * Does every read of a counter lie between what it must have counted and what it may have?
 *
 * `counter` only grows; `pn-counter` also takes negative amounts. The bounds are those of Jepsen's counter checker,
 * with failed additions left out, and carried over to both signs.
 */

import type { Json } from "../history/event.js";
import { endOf, type History, type Operation } from "../history/operation.js";
import type { Verdict } from "../verdict.js";
import { counted, refused, SAMPLES_MAX, unknown, witnessOf } from "./evidence.js";

export interface CounterRead {
  readonly invoked: number;
  readonly completed: number;
  readonly low: number;
  readonly value: Json;
  readonly high: number;
}

export interface CounterDetails {
  readonly adds: { readonly ok: number; readonly info: number; readonly fail: number };
  readonly reads: number;
  readonly errorCount: number;
  readonly errors: readonly CounterRead[];
  /** The error furthest from its bounds. */
  readonly worst: CounterRead | null;
}

/**
 * Reads `add` (value: a number) and `read` (ok result: a number, or null for a counter that nobody touched). A read is
 * in error when it is less than the sum of the positive additions that completed before it began and the negative ones
 * that began before it ended, or more than the sum the other way round. Sound for a linearizable counter: an addition
 * without an answer may count from when it began, for ever or never. Each read is judged alone, and everything between
 * its bounds is accepted, also a sum that no choice of additions makes: so not complete.
 */
export const checkCounter = (history: History): Verdict<CounterDetails> => check(history, "counter");

export const checkPnCounter = (history: History): Verdict<CounterDetails> => check(history, "pn-counter");

type Name = "counter" | "pn-counter";

const check = (history: History, checker: Name): Verdict<CounterDetails> => {
  const adds = history.operations.filter(({ f }) => f === "add");
  const reads = history.operations.filter(({ f, type }) => f === "read" && type === "ok");
  const judged = judgedReads(adds, reads);
  const errors = judged.filter(isError);
  const details = detailsOf(adds, reads.length, errors);
  for (const op of adds) {
    const problem = problemOf(op.value, checker);
    if (problem !== null) return refused(checker, op, problem, details);
  }
  const odd = reads.find(({ result }) => result !== null && typeof result !== "number");
  if (odd !== undefined) return refused(checker, odd, `read ${JSON.stringify(odd.result)}, expected a number`, details);
  if (reads.length === 0) return unknown(checker, "the counter was never read", details);
  const { worst } = details;
  if (worst === null) {
    const because = `${counted(reads.length, "read")} of ${counted(adds.length, "addition")}, each within its bounds`;
    return { valid: "valid", checker, because, witness: [], details };
  }
  const because = `${counted(errors.length, "read")} of ${reads.length} outside of what can have been counted; furthest: the read at ${worst.completed} returned ${JSON.stringify(worst.value)}, expected ${worst.low} to ${worst.high}`;
  const witness = errors.slice(0, SAMPLES_MAX).flatMap(({ invoked, completed }) => [invoked, completed]);
  // The additions that the worst read misses or counts too often are part of the proof.
  const about = adds.filter((op) => op.type === "ok" && endOf(op) < worst.invoked);
  return {
    valid: "invalid",
    checker,
    because,
    witness: [...new Set([...witness, ...witnessOf(about)])].sort((a, b) => a - b),
    details,
  };
};

const problemOf = (value: Json, checker: Name): string | null => {
  if (typeof value !== "number") return `adds ${JSON.stringify(value)}, expected a number`;
  return checker === "counter" && value < 0 ? `adds ${value}: a counter only grows (pn-counter takes both)` : null;
};

const isError = ({ low, value, high }: CounterRead): boolean => distance(low, value, high) > 0;

const distance = (low: number, value: Json, high: number): number => {
  const number = typeof value === "number" ? value : 0;
  return Math.max(low - number, number - high, 0);
};

/** One pass over the events: sums of what has completed at a read's beginning, and of what has begun at its end. */
const judgedReads = (adds: readonly Operation[], reads: readonly Operation[]): readonly CounterRead[] => {
  const counting = adds.filter(({ type, value }) => type !== "fail" && typeof value === "number");
  const done = prefixSums(
    counting.filter(({ type }) => type === "ok"),
    endOf,
  );
  const begun = prefixSums(counting, ({ invoked }) => invoked);
  return reads.map(({ invoked, completed, result }) => {
    const end = completed ?? invoked;
    const before = done(invoked);
    const until = begun(end);
    return {
      invoked,
      completed: end,
      low: before.positive + until.negative,
      value: result,
      high: until.positive + before.negative,
    };
  });
};

interface Sums {
  readonly positive: number;
  readonly negative: number;
}

/** The sums over the additions whose event is before a given one. */
const prefixSums = (adds: readonly Operation[], eventOf: (op: Operation) => number): ((event: number) => Sums) => {
  const ordered = [...adds].sort((a, b) => eventOf(a) - eventOf(b));
  const events = ordered.map(eventOf);
  const sums: Sums[] = [{ positive: 0, negative: 0 }];
  for (const [i, { value }] of ordered.entries()) {
    const { positive, negative } = sums[i] ?? { positive: 0, negative: 0 };
    const amount = typeof value === "number" ? value : 0;
    sums.push({ positive: positive + Math.max(0, amount), negative: negative + Math.min(0, amount) });
  }
  return (event) => {
    let low = 0;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((events[middle] ?? 0) < event) low = middle + 1;
      else high = middle;
    }
    return sums[low] ?? { positive: 0, negative: 0 };
  };
};

const detailsOf = (adds: readonly Operation[], reads: number, errors: readonly CounterRead[]): CounterDetails => {
  const count = (type: Operation["type"]): number => adds.filter((op) => op.type === type).length;
  let worst: CounterRead | null = null;
  for (const error of errors) {
    const further =
      worst === null || distance(error.low, error.value, error.high) > distance(worst.low, worst.value, worst.high);
    if (further) worst = error;
  }
  return {
    adds: { ok: count("ok"), info: count("info"), fail: count("fail") },
    reads,
    errorCount: errors.length,
    errors: errors.slice(0, SAMPLES_MAX),
    worst,
  };
};
