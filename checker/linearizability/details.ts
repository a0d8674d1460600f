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
  /** Name of the pattern where it has one: "stale read", "lost write", "new-old inversion", ... */
  readonly pattern: string;
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
