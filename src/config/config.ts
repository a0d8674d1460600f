/** A test as plain data. `config.json` holds exactly this; it is enough to run the test again (R1). */

import { CLAIMS, type Claim } from "../../checker/judge.js";
import { FAULT_KINDS, type FaultKind, type PartitionShape, type TimedFault } from "../../nemesis/fault.js";
import type { Swarm } from "../../nemesis/schedule.js";
import type { FaultParams, ScheduleOptions } from "../../nemesis/schedule-options.js";
import type { NetworkKind } from "../client/network.js";
import type { Isolation, ProtocolConfig } from "../replica/wire.js";
import { WORKLOADS, type WorkloadConfig } from "../workload/options.js";

export { CLAIMS, type Claim, FAULT_KINDS, WORKLOADS, type WorkloadConfig };

export const ISOLATIONS = [
  "serializable",
  "snapshot",
  "read-committed",
  "read-uncommitted",
] as const satisfies readonly Isolation[];

/** A database of somebody's own: it replicates as it likes. */
export interface OwnProtocol {
  readonly mode: "own";
  /** What it is called. */
  readonly database: string;
  /** By what the clock and the disk of its nodes can be broken; absent: they cannot be. */
  readonly hardware?: OwnHardware;
}

export interface OwnHardware {
  readonly clock?: "libfaketime";
  readonly disk?: "libfiu" | "tmpfs";
}

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
  /** Absent: one user-space link a direction. */
  readonly network?: Exclude<NetworkKind, "links">;
  readonly protocol: ProtocolConfig | OwnProtocol;
  /** Of the reference store: is every acknowledged write synced? Of a database of one's own it says nothing. */
  readonly fsync: boolean;
  /** On one thread, in virtual time; absent: real processes. */
  readonly simulated?: true;
  /** The planted bug of every node, by its name (`kvtest bugs`); absent: none. */
  readonly bug?: string;
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

export interface NemesisConfig {
  readonly faults: readonly FaultKind[];
  /** Which shapes `partition` draws from. */
  readonly partitions: readonly PartitionShape[];
  /** Mean time between the starts of two faults of a kind, ms. */
  readonly intervalMs: number;
  /** When faults strike; absent: each kind at its own intervals. */
  readonly plan?: NonNullable<ScheduleOptions["plan"]>;
  readonly target?: NonNullable<ScheduleOptions["target"]>;
  readonly after?: NonNullable<ScheduleOptions["after"]>;
  /** How hard faults are, where that differs from what is usual. */
  readonly params?: Partial<FaultParams>;
  /** The file that the schedule was read from: then nothing was drawn, and `faults` are the kinds in it. */
  readonly script?: string;
}

/** `faults.json`. */
export interface FaultPlan {
  readonly format: 1;
  readonly faults: readonly TimedFault[];
  /** What a swarm drew beside the faults. */
  readonly drawn?: Swarm;
}
