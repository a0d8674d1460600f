/**
 * Faults and targets as plain data: a schedule can be printed, saved, replayed and made smaller.
 *
 * A fault says what is to happen in terms that can be resolved only at the time ("the leader"); what was really done
 * is returned by `inject` and recorded.
 */

export type NodeName = string;

/** The far end of every link that clients use. Never the name of a node. */
export const CLIENTS = "clients";

/** Who refuses to hear whom: receiver -> senders whose bytes do not arrive. One-way by nature. */
export type Grudge = { readonly [receiver: NodeName]: readonly NodeName[] };

export const PARTITION_SHAPES = [
  "one",
  "halves",
  "majority",
  "minority",
  "majorities-ring",
  "bridge",
  "one-way",
  "leader",
  "fixed-halves",
  "minority-third",
  "primaries",
  "clients",
] as const;
export type PartitionShape = (typeof PARTITION_SHAPES)[number];

/** Explicit nodes, or whoever leads when the fault begins. */
export type Who = readonly NodeName[] | "leader";

export type Fault =
  | { readonly f: "partition"; readonly shape: PartitionShape; readonly grudge: Grudge | "isolate-leader" }
  | { readonly f: "kill"; readonly who: Who }
  | { readonly f: "pause"; readonly who: Who }
  | {
      readonly f: "delay";
      /** Links to slow down, each direction on its own. */
      readonly links: readonly { readonly from: NodeName; readonly to: NodeName }[];
      readonly latencyMs: number;
      readonly jitterMs: number;
    };

export type FaultKind = Fault["f"];

/** In the order in which faults that begin at the same moment are numbered. */
export const FAULT_KINDS = ["partition", "kill", "pause", "delay"] as const satisfies readonly FaultKind[];

export interface TimedFault {
  /** f1, f2, ... in order of `atMs`. */
  readonly id: string;
  /** Milliseconds after the first operation. */
  readonly atMs: number;
  readonly forMs: number;
  readonly fault: Fault;
}
