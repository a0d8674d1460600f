/** `--faults FILE`: a schedule that was written by hand or saved by a run. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { readScript, type ScriptOptions, type TimedFault } from "../../nemesis/index.js";
import { FILES } from "../archive/archive.js";
import type { Parsed } from "../config/flags.js";

/** A file, or a run's folder with a faults.json in it. Problems carry the file and the line. */
export function readFaultsFile(path: string, options: ScriptOptions): Parsed<readonly TimedFault[]> {
  if (!existsSync(path)) return { ok: false, problems: [`--faults ${path}: there is no such file`] };
  const file = statSync(path).isDirectory() ? join(path, FILES.faults) : path;
  if (!existsSync(file)) return { ok: false, problems: [`--faults ${path}: there is no ${FILES.faults} in it`] };
  const script = readScript(readFileSync(file, "utf8"), options);
  if (script.ok) return { ok: true, value: script.faults };
  return { ok: false, problems: script.problems.map(({ line, text }) => `${file}:${line}: ${text}`) };
}
