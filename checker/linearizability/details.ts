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
