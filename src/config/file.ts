/** `config.json` as read back from a run's folder: somebody may have edited it, so every field is checked. */

import { z } from "zod";
import { PARTITION_SHAPES } from "../../nemesis/fault.js";
import { CLAIMS, FAULT_KINDS, type RunConfig, WORKLOADS } from "./config.js";
import type { Parsed } from "./flags.js";

const delay = z.tuple([z.number().nonnegative(), z.number().nonnegative()]).readonly().nullable();

const protocol = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("leader"),
    leader: z.string(),
    writeQuorum: z.int().nonnegative(),
    readFrom: z.enum(["leader", "any", "quorum"]),
    readQuorum: z.int().positive(),
    replicationDelayMs: delay,
    quorumTimeoutMs: z.number().positive(),
  }),
  z.strictObject({
    mode: z.literal("quorum"),
    readQuorum: z.int().positive(),
    writeQuorum: z.int().positive(),
    versioning: z.enum(["lww", "vector-clock"]),
    readRepair: z.boolean(),
    replicationDelayMs: delay,
    quorumTimeoutMs: z.number().positive(),
  }),
]);

const runConfig = z.strictObject({
  format: z.literal(1),
  id: z.string(),
  version: z.string(),
  startedAt: z.string(),
  seed: z.int().nonnegative(),
  nodes: z.array(z.string()).min(1).readonly(),
  protocol,
  fsync: z.boolean(),
  workload: z.strictObject({
    name: z.enum(WORKLOADS),
    keys: z.int().positive(),
    values: z.int().positive(),
    skew: z.number().nonnegative(),
    opsPerKey: z.int().positive().nullable(),
  }),
  concurrency: z.int().positive(),
  timeLimitMs: z.number().positive(),
  rate: z.number().positive().nullable(),
  timeoutMs: z.number().positive(),
  nemesis: z.strictObject({
    faults: z.array(z.enum(FAULT_KINDS)).readonly(),
    partitions: z.array(z.enum(PARTITION_SHAPES)).readonly(),
    intervalMs: z.number().positive(),
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
