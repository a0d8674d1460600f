/**
 * A sequential specification: what an object answers when operations come one at a time.
 *
 * Two pure functions of plain values would do. The rest tells the search what it may rely on to stay small.
 */

import type { Json } from "../history/event.js";
import type { Operation } from "../history/operation.js";

/** The answer of a step that the object would not have given: this operation cannot come next. */
export const INCONSISTENT: unique symbol = Symbol("inconsistent");

/**
 * What an operation can do to the state, whatever the state is.
 * - `read`: never changes it. Where its result fits it can be taken at once, for waiting only loses choices.
 * - `blind`: always possible, and what comes after does not depend on what was before. A blind operation can
 *   hide others: whatever blind operation comes right before it was never seen by anybody.
 * - `update`: anything else.
 */
export type Effect = "read" | "blind" | "update";

export interface Model<State = Json> {
  readonly name: string;
  readonly init: State;
  /** The operations it knows, by `f`. Others are no business of the model. */
  readonly fs: readonly string[];
  /** The state after `op`. An operation whose outcome is unknown (`info`) is asked as if it had taken effect. */
  step(state: State, op: Operation): State | typeof INCONSISTENT;
  effect(op: Operation): Effect;
  /** Operations with the same text do the same in every state: same `f`, argument and result. */
  identity(op: Operation): string;
  /** States with the same text are the same state, unless `equal` says that they differ. */
  stateIdentity(state: State): string;
  equal?(a: State, b: State): boolean;
  /**
   * Splits the object into parts that do not touch each other (P-compositionality: Horn and Kroening, FORTE 2015): the
   * name of the part that an operation belongs to. Given all operations, since some split only in the absence of others.
   * Absent: by key.
   */
  partition?(operations: readonly Operation[]): (op: Operation) => string | null;
  /**
   * All operations with the same text can be left out together without making a legal history illegal, as an element of
   * a queue with everything done to it. Null: this one has to stay. Reads can always be left out. Absent: nothing else can.
   */
  group?(op: Operation): string | null;
  /**
   * The elements that an operation deals with, as texts, where it can deal with several. Present together with `restrict`:
   * a legal history stays legal when some elements are left out of all its operations.
   */
  elements?(op: Operation): readonly string[];
  /** The operation as it would be if there were only the elements in `kept`; null: nothing is left of it. */
  restrict?(op: Operation, kept: ReadonlySet<string>): Operation | null;
  /** In words what is wrong with an operation that this model can make no sense of, or null. */
  problem(op: Operation): string | null;
}
