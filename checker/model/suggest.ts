/** Which model a history is of, told from the names of its operations. */

import { isList } from "../history/canonical.js";
import type { Operation } from "../history/operation.js";

/** The names of operations that each model knows, the most special model first. */
const BY_NAMES: readonly (readonly [model: string, fs: readonly string[]])[] = [
  ["register", ["read", "write"]],
  ["cas-register", ["read", "write", "cas"]],
  ["kv", ["get", "put", "append"]],
  ["lock", ["acquire", "release"]],
  ["queue", ["enqueue", "dequeue", "peek"]],
  ["stack", ["push", "pop", "peek"]],
  ["set", ["add", "remove", "contains", "read"]],
  ["counter", ["increment", "decrement", "read"]],
  ["priority-queue", ["insert", "poll", "peek"]],
  ["list", ["append", "read"]],
];

/**
 * The name of the first model that knows all operations; of operations that all models share, such as a history of
 * reads alone, the first. Null where none does, and for an empty history "register".
 */
export function suggestModel(operations: Iterable<Operation>): string | null {
  const fs = new Set<string>();
  let transaction: Operation | null = null;
  let numericRead = false;
  for (const op of operations) {
    fs.add(op.f);
    if (op.f === "read" && typeof op.result === "number") numericRead = true;
    if (op.f === "txn" && transaction === null && isList(op.value) && op.value.length > 0) transaction = op;
  }
  if (fs.has("txn")) return fs.size === 1 ? modelOfTransaction(transaction) : null;
  // An unordered grow-only set and a counter may use the same names; what a read answers tells them apart.
  if (numericRead && [...fs].every((f) => f === "add" || f === "read") && fs.has("add")) return "counter";
  for (const [model, known] of BY_NAMES) if ([...fs].every((f) => known.includes(f))) return model;
  return null;
}

/** Transactions are lists of [f, key, value]. Appends make lists, writes registers. */
function modelOfTransaction(op: Operation | null): string | null {
  const micro = op === null || !isList(op.value) ? [] : op.value;
  const names = new Set(micro.map((member) => (isList(member) ? member[0] : null)));
  return names.has("append") ? null : "multi-register";
}
