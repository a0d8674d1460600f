/** A counterexample in one sentence, and the name of its pattern where it has one. */

import type { Json } from "../history/event.js";
import type { Operation } from "../history/operation.js";
import { casPair } from "../model/register.js";
import { shownOperation, textOf } from "./counterexample.js";
import type { Counterexample } from "./details.js";
import { INIT, NONE, type RegisterHistory } from "./register-history.js";
import { Sources } from "./sources.js";

/** How many operations a sentence names before it only counts. */
const NAMED_MAX = 6;

interface Reason {
  readonly pattern: string;
  readonly because: string;
}

/** Explains the operations at `positions`, which together have no order. */
export function explain(history: RegisterHistory, positions: readonly number[]): Counterexample {
  const reason = reasonOf({ history, positions, sources: new Sources(history) });
  const operations = positions.flatMap((i) => history.operations[i] ?? []);
  return {
    key: history.key,
    because: history.key === null ? reason.because : `key ${history.key}: ${reason.because}`,
    operations: operations.map(shownOperation),
    pattern: reason.pattern,
  };
}

interface Part {
  readonly history: RegisterHistory;
  readonly positions: readonly number[];
  readonly sources: Sources;
}

function reasonOf(part: Part): Reason {
  for (const i of part.positions) {
    const reason = impossibleValue(part, i) ?? overwritten(part, i);
    if (reason !== null) return reason;
  }
  return lostUpdate(part) ?? newThenOld(part) ?? noOrder(part);
}

/** A value that nobody wrote, whose write failed, or whose write had not begun. */
function impossibleValue({ history, sources }: Part, i: number): Reason | null {
  const { from, operations, start, end } = history;
  const op = operations[i];
  if (op === undefined || from[i] === NONE || from[i] === INIT) return null;
  const setters = sources.settersOf(i).filter((at) => at !== i);
  const first = operations[setters[0] ?? NONE];
  const saw = sentenceOf(op);
  if (first === undefined) {
    const failed = history.failed.find((other) => sameText(writtenBy(other), seenBy(op)));
    if (failed !== undefined) {
      return { pattern: "read of a failed write", because: `${saw}, but ${phraseOf(failed)} had definitely failed` };
    }
    return { pattern: "value never written", because: `${saw}, which nobody wrote` };
  }
  if ((start[setters[0] ?? NONE] ?? 0) < (end[i] ?? 0)) return null;
  return {
    pattern: "read from the future",
    because: `${saw} (done at ${op.completed}), but ${phraseOf(first)} began only after that`,
  };
}

/** A value seen although every write of it had been overwritten before. */
function overwritten({ history, positions, sources }: Part, i: number): Reason | null {
  const { from, operations, start, end } = history;
  const op = operations[i];
  if (op === undefined || from[i] === NONE) return null;
  if (sources.candidates(i).length > 0 || sources.initialPossible(i)) return null;
  const sourcesEnd = Math.max(
    Number.NEGATIVE_INFINITY,
    ...sources.settersOf(i).map((at) => ((start[at] ?? 0) < (end[i] ?? 0) ? (end[at] ?? 0) : Number.NEGATIVE_INFINITY)),
  );
  const by = positions
    .filter((at) => history.to[at] !== NONE && (end[at] ?? 0) < (start[i] ?? 0) && (start[at] ?? 0) > sourcesEnd)
    .map((at) => operations[at])
    .at(-1);
  if (by === undefined) return null;
  const done = `${phraseOf(by)} (done at ${by.completed})`;
  if (from[i] === INIT && sourcesEnd === Number.NEGATIVE_INFINITY) {
    return {
      pattern: "lost write",
      because: `${sentenceOf(op)}, the initial value, but ${done} had set it before the ${op.f} began`,
    };
  }
  const pattern = op.f === "read" ? "stale read" : "stale cas";
  return { pattern, because: `${sentenceOf(op)}, but ${done} had overwritten it before the ${op.f} began` };
}

/** Two cas that replaced the same value, which was there once. */
function lostUpdate({ history, positions, sources }: Part): Reason | null {
  const { from, to, operations, end } = history;
  const sure = positions.filter((i) => from[i] !== NONE && to[i] !== NONE && end[i] !== Number.POSITIVE_INFINITY);
  for (const [place, i] of sure.entries()) {
    const other = sure.slice(place + 1).find((j) => from[j] === from[i]);
    const [first, second] = [operations[i], operations[other ?? NONE]];
    if (first === undefined || second === undefined) continue;
    const settersCount = sources.settersOf(i).length;
    if (settersCount > (from[i] === INIT ? 0 : 1)) continue;
    const source = operations[sources.settersOf(i)[0] ?? NONE];
    const once =
      source === undefined ? "which is there only once, at the start" : `which only ${phraseOf(source)} had set, once`;
    return {
      pattern: "lost update",
      because: `${phraseOf(first)} and ${phraseOf(second)} both replaced ${textOf(seenBy(first))}, ${once}`,
    };
  }
  return null;
}

/** A read of one value, and after it a read of an older one. */
function newThenOld({ history, positions }: Part): Reason | null {
  const { from, to, operations, start, end } = history;
  const seeing = positions.filter((i) => from[i] !== NONE);
  const [i, j] = [...seeing].sort((a, b) => (end[a] ?? 0) - (end[b] ?? 0));
  const [first, second] = [operations[i ?? NONE], operations[j ?? NONE]];
  if (seeing.length !== 2 || i === undefined || j === undefined || first === undefined || second === undefined)
    return null;
  if (to[i] !== NONE || to[j] !== NONE || from[i] === from[j] || (end[i] ?? 0) > (start[j] ?? 0)) return null;
  return {
    pattern: "new-old inversion",
    because: `${sentenceOf(first)} (done at ${first.completed}), then ${sentenceOf(second)}, which is older`,
  };
}

function noOrder({ history, positions }: Part): Reason {
  const operations = positions.flatMap((i) => history.operations[i] ?? []);
  const named = operations.slice(0, NAMED_MAX).map(sentenceOf).join(", ");
  const more = operations.length > NAMED_MAX ? ` and ${operations.length - NAMED_MAX} more` : "";
  return {
    pattern: "no order",
    because: `no order of these ${operations.length} operations explains them all: ${named}${more}`,
  };
}

/** What a read or cas saw, what a write or cas wrote. */
const seenBy = (op: Operation): Json => (op.f === "read" ? op.result : (casPair(op)?.[0] ?? null));
const writtenBy = (op: Operation): Json => (op.f === "cas" ? (casPair(op)?.[1] ?? null) : op.value);

const sameText = (a: Json, b: Json): boolean => JSON.stringify(a) === JSON.stringify(b);

/** "write of 7 by 640", "read at 812", "cas from 1 to 2 at 9": the number is the index of the invocation. */
function phraseOf(op: Operation): string {
  if (op.f === "read") return `read at ${op.invoked}`;
  if (op.f === "write") return `write of ${textOf(op.value)} by ${op.invoked}`;
  return `cas from ${textOf(seenBy(op))} to ${textOf(writtenBy(op))} at ${op.invoked}`;
}

const sentenceOf = (op: Operation): string =>
  op.f === "read" ? `${phraseOf(op)} returned ${textOf(op.result)}` : phraseOf(op);
