/** Who put in what, and who saw it: elements of sets and queues as numbers. */

import { Interner, isList } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";

/** All operations that put the same element in. */
export interface Element {
  readonly value: Json;
  /** In the order of their invocations; those that failed definitely are not among them. */
  readonly attempts: readonly Operation[];
}

export interface Elements {
  /** By number; also elements that were seen and that nobody put in. */
  readonly all: readonly Element[];
  readonly idOf: (value: Json) => number;
}

/** `f` is the operation that puts an element in: `add`, `enqueue`. Call `idOf` of whatever is seen: it numbers new values too. */
export const elementsOf = (history: History, f: string): Elements => {
  const ids = new Interner();
  const all: { readonly value: Json; readonly attempts: Operation[] }[] = [];
  const idOf = (value: Json): number => {
    const id = ids.intern(value);
    if (id === all.length) all.push({ value, attempts: [] });
    return id;
  };
  for (const op of history.operations) {
    if (op.f === f && op.type !== "fail") all[idOf(op.value)]?.attempts.push(op);
  }
  return { all, idOf };
};

/** A read of a whole set. */
export interface SetRead {
  readonly op: Operation;
  /** Event of the completion: what was put in later cannot have been seen. */
  readonly completed: number;
  readonly counts: ReadonlyMap<number, number>;
}

/** Ok reads in the order of their invocations; null (nothing was ever added) is the empty set. Null where one is no list. */
export const setReads = (
  history: History,
  idOf: (value: Json) => number,
): { readonly ok: true; readonly reads: readonly SetRead[] } | { readonly ok: false; readonly op: Operation } => {
  const reads: SetRead[] = [];
  for (const op of history.operations) {
    if (op.f !== "read" || op.type !== "ok") continue;
    if (op.result !== null && !isList(op.result)) return { ok: false, op };
    const counts = new Map<number, number>();
    for (const value of op.result ?? []) {
      const id = idOf(value);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    reads.push({ op, completed: op.completed ?? op.invoked, counts });
  }
  return { ok: true, reads };
};

/** How often the element can have been put in before this event. */
export const attemptsBefore = ({ attempts }: Element, event: number): number =>
  attempts.reduce((count, { invoked }) => count + (invoked < event ? 1 : 0), 0);
