/** A counterexample of any object in one sentence, and the name of its pattern where it has one. */

import { canonical } from "../history/canonical.js";
import { endOf, type Operation } from "../history/operation.js";
import type { Model } from "../model/model.js";
import { textOf } from "./counterexample.js";

/** How many operations a sentence names before it only counts. */
const NAMED_MAX = 6;

interface Reason {
  readonly pattern: string;
  readonly because: string;
}

/** The names of the operations by which elements go in and come out, and what each object does to their order. */
const CONTAINERS: { readonly [model: string]: { readonly put: string; readonly take: string } } = {
  queue: { put: "enqueue", take: "dequeue" },
  stack: { put: "push", take: "pop" },
  "priority-queue": { put: "insert", take: "poll" },
  "max-priority-queue": { put: "insert", take: "poll" },
};

/** Explains operations that together have no order. */
export function objectReason(model: Model<unknown>, operations: readonly Operation[]): Reason {
  const names = CONTAINERS[model.name];
  const reason = names === undefined ? null : containerReason(operations, names);
  if (reason !== null) return reason;
  const named = operations.slice(0, NAMED_MAX).map(phraseOf).join(", ");
  const more = operations.length > NAMED_MAX ? ` and ${operations.length - NAMED_MAX} more` : "";
  const count = operations.length === 1 ? "this operation alone" : `these ${operations.length} operations`;
  return { pattern: "no order", because: `no order of ${count} explains what they answered: ${named}${more}` };
}

function containerReason(operations: readonly Operation[], names: { put: string; take: string }): Reason | null {
  const puts = operations.filter((op) => op.f === names.put);
  const takes = operations.filter((op) => op.f === names.take && op.type === "ok" && op.result !== null);
  for (const op of takes) {
    const sources = puts.filter((put) => canonical(put.value) === canonical(op.result));
    const [first] = sources;
    if (first === undefined) {
      return { pattern: "value never put in", because: `${phraseOf(op)}, which nobody had put in` };
    }
    if (sources.every((put) => put.invoked > endOf(op))) {
      return {
        pattern: "taken before it was put in",
        because: `${phraseOf(op)} (done at ${op.completed}), but ${phraseOf(first)} began only after that`,
      };
    }
    const twin = takes.find((other) => other !== op && canonical(other.result) === canonical(op.result));
    if (twin !== undefined && sources.length === 1) {
      return { pattern: "taken twice", because: `${phraseOf(op)} and ${phraseOf(twin)}, but it was put in only once` };
    }
  }
  return names.put === "enqueue" ? overtaken(puts, takes) : null;
}

/** The one pattern of order that needs only two elements: the later of them left a queue first. */
function overtaken(puts: readonly Operation[], takes: readonly Operation[]): Reason | null {
  for (const [a, b] of puts.flatMap((put) => puts.map((other) => [put, other] as const))) {
    if (endOf(a) >= b.invoked) continue;
    const taken = (put: Operation): Operation | undefined =>
      takes.find((op) => canonical(op.result) === canonical(put.value));
    const [first, second] = [taken(a), taken(b)];
    if (second === undefined || endOf(second) >= (first?.invoked ?? Number.POSITIVE_INFINITY)) continue;
    const stillIn = first === undefined ? "never came out" : `came out only by ${first.invoked}`;
    return {
      pattern: "overtaken in the queue",
      because: `${phraseOf(second)} (done at ${second.completed}), but ${textOf(a.value)}, put in before it (by ${a.invoked}, done at ${a.completed}), ${stillIn}`,
    };
  }
  return null;
}

/** "enqueue of 7 by 640", "dequeue at 812 returned 3": the number is the index of the invocation. */
function phraseOf(op: Operation): string {
  const asked = op.value === null ? `${op.f} at ${op.invoked}` : `${op.f} of ${textOf(op.value)} by ${op.invoked}`;
  const silent = op.type !== "ok" || (op.value !== null && canonical(op.result) === canonical(op.value));
  if (silent) return op.type === "ok" ? asked : `${asked} (outcome unknown)`;
  return op.value !== null && op.result === null ? asked : `${asked} returned ${textOf(op.result)}`;
}
