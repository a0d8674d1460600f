/**
 * Containers of elements that go in and come out again: queue (first in, first out), stack (last in, first out) and
 * priority queue (smallest first, or largest). Taking from an empty one answers null. `peek` looks at what would come next.
 *
 * An element that was taken with unknown outcome was whatever came next.
 */

import { canonical, isList } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { Operation } from "../history/operation.js";
import { answers, identityOf } from "./answer.js";
import { INCONSISTENT, type Model } from "./model.js";

/** The elements, the one that comes next first. */
type State = readonly Json[];

interface Names {
  readonly put: string;
  readonly take: string;
}

function containerOf(name: string, { put, take }: Names, insert: (state: State, value: Json) => State): Model<State> {
  return {
    name,
    init: [],
    fs: [put, take, "peek"],
    step: (state, op) => {
      if (op.f === put) return insert(state, op.value);
      if (!answers(op, state[0] ?? null)) return INCONSISTENT;
      return op.f === "peek" ? state : state.slice(1);
    },
    effect: (op) => (op.f === "peek" ? "read" : "update"),
    identity: (op) => (op.f === put ? `${put} ${canonical(op.value)}` : identityOf({ ...op, value: null })),
    stateIdentity: canonical,
    // That it was empty says nothing once it may be left out; one that took nobody knows what has to stay.
    group: (op) => (op.f !== put && op.type === "ok" && op.result === null ? `read ${op.invoked}` : null),
    // Leaving out one element with everything done to it changes nothing for the others; emptiness only comes sooner.
    elements: (op) => elementOf(op, put),
    restrict: (op, kept) => (elementOf(op, put).every((element) => kept.has(element)) ? op : null),
    problem: (op) =>
      op.f === put && op.value === null
        ? `${put} at ${op.invoked} puts in null, which is what an empty ${name} answers`
        : null,
  };
}

const elementOf = (op: Operation, put: string): readonly string[] => {
  if (op.f === put) return [canonical(op.value)];
  return op.type === "ok" && op.result !== null ? [canonical(op.result)] : [];
};

export const queue: Model<State> = containerOf("queue", { put: "enqueue", take: "dequeue" }, (state, value) => [
  ...state,
  value,
]);

export const stack: Model<State> = containerOf("stack", { put: "push", take: "pop" }, (state, value) => [
  value,
  ...state,
]);

const sortedBy =
  (isBefore: (a: Json, b: Json) => boolean) =>
  (state: State, value: Json): State => {
    const at = state.findIndex((member) => isBefore(value, member));
    return at === -1 ? [...state, value] : [...state.slice(0, at), value, ...state.slice(at)];
  };

const sorted = { put: "insert", take: "poll" };
export const priorityQueue: Model<State> = containerOf("priority-queue", sorted, sortedBy(isLess));
export const maxPriorityQueue: Model<State> = containerOf(
  "max-priority-queue",
  sorted,
  sortedBy((a, b) => isLess(b, a)),
);

/** Numbers by size and before all else, the rest by its text. */
function isLess(a: Json, b: Json): boolean {
  if (typeof a === "number") return typeof b !== "number" || a < b;
  return typeof b !== "number" && !isList(b) && canonical(a) < canonical(b);
}
