/** `config.json` as read back from a run's folder: somebody may have edited it, so every field is checked. */

import { z } from "zod";
import { claimProblems } from "../../checker/isolation/judge.js";
import { CUT_MODES, DISTRIBUTIONS, PARTITION_SHAPES } from "../../nemesis/fault.js";
import { PLANS } from "../../nemesis/schedule-options.js";
import { NETWORKS } from "../client/network.js";
import {
  CYCLE_WORKLOADS,
  GROUP_WORKLOADS,
  KEY_DISTS,
  PLAIN_WORKLOADS,
  REGISTER_WORKLOADS,
} from "../workload/options.js";
import { CLAIMS, FAULT_KINDS, ISOLATIONS, type RunConfig } from "./config.js";
import type { Parsed } from "./flags.js";

const delay = z.tuple([z.number().nonnegative(), z.number().nonnegative()]).readonly().nullable();

const protocol = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("leader"),
    leader: z.string(),
    writeQuorum: z.int().nonnegative(),
    readFrom: z.enum(["leader", "any", "quorum"]),
    failover: z.enum(["manual", "naive", "fenced"]).exactOptional(),
    readQuorum: z.int().positive(),
    replicationDelayMs: delay,
    quorumTimeoutMs: z.number().positive(),
    isolation: z.enum(ISOLATIONS).exactOptional(),
    txnStepDelayMs: z.tuple([z.number().nonnegative(), z.number().nonnegative()]).readonly().exactOptional(),
  }),
  z.strictObject({
    mode: z.literal("quorum"),
    readQuorum: z.int().positive(),
    writeQuorum: z.int().positive(),
    versioning: z.enum(["lww", "vector-clock"]),
    readRepair: z.boolean(),
    replicationDelayMs: delay,
    quorumTimeoutMs: z.number().positive(),
    replicas: z.int().positive().exactOptional(),
    virtualNodes: z.int().positive().exactOptional(),
    siblings: z.enum(["lww", "merge"]).exactOptional(),
    sloppyQuorum: z.literal(true).exactOptional(),
    hintedHandoffMs: z.number().positive().exactOptional(),
    antiEntropyMs: z.number().positive().exactOptional(),
    membershipMs: z.number().positive().exactOptional(),
    tombstones: z.literal(false).exactOptional(),
    tombstoneGcMs: z.number().positive().exactOptional(),
    tombstoneConfirm: z.literal(false).exactOptional(),
    versionsMax: z.int().positive().exactOptional(),
  }),
  z.strictObject({
    mode: z.literal("gossip"),
    propagation: z.enum(["strong", "eventual"]),
    versioning: z.enum(["none", "counter", "timestamp", "vector-clock"]),
    antiEntropyMs: z.number().positive().nullable(),
    replicationDelayMs: delay,
    quorumTimeoutMs: z.number().positive(),
  }),
  z.strictObject({
    mode: z.literal("sequencer"),
    sequencer: z.string(),
    consistency: z.enum(["linearizable", "eventual"]),
    writeQuorum: z.int().positive(),
    readQuorum: z.int().positive(),
    replicationDelayMs: delay,
    quorumTimeoutMs: z.number().positive(),
  }),
  z.strictObject({
    mode: z.literal("abd"),
    replicationDelayMs: delay,
    quorumTimeoutMs: z.number().positive(),
  }),
  z.strictObject({
    mode: z.literal("raft"),
    electionTimeoutMs: z.tuple([z.number().positive(), z.number().positive()]).readonly(),
    heartbeatMs: z.number().positive(),
    preVote: z.boolean(),
    read: z.enum(["index", "lease"]),
    leaseClockBound: z.number().min(0).max(0.99).nullable(),
    snapshotEvery: z.int().positive(),
    voters: z.array(z.string()).min(1).readonly().exactOptional(),
    replicationDelayMs: delay,
    quorumTimeoutMs: z.number().positive(),
  }),
]);

const own = z.strictObject({
  mode: z.literal("own"),
  database: z.string(),
  hardware: z
    .strictObject({
      clock: z.literal("libfaketime").exactOptional(),
      disk: z.enum(["libfiu", "tmpfs"]).exactOptional(),
    })
    .exactOptional(),
});

