/** A journal that was left behind -> everything put back that it says is still broken. */

import { copyFileSync, existsSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProcessId } from "./inject.js";
import { openJournal, readJournal, type Undo } from "./journal.js";
import { sweepFaketime } from "./clock/faketime.js";
import { removeNamespace } from "./network/namespaces.js";
import { ask, wordsOf } from "./patience.js";
import { setPriorityOf } from "./process/priority.js";
import { isAlive, isOver, memberOf } from "./process/processes.js";
import { tellFailures } from "./disk/failure-points.js";
import { run } from "./run-program.js";

export interface Healed {
  /** What was put back, in words, also what had healed by itself. */
  readonly done: readonly string[];
  /** What is still broken, in words. Asked again it is tried again. */
  readonly broken: readonly string[];
}

/**
 * Undoes all that the journal says is open, the latest first, past every error, and writes down what is done. Safe to
 * repeat. Nodes that were killed stay down: only who started them knows how.
 *
 * @throws while the process that wrote the journal still runs: its faults are its own to undo
 */
export async function heal(file: string): Promise<Healed> {
  const { owner, open } = readJournal(file);
  if (owner !== null && owner.pid !== process.pid && (await isAlive(owner)))
    throw new Error(`${file}: process ${owner.pid}, which wrote it, still runs and will heal by itself`);
  const done: string[] = [];
  const broken: string[] = [];
  if (open.length === 0) return { done, broken };
  const journal = await openJournal(file);
  try {
    for (const { n, undo } of [...open].reverse()) {
      try {
        done.push(await undone(undo));
        journal.end(n);
      } catch (error) {
        broken.push(`${describeUndo(undo)}: ${wordsOf(error)}`);
      }
    }
  } finally {
    journal.close();
  }
  return { done, broken };
}

/** What is to be done, in words. */
export function describeUndo(undo: Undo): string {
  if (undo.undo === "continue") return `continue ${pids(undo.processes)}`;
  if (undo.undo === "nice") return `give ${pids(undo.processes)} back the priority ${undo.nice}`;
  if (undo.undo === "end") return `end ${pids(undo.processes)}`;
  if (undo.undo === "cgroup") return `remove the control group ${undo.path}`;
  if (undo.undo === "failures") return `switch off ${undo.points.join(", ")} in ${undo.process.pid}`;
  if (undo.undo === "unmount") return `unmount ${undo.path}`;
  if (undo.undo === "file") return undo.copy === null ? `remove ${undo.path}` : `put ${undo.path} back`;
  return `remove the ${undo.undo} ${undo.name}`;
}

const pids = (processes: readonly ProcessId[]): string =>
  processes.length === 0 ? "nobody" : `process ${processes.map(({ pid }) => pid).join(", ")}`;

async function undone(undo: Undo): Promise<string> {
  const words = describeUndo(undo);
  if (undo.undo === "continue") return `${words}${await toAll(undo.processes, continueGroup)}`;
  if (undo.undo === "nice")
    return `${words}${await toAll(undo.processes, async ({ pid }) => setPriorityOf(pid, undo.nice))}`;
  if (undo.undo === "end") {
    const gone = await toAll(undo.processes, end);
    // One that nobody has waited for is still listed, and leaves as much behind.
    for (const { pid } of undo.processes) if (!(await isTaken(pid))) sweepFaketime(pid);
    return `${words}${gone}`;
  }
  if (undo.undo === "cgroup") return `${words}${dissolve(undo.path, undo.parent)}`;
  if (undo.undo === "failures") {
    if (!(await isAlive(undo.process))) return `${words}: it is gone`;
    await tellFailures(
      undo.process.pid,
      undo.prefix,
      undo.points.map((point) => `disable name=${point}`),
    );
    return words;
  }
  if (undo.undo === "file") {
    if (undo.copy === null) rmSync(undo.path, { force: true });
    // Without its copy nothing was damaged yet: the copy comes first.
    else if (existsSync(undo.copy)) copyFileSync(undo.copy, undo.path);
    else return `${words}: it was never touched`;
    return words;
  }
  if (undo.undo === "unmount") {
    if (!isMounted(undo.path)) return `${words}: it is not mounted`;
    await run("umount", ["-l", undo.path]);
    return words;
  }
  if (undo.undo === "namespace") return (await removeNamespace(undo.name)) ? words : `${words}: it is gone`;
  if (undo.undo !== "interface") throw new Error("this version does not know how");
  if (!existsSync(`/sys/class/net/${undo.name}`)) return `${words}: it is gone`;
  await run("ip", ["link", "delete", undo.name]);
  return words;
}

/** Does it to every process that is still the one that was meant, and says how many are gone. */
async function toAll(processes: readonly ProcessId[], act: (process: ProcessId) => Promise<void>): Promise<string> {
  let gone = 0;
  for (const process of processes) {
    if (await isAlive(process)) await act(process);
    else gone += 1;
  }
  return gone === 0 ? "" : `: ${gone === processes.length ? "gone" : `${gone} of them gone`}`;
}

/** The whole group: a child that came into the world between the look and the signal was stopped too. */
async function continueGroup({ pid, startTicks }: ProcessId): Promise<void> {
  const pgid = (await memberOf(pid))?.pgid ?? 0;
  process.kill(pid, "SIGCONT");
  if (pgid > 1) process.kill(-pgid, "SIGCONT");
  const runs = await ask(2_000, async () => {
    const now = await memberOf(pid);
    return now === null || now.startTicks !== startTicks || !"Tt".includes(now.state) ? true : null;
  });
  if (runs === null) throw new Error(`${pid} is still stopped`);
}

/** With its children, where it leads a group of its own. */
/** Whether a process lives that has this number, were it a stranger. */
async function isTaken(pid: number): Promise<boolean> {
  const member = await memberOf(pid);
  return member !== null && !isOver(member);
}

async function end(member: ProcessId): Promise<void> {
  const leads = (await memberOf(member.pid))?.pgid === member.pid;
  process.kill(leads ? -member.pid : member.pid, "SIGKILL");
  if ((await ask(2_000, async () => ((await isAlive(member)) ? null : true))) === null)
    throw new Error(`${member.pid} is still there`);
}

/** A control group is removed only when it is empty, and it is a folder that `rm -r` cannot remove. */
function dissolve(path: string, parent: string): string {
  if (!existsSync(path)) return ": it is gone";
  for (const pid of readFileSync(join(path, "cgroup.procs"), "utf8").split("\n").filter(Boolean))
    writeFileSync(join(parent, "cgroup.procs"), pid);
  rmdirSync(path);
  return "";
}

const isMounted = (path: string): boolean =>
  readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .some((line) => line.split(" ")[1] === path);
