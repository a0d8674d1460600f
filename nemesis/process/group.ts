/**
 * A POSIX process group as a target: signals go to all its processes, and the operating system tells its state.
 *
 * A signal is only a request, and `kill(pid, 0)` succeeds for a zombie, so what counts as stopped or gone is what is
 * read back from /proc, or from ps where there is no /proc.
 */

import type { NodeName } from "../fault.js";
import type { ProcessId, Target } from "../inject.js";
import { type Journal, NO_JOURNAL } from "../journal.js";
import { ask } from "../patience.js";
import { allMembers, memberOf, membersOfGroup } from "./processes.js";
import { Starver } from "./starver.js";

export type State = "running" | "stopped" | "gone";

/** What every process group offers; `start` is the owner's to add. */
export type ProcessGroup = Required<
  Pick<Target, "name" | "kill" | "terminate" | "pause" | "resume" | "state" | "processes" | "starve" | "starvedMs">
>;

export interface ProcessGroupOptions {
  /** Where it is written down that the group is being starved. Default: nowhere. */
  readonly journal?: Journal;
}

/** How long a group may take to end by itself, ms. */
const END_MAX_MS = 10_000;

/**
 * Pauses, resumes, kills, ends and starves the group. `start` is the owner's to add, with the new group's number behind
 * `pgid`: `{ ...processGroup("n1", () => group), start }`. While `pgid` gives null the group is gone.
 *
 * @throws (each method) when the number is not that of a foreign group: 0, 1 and -1 would hit far more than one
 */
export function processGroup(
  name: NodeName,
  pgid: number | (() => number | null),
  options: ProcessGroupOptions = {},
): ProcessGroup {
  const current = (): number | null => (typeof pgid === "number" ? pgid : pgid());
  const state = async (): Promise<State> => {
    const group = current();
    return group === null ? "gone" : stateOfGroup(group);
  };
  const processes = async (): Promise<readonly ProcessId[]> => {
    const group = current();
    const members = group === null ? [] : await membersOfGroup(group);
    return members.map(({ pid, startTicks }) => ({ pid, startTicks }));
  };
  // A pause and a starver share the signals: what is paused stays so, whatever the starver is about.
  let isPaused = false;
  const starver = new Starver({
    processes,
    signal: async (sign) => {
      if (!isPaused) await signal(current(), sign);
    },
    isStopped: async () => (await state()) === "stopped",
    journal: options.journal ?? NO_JOURNAL,
  });
  return {
    name,
    kill: async () => {
      isPaused = false;
      await signal(current(), "SIGKILL");
    },
    terminate: async () => {
      await signal(current(), "SIGTERM");
      const gone = await ask(END_MAX_MS, async () => ((await state()) === "gone" ? true : null));
      if (gone === null) throw new Error(`${name} did not end by itself within ${END_MAX_MS} ms`);
    },
    pause: async () => {
      if (!(await signal(current(), "SIGSTOP"))) throw new Error(`${name} can't be paused: its process group is gone`);
      isPaused = true;
    },
    resume: async () => {
      isPaused = false;
      await signal(current(), "SIGCONT");
    },
    state,
    processes,
    starve: (starving) => starver.starve(starving),
    starvedMs: async () => starver.keptMs(),
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

/** The process group that we are in ourselves. It does not change while we live, so it is read once. */
export function ownGroup(): Promise<number | null> {
  own ??= allMembers().then((all) => all.find(({ pid }) => pid === process.pid)?.pgid ?? null);
  return own;
}

/** `gone` when no process of the group is left but zombies; `stopped` when all that are left are stopped. */
export async function stateOfGroup(pgid: number): Promise<State> {
  // The group's leader has its number: while it runs, so does the group, and the other processes need not be looked at.
  const leader = await memberOf(pgid);
  if (leader !== null && stateOf(leader.state) === "running") return "running";
  const states = (await membersOfGroup(pgid)).map(({ state }) => stateOf(state));
  if (states.includes("running")) return "running";
  return states.includes("stopped") ? "stopped" : "gone";
}

/** T: stopped by a signal, t: by a debugger, Z: zombie, X: dead. All the others will run again without our help. */
function stateOf(letter: string): State {
  if (letter === "T" || letter === "t") return "stopped";
  return letter === "Z" || letter === "X" || letter === "x" ? "gone" : "running";
}
