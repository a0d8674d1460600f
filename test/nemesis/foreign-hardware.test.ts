/** Clocks and disks of a program that knows nothing of us: libfaketime, libfiu, a small file system. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { fakeClock, findFaketime, sweepFaketime } from "../../nemesis/clock/faketime.js";
import { failingCalls } from "../../nemesis/disk/failing-calls.js";
import { openSmallDisk } from "../../nemesis/disk/small-disk.js";
import type { DiskTrouble, Fault } from "../../nemesis/fault.js";
import { openHands } from "../../nemesis/hands.js";
import { heal } from "../../nemesis/heal.js";
import type { Injected, Target } from "../../nemesis/inject.js";
import { openJournal, readJournal } from "../../nemesis/journal.js";
import { processIdOf } from "../../nemesis/process/processes.js";
import { programPath } from "../../nemesis/run-program.js";
import { until } from "./network/peers.js";

/** In CI all of it is installed: there, what is missing is a failure. */
function missing(what: string, is: boolean): boolean {
  if (!is) return false;
  console.log(`skipped: ${what} is not here`);
  return process.env["CI"] !== "true";
}
const noClock = missing("libfaketime", findFaketime() === null);
const noCalls = missing("libfiu, or python3", programPath("fiu-run") === null || programPath("python3") === null);
const noMount = missing("the right to mount", process.getuid?.() !== 0);

const folder = mkdtempSync(join(tmpdir(), "kvtest-foreign-"));
const programs: Program[] = [];
afterEach(async () => {
  for (const { child } of programs.splice(0)) {
    const gone = child.exitCode === null && child.signalCode === null ? once(child, "exit") : null;
    child.kill("SIGKILL");
    await gone;
    sweepFaketime(child.pid!);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Program {
  readonly child: ChildProcess;
  ask(line: string): Promise<string>;
}

function program(command: readonly string[], env: { readonly [name: string]: string } = {}): Program {
  const [first = "", ...rest] = command;
  const child = spawn(first, rest, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...env } });
  const answers: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => answers.push(line));
  const made = {
    child,
    async ask(line: string) {
      child.stdin.write(`${line}\n`);
      await until(`an answer to ${line}`, () => answers.length > 0);
      return answers.shift()!;
    },
  };
  programs.push(made);
  return made;
}

/** Says the time, ms. */
const CLOCK = [process.execPath, "-e", 'process.stdin.on("data", () => console.log(Date.now()))'];
/**
 * Writes, reads or syncs a file when it is told to, and says what came of it: by recv and send, which are no calls of a
 * disk.
 */
const FILES = `
import os, sys, errno, socket
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
line = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
while True:
    what = line.recv(100).decode()
    if what == "": break
    try:
        if what == "write": os.pwrite(fd, b"x" * 4096, 0)
        elif what == "append": os.lseek(fd, 0, 2); os.write(fd, b"x" * 4096)
        elif what == "read": os.pread(fd, 1, 0)
        else: os.fsync(fd)
        said = "ok"
    except OSError as error:
        said = errno.errorcode[error.errno]
    line.sendall(said.encode())
`;

/** FILES, and a way to ask it. */
async function fileProgram(wrap: readonly string[], path: string): Promise<Program> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = (server.address() as AddressInfo).port;
  const connected = once(server, "connection") as Promise<[Socket]>;
  const { child } = program([...wrap, "python3", "-c", FILES, path, String(port)]);
  const [socket] = await connected;
  server.close();
  return {
    child,
    async ask(line) {
      socket.write(line);
      const [said] = (await once(socket, "data")) as [Buffer];
      return said.toString();
    },
  };
}

type Done = Extract<Injected, { is: "done" }>;
async function injected(target: Target, fault: Fault): Promise<Done> {
  const done = await openHands({ targets: [target] }).inject(fault);
  if (done.is !== "done") throw new Error(`${done.is}: ${done.why}`);
  return done;
}

test.skipIf(noClock)("a foreign clock reads the skew that was asked, and the true time afterwards", async () => {
  let node: Program | null = null;
  const clock = fakeClock(join(folder, "clock"), () => node?.child.pid ?? null);
  node = program(CLOCK, clock.env);
  const running = node;
  const readClock = async (): Promise<number> => Number(await running.ask("time"));
  /** Between these lies how far ahead it is: it was read somewhere between question and answer. Whole ms. */
  const offset = async (): Promise<{ readonly least: number; readonly most: number }> => {
    const askedMs = Date.now();
    const clockMs = await readClock();
    return { least: clockMs - Date.now() - 1, most: clockMs - askedMs + 1 };
  };
  const expectOffset = async (wantedMs: number): Promise<void> => {
    const { least, most } = await offset();
    expect(least).toBeLessThan(wantedMs + 50);
    expect(most).toBeGreaterThan(wantedMs - 50);
  };
  const target: Target = { name: "n1", setClock: clock.setClock, readClock };
  await expectOffset(0);
  for (const offsetMs of [3_600_000, -86_400_000]) {
    const done = await injected(target, { f: "clock", who: ["n1"], skew: { is: "bump", offsetMs } });
    await expectOffset(offsetMs);
    await done.undo();
    expect(await done.evidence()).toMatchObject({ bit: true });
    await expectOffset(0);
  }
  const strobe = { is: "strobe", offsetMs: 60_000, periodMs: 100 } as const;
  const jumps = await injected(target, { f: "clock", who: ["n1"], skew: strobe });
  const seen = new Set<string>();
  await until("it jumps", async () => seen.add((await offset()).most > 30_000 ? "ahead" : "right").size === 2);
  await jumps.undo();
  const fast = await injected(target, { f: "clock", who: ["n1"], skew: { is: "rate", rate: 3 } });
  const timed = async (): Promise<readonly [askedMs: number, clockMs: number, toldMs: number]> => {
    const askedMs = performance.now();
    return [askedMs, await readClock(), performance.now()];
  };
  const first = await timed();
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  const second = await timed();
  const gained = second[1] - first[1];
  await fast.undo();
  const { bit, evidence } = await fast.evidence();
  expect(bit, evidence).toBe(true);
  await expectOffset(0);
  // The least and the most time that can have gone by between the two readings.
  expect(gained / (second[0] - first[2])).toBeGreaterThan(2.4);
  expect(gained / (second[2] - first[0])).toBeLessThan(3.6);
});

