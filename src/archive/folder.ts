/**
 * A run's folder as a whole: found by name, listed, packed, removed. Names come from strangers (an address in a
 * browser), so that nothing is ever joined to a path that was not found by listing what there is.
 */

import {
  existsSync,
  type Dirent,
  lstatSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";
import { FILES } from "./archive.js";

/** A run that wrote something so short a while ago goes on. */
const ALIVE_MS = 15_000;
/** So long may a run without a verdict be silent, while it checks a long history, before it counts as dead. */
const DEAD_MS = 10 * 60_000;
const FILES_MAX = 5000;

/** The folder of the run of that name; null: there is none. `latest` is none: it is a link. */
export const folderNamed = (out: string, name: string): string | null => {
  const found = entriesOf(out).find((entry) => entry.name === name && entry.isDirectory());
  if (found === undefined) return null;
  const dir = join(out, found.name);
  return existsSync(join(dir, FILES.config)) ? dir : null;
};

export interface RunFile {
  /** Relative to the folder, with `/` between its parts. */
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** Ordinary files, by name; links and everything else are left out. */
export const filesOf = (dir: string): readonly RunFile[] => {
  const files: RunFile[] = [];
  const walk = (folder: string, prefix: string): void => {
    for (const entry of entriesOf(folder).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (files.length >= FILES_MAX) return;
      const path = `${prefix}${entry.name}`;
      if (entry.isDirectory()) walk(join(folder, entry.name), `${path}/`);
      if (!entry.isFile()) continue;
      try {
        const { size, mtimeMs } = lstatSync(join(folder, entry.name));
        files.push({ path, bytes: size, modifiedMs: mtimeMs });
      } catch {
        // Gone meanwhile: a run in progress renames its parts.
      }
    }
  };
  walk(dir, "");
  return files;
};

/** `over`: it has a verdict. `silent`: it has none, and nothing was written for a while: killed, or checking. */
export type Standing = "over" | "running" | "silent" | "dead";

export const standingOf = (dir: string, nowMs: number): Standing => {
  if (existsSync(join(dir, FILES.verdict))) return "over";
  const silentMs = nowMs - lastWriteMs(dir);
  return silentMs < ALIVE_MS ? "running" : silentMs < DEAD_MS ? "silent" : "dead";
};

const lastWriteMs = (dir: string): number =>
  Math.max(
    0,
    ...[FILES.config, FILES.faults, FILES.history].map((name) => {
      try {
        return statSync(join(dir, name)).mtimeMs;
      } catch {
        return 0;
      }
    }),
  );

/**
 * Removes a run's folder, and `latest` where it pointed there. False: it goes on, or may: then nothing is touched.
 *
 * Renamed first, so that nobody sees half of a run.
 */
export const removeRun = (out: string, name: string, nowMs: number): boolean => {
  const dir = folderNamed(out, name);
  if (dir === null) return false;
  const standing = standingOf(dir, nowMs);
  if (standing === "running" || standing === "silent") return false;
  const link = join(out, "latest");
  try {
    if (readlinkSync(link) === name) unlinkSync(link);
  } catch {
    // No such link.
  }
  const aside = join(out, `.${name}.${process.pid}.removed`);
  renameSync(dir, aside);
  rmSync(aside, { recursive: true, force: true });
  return true;
};

const entriesOf = (folder: string): readonly Dirent[] => {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
};
