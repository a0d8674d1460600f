/**
 * The disk of a program that is not ours, by libfiu: system calls of the running program are made to fail, and made to work
 * again. The program has to be linked dynamically. A call is hit by its name: a program that speaks to sockets by `write`,
 * and not by `send`, has its network fail with its disk.
 */

import { existsSync } from "node:fs";
import type { DiskTrouble } from "../fault.js";
import type { Target } from "../inject.js";
import { type Journal, NO_JOURNAL } from "../journal.js";
import { ask } from "../patience.js";
import { processIdOf } from "../process/processes.js";
import { programPath, run } from "../run-program.js";
import { tellFailures } from "./failure-points.js";

export interface FailingCalls extends Required<Pick<Target, "setDisk" | "diskTroubles">> {
  /** Words to put before the command of the program; it stays the same process. */
  readonly wrap: readonly string[];
  /** Or what to have in its environment, where other libraries have to be loaded before it too. */
  readonly env: { readonly [name: string]: string };
}

const WRITES = ["write", "writev", "pwrite", "pwritev"].map((call) => `posix/io/rw/${call}`);
const POINTS = {
  read: ["read", "readv", "pread", "preadv"].map((call) => `posix/io/rw/${call}`),
  write: WRITES,
  fsync: ["posix/io/sync/fsync", "posix/io/sync/fdatasync"],
} as const;

/** A call can be made to fail, not to wait. */
export const CALL_TROUBLES = ["full", "read-only", "errors"] as const satisfies readonly DiskTrouble["is"][];

const ERRNO = { EIO: 5, ENOSPC: 28, EROFS: 30 } as const;

/** A program that was just started does not listen yet. */
const LISTENS_MS = 5_000;

/**
 * `prefix`: path that the pipes of the remote control begin with. `pid`: the process as it is now, null while it is down.
 *
 * @throws where fiu-run and fiu-ctrl are not installed
 */
export async function failingCalls(
  prefix: string,
  pid: () => number | null,
  journal: Journal = NO_JOURNAL,
): Promise<FailingCalls> {
  const program = programPath("fiu-run");
  if (program === null || programPath("fiu-ctrl") === null) throw new Error("libfiu is not installed");
  let enabled: { readonly pid: number; readonly points: readonly string[]; readonly written: number } | null = null;
  const disable = async (): Promise<void> => {
    const before = enabled;
    enabled = null;
    if (before === null) return;
    // Pipes of a process that has ended are gone, and its failures with them.
    if (existsSync(`${prefix}-${before.pid}.in`) && pid() === before.pid)
      await tellFailures(
        before.pid,
        prefix,
        before.points.map((point) => `disable name=${point}`),
      );
    journal.end(before.written);
  };
  return {
    wrap: [program, "-x", "-f", prefix],
    env: { FIU_ENABLE: "", FIU_CTRL_FIFO: prefix, LD_PRELOAD: await preloaded(program, prefix) },
    diskTroubles: CALL_TROUBLES,
    async setDisk(trouble) {
      await disable();
      if (trouble === null) return;
      const { points, command } = failureOf(trouble);
      const current = pid();
      const process = current === null ? null : await processIdOf(current);
      if (current === null || process === null) throw new Error("a program that is down has no calls that could fail");
      const listens = await ask(LISTENS_MS, async () => (existsSync(`${prefix}-${current}.in`) ? true : null));
      if (listens === null) throw new Error(`process ${current} does not run under ${program} -x`);
      const written = journal.begin({ undo: "failures", process, prefix, points });
      enabled = { pid: current, points, written };
      await tellFailures(current, prefix, points.map(command));
    },
  };
}

/** The libraries that fiu-run would have loaded, as it says itself: it takes the place of those that others asked for. */
async function preloaded(program: string, prefix: string): Promise<string> {
  const said = await run(program, ["-n", "-x", "-f", prefix, "true"]);
  const libraries = /LD_PRELOAD="([^"]*)"/.exec(said)?.[1]?.split(/\s+/).filter(Boolean) ?? [];
  if (libraries.length === 0) throw new Error(`${program} does not say what it loads: ${said.trim()}`);
  return libraries.join(":");
}

/** @throws for a slow disk: a call can be made to fail, not to wait */
function failureOf(trouble: DiskTrouble): {
  readonly points: readonly string[];
  readonly command: (point: string) => string;
} {
  if (trouble.is === "slow") throw new Error("libfiu makes calls fail, it cannot make them wait");
  if (trouble.is !== "errors") {
    const errno = trouble.is === "full" ? ERRNO.ENOSPC : ERRNO.EROFS;
    return { points: WRITES, command: (point) => `enable name=${point},failnum=-1,failinfo=${errno}` };
  }
  const { on, probability = 1 } = trouble;
  const how = `failnum=-1,failinfo=${ERRNO.EIO}`;
  return {
    points: POINTS[on],
    command: (point) =>
      probability < 1 ? `enable_random name=${point},probability=${probability},${how}` : `enable name=${point},${how}`,
  };
}
