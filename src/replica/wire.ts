/**
 * What clients and replicas say to each other: one JSON value a line over TCP, pipelined by `id`.
 *
 * A leaf: the harness and the replica program both import it, and it imports nothing.
 */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type NodeName = string;

export type Request =
  | ({ readonly op: "read"; readonly key: string } & Quorums)
  /**
   * `context`: what a read of this key returned as its context; null for a blind write. `delete`, with the value null:
   * the key is as if it had never been written.
   */
  | ({
      readonly op: "write";
      readonly key: string;
      readonly value: Json;
      readonly context?: Json;
      readonly delete?: true;
    } & Quorums &
      Retried)
  | ({ readonly op: "cas"; readonly key: string; readonly from: Json; readonly to: Json } & Quorums & Retried)
  /** All of it or nothing, at the leader; how far apart from others, `LeaderConfig.isolation` says. */
  | ({ readonly op: "txn"; readonly ops: readonly MicroOp[] } & Retried)
  /** One node more or less. raft: among those that vote and are waited for. quorum: on the ring, where there is one. */
  | { readonly op: "voters"; readonly change: "add" | "remove"; readonly node: NodeName }
  /** The replica's own state, asked of nobody else. */
  | { readonly op: "dump" }
  | { readonly op: "health" };

/**
 * Of the node as such, in whatever mode. promote: lead from now on, where leaders can change (`LeaderConfig.failover`).
 * delay: wait so long before each answer and each message from now on; 0 ends it.
 */
export type NodeRequest = { readonly op: "promote" } | { readonly op: "delay"; readonly ms: number };

/** Which request of which client this is, so that asking again does it no second time (raft; others ignore it). */
type Retried = { readonly session?: Session };

/** `client` is a name that no other client has; `seq` grows with its every request, and is the same when it asks again. */
export type Session = { readonly client: string; readonly seq: number };

/** For this one request, in quorum mode (others ignore it); absent: as the configuration says. */
export type Quorums = {
  /** Replicas of the key, of which `r` must answer a read, and `w` must store a write. */
  readonly n?: number;
  readonly r?: number;
  readonly w?: number;
};

/**
 * One step of a transaction. A key that was never written is null: an empty list to `append`, `include` and `pop`, 0 to
 * `add`.
 * What does not fit (a number appended to) refuses the whole transaction as `mismatch`.
 */
export type MicroOp =
  /** Reads whatever the key holds. */
  | readonly ["r", key: string, value: null]
  | readonly ["w", key: string, value: Json]
  /** Puts one element at the end of a list. */
  | readonly ["append", key: string, element: Json]
  /** Puts one element at the end of a list that does not hold it yet: what it found decides what it writes. */
  | readonly ["include", key: string, element: Json]
  /** Adds to a number. A sum below `min` refuses the whole transaction as `mismatch`. */
  | readonly ["add", key: string, delta: number]
  | readonly ["add", key: string, delta: number, min: number]
  /** Takes the first element off a list. */
  | readonly ["pop", key: string];

/** As a `txn` answers: `r` with what it found, `pop` with what it took (null: nothing there), the others as asked. */
export type DoneMicroOp =
  | readonly ["r" | "w" | "append" | "include" | "pop", key: string, value: Json]
  | readonly ["add", key: string, delta: number]
  | readonly ["add", key: string, delta: number, min: number];

/** A key that was never written reads as null. */
export type Reply =
  | {
      readonly ok: true;
      /**
       * read: the value (of several siblings, the winner). txn: DoneMicroOp[]. dump: key -> sibling values. health:
       * anything.
       */
      readonly value: Json;
      /** read: all siblings, when more than one. */
      readonly siblings?: readonly Json[];
      readonly context?: Json;
    }
  | { readonly ok: false; readonly error: ReplicaError; readonly message: string; readonly leader?: NodeName };

