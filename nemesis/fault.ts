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
/** What is drawn has one of the shapes; what somebody wrote need not. */
export type AnyShape = PartitionShape | "by-hand";

/** Explicit nodes, or whoever leads when the fault begins. */
export type Who = readonly NodeName[] | "leader";

/** A directed link between two ends: nodes, or CLIENTS. */
export type LinkName = { readonly from: NodeName; readonly to: NodeName };

/**
 * How a cut link behaves; of a link from > to:
 *
 * - drop: silence. Bytes and handshakes wait for the heal.
 * - refuse: what `from` dials is refused; what is open falls silent, as by a firewall that rejects.
 * - reset: open connections are reset at both ends, new ones as soon as they are made.
 * - hang: what is open goes on; what `from` dials is accepted and goes nowhere until the heal.
 * - half-open: open connections are reset at `from`, while `to` is not told: what it says goes nowhere, and it learns of
 *   the loss when it speaks after the heal. New connections pass.
 */
export const CUT_MODES = ["drop", "refuse", "reset", "hang", "half-open"] as const;
export type CutMode = (typeof CUT_MODES)[number];

/**
 * What a chunk of bytes waits on its way, ms. constant: `latencyMs`. uniform: `latencyMs` ± `jitterMs`. normal: mean
 * `latencyMs`, standard deviation `jitterMs`, never below 0. exponential, pareto (Lomax of shape 3): at least
 * `latencyMs`, and a part with a long tail beside it whose mean is `jitterMs`.
 */
export const DISTRIBUTIONS = ["constant", "uniform", "normal", "exponential", "pareto"] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** Broken for `onMs`, whole for `offMs`, again and again, from broken on; whole at the end of the fault. */
export type Flap = {
  readonly onMs: number;
  readonly offMs: number;
};

/** What whole messages meet: each field a probability in 0..1, absent for 0. */
export type PacketEffects = {
  readonly loss?: number;
  readonly duplicate?: number;
  /** The message lets the next one pass first. */
  readonly reorder?: number;
};

/**
 * How processor time is kept from a node. stop: SIGSTOP and SIGCONT ten times a second; works for everybody. quota: by a
 * control group; where those are writable. nice: the lowest priority; only felt where others want the processor too,
 * and only root can take it back.
 */
export const STARVING = ["stop", "quota", "nice"] as const;
export type StarvingBy = (typeof STARVING)[number];

/**
 * What becomes of a node's wall clock. bump: it is `offsetMs` ahead (negative: behind) until the end of the fault.
 * strobe: it jumps between that and the true time every `periodMs`. rate: from the begin on it runs `rate` times as
 * fast as the true time (1.01: gains 10 ms a second), and jumps to the true time at the end.
 */
export type Skew =
  | { readonly is: "bump"; readonly offsetMs: number }
  | { readonly is: "strobe"; readonly offsetMs: number; readonly periodMs: number }
  | { readonly is: "rate"; readonly rate: number };

/**
 * What a node's disk does until the end of the fault. full: writes fail with ENOSPC. errors: the calls fail with EIO,
 * each with a probability (default 1). read-only: writes fail with EROFS. slow: every write or fsync takes `delayMs`
 * longer.
 */
export type DiskTrouble =
  | { readonly is: "full" }
  | { readonly is: "read-only" }
  | { readonly is: "errors"; readonly on: "read" | "write" | "fsync"; readonly probability?: number }
  | { readonly is: "slow"; readonly on: "write" | "fsync"; readonly delayMs: number };

/**
 * What a node finds on its disk after a crash. lose-unsynced: nothing that was not synced. torn: of the last write only
 * a part. flip: `bits` bits are turned over (default 1). truncate: the last `bytes` bytes of a file are gone.
 */
export type Damage =
  | { readonly is: "lose-unsynced" }
  | { readonly is: "torn" }
  | { readonly is: "flip"; readonly bits?: number }
  | { readonly is: "truncate"; readonly bytes: number };