test.skipIf(noClock)("a clock that the program does not read did not bite, and the fault says so", async () => {
  const clock = fakeClock(join(folder, "idle"), () => null);
  const node = program(CLOCK);
  const target: Target = {
    name: "n1",
    setClock: clock.setClock,
    readClock: async () => Number(await node.ask("time")),
  };
  const done = await injected(target, { f: "clock", who: ["n1"], skew: { is: "bump", offsetMs: 5_000 } });
  await done.undo();
  expect(await done.evidence()).toMatchObject({ bit: false });
});

test.skipIf(noClock)("what a killed program's clock leaves in shared memory is taken away by heal", async () => {
  const clock = fakeClock(join(folder, "killed"), () => null);
  const node = program(CLOCK, clock.env);
  await node.ask("time");
  const { child } = node;
  const left = (): readonly string[] => readdirSync("/dev/shm").filter((name) => name.endsWith(`_${child.pid}`));
  const file = join(folder, "killed.jsonl");
  const journal = await openJournal(file);
  const self = await processIdOf(child.pid!);
  journal.begin({ undo: "end", processes: [self!] });
  journal.close();
  // Newer versions of the library leave nothing.
  console.log(`in shared memory: ${left().join(", ") || "nothing"}`);
  expect((await heal(file)).broken).toEqual([]);
  expect(left()).toEqual([]);
});

test.skipIf(noCalls)("calls of a foreign program fail as its disk is said to, live, and work again", async () => {
  let node: Program | null = null;
  const file = join(folder, "journal.jsonl");
  const journal = await openJournal(file);
  const disk = await failingCalls(join(folder, "fiu"), () => node?.child.pid ?? null, journal);
  node = await fileProgram(disk.wrap, join(folder, "data"));
  const running = node;
  const asked = (what: string): Promise<string> => running.ask(what);
  const all = async (): Promise<readonly string[]> => [await asked("write"), await asked("read"), await asked("fsync")];
  expect(await all()).toEqual(["ok", "ok", "ok"]);
  const troubles: readonly (readonly [DiskTrouble, readonly string[]])[] = [
    [{ is: "errors", on: "fsync" }, ["ok", "ok", "EIO"]],
    [{ is: "errors", on: "read" }, ["ok", "EIO", "ok"]],
    [{ is: "errors", on: "write" }, ["EIO", "ok", "ok"]],
    [{ is: "full" }, ["ENOSPC", "ok", "ok"]],
    [{ is: "read-only" }, ["EROFS", "ok", "ok"]],
  ];
  for (const [trouble, answers] of troubles) {
    await disk.setDisk(trouble);
    expect(await all()).toEqual(answers);
    expect(readJournal(file).open).toHaveLength(1);
    await disk.setDisk(null);
    expect(await all()).toEqual(["ok", "ok", "ok"]);
  }
  await disk.setDisk({ is: "errors", on: "fsync", probability: 0.5 });
  const some: string[] = [];
  for (let i = 0; i < 60; i++) some.push(await asked("fsync"));
  const failed = some.filter((said) => said === "EIO").length;
  expect(failed).toBeGreaterThan(10);
  expect(failed).toBeLessThan(50);
  await expect(disk.setDisk({ is: "slow", on: "fsync", delayMs: 1 })).rejects.toThrow("cannot make them wait");
  // Killed now, we would leave it failing.
  await disk.setDisk({ is: "errors", on: "fsync" });
  journal.close();
  expect((await heal(file)).broken).toEqual([]);
  expect(await asked("fsync")).toBe("ok");
});

test.skipIf(noMount)("a small disk that is full is full for a foreign program, and has room again", async () => {
  const [path, file] = [join(folder, "small"), join(folder, "mounts.jsonl")];
  const journal = await openJournal(file);
  const disk = await openSmallDisk(path, 1_000_000, journal);
  const node = await fileProgram([], join(path, "data"));
  expect(await node.ask("append")).toBe("ok");
  const target: Target = { name: "n1", ...disk };
  const done = await injected(target, { f: "disk", who: ["n1"], trouble: { is: "full" } });
  expect(await node.ask("append")).toBe("ENOSPC");
  await done.undo();
  expect(await done.evidence()).toMatchObject({ bit: true });
  expect(await node.ask("append")).toBe("ok");
  node.child.kill("SIGKILL");
  journal.close();
  expect(readFileSync("/proc/self/mounts", "utf8")).toContain(path);
  expect((await heal(file)).broken).toEqual([]);
  expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(path);
});