/**
 * not-leader: refused, nothing was done. mismatch: a cas or a txn found another value than it needs, nothing was done.
 * conflict: a txn got into the way of others and was aborted, nothing was done. partial: stored somewhere, quorum not
 * reached: it may survive or not. no-quorum: a read, or the reading half of a cas, found too few answers, nothing was
 * done. bad-request and unsupported: refused, nothing was done.
 */
export type ReplicaError =
  | "not-leader"
  | "mismatch"
  | "conflict"
  | "partial"
  | "no-quorum"
  | "bad-request"
  | "unsupported";

export type RequestLine = { readonly id: number } & (Request | NodeRequest);
export type ReplyLine = { readonly id: number } & Reply;
/** A peer's first line on a connection that it dialled; every later line is a protocol message. */
export type PeerHello = { readonly peer: NodeName };

/** How a replica program is started: one JSON argument. Ports 0 mean "any"; the ready line tells. */
export interface Peer {
  readonly name: NodeName;
  readonly host: string;
  readonly port: number;
  /** A Unix socket that leads there too, dialled rather than the port. */
  readonly path?: string;
}

export interface NodeConfig {
  readonly name: NodeName;
  readonly host: string;
  readonly port: number;
  readonly httpPort: number;
  readonly dataDir: string;
  /** Where to dial each peer (a link, when the harness put one in between). */
  readonly peers: readonly Peer[];
  readonly fsync: boolean;
  readonly seed: number;
  readonly protocol: ProtocolConfig;
  /** How often this node was started before, as far as whoever starts it knows: its disk may be a new one. Absent: nobody counted. */
  readonly lives?: number;
  /** A planted bug, by its name in `protocol/bugs.ts`; absent: none. */
  readonly bug?: string;
  /** A file that says what is wrong with the clock and the disk of this machine; absent: nothing is. */
  readonly hardwareFile?: string;
  /** Listen on a Unix socket too, in Linux's abstract namespace, by a name of the node's choice. Absent: don't. */
  readonly unixSocket?: boolean;
}

export type ProtocolConfig = LeaderConfig | QuorumConfig | GossipConfig | SequencerConfig | AbdConfig | RaftConfig;

export interface LeaderConfig {
  readonly mode: "leader";
  readonly leader: NodeName;
  /** Follower acknowledgements that a write waits for: 0 (asynchronous) .. number of followers (all). */
  readonly writeQuorum: number;
  /** any: a node answers reads, and transactions that only read, from its own state. */
  readonly readFrom: "leader" | "any" | "quorum";
  /** Replicas, the asked one included, that must answer a read when readFrom is "quorum". All are asked. */
  readonly readQuorum: number;
  /** Injected replication delay, uniform between the two, in ms; null for none. */
  readonly replicationDelayMs: readonly [number, number] | null;
  /** How long a write or read waits for its quorum. */
  readonly quorumTimeoutMs: number;
  /** What transactions see of each other; absent: serializable. */
  readonly isolation?: Isolation;
  /**
   * Who leads when the leader is gone. Absent: nobody. manual: who is told to by `promote`, if a majority lets it.
   * fenced: also by itself. naive: whoever hears no leader, without asking anybody; known to be bad.
   */
  readonly failover?: Failover;
  /** Entries in the log, beyond a few for each key, before it is compacted; absent: thousands. */
  readonly compactAfter?: number;
  /** Between two steps of a transaction, uniform between the two, in ms; absent: a short while. */
  readonly txnStepDelayMs?: readonly [number, number];
}

export type Failover = "manual" | "naive" | "fenced";

export type Isolation = "serializable" | "snapshot" | "read-committed" | "read-uncommitted";

