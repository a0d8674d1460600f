/**
 * A matrix's folder: a sweep's, whose settings are rows under faults, and beside it what each run came to. It can grow,
 * by rows and by seeds; what was found stays.
 */

import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createSweep, type Done, readPlan, SWEEP_FILES, type SweepPlan, type Task, writePlan } from "../sweep/plan.js";
import { kebab } from "../sweep/settings.js";
import { anyViolated, findingsOf, type Outcome } from "./outcome.js";
import { FAULTS, FIXED, type Row, ROWS, settingOf } from "./rows.js";
import type { Placed } from "./table.js";

const OUTCOMES = "outcomes.jsonl";

export interface MatrixFolder {
  readonly dir: string;
  readonly plan: SweepPlan;
  /** Which row and fault each setting of the plan is; null: of no row that this version has. */
  readonly placed: readonly (Placed | null)[];
}

/** What all runs of a folder have in common, and cannot be changed later. */
export interface Common {
  readonly timeLimit: string;
  readonly simulated: boolean;
}

export interface MatrixAsked extends Common {
  readonly rows: readonly Row[];
  readonly repeat: number;
  readonly seed: number;
  readonly version: string;
  readonly command: string;
}

export function createMatrix(
  out: string,
  { rows, repeat, seed, version, command, ...common }: MatrixAsked,
): MatrixFolder {
  const settings = placesOf(rows).map(({ row, fault }) => settingOf(row, fault));
  const of = { version, command, fixed: fixedOf(common), axes: ["matrix"], settings, repeat, seed };
  return withPlaces(createSweep(out, of));
}

/** In words, why it is none. */
export function openMatrix(dir: string): MatrixFolder | { readonly problem: string } {
  const plan = readPlan(dir);
  if ("problem" in plan) return plan;
  const folder = withPlaces({ dir, plan });
  return folder.placed.every((placed) => placed === null)
    ? { problem: `${dir}: is no matrix, or one of settings that this version does not have` }
    : folder;
}

/** With these rows too, and so many seeds if it has fewer. */
export function growMatrix({ dir, plan }: MatrixFolder, rows: readonly Row[], repeat: number): MatrixFolder {
  const known = new Set(plan.settings.map(textOf));
  const settings = placesOf(rows).map(({ row, fault }) => settingOf(row, fault));
  const more = settings.filter((setting) => !known.has(textOf(setting)));
  if (more.length === 0 && repeat <= plan.repeat) return withPlaces({ dir, plan });
  // At the end: outcomes name their settings by number.
  const grown = { ...plan, settings: [...plan.settings, ...more], repeat: Math.max(plan.repeat, repeat) };
  writePlan(dir, grown);
  return withPlaces({ dir, plan: grown });
}

export const commonOf = ({ fixed }: SweepPlan): Common => ({
  timeLimit: fixed[fixed.indexOf("--time-limit") + 1] ?? "",
  simulated: fixed.includes("--simulate"),
});

const fixedOf = ({ timeLimit, simulated }: Common): readonly string[] => [
  ...Object.entries({ ...FIXED, timeLimit }).flatMap(([flag, value]) => [`--${kebab(flag)}`, value]),
  ...(simulated ? ["--simulate"] : []),
];

const placesOf = (rows: readonly Row[]): readonly Placed[] =>
  rows.flatMap((row) => FAULTS.map((fault) => ({ row, fault })));

function withPlaces({ dir, plan }: { readonly dir: string; readonly plan: SweepPlan }): MatrixFolder {
  const byText = new Map(placesOf(ROWS).map((placed) => [textOf(settingOf(placed.row, placed.fault)), placed]));
  return { dir, plan, placed: plan.settings.map((setting) => byText.get(textOf(setting)) ?? null) };
}

const textOf = (setting: { readonly [flag: string]: string }): string =>
  JSON.stringify(Object.entries(setting).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/**
 * What is left to do of these rows. A run counts as done when it was judged: one that ended in the moment in which
 * kvtest was killed is done again.
 */
export function runsLeft({ dir, plan, placed }: MatrixFolder, rows: readonly Row[]): readonly Task[] {
  const judged = new Set(readOutcomes(dir).map(nameOf));
  return Array.from({ length: plan.repeat }, (_, repeat) => placed.map((at, setting) => ({ at, setting, repeat })))
    .flat()
    .filter(({ at, ...task }) => at !== null && rows.includes(at.row) && !judged.has(nameOf(task)))
    .map(({ setting, repeat }) => ({ setting, repeat }));
}

const nameOf = ({ setting, repeat }: Task): string => `${setting} ${repeat}`;

/** Judges a run that ended, notes what it came to, and keeps its folder only if it shows something. */
export async function judgeRun(dir: string, { setting, repeat, dir: name }: Done): Promise<Outcome | null> {
  if (name === null) return null;
  const folder = join(dir, SWEEP_FILES.runs, name);
  const found = await findingsOf(folder);
  if ("problem" in found) return null;
  const kept = anyViolated(found.findings);
  if (!kept) rmSync(folder, { recursive: true, force: true });
  const outcome: Outcome = { setting, repeat, ...found, dir: kept ? join(SWEEP_FILES.runs, name) : null };
  appendFileSync(join(dir, OUTCOMES), `${JSON.stringify(outcome)}\n`);
  return outcome;
}

/** A last line that a killed harness left half-written is left out; so is a second one of a run. */
export function readOutcomes(dir: string): readonly Outcome[] {
  const file = join(dir, OUTCOMES);
  if (!existsSync(file)) return [];
  const byRun = new Map<string, Outcome>();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    try {
      // Our own lines.
      const outcome = JSON.parse(line) as Outcome;
      byRun.set(nameOf(outcome), outcome);
    } catch {
      // Torn.
    }
  }
  return [...byRun.values()];
}
