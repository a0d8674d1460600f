/** What the reference store promises, as data: one row a setting. A mode that is new takes its rows here. */

/** Columns, in this order everywhere. */
export const PROPERTIES = ["linearizable", "session", "converges", "survives"] as const;
export type Property = (typeof PROPERTIES)[number];

/** How each is headed. */
export const PROPERTY_WORDS: { readonly [property in Property]: string } = {
  linearizable: "linearizable",
  session: "session guarantees",
  converges: "converges",
  survives: "acknowledged writes survive",
};

/** What is broken meanwhile, as `--nemesis` names it. */
export const FAULTS = ["none", "partition", "kill", "pause", "delay"] as const;
export type Fault = (typeof FAULTS)[number];

export interface Row {
  readonly name: string;
  /** Flags of `kvtest run`, as commander names them; "" for one that takes no value. */
  readonly flags: { readonly mode: string; readonly [flag: string]: string };
  /** What its clients do otherwise than `FIXED`, where with that a non-claim would hardly ever show. */
  readonly load?: { readonly [flag: string]: string };
  /** What is promised, and under which faults; a property that is absent is not promised. */
  readonly claims: { readonly [property in Property]?: readonly Fault[] };
}

const ALWAYS = FAULTS;
/** As long as no message is lost: none is sent twice. */
const UNLESS_LOST: readonly Fault[] = ["none", "pause", "delay"];

const EVERYTHING = { linearizable: ALWAYS, session: ALWAYS, converges: ALWAYS, survives: ALWAYS } as const;
const EVENTUAL = { converges: ALWAYS, survives: ALWAYS } as const;

/** Everybody at one key: two reads that meet the two sides of a write under way are then often of one session. */
const ONE_KEY = { keys: "1", replicationDelay: "0..50" } as const;
/**
 * What is lost shows in the last writes of a key alone: whatever is written later explains it. So keys are short-lived,
 * and a write is likely to meet those before it that are still under way.
 */
const SHORT_LIVED_KEYS = { keys: "2", opsPerKey: "10", replicationDelay: "0..100" } as const;
/** So slow that a leader dies with writes that nobody else has, and with keys enough that some are not written again. */
const MUCH_UNDER_WAY = { keys: "50", replicationDelay: "200..400", timeLimit: "4" } as const;
/** Slower than a coordinator's patience with a replica: stand-ins are asked without any fault. */
const IMPATIENT = { keys: "1", replicationDelay: "0..200" } as const;

export const ROWS: readonly Row[] = [
  {
    name: "leader, W = majority, reads at the leader",
    flags: { mode: "leader" },
    claims: EVERYTHING,
  },
  {
    name: "leader, asynchronous, reads at the leader",
    flags: { mode: "leader", writeQuorum: "0" },
    claims: EVERYTHING,
  },
  {
    name: "leader, asynchronous, reads anywhere",
    flags: { mode: "leader", writeQuorum: "0", readFrom: "any" },
    claims: EVENTUAL,
  },
  {
    name: "leader, all acknowledge, reads anywhere",
    flags: { mode: "leader", writeQuorum: "all", readFrom: "any" },
    claims: EVENTUAL,
  },
  {
    name: "leader, W = majority, reads from a quorum",
    flags: { mode: "leader", readFrom: "quorum" },
    load: ONE_KEY,
    claims: EVENTUAL,
  },
  {
    name: "leader, fenced failover, W = majority",
    flags: { mode: "leader", failover: "fenced" },
    claims: EVERYTHING,
  },
  {
    name: "leader, naive failover, asynchronous",
    flags: { mode: "leader", failover: "naive", writeQuorum: "0" },
    load: MUCH_UNDER_WAY,
    claims: {},
  },
  {
    name: "quorum, R = W = 2, last write wins",
    flags: { mode: "quorum" },
    load: ONE_KEY,
    claims: EVENTUAL,
  },
  {
    name: "quorum, R = W = 1, last write wins",
    flags: { mode: "quorum", readQuorum: "1", writeQuorum: "1" },
    claims: EVENTUAL,
  },
  {
    name: "quorum, R = W = 2, no read repair",
    flags: { mode: "quorum", noReadRepair: "" },
    load: ONE_KEY,
    claims: { converges: UNLESS_LOST, survives: ALWAYS },
  },
  {
    name: "quorum, R = W = 2, vector clocks",
    flags: { mode: "quorum", versioning: "vector-clock" },
    claims: EVENTUAL,
  },
  {
    name: "quorum, 2 replicas of 3, sloppy, hinted handoff, anti-entropy",
    flags: { mode: "quorum", replicas: "2", sloppyQuorum: "", hintedHandoff: "200", antiEntropy: "200" },
    load: IMPATIENT,
    claims: EVENTUAL,
  },
  {
    name: "gossip, strong, timestamps",
    flags: { mode: "gossip", propagation: "strong" },
    claims: { converges: UNLESS_LOST, survives: ALWAYS },
  },
  {
    name: "gossip, no versions",
    flags: { mode: "gossip", versioning: "none" },
    load: SHORT_LIVED_KEYS,
    claims: {},
  },
  {
    name: "gossip, counters",
    flags: { mode: "gossip", versioning: "counter" },
    load: SHORT_LIVED_KEYS,
    claims: {},
  },
  {
    name: "gossip, timestamps",
    flags: { mode: "gossip", versioning: "timestamp" },
    claims: { converges: UNLESS_LOST, survives: ALWAYS },
  },
  {
    name: "gossip, timestamps, anti-entropy",
    flags: { mode: "gossip", versioning: "timestamp", antiEntropy: "200" },
    claims: EVENTUAL,
  },
  {
    name: "gossip, vector clocks, anti-entropy",
    flags: { mode: "gossip", versioning: "vector-clock", antiEntropy: "200" },
    claims: EVENTUAL,
  },
  {
    name: "sequencer, linearizable reads",
    flags: { mode: "sequencer" },
    claims: EVERYTHING,
  },
  {
    name: "sequencer, eventual reads, R = 1",
    flags: { mode: "sequencer", reads: "eventual" },
    claims: EVENTUAL,
  },
  {
    name: "sequencer, eventual reads, R = 2",
    flags: { mode: "sequencer", reads: "eventual", readQuorum: "2" },
    claims: EVENTUAL,
  },
  {
    name: "abd",
    flags: { mode: "abd" },
    claims: EVERYTHING,
  },
  {
    name: "raft",
    flags: { mode: "raft" },
    claims: EVERYTHING,
  },
];

/**
 * What all runs have in common. Values are written once, so that every read names its write; messages between replicas
 * take up to 20 ms, for on one machine a window of microseconds would hide what the settings do.
 */
export const FIXED: { readonly [flag: string]: string } = {
  nodes: "3",
  workload: "unique-register",
  rate: "200",
  concurrency: "9",
  replicationDelay: "0..20",
};

export const claimed = ({ claims }: Row, property: Property, fault: Fault): boolean =>
  claims[property]?.includes(fault) ?? false;

/** The setting of a sweep in which a row is put under a fault. */
export const settingOf = ({ flags, load }: Row, fault: Fault): { readonly [flag: string]: string } => ({
  ...flags,
  ...load,
  nemesis: fault,
});
