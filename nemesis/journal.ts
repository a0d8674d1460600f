/**
 * What was done to the world and is not yet undone, in a file, so that it can be put back after a crash of ours:
 *
 *     {"journal":1,"owner":{"pid":4242,"startTicks":77123}}
 *     {"n":1,"begun":{"undo":"continue","processes":[{"pid":4250,"startTicks":77140}]}}
 *     {"n":1,"ended":true}
 *
 * A line is written before the act that it speaks of, so there may be a line for an act that never happened: every undo
 * must be safe where nothing was done. A SIGKILL can cut the last line short, and then its act did not happen.
 */

import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import type { ProcessId } from "./inject.js";
import { memberOf } from "./process/processes.js";

/** How one act is undone, by anyone who reads it. Everything is named so that a stranger can't be hit. */
export type Undo =
  /** SIGCONT to those that are still the same, and to their process groups. */
  | { readonly undo: "continue"; readonly processes: readonly ProcessId[] }
  | { readonly undo: "nice"; readonly processes: readonly ProcessId[]; readonly nice: number }
  /** SIGKILL: programs that were started only for the time. */
  | { readonly undo: "end"; readonly processes: readonly ProcessId[] }
  /** A control group: its processes go back to `parent`, and it is removed. */
  | { readonly undo: "cgroup"; readonly path: string; readonly parent: string }
  /** libfiu's failure points, switched off in a process that still lives. */
  | {
      readonly undo: "failures";
      readonly process: ProcessId;
      readonly prefix: string;
      readonly points: readonly string[];
    }
  /** A network interface, a network namespace, a mount. */
  | { readonly undo: "interface" | "namespace"; readonly name: string }
  | { readonly undo: "unmount"; readonly path: string }
  /** The file gets back what it was: what is in `copy`; null: it was not there. */
  | { readonly undo: "file"; readonly path: string; readonly copy: string | null };

export interface Journal {
  /** Before the act. The number is for `ended`. */
  begin(undo: Undo): number;
  /** After its undo. */
  end(n: number): void;
  close(): void;
}

/** Appends to the file, or makes it; a journal that is there stays. */
export async function openJournal(file: string): Promise<Journal> {
  const read = existsSync(file) ? readJournal(file) : null;
  const fd = openSync(file, "a");
  let last = read?.last ?? 0;
  // Handed to the operating system at once: it then survives us, if not the machine, which heals most of it itself.
  const write = (line: object): void => void writeSync(fd, `${JSON.stringify(line)}\n`);
  if (read !== null && !read.isWhole) writeSync(fd, "\n");
  const own = await memberOf(process.pid);
  let isOpen = true;
  write({ journal: 1, owner: { pid: process.pid, startTicks: own?.startTicks ?? 0 } });
  return {
    begin(undo) {
      last += 1;
      write({ n: last, begun: undo });
      return last;
    },
    end: (n) => {
      // What ends by itself later (a node that died late, say) stays open, and heal finds that it is gone.
      if (isOpen) write({ n, ended: true });
    },
    close: () => {
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  };
}

/** Where nobody keeps a journal. */
export const NO_JOURNAL: Journal = { begin: () => 0, end: () => undefined, close: () => undefined };

export interface ReadJournal {
  /** Who wrote last; null for an empty file. */
  readonly owner: ProcessId | null;
  /** What was begun and not ended, oldest first. */
  readonly open: readonly { readonly n: number; readonly undo: Undo }[];
  /** The highest number so far. */
  readonly last: number;
  /** The last line has its end. */
  readonly isWhole: boolean;
}

/** @throws what the file system throws, and on a line other than the last that is not of a journal */
export function readJournal(file: string): ReadJournal {
  const text = readFileSync(file, "utf8");
  const isWhole = text === "" || text.endsWith("\n");
  const lines = text.split("\n");
  const open = new Map<number, Undo>();
  let owner: ProcessId | null = null;
  let last = 0;
  lines.forEach((line, i) => {
    if (line === "") return;
    const entry = parsed(line);
    if (entry === null) {
      // Half a line is what a crash leaves: at the end, or before the line with which the next owner begins.
      if (i === lines.length - 1 || parsed(lines[i + 1] ?? "")?.owner !== undefined) return;
      throw new Error(`${file}:${i + 1}: not a line of a journal: ${line.slice(0, 80)}`);
    }
    if (entry.owner !== undefined) owner = entry.owner;
    if (entry.n === undefined) return;
    last = Math.max(last, entry.n);
    if (entry.begun !== undefined) open.set(entry.n, entry.begun);
    if (entry.ended === true) open.delete(entry.n);
  });
  return { owner, open: [...open].map(([n, undo]) => ({ n, undo })), last, isWhole };
}

interface Line {
  readonly owner?: ProcessId;
  readonly n?: number;
  readonly begun?: Undo;
  readonly ended?: boolean;
}

function parsed(line: string): Line | null {
  try {
    const json: unknown = JSON.parse(line);
    // Our own file: what parses was written by `openJournal`, and an undo that is not known is refused when it is done.
    return typeof json === "object" ? json : null;
  } catch {
    return null;
  }
}
