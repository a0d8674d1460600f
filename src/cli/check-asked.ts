/** What the flags of `kvtest check` ask for, or everything that is wrong with them, before anything is read or checked. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Claim } from "../../checker/judge.js";
import { MODELS, type ModelName } from "../../checker/model/models.js";
import { FILES, isRunFolder } from "../archive/files.js";
import { CLAIMS, type FaultPlan, type RunConfig } from "../config/config.js";
import { type Subject, type SubjectFlags, subjectOf } from "./check-subject.js";
import { UsageError } from "./exit.js";

export interface CheckFlags extends SubjectFlags {
  readonly json?: boolean;
  readonly allowVacuous?: boolean;
  readonly key?: string;
  readonly stream?: boolean;
  readonly onlyClaims?: boolean;
}

export interface Run {
  readonly config: RunConfig;
  readonly plan: FaultPlan;
}

/** Where nothing was asked: null, or no member of that name where it is passed on as options. */
export interface Asked extends Subject {
  readonly claims: readonly Claim[] | null;
  readonly keys: readonly string[] | null;
  readonly search: { readonly stepsMax?: number; readonly model?: ModelName };
  /** What `path` is a run's folder of; null for a file. */
  readonly run: Run | null;
}

/** @throws UsageError with every problem */
export async function askedIn(path: string, flags: CheckFlags): Promise<Asked> {
  const problems: string[] = [];
  if (path !== "-" && !existsSync(path)) problems.push(`${path}: no such file or folder`);
  const run = path !== "-" && isRunFolder(path) ? await runFrom(path, problems) : null;
  const claims = claimsOf(flags.claim, problems);
  const stepsMax = stepsOf(flags.budget, problems);
  const model = modelOf(flags.model, problems);
  const subject = subjectOf(flags, run?.config ?? null, problems);
  problems.push(...streamProblems(path, flags));
  if (problems.length > 0) throw new UsageError("cannot check this:", problems);
  const search = { ...(stepsMax === null ? {} : { stepsMax }), ...(model === null ? {} : { model }) };
  return { ...subject, claims, keys: flags.key?.split(",") ?? null, search, run };
}

function claimsOf(text: string | undefined, problems: string[]): readonly Claim[] | null {
  if (text === undefined) return null;
  const parts = text.split(",").map((part) => part.trim());
  const unknown = parts.filter((part) => !CLAIMS.some((claim) => claim === part));
  if (unknown.length > 0) problems.push(`--claim ${quoted(unknown)}: expected some of ${CLAIMS.join(", ")}`);
  return CLAIMS.filter((claim) => parts.includes(claim));
}

function stepsOf(text: string | undefined, problems: string[]): number | null {
  if (text === undefined) return null;
  const steps = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isSafeInteger(steps) || steps < 1) {
    problems.push(`--budget ${quoted([text])}: expected a whole number of steps, 1 or more`);
  }
  return steps;
}

function modelOf(text: string | undefined, problems: string[]): ModelName | null {
  const found = MODELS.find((name) => name === text) ?? null;
  if (text !== undefined && found === null) {
    problems.push(`--model ${quoted([text])}: expected one of ${MODELS.join(", ")}`);
  }
  return found;
}

const NOT_STREAMED = ["claim", "consistency", "workload", "key", "model", "budget"] as const;

function streamProblems(path: string, flags: CheckFlags): readonly string[] {
  if (flags.stream !== true) return [];
  const others = NOT_STREAMED.filter((name) => flags[name] !== undefined).map((name) => `--${name}`);
  return [
    ...(others.length === 0
      ? []
      : [`--stream: looks at linearizability of registers only; not together with ${others.join(", ")}`]),
    ...(path === "-" || (existsSync(path) && isRunFolder(path)) ? [`--stream ${path}: expected a file`] : []),
  ];
}

async function runFrom(dir: string, problems: string[]): Promise<Run | null> {
  // What checks a configuration takes longer to load than most histories to check.
  const { readConfig } = await import("../archive/archive.js");
  const config = readConfig(dir);
  const wrong = config.ok ? [] : [...config.problems];
  if (!existsSync(join(dir, FILES.history))) wrong.push(`${join(dir, FILES.history)}: no such file`);
  const plan = planFrom(join(dir, FILES.faults), wrong);
  problems.push(...wrong.map((problem) => `${dir} is not a run's folder: ${problem}`));
  return config.ok ? { config: config.value, plan } : null;
}

function planFrom(file: string, problems: string[]): FaultPlan {
  try {
    const plan = JSON.parse(readFileSync(file, "utf8")) as FaultPlan;
    if (Array.isArray(plan.faults) && plan.faults.every((fault) => typeof fault.id === "string")) return plan;
    problems.push(`${file}: expected {"format":1,"faults":[...]}`);
  } catch (error) {
    problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { format: 1, faults: [] };
}

/** As it was written, so that nothing at all can be seen too. */
const quoted = (parts: readonly string[]): string =>
  parts.map((part) => (/^[\w.-]+$/.test(part) ? part : JSON.stringify(part))).join(", ");
