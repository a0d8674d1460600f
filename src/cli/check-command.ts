/** `kvtest check FILE|RUN`: the checkers alone, over a history on disk. Changes nothing. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import type { History } from "../../checker/history/operation.js";
import { type Claim, judge, type RunVerdict } from "../../checker/judge.js";
import { FILES, isRunFolder, readConfig } from "../archive/archive.js";
import { readHistoryFile } from "../archive/history-file.js";
import { CLAIMS, type FaultPlan, type RunConfig } from "../config/config.js";
import { PATIENCE_MS } from "../run/run.js";
import { exitOf, UsageError } from "./exit.js";
import { type Style, verdictInWords } from "./words.js";

interface Flags {
  readonly json?: boolean;
  readonly claim?: string;
  readonly budget?: string;
  readonly allowVacuous?: boolean;
}

export function checkCommand(): Command {
  return new Command("check")
    .description("check a history again, or one from elsewhere")
    .argument("<file|run>", "a history (JSON lines, also .gz, - for stdin) or a run's folder")
    .option(
      "--claim <claims>",
      "what must hold: some of linearizable,fresh,converges (default: a run's own; linearizable for a file)",
    )
    .option("--budget <steps>", "steps that the linearizability search may take before it says unknown")
    .option("--allow-vacuous", "do not ask that operations succeeded and every fault bit")
    .option("--json", "print the verdict as JSON")
    .addHelpText(
      "after",
      `
Examples:
  kvtest check runs/latest
  kvtest check history.jsonl --claim linearizable,fresh
  zcat history.jsonl.gz | kvtest check - --json

A history is one event a line: {"index":0,"time":12,"process":0,"type":"invoke","f":"write","key":"k0","value":3}
type is invoke, ok, fail or info; f is read, write or cas (value [from,to]); index and time may be left out.
Exit codes: 0 valid, 1 invalid, 2 unknown, 254 not a history, 255 kvtest itself failed.`,
    )
    .action(async (path: string, flags: Flags) => {
      const { verdict } = await checkPath(path, flags);
      const style: Style = {
        colour: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
        columns: process.stdout.columns ?? 100,
      };
      process.stdout.write(
        flags.json === true ? `${JSON.stringify(verdict)}\n` : `${verdictInWords(verdict, style)}\n`,
      );
      process.exitCode = exitOf(verdict.valid);
    });
}

export interface Checked {
  readonly config: RunConfig | null;
  readonly plan: FaultPlan | null;
  readonly history: History;
  readonly verdict: RunVerdict;
}

/** Reads and judges; throws a UsageError with every problem when the input is not what it should be. */
export async function checkPath(path: string, flags: Flags): Promise<Checked> {
  const problems: string[] = [];
  const claims = claimsOf(flags.claim, problems);
  const stepsMax = flags.budget === undefined ? undefined : budgetOf(flags.budget, problems);
  if (path !== "-" && !existsSync(path)) problems.push(`${path}: no such file or folder`);
  if (problems.length > 0) throw new UsageError("cannot check this:", problems);
  const run = path !== "-" && isRunFolder(path) ? runFrom(path) : null;
  const file = run === null ? path : join(path, FILES.history);
  // A run that was killed ends in the middle of a line; a file that somebody hands us should not.
  const read = await readHistoryFile(file, { allowTruncatedTail: run !== null });
  if (!read.ok) {
    throw new UsageError(
      `${file} is not a history:`,
      read.problems.map(({ line, message }) => `line ${line}: ${message}`),
    );
  }
  const verdict = judge(read.history, {
    claims: claims ?? run?.config.claims ?? ["linearizable"],
    plannedFaults: run?.plan.faults.map(({ id }) => id) ?? [],
    allowVacuous: flags.allowVacuous === true,
    patienceMs: run === null ? 0 : PATIENCE_MS,
    ...(stepsMax === undefined ? {} : { stepsMax }),
  });
  return { config: run?.config ?? null, plan: run?.plan ?? null, history: read.history, verdict };
}

function runFrom(dir: string): { readonly config: RunConfig; readonly plan: FaultPlan } {
  const config = readConfig(dir);
  const problems = config.ok ? [] : [...config.problems];
  if (!existsSync(join(dir, FILES.history))) problems.push(`${join(dir, FILES.history)}: no such file`);
  const plan = planFrom(join(dir, FILES.faults), problems);
  if (!config.ok || problems.length > 0) throw new UsageError(`${dir} is not a run's folder:`, problems);
  return { config: config.value, plan };
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

function claimsOf(text: string | undefined, problems: string[]): readonly Claim[] | null {
  if (text === undefined) return null;
  const parts = text.split(",").map((part) => part.trim());
  const unknown = parts.filter((part) => !CLAIMS.some((claim) => claim === part));
  if (unknown.length > 0)
    problems.push(`--claim ${text}: ${unknown.join(", ")} unknown; expected some of ${CLAIMS.join(", ")}`);
  return CLAIMS.filter((claim) => parts.includes(claim));
}

function budgetOf(text: string, problems: string[]): number {
  const steps = Number(text);
  if (!Number.isInteger(steps) || steps < 1)
    problems.push(`--budget ${text}: expected a whole number of steps, 1 or more`);
  return steps;
}
