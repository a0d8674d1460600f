/** A test as plain data. `config.json` holds exactly this; it is enough to run the test again (R1). */

import { CLAIMS, type Claim } from "../../checker/judge.js";
import type { FaultKind, PartitionShape, TimedFault } from "../../nemesis/fault.js";
import type { ProtocolConfig } from "../replica/wire.js";

export { CLAIMS, type Claim };

export const WORKLOADS = ["register", "unique-register"] as const;
export const FAULT_KINDS = ["partition", "kill", "pause", "delay"] as const satisfies readonly FaultKind[];

export interface RunConfig {
  readonly format: 1;
  /** Name of the run's folder. */
  readonly id: string;
  /** The version of kvtest that wrote it. */
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly seed: number;
  readonly nodes: readonly string[];
  readonly protocol: ProtocolConfig;
  readonly fsync: boolean;
  readonly workload: WorkloadConfig;
  readonly concurrency: number;
  readonly timeLimitMs: number;
  /** Operations per second over all clients (open loop), or null: every client asks again as soon as it is answered. */
  readonly rate: number | null;
  /** How long a client waits for an answer. */
  readonly timeoutMs: number;
  readonly nemesis: NemesisConfig;
  readonly claims: readonly Claim[];
  /** The command line that does it again. */
  readonly command: string;
}

export interface WorkloadConfig {
  readonly name: (typeof WORKLOADS)[number];
  readonly keys: number;
  /** Written values are 0 .. values-1 (register only; unique-register writes every value once). */
  readonly values: number;
  /** 0: every key alike; s: key k is drawn in proportion to 1 / (k+1)^s. */
  readonly skew: number;
  /** After so many operations a key is retired and a fresh one takes its place; null: never. */
  readonly opsPerKey: number | null;
}

export interface NemesisConfig {
  readonly faults: readonly FaultKind[];
  /** Which shapes `partition` draws from. */
  readonly partitions: readonly PartitionShape[];
  /** Mean time between the starts of two faults of a kind, ms. */
  readonly intervalMs: number;
}

/** `faults.json`. */
export interface FaultPlan {
  readonly format: 1;
  readonly faults: readonly TimedFault[];
}
