/** The operations that a verdict names as its proof, where they are too many: enough of them to be followed. */

import type { Operation } from "../../checker/history/operation.js";

export interface Witness {
  readonly operations: readonly Operation[];
  /** How many the verdict names beyond these. */
  readonly omitted: number;
}

const FIRST = 12;
/** A read of everything at the end of a run is the last of its witness, and the point of it. */
const LAST = 4;

/** `events`: indexes of invocations or completions; those of no client's operation are passed over. */
export const witnessIn = (operations: readonly Operation[], events: readonly number[]): Witness => {
  const named = new Set(events);
  const all = operations.filter((op) => named.has(op.invoked) || (op.completed !== null && named.has(op.completed)));
  if (all.length <= FIRST + LAST) return { operations: all, omitted: 0 };
  return { operations: [...all.slice(0, FIRST), ...all.slice(-LAST)], omitted: all.length - FIRST - LAST };
};
