/**
 * A control group that leaves its processes only a share of a processor, where control groups are writable: version 2
 * with the cpu controller, or the cpu hierarchy of version 1.
 */

import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProcessId } from "../inject.js";
import type { Journal } from "../journal.js";
import { wordsOf } from "../patience.js";

/** The kernel gives out the quota anew so often. */
const PERIOD_US = 100_000;

interface Hierarchy {
  readonly version: 1 | 2;
  readonly root: string;
}

export interface Quota {
  /** For how long its processes were held back so far, ms. */
  throttledMs(): number;
  /** They go back to the group that they came from, and the group is removed. */
  end(): void;
}

let made = 0;

/** @throws when there is no writable control group for processors */
export function openQuota(processes: readonly ProcessId[], cpuShare: number, journal: Journal): Quota {
  const hierarchy = findHierarchy();
  if (hierarchy === null) throw new Error("no control group for processors is mounted here");
  const { version, root } = hierarchy;
  const [first] = processes;
  if (first === undefined) throw new Error("there is no process to hold back");
  const parent = join(root, groupOf(first.pid, version));
  const path = join(root, `kvtest-${process.pid}-${++made}`);
  const n = journal.begin({ undo: "cgroup", path, parent });
  const end = (): void => {
    for (const pid of readFileSync(join(path, "cgroup.procs"), "utf8").split("\n").filter(Boolean)) moveTo(parent, pid);
    rmdirSync(path);
    journal.end(n);
  };
  try {
    if (version === 2) writeFileSync(join(root, "cgroup.subtree_control"), "+cpu");
    mkdirSync(path);
    const quotaUs = Math.max(1_000, Math.round(cpuShare * PERIOD_US));
    if (version === 2) writeFileSync(join(path, "cpu.max"), `${quotaUs} ${PERIOD_US}`);
    else {
      writeFileSync(join(path, "cpu.cfs_period_us"), String(PERIOD_US));
      writeFileSync(join(path, "cpu.cfs_quota_us"), String(quotaUs));
    }
    for (const { pid } of processes) moveTo(path, String(pid));
  } catch (error) {
    if (existsSync(path)) end();
    throw new Error(`control groups are not ours to write: ${wordsOf(error)}`, { cause: error });
  }
  return { end, throttledMs: () => throttledMs(path, version) };
}

/** A process that has ended meanwhile is where it wants to be. */
function moveTo(group: string, pid: string): void {
  try {
    writeFileSync(join(group, "cgroup.procs"), pid);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

function throttledMs(path: string, version: 1 | 2): number {
  const [name, perMs] = version === 2 ? (["throttled_usec", 1e3] as const) : (["throttled_time", 1e6] as const);
  const line = readFileSync(join(path, "cpu.stat"), "utf8")
    .split("\n")
    .find((one) => one.startsWith(`${name} `));
  return Number(line?.split(" ")[1] ?? 0) / perMs;
}

/** Version 2 where it has the cpu controller, else the hierarchy of version 1 that has it. */
function findHierarchy(): Hierarchy | null {
  if (!existsSync("/proc/self/mounts")) return null;
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  for (const [, root = "", type] of mounts) {
    const controllers = join(root, "cgroup.controllers");
    if (type === "cgroup2" && existsSync(controllers) && /\bcpu\b/.test(readFileSync(controllers, "utf8")))
      return { version: 2, root };
  }
  for (const [, root = "", type, options = ""] of mounts)
    if (type === "cgroup" && options.split(",").includes("cpu")) return { version: 1, root };
  return null;
}

/** The group that a process is in, as a path below the root of the hierarchy. */
function groupOf(pid: number, version: 1 | 2): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").split("\n");
  for (const line of lines) {
    const [number, controllers = "", ...path] = line.split(":");
    if (version === 2 ? number === "0" : controllers.split(",").includes("cpu")) return path.join(":");
  }
  return "/";
}
