/** Looks for a planted bug in real clusters: the runs that its entry names, one after the other, until one shows it. */

import { join } from "node:path";
import type { Verdict } from "../../checker/index.js";
import { FILES } from "../archive/archive.js";
import { readHistoryFile } from "../archive/history-file.js";
import { parseRunFlags } from "../config/flags.js";
import type { Bug } from "../replica/protocol/bugs.js";
import { run, type RunOptions } from "../run/run.js";
import { CHECKS, flagsOf, isHunted } from "./hunt.js";

export interface RealHunt {
  readonly bug: Bug;
  readonly runsMax: number;
  /** How long the clients of one run go on. */
  readonly timeLimitMs: number;
  /** Of the first run; each further one has the next. */
  readonly seed: number;
  readonly out: string;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly onWorld: RunOptions["onWorld"];
  /** Told after every run. */
  readonly onRun: (attempt: number, dir: string, verdict: Verdict<unknown>) => void;
}

export interface RealFound {
  /** How many runs it took. */
  readonly runs: number;
  readonly dir: string;
  readonly verdict: Verdict<unknown>;
}

/** null: no run shows it, or the signal came first. */
export async function huntForReal(options: RealHunt): Promise<RealFound | null> {
  for (let attempt = 1; attempt <= options.runsMax && !options.signal.aborted; attempt++) {
    const dir = await oneRun(options, options.seed + attempt - 1);
    const verdict = await verdictOf(dir.dir, options.bug, dir.verdict);
    options.onRun(attempt, dir.dir, verdict);
    if (verdict.valid === "invalid") return { runs: attempt, dir: dir.dir, verdict };
  }
  return null;
}

async function oneRun({ bug, timeLimitMs, out, version, signal, onWorld }: RealHunt, seed: number) {
  const { name, mode, workload, nemesis, flags = "" } = bug;
  const given = { ...flagsOf(flags), mode, bug: name, workload, nemesis };
  const parsed = parseRunFlags({ ...given, timeLimit: `${timeLimitMs}ms`, seed: String(seed) }, seed);
  if (!parsed.ok) throw new Error(`the flags of ${name}: ${parsed.problems.join("; ")}`);
  const command = [
    "npx kvtest run",
    ...Object.entries({ mode, bug: name, workload, nemesis }).map(([flag, value]) => `--${flag} ${value}`),
    ...(flags === "" ? [] : [flags]),
    `--time-limit ${timeLimitMs}ms --seed ${seed}`,
  ].join(" ");
  const observer = { phase: () => undefined, fault: () => undefined, violation: () => undefined };
  const { dir, verdict } = await run(
    { test: parsed.value, out, version, command, signal, observer, allowVacuous: true, failFast: false, onWorld },
    () => undefined,
  );
  return { dir, verdict };
}

async function verdictOf(
  dir: string,
  { breaks }: Bug,
  whole: { readonly valid: Verdict["valid"]; readonly because: string; readonly verdicts: readonly Verdict<unknown>[] },
): Promise<Verdict<unknown>> {
  if (!isHunted(breaks)) {
    const invalid = whole.verdicts.find(({ valid }) => valid === "invalid");
    return invalid ?? { valid: whole.valid, checker: breaks, because: whole.because, witness: [], details: null };
  }
  // The run has reached most verdicts already; how long it waited for agreement, it knows best.
  const reached = whole.verdicts.find(({ checker }) => checker === breaks);
  if (reached !== undefined) return reached;
  const read = await readHistoryFile(join(dir, FILES.history), { allowTruncatedTail: true });
  if (!read.ok) throw new Error(`${dir}: its history cannot be read`);
  return CHECKS[breaks](read.history);
}
