/** The flags that say what the clients do, and what must hold then -> `workload` and `claims` of a run. */

import { claimProblems } from "../../checker/isolation/judge.js";
import { checkerOf } from "../../checker/judge.js";
import type { ProtocolConfig } from "../replica/wire.js";
import {
  type BankWorkload,
  CYCLE_WORKLOADS,
  type CycleWorkload,
  GROUP_WORKLOADS,
  isRegister,
  KEY_DISTS,
  REGISTER_WORKLOADS,
  type RegisterWorkload,
} from "../workload/options.js";
import { CLAIMS, type Claim, WORKLOADS, type WorkloadConfig } from "./config.js";
import { choice, integer, list, number } from "./parse.js";

export interface WorkloadFlags {
  readonly workload?: string;
  readonly keys?: string;
  readonly values?: string;
  readonly skew?: string;
  readonly opsPerKey?: string;
  readonly deleteRate?: string;
  readonly keyCount?: string;
  readonly keyDist?: string;
  readonly minTxnLength?: string;
  readonly maxTxnLength?: string;
  readonly maxWritesPerKey?: string;
  readonly consistency?: string;
  readonly accounts?: string;
  readonly total?: string;
  readonly maxTransfer?: string;
  readonly negativeBalances?: boolean;
  readonly groupSize?: string;
}

export const WORKLOAD_DEFAULTS = {
  workload: "register",
  keys: "5",
  values: "5",
  skew: "0",
  keyDist: "exponential",
  minTxnLength: "1",
  maxTxnLength: "4",
  maxWritesPerKey: "256",
  consistency: "strict-serializable",
  accounts: "8",
  total: "100",
  maxTransfer: "5",
  claim: "linearizable,converges",
} as const;

type Name = WorkloadConfig["name"];
type Own = Exclude<keyof WorkloadFlags, "workload">;

/** Every flag of this file, as it is written, and the workloads to which it means something. */
const OWN: { readonly [flag in Own]: readonly [written: string, workloads: readonly Name[]] } = {
  keys: ["--keys", REGISTER_WORKLOADS],
  values: ["--values", ["register"]],
  skew: ["--skew", REGISTER_WORKLOADS],
  opsPerKey: ["--ops-per-key", REGISTER_WORKLOADS],
  deleteRate: ["--delete-rate", REGISTER_WORKLOADS],
  keyCount: ["--key-count", [...CYCLE_WORKLOADS, "monotonic"]],
  keyDist: ["--key-dist", CYCLE_WORKLOADS],
  minTxnLength: ["--min-txn-length", CYCLE_WORKLOADS],
  maxTxnLength: ["--max-txn-length", CYCLE_WORKLOADS],
  maxWritesPerKey: ["--max-writes-per-key", CYCLE_WORKLOADS],
  consistency: ["--consistency", CYCLE_WORKLOADS],
  accounts: ["--accounts", ["bank"]],
  total: ["--total", ["bank"]],
  maxTransfer: ["--max-transfer", ["bank"]],
  negativeBalances: ["--negative-balances", ["bank"]],
  groupSize: ["--group-size", GROUP_WORKLOADS],
};

export function workloadConfig(flags: WorkloadFlags, problems: string[]): WorkloadConfig {
  const name = choice("--workload", flags.workload ?? WORKLOAD_DEFAULTS.workload, WORKLOADS, problems);
  const given = Object.entries(OWN).map(([flag, own]) => [flags[flag as Own], ...own] as const);
  for (const [value, written, meaningful] of given) {
    if (value === undefined || meaningful.includes(name)) continue;
    const hint = written === "--values" && name === "unique-register" ? ` (every value of ${name} is distinct)` : "";
    problems.push(`${written} ${value}: only means something with --workload ${meaningful.join(" or ")}${hint}`);
  }
  if (name === "register" || name === "unique-register") return register(name, flags, problems);
  if (name === "list-append" || name === "rw-register") return cycles(name, flags, problems);
  if (name === "bank") return bank(flags, problems);
  if (name === "long-fork" || name === "causal-reverse") {
    const ordinary = name === "long-fork" ? "4" : "10";
    return { name, groupSize: integer("--group-size", flags.groupSize ?? ordinary, { min: 2, max: 1000 }, problems) };
  }
  if (name === "monotonic") {
    return { name, keyCount: integer("--key-count", flags.keyCount ?? "4", { min: 2, max: 1000 }, problems) };
  }
  return { name };
}

