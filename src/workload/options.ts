/** What can be chosen about each workload, as plain data: the same fields as `workload` in a run's config.json. */

export const REGISTER_WORKLOADS = ["register", "unique-register"] as const;
export const CYCLE_WORKLOADS = ["list-append", "rw-register"] as const;
export const GROUP_WORKLOADS = ["long-fork", "causal-reverse"] as const;
export const PLAIN_WORKLOADS = [
  "unique-ids",
  "counter",
  "pn-counter",
  "set",
  "set-full",
  "queue",
  "total-queue",
] as const;
export const WORKLOADS = [
  ...REGISTER_WORKLOADS,
  ...CYCLE_WORKLOADS,
  "bank",
  ...GROUP_WORKLOADS,
  "monotonic",
  ...PLAIN_WORKLOADS,
] as const;

export const KEY_DISTS = ["exponential", "uniform", "zipf"] as const;

export type WorkloadConfig =
  | RegisterWorkload
  | CycleWorkload
  | BankWorkload
  | GroupWorkload
  | MonotonicWorkload
  | PlainWorkload;

export interface RegisterWorkload {
  readonly name: (typeof REGISTER_WORKLOADS)[number];
  readonly keys: number;
  /** Written values are 0 .. values-1 (register only; unique-register writes every value once). */
  readonly values: number;
  /** 0: every key alike; s: key k is drawn in proportion to 1 / (k+1)^s. */
  readonly skew: number;
  /** After so many operations a key is retired and a fresh one takes its place; null: never. */
  readonly opsPerKey: number | null;
  /** The share of the writes that write null, which is to delete. Absent: none. */
  readonly deleteRate?: number;
  /** false: reads and writes only, for a store that has no compare-and-set. Absent: with it. */
  readonly cas?: false;
}

/** Transactions of reads and of appends (list-append) or writes (rw-register); every value of a key is another one. */
export interface CycleWorkload {
  readonly name: (typeof CYCLE_WORKLOADS)[number];
  /** How many keys are in use at a time. */
  readonly keyCount: number;
  /** How key i of those in use is drawn: in proportion to 2^-i, all alike, or to 1 / (i + 1). */
  readonly keyDist: (typeof KEY_DISTS)[number];
  readonly minTxnLength: number;
  readonly maxTxnLength: number;
  /** After so many writes a key is retired and a fresh one takes its place. */
  readonly maxWritesPerKey: number;
  /** The models that are claimed, by any name that the isolation checker knows. */
  readonly consistency: readonly string[];
}

export interface BankWorkload {
  readonly name: "bank";
  readonly accounts: number;
  readonly total: number;
  readonly maxTransfer: number;
  /** May a balance become negative? */
  readonly negative: boolean;
}

export interface GroupWorkload {
  readonly name: (typeof GROUP_WORKLOADS)[number];
  /** How many keys are read together. */
  readonly groupSize: number;
}

export interface MonotonicWorkload {
  readonly name: "monotonic";
  readonly keyCount: number;
}

export interface PlainWorkload {
  readonly name: (typeof PLAIN_WORKLOADS)[number];
}

/** Those that need nothing but read, write and cas of single keys; the others need transactions. */
export const isRegister = (config: WorkloadConfig): config is RegisterWorkload =>
  config.name === "register" || config.name === "unique-register";
