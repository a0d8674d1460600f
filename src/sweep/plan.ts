/** A sweep's folder: what is to be run, and what has been. */

import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { runId, writeJson } from "../archive/archive.js";
import type { Setting } from "./settings.js";

export const SWEEP_FILES = {
  plan: "plan.json",
  /** One line for every run that ended, in the order in which they did. */
  done: "done.jsonl",
  /** Their folders. */
  runs: "runs",
  summary: "sweep.json",
  page: "sweep.html",
} as const;

export interface SweepPlan {
  readonly format: 1;
  readonly id: string;
  readonly version: string;
  readonly startedAt: string;
  /** The command line that does it again. */
  readonly command: string;
  /** Words of `kvtest run` that all runs have in common. */
  readonly fixed: readonly string[];
  /** The flags that vary. */
  readonly axes: readonly string[];
  readonly settings: readonly Setting[];
  /** Run n of each setting has seed + n, so that settings are compared under the same draws. */
  readonly repeat: number;
  readonly seed: number;
}

/** One run of the plan. */
export interface Task {
  readonly setting: number;
  readonly repeat: number;
}

export interface Done extends Task {
  /** Of the run, beside this file's `runs/`; null: it did not come to a verdict. */
  readonly dir: string | null;
  readonly tookMs: number;
  /** Why it did not. */
  readonly error?: string;
}

const plan = z.object({
  format: z.literal(1),
  id: z.string(),
  version: z.string(),
  startedAt: z.string(),
  command: z.string(),
  fixed: z.array(z.string()),
  axes: z.array(z.string()),
  settings: z.array(z.record(z.string(), z.string())).min(1),
  repeat: z.int().positive(),
  seed: z.int().nonnegative(),
});
const done = z.object({
  setting: z.int().nonnegative(),
  repeat: z.int().nonnegative(),
  dir: z.string().nullable(),
  tookMs: z.number(),
  error: z.string().exactOptional(),
});

export function createSweep(
  out: string,
  of: Omit<SweepPlan, "format" | "id" | "startedAt">,
): { dir: string; plan: SweepPlan } {
  const startedAt = new Date();
  const first = runId(startedAt, ["sweep", ...of.axes]);
  mkdirSync(out, { recursive: true });
  for (let n = 1; ; n++) {
    const id = n === 1 ? first : `${first}-${n}`;
    const dir = join(out, id);
    if (existsSync(dir)) continue;
    mkdirSync(join(dir, SWEEP_FILES.runs), { recursive: true });
    const whole: SweepPlan = { format: 1, id, startedAt: startedAt.toISOString(), ...of };
    writePlan(dir, whole);
    return { dir, plan: whole };
  }
}

export const writePlan = (dir: string, plan: SweepPlan): void => writeJson(join(dir, SWEEP_FILES.plan), plan);

/** In words, why it is no sweep's folder. */
export function readPlan(dir: string): SweepPlan | { readonly problem: string } {
  const file = join(dir, SWEEP_FILES.plan);
  if (!existsSync(file)) return { problem: `${file}: no such file` };
  try {
    const parsed = plan.safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (parsed.success) return parsed.data;
    return {
      problem: `${file}: ${parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")}`,
    };
  } catch (error) {
    return { problem: `${file}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A last line that a killed harness left half-written is left out. */
export function readDone(dir: string): readonly Done[] {
  const file = join(dir, SWEEP_FILES.done);
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        const parsed = done.safeParse(JSON.parse(line));
        return parsed.success ? [parsed.data] : [];
      } catch {
        return [];
      }
    });
}

export const appendDone = (dir: string, one: Done): void =>
  appendFileSync(join(dir, SWEEP_FILES.done), `${JSON.stringify(one)}\n`);

/**
 * What is left to do. Repeats are the outer loop, so that an interrupted sweep has seen every setting, and a slow hour
 * of the machine does not fall upon one of them alone. What failed is tried again.
 */
export function tasksLeft({ settings, repeat }: SweepPlan, done: readonly Done[]): readonly Task[] {
  const finished = new Set(done.filter(({ dir }) => dir !== null).map((one) => `${one.setting} ${one.repeat}`));
  return Array.from({ length: repeat }, (_, n) => settings.map((__, setting) => ({ setting, repeat: n })))
    .flat()
    .filter((task) => !finished.has(`${task.setting} ${task.repeat}`));
}
