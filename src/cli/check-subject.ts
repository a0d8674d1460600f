/** What `kvtest check` judges a history as: which workload made it, and which consistency models are claimed of it. */

import { CONSISTENCY_NAMES, consistencyNamed } from "../../checker/consistency/models.js";
import { claimProblems } from "../../checker/isolation/judge.js";
import type { IsolationRules, JudgedWorkload } from "../../checker/workload/workload.js";
import { type RunConfig, WORKLOADS } from "../config/config.js";
import { isRegister } from "../workload/options.js";
import { judgedAs } from "../workload/registry.js";

export interface SubjectFlags {
  readonly workload?: string;
  readonly consistency?: string;
  readonly claim?: string;
  readonly model?: string;
  readonly budget?: string;
  readonly asElle?: boolean;
  readonly wfrKeys?: boolean;
  readonly sequentialKeys?: boolean;
  readonly linearizableKeys?: boolean;
}

/** Flags that say how transactions are looked at, and of which workloads. */
const RULES = [
  ["asElle", "--as-elle", ["list-append", "rw-register"]],
  ["wfrKeys", "--wfr-keys", ["rw-register"]],
  ["sequentialKeys", "--sequential-keys", ["rw-register"]],
  ["linearizableKeys", "--linearizable-keys", ["rw-register"]],
] as const satisfies readonly (readonly [keyof IsolationRules, string, readonly Name[]])[];

export interface Subject {
  /** null: reads, writes and cas of registers. */
  readonly workload: JudgedWorkload | null;
  /** Models that are claimed of registers; null: none beside the usual claims. */
  readonly consistency: readonly string[] | null;
  /** Whether it was promised that no value is written twice under a key. */
  readonly distinctValues: boolean;
}

type Name = JudgedWorkload["name"];

/** `config`: of the run whose folder is checked, null for a file. What is wrong is added to `problems`. */
export function subjectOf(flags: SubjectFlags, config: RunConfig | null, problems: string[]): Subject {
  const before = problems.length;
  const models = flags.consistency?.split(",").map((model) => model.trim()) ?? null;
  const own = config === null || isRegister(config.workload) ? null : judgedAs(config.workload);
  const name = WORKLOADS.find((one) => one === flags.workload) ?? own?.name ?? config?.workload.name ?? "register";
  if (flags.workload !== undefined && name !== flags.workload) {
    problems.push(`--workload ${flags.workload}: expected one of ${WORKLOADS.join(", ")}`);
  }
  if (models !== null) problems.push(...modelProblems(models, name));
  if (models !== null && flags.claim !== undefined) {
    problems.push("--consistency: is a claim itself; not together with --claim");
  }
  for (const [flag, written, meaningful] of RULES) {
    if (flags[flag] !== true || meaningful.some((one) => one === name)) continue;
    problems.push(`${written}: only means something with --workload ${meaningful.join(" or ")}`);
  }
  const ofRegisters = name === "register" || name === "unique-register";
  for (const flag of ["model", "budget"] as const) {
    if (flags[flag] !== undefined && !ofRegisters) problems.push(`--${flag}: means nothing with --workload ${name}`);
  }
  const rules = Object.fromEntries(RULES.flatMap(([flag]) => (flags[flag] === true ? [[flag, true]] : [])));
  const workload = problems.length > before ? null : workloadOf(name, own, models, rules);
  if (workload === "no options")
    problems.push(`--workload ${name}: only of a run's folder, which says what the accounts are`);
  return {
    workload: workload === "no options" ? null : workload,
    consistency: ofRegisters ? models : null,
    distinctValues: name === "unique-register",
  };
}

function workloadOf(
  name: Name,
  own: JudgedWorkload | null,
  models: readonly string[] | null,
  rules: IsolationRules,
): JudgedWorkload | null | "no options" {
  if (name === "register" || name === "unique-register") return null;
  if (name === "list-append" || name === "rw-register") {
    const claimed = own !== null && "consistency" in own ? own.consistency : ["strict-serializable"];
    return { name, consistency: models ?? claimed, ...rules };
  }
  if (own?.name === name) return own;
  return name === "bank" ? "no options" : { name };
}

function modelProblems(models: readonly string[], name: Name): readonly string[] {
  if (name === "list-append" || name === "rw-register") {
    return claimProblems(models, []).map((problem) => `--consistency ${problem}`);
  }
  if (name !== "register" && name !== "unique-register") {
    return [
      `--consistency ${models.join(",")}: means something of registers, list-append and rw-register, not of ${name}`,
    ];
  }
  const unknown = models.filter((model) => consistencyNamed(model).is === "problem");
  return unknown.length === 0
    ? []
    : [
        `--consistency ${unknown.map((model) => JSON.stringify(model)).join(", ")}: expected some of ${CONSISTENCY_NAMES.join(", ")}, or k-atomic with a number for k`,
      ];
}
