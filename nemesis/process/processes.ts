/** What the operating system tells about processes: from /proc, or from ps where there is none. */

import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { ProcessId } from "../inject.js";

export interface Member extends ProcessId {
  readonly pgid: number;
  /** One letter: T stopped by a signal, t by a debugger, Z zombie, X dead; the others run, or will again by themselves. */
  readonly state: string;
  /** Processor time that it and its ended children used, ms. */
  readonly cpuMs: number;
}

/** The kernel counts times for user space in hundredths of a second, whatever its own clock does. */
const TICK_MS = 10;

/** One process; null when it is gone, or where there is no /proc. */
export async function memberOf(pid: number): Promise<Member | null> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  return line === null ? null : statOf(pid, line);
}

/** The process as it can be told from a stranger who is given its number later; null when it is gone. */
export async function processIdOf(pid: number): Promise<ProcessId | null> {
  const [member] = await allMembersOf([pid]);
  return member === undefined ? null : { pid, startTicks: member.startTicks };
}

/** A line of /proc/PID/stat: "pid (command) state ppid pgrp ...". */
function statOf(pid: number, line: string): Member {
  // The command may hold spaces and parentheses, so look behind the last one. Fields are numbered from 1 as in proc(5).
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const field = (n: number): number => Number(fields[n - 3] ?? 0);
  const ticks = field(14) + field(15) + field(16) + field(17);
  return { pid, pgid: field(5), state: fields[0] ?? "X", startTicks: field(22), cpuMs: ticks * TICK_MS };
}

/** All processes there are. */
export async function allMembers(): Promise<readonly Member[]> {
  const pids = await readdir("/proc").catch(() => []);
  const numbers = pids.map(Number).filter((pid) => Number.isInteger(pid));
  if (numbers.length === 0) return membersByPs();
  const found = await Promise.all(numbers.map(memberOf));
  return found.filter((process) => process !== null);
}

export const membersOfGroup = async (pgid: number): Promise<readonly Member[]> =>
  (await allMembers()).filter((process) => process.pgid === pgid);

/** Whether this is still the process that was meant, and not a stranger who was given its number, nor its zombie. */
export async function isAlive({ pid, startTicks }: ProcessId): Promise<boolean> {
  const now = (await allMembersOf([pid]))[0];
  return now !== undefined && now.startTicks === startTicks && !isOver(now);
}

/** It has ended, and is only listed until its parent asks how. */
export const isOver = ({ state }: Member): boolean => "ZXx".includes(state);

async function allMembersOf(pids: readonly number[]): Promise<readonly Member[]> {
  const found = await Promise.all(pids.map(memberOf));
  const there = found.filter((process) => process !== null);
  if (there.length > 0 || (await memberOf(process.pid)) !== null) return there;
  return (await membersByPs()).filter(({ pid }) => pids.includes(pid));
}

async function membersByPs(): Promise<readonly Member[]> {
  const { stdout } = await promisify(execFile)("ps", [
    "-A",
    "-o",
    "pid=",
    "-o",
    "pgid=",
    "-o",
    "state=",
    "-o",
    "lstart=",
  ]);
  return membersOf(stdout);
}

/**
 * Lines of `ps -o pid= -o pgid= -o state= -o lstart=`; a state may carry more letters ("Ss+" on macOS), the first one
 * counts. The start is a date here, so its "ticks" are milliseconds; it is only ever compared with itself.
 */
export function membersOf(table: string): readonly Member[] {
  return table.split("\n").flatMap((line) => {
    const [pid, pgid, state, ...started] = line.trim().split(/\s+/);
    if (pid === undefined || pgid === undefined || state === undefined) return [];
    const startTicks = Date.parse(started.join(" ")) || 0;
    return [{ pid: Number(pid), pgid: Number(pgid), state: state.slice(0, 1), startTicks, cpuMs: 0 }];
  });
}