export type Fault =
  | {
      readonly f: "partition";
      readonly shape: AnyShape;
      readonly grudge: Grudge | "isolate-leader";
      /** Default: drop. */
      readonly mode?: CutMode;
      readonly flap?: Flap;
    }
  | {
      /** Killed at the begin, all at once, and started at the end. */
      readonly f: "kill";
      readonly who: Who;
      /** Default: SIGKILL. SIGTERM asks the node to end by itself, and waits until it has. */
      readonly signal?: "SIGKILL" | "SIGTERM";
    }
  | { readonly f: "pause"; readonly who: Who; readonly flap?: Flap }
  | {
      readonly f: "delay";
      /** Links to slow down, each direction on its own. */
      readonly links: readonly LinkName[];
      readonly latencyMs: number;
      readonly jitterMs: number;
      /** Default: uniform. */
      readonly distribution?: Distribution;
    }
  /** No more than so many bytes a second on each of the links. */
  | { readonly f: "bandwidth"; readonly links: readonly LinkName[]; readonly bytesPerSecond: number }
  /** The end of a connection, and its reset, arrive so much later than its last byte. */
  | { readonly f: "slow-close"; readonly links: readonly LinkName[]; readonly delayMs: number }
  /** Each chunk (or message, where the link knows messages) has one bit turned over with this probability. */
  | { readonly f: "corrupt"; readonly links: readonly LinkName[]; readonly probability: number }
  /** Needs links that know where messages begin and end. */
  | { readonly f: "packet"; readonly links: readonly LinkName[]; readonly effects: PacketEffects }
  /** Killed, started `downMs` later, killed again `upMs` after it answers, and so on; started at the end. */
  | { readonly f: "crash-loop"; readonly who: Who; readonly upMs: number; readonly downMs: number }
  /** One node after the other, as listed: down for `downMs`, then `gapMs` with all of them up. Ends with all up. */
  | {
      readonly f: "rolling";
      readonly who: readonly NodeName[];
      readonly downMs: number;
      readonly gapMs: number;
      /** Default: SIGTERM, as an operator does it. */
      readonly signal?: "SIGKILL" | "SIGTERM";
    }
  /** Gets only this share of a processor, above 0 and below 1. `by` is one of STARVING, default stop. */
  | { readonly f: "starve"; readonly who: Who; readonly cpuShare: number; readonly by?: StarvingBy }
  | { readonly f: "clock"; readonly who: Who; readonly skew: Skew }
  | { readonly f: "disk"; readonly who: Who; readonly trouble: DiskTrouble }
  /**
   * The node is killed, its files are damaged, and it is started at once on what is left. The damage stays; only a node
   * that will not start on it gets its files back at the end.
   */
  | { readonly f: "damage"; readonly who: Who; readonly damage: Damage }
  /** The node is killed and started at once with nothing on its disk, under its old name. Nothing brings the data back. */
  | { readonly f: "wipe"; readonly who: Who }
  /** Leaves the membership at the begin, joins again at the end. */
  | { readonly f: "remove"; readonly who: Who }
  /** Nodes that are no members join at the begin, and leave at the end. */
  | { readonly f: "add"; readonly who: readonly NodeName[] }
  /** The first of these that does not lead is made to. It goes on leading after the end. */
  | { readonly f: "promote"; readonly who: readonly NodeName[] };

export type FaultKind = Fault["f"];

/** In the order in which faults that begin at the same moment are numbered. */
export const FAULT_KINDS = [
  "partition",
  "kill",
  "pause",
  "delay",
  "bandwidth",
  "slow-close",
  "corrupt",
  "packet",
  "crash-loop",
  "rolling",
  "starve",
  "clock",
  "disk",
  "damage",
  "wipe",
  "remove",
  "add",
  "promote",
] as const satisfies readonly FaultKind[];

export interface TimedFault {
  /** f1, f2, ... in order of `atMs`. */
  readonly id: string;
  /** Milliseconds after the first operation. */
  readonly atMs: number;
  readonly forMs: number;
  /** The fault waits, from `atMs` on, until somebody else leads than did then, and lasts from that moment. */
  readonly after?: "election";
  readonly fault: Fault;
}