export interface QuorumConfig {
  readonly mode: "quorum";
  readonly readQuorum: number;
  readonly writeQuorum: number;
  /** last-write-wins by (timestamp, node), or vector clocks with siblings. */
  readonly versioning: "lww" | "vector-clock";
  readonly readRepair: boolean;
  readonly replicationDelayMs: readonly [number, number] | null;
  readonly quorumTimeoutMs: number;
  /** N: replicas of each key, placed by a ring; absent: every node holds every key. */
  readonly replicas?: number;
  /** Places of each node on the ring; absent: 16. */
  readonly virtualNodes?: number;
  /** Who makes one value of siblings: the client who reads them (absent), the latest clock, or a merge. */
  readonly siblings?: "lww" | "merge";
  /** Where a replica is away, a node beyond the N stands in for it, and counts. */
  readonly sloppyQuorum?: true;
  /** How often what is kept for a replica that was away is offered to it, in ms; absent: nothing is handed over. */
  readonly hintedHandoffMs?: number;
  /** How often a replica compares its keys with another one's by Merkle trees, in ms; absent: never. */
  readonly antiEntropyMs?: number;
  /** How often a node tells another one who it has heard of, in ms; absent: nodes do not gossip. */
  readonly membershipMs?: number;
  /** false: a delete removes the key and leaves nothing that says so. Known to be bad. */
  readonly tombstones?: false;
  /** A tombstone older than this is collected, in ms; absent: it stays. */
  readonly tombstoneGcMs?: number;
  /** false: at that age whatever others hold, and not only once no node holds anything that it hides. */
  readonly tombstoneConfirm?: false;
  /** Entries of a version vector; of more the oldest are forgotten. Absent: all are kept. */
  readonly versionsMax?: number;
}

/** Every node takes writes and tells the others. */
export interface GossipConfig {
  readonly mode: "gossip";
  /** strong: a write is answered when all replicas have it. eventual: at once. */
  readonly propagation: "strong" | "eventual";
  /** none: what comes last is newest. counter: per key and replica. timestamp: last write wins. */
  readonly versioning: "none" | "counter" | "timestamp" | "vector-clock";
  /** How often a replica compares all that it holds with another one's, in ms; null: never. */
  readonly antiEntropyMs: number | null;
  readonly replicationDelayMs: readonly [number, number] | null;
  readonly quorumTimeoutMs: number;
}

/** One node gives every write its place in one order, which all replicas follow. */
export interface SequencerConfig {
  readonly mode: "sequencer";
  readonly sequencer: NodeName;
  /** linearizable: a read asks the sequencer how far it must wait. eventual: it asks `readQuorum` replicas. */
  readonly consistency: "linearizable" | "eventual";
  /** Replicas, the sequencer included, that must have a write before it is answered. */
  readonly writeQuorum: number;
  /** eventual: replicas, the asked one included, of whose answers the newest is returned. */
  readonly readQuorum: number;
  readonly replicationDelayMs: readonly [number, number] | null;
  readonly quorumTimeoutMs: number;
}

export interface AbdConfig {
  readonly mode: "abd";
  readonly replicationDelayMs: readonly [number, number] | null;
  readonly quorumTimeoutMs: number;
}

export interface RaftConfig {
  readonly mode: "raft";
  /** Who hears no leader for so long stands for election: drawn between the two each time. */
  readonly electionTimeoutMs: readonly [number, number];
  readonly heartbeatMs: number;
  /** Whoever stands asks first whether it could win, and nobody who hears a leader lets it. */
  readonly preVote: boolean;
  /** index: every read asks a majority who leads. lease: not while none of those who answered last would vote. */
  readonly read: "index" | "lease";
  /** How far the rate of a clock may be off, as a part of it (0.1: 10 %); null: leases go by the wall clock. */
  readonly leaseClockBound: number | null;
  /** Committed entries between two snapshots. */
  readonly snapshotEvery: number;
  /** Who votes at first; the others follow without a vote. Absent: all nodes. */
  readonly voters?: readonly NodeName[];
  readonly replicationDelayMs: readonly [number, number] | null;
  readonly quorumTimeoutMs: number;
}

/** The one line that a replica prints on stdout once it answers. Everything else it says is pino JSON on stderr. */
export interface ReadyLine {
  readonly ready: true;
  readonly name: NodeName;
  readonly port: number;
  readonly httpPort: number;
  readonly pid: number;
  /** The Unix socket, where it listens on one. */
  readonly path?: string;
}
