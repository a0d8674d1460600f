/** Invocation and completion, paired: what every checker reads. */

import type { FaultEvent, Json } from "./event.js";

export interface Operation {
  readonly process: number;
  readonly f: string;
  readonly key: string | null;
  /** `ok` it happened, `fail` it never will, `info` nobody knows (also: the history ends before it completes). */
  readonly type: "ok" | "fail" | "info";
  /** The argument, as invoked. */
  readonly value: Json;
  /** What the completion carried; null where there was none. */
  readonly result: Json;
  /** Index of the invocation. */
  readonly invoked: number;
  /** Index of the completion event, null where the history ends first. An `info` stays open beyond it: `endOf`. */
  readonly completed: number | null;
  /** Nanoseconds since the run began. */
  readonly invokedTime: number;
  readonly completedTime: number | null;
  readonly node: string | null;
  readonly error: string | null;
  readonly siblings: readonly Json[] | null;
}

/** A whole history in memory. Operations in the order of their invocations; faults in the order of their events. */
export interface History {
  readonly operations: readonly Operation[];
  readonly faults: readonly FaultEvent[];
  /** Number of events (lines), faults included. */
  readonly events: number;
}

/** The last index at which the operation can take effect: its completion, or never-ending for `info`. */
export const endOf = (op: Pick<Operation, "type" | "completed">): number =>
  op.type === "info" || op.completed === null ? Number.POSITIVE_INFINITY : op.completed;
