/**
 * Jepsen's independent keys: one value `[key value]` for an operation on one of many objects.
 *
 * A history has such tuples where no event has a key and every read was invoked as `[key nil]`: an ordinary read is
 * invoked with nothing. Then every value is such a pair, and the pairs are taken apart.
 */

import { canonical, isList } from "../canonical.js";
import type { Json } from "../event.js";
import type { History, Operation } from "../operation.js";

/** The same history with keys of their own, or the history itself where its values are no tuples. */
export function withoutTuples(history: History): History {
  const { operations } = history;
  if (!hasTuples(operations)) return history;
  return { ...history, operations: operations.map(apart) };
}

function hasTuples(operations: readonly Operation[]): boolean {
  let reads = 0;
  for (const op of operations) {
    const pair = pairOf(op.value);
    if (op.key !== null || pair === null) return false;
    if (op.f !== "read") continue;
    if (pair[1] !== null) return false;
    reads++;
  }
  return reads > 0;
}

function apart(op: Operation): Operation {
  const [key, value] = pairOf(op.value) ?? [null, op.value];
  const result = pairOf(op.result);
  const sameKey = result !== null && canonical(result[0]) === canonical(key);
  return {
    ...op,
    key: typeof key === "string" ? key : canonical(key),
    value,
    // An error may come without its key; of another key's result nothing is known here, and it stays what it is.
    result: sameKey ? result[1] : op.result,
  };
}

function pairOf(value: Json): readonly [Json, Json] | null {
  if (value === null || !isList(value) || value.length !== 2) return null;
  const [key, member] = value;
  if (key === undefined || member === undefined || (typeof key !== "string" && typeof key !== "number")) return null;
  return [key, member];
}
