/** What the linearizability checker found, as data for reports and for verdict.json. */

import type { Json } from "../history/event.js";

/** One operation of a counterexample, complete enough to draw it. Times in ns; `end` null: never completed. */
export interface ShownOperation {
  readonly invoked: number;
  readonly completed: number | null;
  readonly start: number;
  readonly end: number | null;
  readonly process: number;
  readonly node: string | null;
  readonly type: "ok" | "fail" | "info";
  readonly f: string;
  readonly key: string | null;
  /** Argument of a write or cas, result of a read. */
  readonly value: Json;
}

export interface Counterexample {
  readonly key: string | null;
  /** Why, in one sentence that names the operations by index. */
  readonly because: string;
  /** A sub-history that is still not linearizable, minimal under removing operations; in order of invocation. */
  readonly operations: readonly ShownOperation[];
  /** What else is known, where the operations alone would be too many to follow: with it they are not linearizable. */
  readonly context?: Context;
  /** Name of the pattern where it has one: "stale read", "lost write", "new-old inversion", ... */
  readonly pattern: string;
  /** The story ends at this event: an operation that completes later is as one whose outcome nobody knows. Absent: never. */
  readonly until?: number;
  /** Elements (as texts) to which the operations are reduced, as if there were no others. Absent: to none. */
  readonly only?: readonly string[];
  /**
   * Invocations of operations that are not shown because there are too many: they may come in between or not, the shown
   * ones have no order either way.
   */
  readonly beside?: readonly number[];
  /**
   * Of registers where it is known who saw whose write: what must come before what, each following from those before it,
   * until the last two contradict each other.
   */
  readonly precedence?: readonly ShownPrecedence[];
  /** How far orders of the operations get, those that get furthest first; at most four, and how many there are. */
  readonly deadEnds?: readonly ShownDeadEnd[];
  readonly deadEndCount?: number;
}

/** The operation invoked at `before` comes before that at `after`, and why, in words. */
export interface ShownPrecedence {
  readonly before: number;
  readonly after: number;
  readonly because: string;
}

/** An order that is legal as far as it goes, and why it goes no further. Operations are named by their invocations. */
export interface ShownDeadEnd {
  readonly order: readonly number[];
  /** What the object holds then, in words. */
  readonly holds: string;
  /** Each operation that is left, and why it cannot come next, in words. */
  readonly steps: readonly { readonly operation: number; readonly because: string }[];
}

/**
 * Facts about one moment of the history, true in every order of it. The operations of the counterexample that were open
 * then, and those that began later, have no order whatever else the register held.
 */
export interface Context {
  /** The moment is after this event and before the next. */
  readonly at: number;
  /** Values that the register cannot hold then. */
  readonly excluded: readonly Json[];
  /** Invocations of operations that were still open, or never completed, and must have taken effect by then. */
  readonly done: readonly number[];
  /** The operations that prove it; in order of invocation. Empty where there are no facts, and none are needed. */
  readonly operations: readonly ShownOperation[];
  /**
   * Of other objects than registers: all ways in which orders of what completed by then can have left the object, up to
   * exchanging operations that do the same. The operations named in `done` had taken effect, others open then had not.
   */
  readonly starts?: readonly ShownStart[];
}

export interface ShownStart {
  /** What the object holds, as plain data (null where it is none), and in words. */
  readonly state: Json;
  readonly holds: string;
  /** Invocations. */
  readonly done: readonly number[];
}

export interface LinearizabilityDetails {
  readonly model: string;
  readonly keys: number;
  readonly operations: number;
  /** Keys found not linearizable / not decided within the budget. Sorted; the first hundred. */
  readonly invalidKeys: readonly string[];
  readonly unknownKeys: readonly string[];
  readonly invalidKeyCount: number;
  readonly unknownKeyCount: number;
  /** The most telling first (fewest operations); at most ten. */
  readonly counterexamples: readonly Counterexample[];
  /** Steps of the search spent, and the budget. */
  readonly steps: number;
  readonly stepsMax: number;
}
