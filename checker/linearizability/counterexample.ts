/** Operations as counterexamples show them: as data, and in words. */

import { canonical } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { Operation } from "../history/operation.js";
import type { ShownOperation } from "./details.js";

export function shownOperation(op: Operation): ShownOperation {
  return {
    invoked: op.invoked,
    completed: op.completed,
    start: op.invokedTime,
    end: op.type === "info" ? null : op.completedTime,
    process: op.process,
    node: op.node,
    type: op.type,
    f: op.f,
    key: op.key,
    value: shownValue(op),
  };
}

/** What was learned from an operation, or where that is nothing what it was asked to do; both where they differ. */
function shownValue(op: Operation): Json {
  if (op.f === "read") return op.result;
  if (op.type !== "ok" || op.result === null || canonical(op.result) === canonical(op.value)) return op.value;
  return op.value === null || op.f === "txn" ? op.result : [op.value, op.result];
}

/** A value in a sentence: JSON, and short. */
export function textOf(value: Json): string {
  const text = value === null ? "nothing" : JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}
