/**
 * The clock of a program that is not ours, by libfaketime: a library that is loaded before the C library, and reads from a
 * file how far off the time is. The program has to be linked dynamically and ask the C library for the time: most do, those
 * written in Go do not, and then nothing happens. So a clock is proven only by the program itself (`readClock`).
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ClockSetting, Target } from "../inject.js";

export interface FakeClock extends Required<Pick<Target, "setClock">> {
  /** What the program has to have in its environment from its start on. */
  readonly env: { readonly [name: string]: string };
}

const FOLDERS = ["/usr/lib", "/usr/local/lib", "/usr/lib64", "/opt/homebrew/lib"];
const LIBRARY = "libfaketimeMT.so.1";

/** Null where libfaketime is not installed. */
export function findFaketime(): string | null {
  for (const folder of FOLDERS) {
    const below = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
    for (const place of [folder, ...below]) {
      for (const path of [join(place, LIBRARY), join(place, "faketime", LIBRARY)]) if (existsSync(path)) return path;
    }
  }
  return null;
}

/**
 * `file` says how far off the time is; its folder is made. `pid`: the process as it is now, null while it is down; a rate
 * is counted from its start.
 *
 * @throws where libfaketime is not installed
 */
export function fakeClock(file: string, pid: () => number | null): FakeClock {
  const library = findFaketime();
  if (library === null) throw new Error("libfaketime is not installed");
  mkdirSync(dirname(file), { recursive: true });
  const write = (text: string): void => {
    writeFileSync(`${file}.new`, `${text}\n`);
    renameSync(`${file}.new`, file);
  };
  write(TRUE_TIME);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      // It would look at the file every ten seconds only.
      FAKETIME_NO_CACHE: "1",
      // Timers and time-outs go by the monotonic clock, which is no matter of what time it is.
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      // For its children; older versions do not know that it can be left out, see `sweepFaketime`.
      FAKETIME_DISABLE_SHM: "1",
    },
    setClock: async (clock) => write(clock === null ? TRUE_TIME : wordsOf(clock, startedMs(pid()))),
  };
}

/** What the library leaves in shared memory when its program is killed. Only for a process that has ended. */
export function sweepFaketime(pid: number): void {
  for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`])
    rmSync(join("/dev/shm", name), { force: true });
}

const signed = (ms: number): string => `${ms < 0 ? "-" : "+"}${(Math.abs(ms) / 1000).toFixed(6)}`;

/** A rate that is not taken back stays. */
const TRUE_TIME = "+0 x1";

/** The library counts a rate from the start of the program on: what it gained before now is taken away. */
function wordsOf({ offsetMs, rate }: ClockSetting, startMs: number | null): string {
  if (rate === 1) return `${signed(offsetMs)} x1`;
  if (startMs === null) throw new Error("the clock of a program that is down has no rate");
  return `${signed(offsetMs - (rate - 1) * (Date.now() - startMs))} x${rate}`;
}

/** The kernel counts in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** When the process was started, ms since 1970, to about 10 ms. */
function startedMs(pid: number | null): number | null {
  if (pid === null || !existsSync(`/proc/${pid}/stat`)) return null;
  const line = readFileSync(`/proc/${pid}/stat`, "utf8");
  const ticks = Number(line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? 0);
  const upMs = 1000 * Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  return Date.now() - upMs + (1000 * ticks) / TICKS_PER_SECOND;
}
