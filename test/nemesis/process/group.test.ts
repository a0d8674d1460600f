import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { processGroup, stateOfGroup } from "../../../nemesis/process/group.js";
import { membersOf } from "../../../nemesis/process/processes.js";
import { until } from "../network/peers.js";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // It is gone already: what the test wanted.
    }
  }
});

function sleeper(command = "sleep", args = ["60"]): ChildProcess & { readonly pid: number } {
  const child = spawn(command, args, { detached: true, stdio: "ignore" });
  children.push(child);
  return child as ChildProcess & { readonly pid: number };
}

const stat = (pid: number): string => readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[2]!;

test("a paused process is in state T, runs again after the resume, and is gone after the kill", async () => {
  const child = sleeper();
  const target = processGroup("n1", child.pid);
  expect(await target.state()).toBe("running");
  await target.pause();
  await until("it is stopped", async () => (await target.state()) === "stopped");
  if (existsSync("/proc")) expect(stat(child.pid)).toBe("T");
  await target.resume();
  await until("it runs", async () => (await target.state()) === "running");
  await target.pause();
  await target.kill();
  await until("it is gone", async () => (await target.state()) === "gone");
  await until("we have been told", () => child.signalCode !== null);
  expect(child.signalCode).toBe("SIGKILL");
});

test("every process of the group is hit, and the group is gone only when the last one is", async () => {
  const child = sleeper("sh", ["-c", "sleep 60 & sleep 60 & wait"]);
  const target = processGroup("n1", child.pid);
  await until("its children are there", () => childrenOf(child.pid).length === 2);
  const [first] = childrenOf(child.pid);
  await target.pause();
  await until("all are stopped", async () => (await target.state()) === "stopped");
  expect(childrenOf(child.pid).map(stat)).toEqual(["T", "T"]);
  process.kill(first!, "SIGCONT");
  await until("one runs, so the group does", async () => (await target.state()) === "running");
  await target.resume();
  process.kill(child.pid, "SIGKILL");
  await once(child, "exit");
  expect(await target.state()).toBe("running");
  await target.kill();
  await until("all are gone", async () => (await target.state()) === "gone");
});

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);

test("a zombie counts as gone", async () => {
  // The shell does not wait for its child until it is told to, so the child stays a zombie.
  const parent = spawn("sh", ["-c", "setsid sleep 0.05 & echo $!; exec sleep 60"], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(parent);
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  await until("it is a zombie", () => stat(pid) === "Z");
  expect(process.kill(pid, 0), "the system still knows it").toBe(true);
  expect(await stateOfGroup(pid)).toBe("gone");
});

test("killing or resuming what is gone is no error, pausing it is", async () => {
  const child = sleeper("true", []);
  await once(child, "exit");
  const target = processGroup("n1", child.pid);
  await target.kill();
  await target.resume();
  await expect(target.pause()).rejects.toThrow("n1 can't be paused: its process group is gone");
  expect(await processGroup("n2", () => null).state()).toBe("gone");
});

test("numbers that would hit ourselves or everybody are refused", async () => {
  for (const pgid of [0, 1, -1, 1.5, Number.NaN])
    await expect(processGroup("n1", pgid).kill()).rejects.toThrow("is not the number of a process group");
  const ours = Number(readFileSync("/proc/self/stat", "utf8").split(" ")[4]);
  await expect(processGroup("n1", ours).pause()).rejects.toThrow("is our own");
});

test("the table of ps is read where there is no /proc", () => {
  const table = "    1     1 Ss   Sat Nov 21 11:57:23 2026\n  77    70 T+   Sun Nov 22 01:02:03 2026\n\n";
  expect(membersOf(table)).toEqual([
    { pid: 1, pgid: 1, state: "S", startTicks: new Date(2026, 10, 21, 11, 57, 23).getTime(), cpuMs: 0 },
    { pid: 77, pgid: 70, state: "T", startTicks: new Date(2026, 10, 22, 1, 2, 3).getTime(), cpuMs: 0 },
  ]);
});