function register(name: RegisterWorkload["name"], flags: WorkloadFlags, problems: string[]): RegisterWorkload {
  const { keys, values, skew } = WORKLOAD_DEFAULTS;
  return {
    name,
    keys: integer("--keys", flags.keys ?? keys, { min: 1, max: 1_000_000 }, problems),
    values: integer("--values", flags.values ?? values, { min: 1, max: 1_000_000_000 }, problems),
    skew: number("--skew", flags.skew ?? skew, { min: 0, max: 10 }, problems),
    opsPerKey:
      flags.opsPerKey === undefined ? null : integer("--ops-per-key", flags.opsPerKey, { min: 1, max: 1e9 }, problems),
    ...(flags.deleteRate === undefined
      ? {}
      : { deleteRate: number("--delete-rate", flags.deleteRate, { min: 0, max: 1 }, problems) }),
  };
}

function cycles(name: CycleWorkload["name"], flags: WorkloadFlags, problems: string[]): CycleWorkload {
  const { keyDist, minTxnLength, maxTxnLength, maxWritesPerKey, consistency } = WORKLOAD_DEFAULTS;
  const dist = choice("--key-dist", flags.keyDist ?? keyDist, KEY_DISTS, problems);
  const bounds = { min: 1, max: 1000 };
  const shortest = integer("--min-txn-length", flags.minTxnLength ?? minTxnLength, bounds, problems);
  // A lone --min-txn-length above the ordinary maximum means transactions of that length.
  const longest = integer(
    "--max-txn-length",
    flags.maxTxnLength ?? String(Math.max(shortest, Number(maxTxnLength))),
    bounds,
    problems,
  );
  if (shortest > longest) {
    problems.push(`--max-txn-length ${longest}: expected at least --min-txn-length, which is ${shortest}`);
  }
  const models = (flags.consistency ?? consistency).split(",").map((model) => model.trim());
  for (const problem of claimProblems(models, [])) problems.push(`--consistency ${problem}`);
  return {
    name,
    // As Elle: fewer keys where each is as likely as the others.
    keyCount: integer(
      "--key-count",
      flags.keyCount ?? (dist === "uniform" ? "3" : "10"),
      { min: 1, max: 100_000 },
      problems,
    ),
    keyDist: dist,
    minTxnLength: shortest,
    maxTxnLength: longest,
    maxWritesPerKey: integer(
      "--max-writes-per-key",
      flags.maxWritesPerKey ?? maxWritesPerKey,
      { min: 1, max: 1e6 },
      problems,
    ),
    consistency: models,
  };
}

function bank(flags: WorkloadFlags, problems: string[]): BankWorkload {
  const { accounts, total, maxTransfer } = WORKLOAD_DEFAULTS;
  return {
    name: "bank",
    accounts: integer("--accounts", flags.accounts ?? accounts, { min: 2, max: 1000 }, problems),
    total: integer("--total", flags.total ?? total, { min: 0, max: 1e9 }, problems),
    maxTransfer: integer("--max-transfer", flags.maxTransfer ?? maxTransfer, { min: 1, max: 1e9 }, problems),
    negative: flags.negativeBalances ?? false,
  };
}

/** What must hold, where nothing else was asked: what the workload is for, and that replicas agree in the end. */
export function claimsFor(workload: WorkloadConfig, claim: string | undefined, problems: string[]): readonly Claim[] {
  const checker = checkerOf(workload.name);
  const decidable: readonly Claim[] =
    checker === null ? ["linearizable", "fresh", "converges"] : [checker, "converges"];
  const ordinary = checker === null ? WORKLOAD_DEFAULTS.claim : `${checker},converges`;
  const claims = list("--claim", claim ?? ordinary, CLAIMS, problems) as readonly Claim[];
  const idle = claims.filter((each) => CLAIMS.includes(each) && !decidable.includes(each));
  if (idle.length > 0) {
    problems.push(
      `--claim ${idle.join(",")}: not decided with --workload ${workload.name}; expected some of ${decidable.join(", ")}`,
    );
  }
  return claims;
}

/** Leaves out what the protocol has not: abd is a register that reads and writes, and no compare-and-set. */
export function suited(workload: WorkloadConfig, protocol: ProtocolConfig): WorkloadConfig {
  return protocol.mode === "abd" && isRegister(workload) ? { ...workload, cas: false } : workload;
}

/** Transactions are the leader's: what cannot be had together is refused, not ignored. */
export function checkTxnCluster(
  workload: WorkloadConfig,
  flags: { readonly isolation?: string; readonly readFrom?: string },
  protocol: ProtocolConfig,
  problems: string[],
): void {
  if (isRegister(workload)) {
    if (flags.isolation !== undefined && protocol.mode === "leader") {
      problems.push(
        `--isolation ${flags.isolation}: only means something with transactions; --workload ${workload.name} has none`,
      );
    }
    return;
  }
  if (protocol.mode === "raft") return;
  if (protocol.mode !== "leader") {
    problems.push(`--workload ${workload.name}: needs transactions, which only --mode leader and raft have`);
  } else if (protocol.readFrom === "quorum") {
    problems.push(
      `--read-from quorum: --workload ${workload.name} reads in transactions, which one node answers; expected leader or any`,
    );
  }
}
