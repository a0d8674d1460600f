/** The priority of processes, all their threads included: the operating system keeps one for each thread. */

import { readFileSync, readdirSync } from "node:fs";
import { setPriority } from "node:os";

/** Threads that end meanwhile are let go. */
export function setPriorityOf(pid: number, nice: number): void {
  for (const thread of threadsOf(pid)) {
    try {
      setPriority(thread, nice);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ERR_SYSTEM_ERROR" && isGone(error)))
        throw error;
    }
  }
}

/** How long its threads were ready to run and did not, so far, ms. */
export function waitedMs(pid: number): number {
  const waits = threadsOf(pid).map((thread) => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[1] ?? 0) / 1e6;
    } catch {
      return 0;
    }
  });
  return waits.reduce((sum, ms) => sum + ms, 0);
}

function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

const isGone = (error: Error): boolean => "info" in error && JSON.stringify(error.info).includes("ESRCH");
