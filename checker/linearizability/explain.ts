/** A counterexample in one sentence, and the name of its pattern where it has one. */

import type { Json } from "../history/event.js";
import type { Operation } from "../history/operation.js";
import { casPair } from "../model/register.js";
import { shownOperation, textOf } from "./counterexample.js";
import type { Cut } from "./context.js";
import type { Context, Counterexample, ShownOperation } from "./details.js";
import { type Part, positionsOf } from "./part.js";
import { INIT, NONE, type RegisterHistory } from "./register-history.js";
import { type Steps, stepsOf } from "./register-story.js";
import type { Story } from "./shrink.js";
import { Sources } from "./sources.js";

/** How many operations a sentence names before it only counts. */
const NAMED_MAX = 6;

interface Reason {
  readonly pattern: string;
  readonly because: string;
  readonly steps?: Steps["data"];
}

/** Explains a part of a history that has no order. */
export function explain(history: RegisterHistory, { part, cut, until }: Story): Counterexample {
  const told = cut === null ? part : cut.after;
  const positions = positionsOf(told);
  const excluded = cut === null ? null : cut.excluded;
  const reason = reasonOf({ history, positions, told, sources: new Sources(history), until, excluded });
  const shown = (at: readonly number[]): ShownOperation[] =>
    at.flatMap((i) => history.operations[i] ?? []).map(shownOperation);
  const before = cut === null ? "" : `${contextOf(history, cut)}, `;
  return {
    key: history.key,
    because: `${history.key === null ? "" : `key ${history.key}: `}${before}${reason.because}`,
    operations: shown(positions),
    ...(cut === null ? {} : { context: { ...factsOf(history, cut), operations: shown(positionsOf(cut.before)) } }),
    pattern: reason.pattern,
    ...(until === Number.POSITIVE_INFINITY ? {} : { until }),
    ...reason.steps,
  };
}

const factsOf = (history: RegisterHistory, { at, excluded, done }: Cut): Omit<Context, "operations"> => ({
  at,
  excluded: excluded.map((value) => history.values[value] ?? null),
  done: done.flatMap((i) => history.operations[i]?.invoked ?? []),
});

/** "after event 640, when write of 4 by 141 must have taken effect and the register cannot hold 2" */
function contextOf(history: RegisterHistory, { at, excluded, done, before }: Cut): string {
  const facts = [
    ...done.flatMap((i) => history.operations[i] ?? []).map((op) => `${phraseOf(op)} must have taken effect`),
    ...(excluded.length === 0
      ? []
      : [`the register cannot hold ${excluded.map((value) => textOf(history.values[value] ?? null)).join(" or ")}`]),
  ];
  if (facts.length === 0) return `whatever the register holds after event ${at}`;
  const by = positionsOf(before).flatMap((i) => history.operations[i]?.invoked ?? []);
  return `after event ${at}, when ${facts.join(" and ")} (as ${by.join(", ")} show)`;
}

interface Telling {
  readonly history: RegisterHistory;
  readonly positions: readonly number[];
  readonly told: Part;
  readonly sources: Sources;
  readonly until: number;
  /** What the register cannot hold at first; null: it begins as it began. */
  readonly excluded: readonly number[] | null;
}

function reasonOf(part: Telling): Reason {
  for (const i of part.positions) {
    const reason = impossibleValue(part, i) ?? overwritten(part, i);
    if (reason !== null) return reason;
  }
  return lostUpdate(part) ?? newThenOld(part) ?? noOrder(part);
}

/** A value that nobody wrote, whose write failed, or whose write had not begun. */
function impossibleValue({ history, sources }: Telling, i: number): Reason | null {
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
function overwritten({ history, positions, sources }: Telling, i: number): Reason | null {
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
function lostUpdate({ history, positions, sources }: Telling): Reason | null {
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
function newThenOld({ history, positions }: Telling): Reason | null {
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

function noOrder({ history, positions, told, until, excluded }: Telling): Reason {
  const named =
    (say: (op: Operation) => string) =>
    (i: number): string => {
      const op = history.operations[i];
      return op === undefined ? "" : say(op);
    };
  const teller = {
    phraseOf: named(phraseOf),
    sentenceOf: named(claimOf),
    valueOf: (value: number) => textOf(history.values[value] ?? null),
  };
  const steps = stepsOf({ history, part: told, until, excluded, teller });
  if (steps !== null) return { pattern: "no order", because: steps.because, steps: steps.data };
  return { pattern: "no order", because: onlyNamed(history, positions) };
}

function onlyNamed(history: RegisterHistory, positions: readonly number[]): string {
  const operations = positions.flatMap((i) => history.operations[i] ?? []);
  const named = operations.slice(0, NAMED_MAX).map(sentenceOf).join(", ");
  const more = operations.length > NAMED_MAX ? ` and ${operations.length - NAMED_MAX} more` : "";
  return `no order of these ${operations.length} operations explains them all: ${named}${more}`;
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

/** The same of one that cannot have gone so: it did. */
function claimOf(op: Operation): string {
  if (op.type !== "ok") return `${phraseOf(op)} (outcome unknown)`;
  return op.f === "read" ? sentenceOf(op) : `${phraseOf(op)} succeeded`;
}
