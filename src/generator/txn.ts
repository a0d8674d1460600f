/** Operations as transactions: how a workload's words become steps that a store applies at once, and back. */

import type { Json } from "../../checker/history/event.js";

/** One step; the same shape as the wire's micro-operations. A key that was never written is null. */
export type TxnStep =
  | readonly ["r", key: string, value: null]
  | readonly ["w", key: string, value: Json]
  | readonly ["append", key: string, element: Json]
  /** Appends what is not there yet. */
  | readonly ["include", key: string, element: Json]
  /** A sum below `min` refuses the whole transaction. */
  | readonly ["add", key: string, delta: number]
  | readonly ["add", key: string, delta: number, min: number]
  | readonly ["pop", key: string];

export interface Dialect {
  /** The transaction that does the operation. */
  steps(f: string, value: Json): readonly TxnStep[];
  /** What the client saw, from the steps as the store answered them: `r` and `pop` with what they found. */
  result(f: string, value: Json, done: readonly Json[]): Json;
}

export const readsOnly = (steps: readonly TxnStep[]): boolean => steps.every(([f]) => f === "r");

/** What the step at this place found; null where there is no such step. */
export function found(done: readonly Json[], at: number): Json {
  const step = done[at] ?? null;
  return Array.isArray(step) ? ((step as readonly Json[])[2] ?? null) : null;
}
