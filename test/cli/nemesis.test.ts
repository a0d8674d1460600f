import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openJournal } from "../../nemesis/journal.js";
import { journalFolder } from "../../src/cli/journal-folder.js";
import { killedNemesis, killedRun } from "./killed.js";
import { firstOf, freshDir, isDecided, kvtest, leftBehind } from "./kvtest.js";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function sleeper(): number {
  const child = spawn("sleep", ["120"], { detached: true, stdio: "ignore" });
  children.push(child);
  return child.pid!;
}

const stateOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[2]!;

test("a group of processes is paused and starved for a while, and goes on afterwards", async () => {
  const pid = sleeper();
  const flags = ["--pgid", String(pid), "--faults", "pause,starve", "--for", "6s", "--schedule", "cycle"];
  const seen = new Set<string>();
  const timer = setInterval(() => seen.add(stateOf(pid)), 5);
  const run = ["nemesis", ...flags];
  const { exitCode, stdout } = await firstOf(isDecided, async (n) => kvtest([...run, "--seed", String(n)]), 1);
  clearInterval(timer);
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toMatch(/pause ends: n1 read back stopped after \d+ ms, running again/);
  expect(stdout).toMatch(/([2-9]) of \1 faults bit; all is put back$/);
  expect([...seen]).toContain("T");
  expect(stateOf(pid)).toBe("S");
});

test("with a way to start it again a group is killed, and the new one lives on; --json tells it as data", async () => {
  const mark = `3170${process.pid}`;
  const pid = sleeper();
  const flags = [
    "--pgid",
    String(pid),
    "--start",
    `exec sleep ${mark}`,
    "--faults",
    "kill",
    "--for",
    "1s",
    "--seed",
    "4",
  ];
  const { exitCode, stdout } = await kvtest(["nemesis", ...flags, "--json"]);
  const started = leftBehind(`sleep ${mark}`);
  for (const line of started) process.kill(Number(line.trim().split(/\s+/)[0]), "SIGKILL");
  expect(exitCode, stdout).toBe(0);
  expect(started).toHaveLength(1);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines[0]).toMatchObject({ id: "f1", f: "kill", phase: "begin", value: { nodes: ["n1"] } });
  expect(lines.at(-1)).toMatchObject({ broken: [], errors: [] });
});

test("a fault that finds nothing to break is told, and the exit code is that of unknown", async () => {
  const dir = freshDir();
  const file = join(dir, "faults.yaml");
  // Far apart: where the machine is busy, a node that is being killed is not gone at once.
  writeFileSync(file, "- at 0.1s kill n1 for 3s\n- at 1500ms pause n1 for 100ms\n");
  const flags = ["--pgid", String(sleeper()), "--start", "exec sleep 20", "--faults", file, "--for", "4s"];
  const { exitCode, stdout } = await kvtest(["nemesis", ...flags]);
  expect(exitCode).toBe(2);
  expect(stdout).toContain("f2 pause did nothing: unsupported: n1 is down already");
  const lenient = await kvtest(["nemesis", ...flags.with(1, String(sleeper())), "--allow-vacuous"]);
  expect(lenient.exitCode, lenient.stdout).toBe(0);
  rmSync(dir, { recursive: true });
});

test("what cannot be broken is told before anything is, all at once", async () => {
  const pid = sleeper();
  const { exitCode, stderr } = await kvtest([
    "nemesis",
    "--pgid",
    `${pid},x,4194303`,
    "--faults",
    "pose",
    "--for",
    "0",
  ]);
  expect(exitCode).toBe(254);
  expect(stderr).toContain("--pgid x: expected a whole number");
  expect(stderr).toContain("--pgid 4194303: there is no such process group");
  expect(stderr).toContain('--faults pose: "pose" unknown');
  expect(stderr).toContain("--for 0: expected");
  const kill = await kvtest(["nemesis", "--pgid", String(pid), "--faults", "kill,clock"]);
  expect(kill.exitCode).toBe(254);
  expect(kill.stderr).toContain("kill: there is no hand to start a node; --start says how");
  expect(kill.stderr).toContain("clock: there is no hand to set the clock of a node");
  expect(stateOf(pid)).toBe("S");
  expect((await kvtest(["nemesis"])).stderr).toContain("--pgid is missing");
});

test("heal puts back what a journal says, tells it, and finds nothing the second time", async () => {
  const [pid, dir] = [sleeper(), freshDir()];
  const run = join(dir, "some-run");
  mkdirSync(run);
  writeFileSync(join(run, "config.json"), "{}");
  const journal = await openJournal(join(run, "undo.jsonl"));
  const startTicks = Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[21]);
  journal.begin({ undo: "continue", processes: [{ pid, startTicks }] });
  journal.begin({ undo: "unmount", path: join(dir, "never mounted") });
  journal.close();
  process.kill(pid, "SIGSTOP");
  const waits = await kvtest(["heal", "--out", dir]);
  expect(waits.stdout).toContain("left alone: its kvtest still runs");
  const text = readFileSync(join(run, "undo.jsonl"), "utf8");
  writeFileSync(join(run, "undo.jsonl"), text.replace(/"owner":\{"pid":\d+/, '"owner":{"pid":4194303'));
  const first = await kvtest(["heal", run]);
  expect(first.exitCode, first.stderr).toBe(0);
  expect(first.stdout).toContain(`continue process ${pid}`);
  expect(first.stdout).toContain("nothing is left to put back");
  expect(stateOf(pid)).toBe("S");
  expect(readdirSync(run)).toEqual(["config.json"]);
  const { stdout } = await kvtest(["heal", run, "--json"]);
  expect(JSON.parse(stdout)).toEqual({ format: 1, reports: [] });
  rmSync(dir, { recursive: true });
});

test("heal refuses what is neither a run nor a journal, and says what is still broken", async () => {
  const dir = freshDir();
  writeFileSync(join(dir, "notes"), "hello\nworld\n");
  const wrong = await kvtest(["heal", dir, join(dir, "notes"), join(dir, "none")]);
  expect(wrong.exitCode).toBe(254);
  expect(wrong.stderr).toContain("is not the folder of a run");
  expect(wrong.stderr).toContain("not a line of a journal");
  expect(wrong.stderr).toContain("there is no such run or journal");
  const journal = join(dir, "undo.jsonl");
  const undo = { undo: "file", path: join(dir, "gone/data"), copy: join(dir, "notes") };
  writeFileSync(journal, `${JSON.stringify({ journal: 1, owner: null })}\n${JSON.stringify({ n: 1, begun: undo })}\n`);
  const { exitCode, stdout } = await kvtest(["heal", journal]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("still broken: put");
  rmSync(dir, { recursive: true });
});

const seed = Number(process.env["SEED"] ?? Date.now() % 1e6);

test("killed by SIGKILL in the middle, a nemesis leaves nothing that heal does not put back", async () => {
  console.log(`SEED=${seed}`);
  const open: string[] = [];
  // Somebody was stopped at that moment, or nothing was shown.
  for (let n = 0; n < 4 || (n < 12 && !open.includes("continue")); n++) {
    const killed = await killedNemesis(seed, n);
    open.push(...killed.open);
    expect(killed).toMatchObject({ traces: [], again: [] });
  }
  expect(open).toContain("continue");
  expect(readdirSync(journalFolder()).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("killed by SIGKILL with or without its guardian, a run leaves nothing that heal does not put back", async () => {
  const open: string[] = [];
  for (let n = 0; n < 2; n++) {
    const killed = await killedRun(seed, n);
    open.push(...killed.open);
    expect(killed).toMatchObject({ traces: [], again: [] });
  }
  expect(open).toContain("end");
});