const workload = z.discriminatedUnion("name", [
  z.strictObject({
    name: z.enum(REGISTER_WORKLOADS),
    keys: z.int().positive(),
    values: z.int().positive(),
    skew: z.number().nonnegative(),
    opsPerKey: z.int().positive().nullable(),
    deleteRate: z.number().min(0).max(1).exactOptional(),
    cas: z.literal(false).exactOptional(),
  }),
  z.strictObject({
    name: z.enum(CYCLE_WORKLOADS),
    keyCount: z.int().positive(),
    keyDist: z.enum(KEY_DISTS),
    minTxnLength: z.int().positive(),
    maxTxnLength: z.int().positive(),
    maxWritesPerKey: z.int().positive(),
    consistency: z
      .array(z.string().refine((name) => claimProblems([name], []).length === 0, "no consistency model of that name"))
      .readonly(),
  }),
  z.strictObject({
    name: z.literal("bank"),
    accounts: z.int().min(2),
    total: z.int().nonnegative(),
    maxTransfer: z.int().positive(),
    negative: z.boolean(),
  }),
  z.strictObject({ name: z.enum(GROUP_WORKLOADS), groupSize: z.int().min(2) }),
  z.strictObject({ name: z.literal("monotonic"), keyCount: z.int().min(2) }),
  z.strictObject({ name: z.enum(PLAIN_WORKLOADS) }),
]);

const range = z.tuple([z.number(), z.number()]).readonly();
const words = <const T extends readonly [string, ...string[]]>(among: T) => z.array(z.enum(among)).min(1).readonly();

const faultParams = z.strictObject({
  cutModes: words(CUT_MODES).exactOptional(),
  flapRate: z.number().min(0).max(1).exactOptional(),
  flapMs: range.exactOptional(),
  killSignals: words(["SIGKILL", "SIGTERM"]).exactOptional(),
  latencyMs: range.exactOptional(),
  distributions: words(DISTRIBUTIONS).exactOptional(),
  bytesPerSecond: range.exactOptional(),
  closeMs: range.exactOptional(),
  corruptRate: range.exactOptional(),
  lossRate: range.exactOptional(),
  duplicateRate: range.exactOptional(),
  reorderRate: range.exactOptional(),
  upMs: range.exactOptional(),
  downMs: range.exactOptional(),
  cpuShare: range.exactOptional(),
  skews: words(["bump", "strobe", "rate"]).exactOptional(),
  offsetMs: range.exactOptional(),
  periodMs: range.exactOptional(),
  clockRate: range.exactOptional(),
  troubles: words(["full", "read-only", "errors", "slow"]).exactOptional(),
  diskMs: range.exactOptional(),
  diskErrorRate: range.exactOptional(),
  damages: words(["lose-unsynced", "torn", "flip", "truncate"]).exactOptional(),
  bits: range.exactOptional(),
  bytes: range.exactOptional(),
});

const runConfig = z.strictObject({
  format: z.literal(1),
  id: z.string(),
  version: z.string(),
  startedAt: z.string(),
  seed: z.int().nonnegative(),
  nodes: z.array(z.string()).min(1).readonly(),
  protocol: z.union([protocol, own]),
  fsync: z.boolean(),
  simulated: z.literal(true).exactOptional(),
  network: z.enum(NETWORKS).exclude(["links"]).exactOptional(),
  bug: z.string().exactOptional(),
  workload,
  concurrency: z.int().positive(),
  timeLimitMs: z.number().positive(),
  rate: z.number().positive().nullable(),
  timeoutMs: z.number().positive(),
  nemesis: z.strictObject({
    faults: z.array(z.enum(FAULT_KINDS)).readonly(),
    partitions: z.array(z.enum(PARTITION_SHAPES)).readonly(),
    intervalMs: z.number().positive(),
    plan: z.enum(PLANS).exactOptional(),
    target: z.literal("leader").exactOptional(),
    after: z.literal("election").exactOptional(),
    params: faultParams.exactOptional(),
    script: z.string().exactOptional(),
  }),
  claims: z.array(z.enum(CLAIMS)).readonly(),
  command: z.string(),
});

export function parseConfigFile(text: string): Parsed<RunConfig> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, problems: [`not JSON: ${error instanceof Error ? error.message : String(error)}`] };
  }
  const parsed = runConfig.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    problems: parsed.error.issues.map(({ path, message }) => `${path.join(".") || "(top)"}: ${message}`),
  };
}
