/** Operations of a queue: `enqueue`, `dequeue`, and `drain`, which stands for dequeues until nothing is left. */

import { isList } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";
import { type Element, elementsOf } from "./elements.js";

/** An element that somebody got. */
export interface Removal {
  readonly op: Operation;
  readonly completed: number;
  readonly element: number;
}

export interface QueueHistory {
  readonly elements: readonly Element[];
  readonly removals: readonly Removal[];
  /** Ok dequeues of nothing: the queue said that it was empty (result null). A drain that ended ok is one as well. */
  readonly empties: readonly { readonly op: Operation; readonly completed: number; readonly drain: boolean }[];
  /** Dequeues without an answer: each may have taken one element. */
  readonly silent: readonly Operation[];
  /** A drain that is no list, or that got no answer: what it took is not known. */
  readonly problem: { readonly op: Operation; readonly why: string } | null;
  readonly enqueues: { readonly ok: number; readonly info: number; readonly fail: number };
}

export const queueHistory = (history: History): QueueHistory => {
  const { all, idOf } = elementsOf(history, "enqueue");
  const removals: Removal[] = [];
  const empties: { op: Operation; completed: number; drain: boolean }[] = [];
  const silent: Operation[] = [];
  let problem: QueueHistory["problem"] = null;
  const take = (op: Operation, value: Json): void => {
    removals.push({ op, completed: op.completed ?? op.invoked, element: idOf(value) });
  };
  for (const op of history.operations) {
    const completed = op.completed ?? op.invoked;
    if (op.f === "dequeue" && op.type === "info") silent.push(op);
    if (op.f === "drain" && op.type === "info")
      problem ??= { op, why: "a drain without an answer took nobody knows what" };
    if (op.type !== "ok") continue;
    if (op.f === "dequeue" && op.result === null) empties.push({ op, completed, drain: false });
    else if (op.f === "dequeue") take(op, op.result);
    else if (op.f === "drain" && isList(op.result)) {
      for (const value of op.result) take(op, value);
      empties.push({ op, completed, drain: true });
    } else if (op.f === "drain") problem ??= { op, why: `drained ${JSON.stringify(op.result)}, expected a list` };
  }
  const enqueues = history.operations.filter(({ f }) => f === "enqueue");
  const count = (type: Operation["type"]): number => enqueues.filter((op) => op.type === type).length;
  const counts = { ok: count("ok"), info: count("info"), fail: count("fail") };
  return { elements: all, removals, empties, silent, problem, enqueues: counts };
};
