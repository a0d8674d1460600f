/**
 * A POSIX process group as a target: signals go to all its processes, and the operating system tells its state.
 *
 * A signal is only a request, and `kill(pid, 0)` succeeds for a zombie, so what counts as stopped or gone is what is
 * read back from /proc, or from ps where there is no /proc.
 */

import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { NodeName } from "../fault.js";
import type { Target } from "../inject.js";

export type State = "running" | "stopped" | "gone";

/** What every process group offers; `start` is the owner's to add. */
export type ProcessGroup = Required<Pick<Target, "name" | "kill" | "pause" | "resume" | "state">>;

/**
 * Pauses, resumes and kills the group. `start` is the owner's to add, with the new group's number behind `pgid`:
 * `{ ...processGroup("n1", () => group), start }`. While `pgid` gives null the group is gone.
 *
 * @throws (each method) when the number is not that of a foreign group: 0, 1 and -1 would hit far more than one
 */
export function processGroup(name: NodeName, pgid: number | (() => number | null)): ProcessGroup {
  const current = (): number | null => (typeof pgid === "number" ? pgid : pgid());
  return {
    name,
    kill: async () => void (await signal(current(), "SIGKILL")),
    pause: async () => {
      if (!(await signal(current(), "SIGSTOP"))) throw new Error(`${name} can't be paused: its process group is gone`);
    },
    resume: async () => void (await signal(current(), "SIGCONT")),
    state: async () => {
      const group = current();
      return group === null ? "gone" : stateOfGroup(group);
    },
  };
}

/** False when there is no such group. */
async function signal(pgid: number | null, name: NodeJS.Signals): Promise<boolean> {
  if (pgid === null) return false;
  if (!Number.isSafeInteger(pgid) || pgid <= 1) throw new Error(`${pgid} is not the number of a process group`);
  if (pgid === (await ownGroup())) throw new Error(`process group ${pgid} is our own: a fault would stop the nemesis`);
  try {
    return process.kill(-pgid, name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

let own: Promise<number | null> | null = null;

/** It does not change while we live, so it is read once. */
function ownGroup(): Promise<number | null> {
  own ??= members().then((all) => all.find(({ pid }) => pid === process.pid)?.pgid ?? null);
  return own;
}

/** `gone` when no process of the group is left but zombies; `stopped` when all that are left are stopped. */
export async function stateOfGroup(pgid: number): Promise<State> {
  // The group's leader has its number: while it runs, so does the group, and the other processes need not be looked at.
  const leader = await member(pgid);
  if (leader !== null && stateOf(leader.state) === "running") return "running";
  const states = (await members()).filter((process) => process.pgid === pgid).map(({ state }) => stateOf(state));
  if (states.includes("running")) return "running";
  return states.includes("stopped") ? "stopped" : "gone";
}

/** T: stopped by a signal, t: by a debugger, Z: zombie, X: dead. All the others will run again without our help. */
function stateOf(letter: string): State {
  if (letter === "T" || letter === "t") return "stopped";
  return letter === "Z" || letter === "X" || letter === "x" ? "gone" : "running";
}

interface Member {
  readonly pid: number;
  readonly pgid: number;
  readonly state: string;
}

/** One process from /proc; null when it is gone, or where there is no /proc. */
async function member(pid: number): Promise<Member | null> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (line === null) return null;
  // "pid (command) state ppid pgrp ...": the command may hold spaces and parentheses, so look behind the last one.
  const [state = "X", , pgid = "0"] = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return { pid, pgid: Number(pgid), state };
}

async function members(): Promise<readonly Member[]> {
  const pids = await readdir("/proc").catch(() => []);
  const numbers = pids.map(Number).filter((pid) => Number.isInteger(pid));
  if (numbers.length === 0) return membersByPs();
  const found = await Promise.all(numbers.map(member));
  return found.filter((process) => process !== null);
}

async function membersByPs(): Promise<readonly Member[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=", "-o", "pgid=", "-o", "state="]);
  return membersOf(stdout);
}

/** Lines of `ps -o pid= -o pgid= -o state=`; a state may carry more letters ("Ss+" on macOS), the first one counts. */
export function membersOf(table: string): readonly Member[] {
  return table.split("\n").flatMap((line) => {
    const [pid, pgid, state] = line.trim().split(/\s+/);
    if (pid === undefined || pgid === undefined || state === undefined) return [];
    return [{ pid: Number(pid), pgid: Number(pgid), state: state.slice(0, 1) }];
  });
}
