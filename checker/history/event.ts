/**
 * One line of a history: what a client saw, or what the nemesis did.
 *
 * The file is append-only JSON lines. Event *n* is line *n* + 1 (H4). Faults are events of the pseudo-process
 * "nemesis", as in Jepsen, so that other tools can read the file and no checker can take a fault for an operation.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export type EventType = "invoke" | "ok" | "fail" | "info";

/** A client's operation begins (`invoke`) or ends: `ok` it happened, `fail` it never will, `info` nobody knows. */
export interface OpEvent {
  /** Dense: 0, 1, 2, ... over all events, faults included. Real-time order is this order. */
  readonly index: number;
  /** Nanoseconds since the run began. For people and charts; order comes from `index`. */
  readonly time: number;
  /** A logical client: single-threaded, and retired for ever once an operation of it ended `info` (H1, H2). */
  readonly process: number;
  readonly type: EventType;
  readonly f: string;
  /** The key, or null for an operation on the whole store (`dump`). Absent in the file where null. */
  readonly key: string | null;
  /** Argument on invoke; result on ok (of a read: the value; of `cas`: [from, to]); repeated or null otherwise. */
  readonly value: Json;
  /** The node that was asked, where known. */
  readonly node?: string;
  /** On fail and info: the name of the error, then words. */
  readonly error?: string;
  /** On ok reads of a store that keeps siblings: all of them, when there was more than one. */
  readonly siblings?: readonly Json[];
}

/** A fault begins or ends. `value` says what was really done (nodes, grudge) and at the end what proves that it bit. */
export interface FaultEvent {
  readonly index: number;
  readonly time: number;
  readonly process: "nemesis";
  readonly type: "info";
  /** The kind of fault: partition, kill, pause, delay, ... */
  readonly f: string;
  readonly phase: "begin" | "end";
  /** Id of the planned fault in faults.json. */
  readonly fault: string;
  readonly value: Json;
}

export type HistoryEvent = OpEvent | FaultEvent;

export const isFault = (event: HistoryEvent): event is FaultEvent => event.process === "nemesis";
