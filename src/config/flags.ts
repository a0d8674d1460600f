/** The flags of `kvtest run` and `kvtest nodes` -> a configuration, or every problem at once. Pure. */

import type { ProtocolConfig } from "../replica/wire.js";
import { NETWORKS } from "../client/network.js";
import type { RunConfig } from "./config.js";
import { nemesisConfig, NEMESIS_DEFAULTS, type NemesisFlags } from "./nemesis-flags.js";
import { choice, integer, number, seconds } from "./parse.js";
import { bugConfig, PROTOCOL_DEFAULTS, protocolConfig, type ProtocolFlags } from "./protocol-flags.js";
import {
  checkTxnCluster,
  claimsFor,
  suited,
  WORKLOAD_DEFAULTS,
  workloadConfig,
  type WorkloadFlags,
} from "./workload-flags.js";

/** As commander hands them over: strings, booleans for switches, absent where the user said nothing. */
export interface ClusterFlags extends ProtocolFlags {
  readonly nodes?: string;
  readonly fsync?: string;
  readonly seed?: string;
}

export interface RunFlags extends ClusterFlags, WorkloadFlags, NemesisFlags {
  readonly timeLimit?: string;
  readonly network?: string;
  readonly concurrency?: string;
  readonly rate?: string;
  readonly timeout?: string;
  readonly claim?: string;
  readonly simulate?: boolean;
}

export type ClusterConfig = Pick<RunConfig, "nodes" | "fsync" | "seed" | "bug"> & { readonly protocol: ProtocolConfig };
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What a flag is worth when it is not given; also what `--help` shows. */
export const DEFAULTS = {
  ...WORKLOAD_DEFAULTS,
  ...PROTOCOL_DEFAULTS,
  nodes: "5",
  fsync: "on",
  network: "links",
  ...NEMESIS_DEFAULTS,
  timeLimit: "15",
  concurrency: "10",
  rate: "500",
  timeout: "1000",
} as const;

const NODES_MAX = 50;

export function parseClusterFlags(flags: ClusterFlags, freshSeed: number): Parsed<ClusterConfig> {
  const problems: string[] = [];
  const value = clusterConfig(flags, freshSeed, problems);
  return problems.length === 0 ? { ok: true, value } : { ok: false, problems };
}

export type TestConfig = Omit<RunConfig, "format" | "id" | "version" | "startedAt" | "command">;

/** What flags can say: a test of the reference store. */
export type FlagConfig = TestConfig & { readonly protocol: ProtocolConfig };

export function parseRunFlags(flags: RunFlags, freshSeed: number): Parsed<FlagConfig> {
  const problems: string[] = [];
  const cluster = clusterConfig(flags, freshSeed, problems);
  const timeLimitMs = seconds(
    "--time-limit",
    flags.timeLimit ?? DEFAULTS.timeLimit,
    { min: 0.5, max: 86_400 },
    problems,
  );
  const rate = flags.rate ?? DEFAULTS.rate;
  const workload = suited(workloadConfig(flags, problems), cluster.protocol);
  checkTxnCluster(workload, flags, cluster.protocol, problems);
  const network = choice("--network", flags.network ?? DEFAULTS.network, NETWORKS, problems);
  const value: FlagConfig = {
    ...cluster,
    ...(network === "links" ? {} : { network }),
    workload,
    concurrency: integer("--concurrency", flags.concurrency ?? DEFAULTS.concurrency, { min: 1, max: 10_000 }, problems),
    timeLimitMs,
    rate:
      rate === "max"
        ? null
        : number("--rate", rate, { min: 0.01, max: 1e6 }, problems, 'or "max" for as fast as the clients can'),
    timeoutMs: number("--timeout", flags.timeout ?? DEFAULTS.timeout, { min: 10, max: 600_000 }, problems, "ms"),
    nemesis: nemesisConfig(flags, timeLimitMs, cluster.nodes.length, problems),
    claims: claimsFor(workload, flags.claim, problems),
    ...(flags.simulate === true ? { simulated: true as const } : {}),
  };
  if (flags.simulate === true && !cluster.fsync)
    problems.push("--fsync off: a simulated disk is always synced; leave out --simulate");
  if (flags.simulate === true && network !== "links")
    problems.push(`--network ${network}: a simulated cluster has no network; leave out --simulate`);
  return problems.length === 0 ? { ok: true, value } : { ok: false, problems };
}

function clusterConfig(flags: ClusterFlags, freshSeed: number, problems: string[]): ClusterConfig {
  const count = integer("--nodes", flags.nodes ?? DEFAULTS.nodes, { min: 1, max: NODES_MAX, otherwise: 5 }, problems);
  const seed =
    flags.seed === undefined ? freshSeed : integer("--seed", flags.seed, { min: 0, max: 2 ** 32 - 1 }, problems);
  const fsync = choice("--fsync", flags.fsync ?? DEFAULTS.fsync, ["on", "off"] as const, problems) === "on";
  const protocol = protocolConfig(flags, count, problems);
  const nodes = Array.from({ length: count }, (_, i) => `n${i + 1}`);
  return { nodes, protocol, fsync, seed, ...bugConfig(flags.bug, protocol, problems) };
}
