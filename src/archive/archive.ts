/** `runs/<id>/` on disk: what is in a run's folder, how it is made, and how it is read back. */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import type { RunVerdict } from "../../checker/judge.js";
import type { FaultPlan, RunConfig } from "../config/config.js";
import { parseConfigFile } from "../config/file.js";
import { FILES } from "./files.js";

export { FILES, isRunFolder } from "./files.js";

/** A run's id: when, what, and the seed. Sorts by time. */
export function runId(startedAt: Date, parts: readonly string[]): string {
  const stamp = startedAt
    .toISOString()
    .replaceAll(/[-:]/g, "")
    .replace(/\.\d+Z$/, "Z");
  return [stamp, ...parts].join("-");
}

/** A run that has no folder yet; the command that does it again may name the folder. */
export type NewRun = Omit<RunConfig, "id" | "command"> & { readonly command: string | ((dir: string) => string) };

/** Makes `runs/<id>` (or `<id>-2`, ... where that is taken) with config.json and faults.json in it, and points `latest` there. */
export function createRun(
  out: string,
  config: NewRun,
  id: string,
  plan: FaultPlan,
): { dir: string; config: RunConfig } {
  mkdirSync(out, { recursive: true });
  for (let n = 1; ; n++) {
    const unique = n === 1 ? id : `${id}-${n}`;
    const dir = join(out, unique);
    try {
      mkdirSync(dir);
    } catch (error) {
      if (isTaken(error)) continue;
      throw error;
    }
    const command = typeof config.command === "string" ? config.command : config.command(dir);
    const full: RunConfig = { ...config, command, id: unique };
    writeJson(join(dir, FILES.config), full);
    writeJson(join(dir, FILES.faults), plan);
    pointLatest(out, unique);
    return { dir, config: full };
  }
}

/** Whole or not at all: written beside, then renamed over. */
export function writeWhole(file: string, text: string): void {
  const beside = `${file}.${process.pid}.part`;
  try {
    writeFileSync(beside, text);
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

export const writeJson = (file: string, value: unknown): void =>
  writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);

/** What is known of a run from its folder alone. `verdict` null: never judged (still running, or killed). */
export interface RunSummary {
  readonly dir: string;
  readonly id: string;
  readonly config: RunConfig | null;
  readonly verdict: Pick<RunVerdict, "valid" | "because"> | null;
}

/** Newest first. A folder that is no run is left out. */
export function listRuns(out: string): readonly RunSummary[] {
  if (!existsSync(out)) return [];
  return readdirSync(out, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(out, entry.name, FILES.config)))
    .map(({ name }) => summarize(join(out, name)))
    .toSorted((a, b) => (a.id < b.id ? 1 : -1));
}

function summarize(dir: string): RunSummary {
  const config = readConfig(dir);
  return { dir, id: basename(dir), config: config.ok ? config.value : null, verdict: readVerdict(dir) };
}

export function readConfig(dir: string): ReturnType<typeof parseConfigFile> {
  const file = join(dir, FILES.config);
  if (!existsSync(file)) return { ok: false, problems: [`${file}: no such file`] };
  const parsed = parseConfigFile(readFileSync(file, "utf8"));
  return parsed.ok ? parsed : { ok: false, problems: parsed.problems.map((problem) => `${file}: ${problem}`) };
}

/** null where there is none or it cannot be read: a verdict can always be made again from the history. */
export function readVerdict(dir: string): RunVerdict | null {
  try {
    const verdict = JSON.parse(readFileSync(join(dir, FILES.verdict), "utf8")) as RunVerdict;
    return ["valid", "unknown", "invalid"].includes(verdict.valid) && Array.isArray(verdict.verdicts) ? verdict : null;
  } catch {
    return null;
  }
}

function pointLatest(out: string, id: string): void {
  const link = join(out, "latest");
  const beside = join(out, `.latest.${process.pid}`);
  try {
    // Never replaces something that is not a link of ours.
    if (existsSync(link)) readlinkSync(link);
    rmSync(beside, { force: true });
    symlinkSync(id, beside);
    renameSync(beside, link);
  } catch {
    rmSync(beside, { force: true });
  }
}

const isTaken = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "EEXIST";

export const absolute = (path: string): string => resolve(path);
