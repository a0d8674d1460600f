/** What the isolation checker found, as data for reports and for verdict.json. */

import type { Json } from "../history/event.js";
import type { Workload } from "./history/columns.js";

/** A transaction of an anomaly in full, under the name that the anomaly's edges and words use. */
export interface ShownTransaction {
  /** "T1", "T2", ... in the order in which the explanation mentions them. */
  readonly name: string;
  /** Events: null where the history has no invocation (or no completion) of it. */
  readonly invoked: number | null;
  readonly completed: number | null;
  /** Nanoseconds since the run began; null where the history does not say. */
  readonly invokedTime: number | null;
  readonly completedTime: number | null;
  readonly process: number;
  readonly type: "ok" | "info" | "fail";
  /** Micro-operations [f, key, value], as in the history. Long lists are shown in full: the proof is in them. */
  readonly value: readonly (readonly [string, Json, Json])[];
}

export interface ShownEdge {
  readonly from: string;
  readonly to: string;
  /** Beside dependencies and orders: what a transaction did itself before (`own`), two reads that contradict (`differs`). */
  readonly kind: "ww" | "wr" | "rw" | "wwp" | "wrp" | "rwp" | "process" | "realtime" | "own" | "differs";
  /** "T1 < T2, because ..." */
  readonly because: string;
  readonly key: Json;
  /** The version that the edge starts from and the one it leads to, where they differ: ww and rw. null: initial state. */
  readonly value: Json;
  readonly nextValue: Json;
  /** Which micro-operations are meant: positions in `value` of the two transactions, null for an order. */
  readonly fromMop: number | null;
  readonly toMop: number | null;
}

export interface ExplainedAnomaly {
  readonly type: string;
  /** One sentence: what happened. Names transactions. */
  readonly because: string;
  readonly transactions: readonly ShownTransaction[];
  /**
   * Of a cycle in its order, the last leading back to the first. Of a lost update likewise: who missed whose write. Of
   * what reads alone prove from the writes to the reads that show them, and between what contradicts. Otherwise none.
   */
  readonly edges: readonly ShownEdge[];
  /** Transactions that belong to it and are not shown: of a cycle beyond the first hundred, of a group beyond six. */
  readonly omitted: number;
}

export interface IsolationDetails {
  readonly workload: Workload;
  /** Models that were claimed, by the names that verdicts use, and anomalies that were forbidden beside them. */
  readonly models: readonly string[];
  readonly forbidden: readonly string[];
  readonly transactions: { readonly ok: number; readonly info: number; readonly fail: number };
  readonly dependencies: number;
  /** Anomalies that break the claim, and how many of each: for cycles, components that have one. Sorted by name. */
  readonly anomalyTypes: readonly string[];
  readonly counts: { readonly [type: string]: number };
  /** Anomalies of types that nothing forbade. */
  readonly tolerated: { readonly [type: string]: number };
  /** The most telling: at most ten, those of different types first. */
  readonly anomalies: readonly ExplainedAnomaly[];
  /** The weakest models that the history refutes, then the stronger ones. Whether they were claimed or not. */
  readonly not: readonly string[];
  readonly alsoNot: readonly string[];
  /** The strongest models that nothing found refutes, among those that were looked at. */
  readonly strongest: readonly string[];
  /** Claimed models that no anomaly known here can refute: about them the verdict is silent. */
  readonly untestable: readonly string[];
  /** What is wrong with the input; then there is no verdict. The first hundred. */
  readonly problems: readonly { readonly line: number; readonly kind: string; readonly message: string }[];
  readonly problemCount: number;
}
