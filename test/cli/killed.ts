/** A random schedule whose harness is killed by SIGKILL in the middle, and what is left in the world afterwards. */

import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { draw } from "../../src/generator/random.js";
import { journalFolder } from "../../src/cli/journal-folder.js";
import { freshDir, kvtest, leftBehind, program, until } from "./kvtest.js";

/** On a machine that is busy with other things even a start takes its time. */
const BEGUN_MS = 120_000;

export interface Killed {
  /** What the nemesis had in hand when it was killed, as the journal says: the kinds of undo. */
  readonly open: readonly string[];
  /** What is left after `kvtest heal`. */
  readonly traces: readonly string[];
  /** What a second heal still found to do. */
  readonly again: readonly string[];
}

/** Everything that a nemesis of this number could have left beside processes. */
function worldOf(pid: number): readonly string[] {
  const groups = ["/sys/fs/cgroup", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/unified"].flatMap((root) =>
    (existsSync(root) ? readdirSync(root) : []).map((name) => join(root, name)),
  );
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  const namespaces = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
  const interfaces = readFileSync("/proc/net/dev", "utf8").split("\n");
  return [...groups, ...mounts, ...namespaces, ...interfaces].filter((line) =>
    new RegExp(`kvt(est)?-?${pid}\\b`).test(line),
  );
}

/** Three foreign programs, and a nemesis that stops, starves and kills them. */
export async function killedNemesis(seed: number, n: number): Promise<Killed> {
  const pick = (label: string): number => draw(seed, n, label);
  const mark = `300${String(n).padStart(4, "0")}${seed % 1000}`;
  const children = [0, 1, 2].map(() => spawn("sleep", [mark], { detached: true, stdio: "ignore" }));
  const groups = children.map(({ pid }) => pid ?? 0);
  const kinds = ["pause", "starve", "kill", "crash-loop"].filter((kind) => kind === "pause" || pick(kind) < 0.6);
  const what = ["nemesis", "--pgid", groups.join(","), "--start", `exec sleep ${mark}`, "--faults", kinds.join(",")];
  const when = ["--for", "8s", "--interval", "1s", "--schedule", "mix", "--seed", String(n), "--json"];
  const how = ["--fault-param", "flap.rate=0.5"];
  const nemesis = spawn(process.execPath, [program, ...what, ...when, ...how], {
    stdio: "pipe",
  });
  const pid = nemesis.pid ?? 0;
  try {
    // Every other time while somebody is held, the others at any time.
    const holds = n % 2 === 0 ? /"f":"(pause|starve)","phase":"begin"/ : /"phase":"begin"/;
    let said = "";
    for (const stream of [nemesis.stdout, nemesis.stderr])
      stream.on("data", (bytes: Buffer) => {
        said += bytes.toString();
      });
    await until(
      `round ${n}, ${kinds.join(",")}: a fault begins`,
      () => (nemesis.exitCode === null ? said : `${said} exit ${nemesis.exitCode}`),
      (words) => holds.test(words) || / exit \d/.test(words),
      BEGUN_MS,
    );
    await sleep(pick("kill after") * (n % 2 === 0 ? 200 : 1500));
    nemesis.kill("SIGKILL");
    const open = openIn(journalFolder(), pid);
    await kvtest(["heal", "--out", "/nowhere"]);
    const { stdout } = await kvtest(["heal", "--out", "/nowhere", "--json"]);
    // A program that was started a moment before the kill is a group of its own that nobody knows by number.
    const theirs = leftBehind(`sleep ${mark}`);
    const stopped = theirs.filter((line) => /^\s*\d+\s+T/.test(line));
    return { open, traces: [...stopped, ...worldOf(pid)], again: doneOf(stdout, String(pid)) };
  } finally {
    nemesis.kill("SIGKILL");
    for (const line of leftBehind(`sleep ${mark}`)) tryKill(Number(line.trim().split(/\s+/)[0]));
  }
}

/** A run of the reference store; in half of them the guardian, which would end the nodes, is killed too. */
export async function killedRun(seed: number, n: number): Promise<Killed> {
  const pick = (label: string): number => draw(seed, n, label);
  const out = freshDir();
  const kinds = ["pause", "starve", "kill", "partition", "clock", "disk", "crash-loop", "damage"].filter(
    (kind) => kind === "pause" || pick(kind) < 0.5,
  );
  const flags = ["run", "--nodes", "3", "--nemesis", kinds.join(","), "--time-limit", "12", "--nemesis-interval", "2"];
  const harness = spawn(process.execPath, [program, ...flags, "--seed", String(n), "--out", out], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  harness.stderr.on("data", (bytes: Buffer) => {
    said += bytes.toString();
  });
  try {
    await until(
      "a fault begins",
      () => said,
      (words) => / begins: /.test(words),
      BEGUN_MS,
    );
    await sleep(pick("kill after") * 3000);
    if (pick("guardian") < 0.5)
      for (const line of leftBehind(out).filter((one) => one.includes("kvtest-guardian")))
        tryKill(Number(line.trim().split(/\s+/)[0]));
    const nodes = leftBehind(out).filter((line) => line.includes("replica/main.js"));
    harness.kill("SIGKILL");
    const run = join(out, readdirSync(out).find((name) => name !== "latest") ?? "");
    const open = openIn(run);
    await kvtest(["heal", run]);
    const { stdout } = await kvtest(["heal", run, "--json"]);
    await until(
      "nobody is left",
      () => leftBehind(out),
      (lines) => lines.length === 0,
      60_000,
    ).catch(() => undefined);
    const traces = [...leftBehind(out), ...worldOf(harness.pid ?? 0)];
    if (nodes.length === 0) throw new Error("there was no node to be left behind");
    return { open, traces, again: doneOf(stdout, "") };
  } finally {
    harness.kill("SIGKILL");
    for (const line of leftBehind(out)) tryKill(Number(line.trim().split(/\s+/)[0]));
    rmSync(out, { recursive: true, force: true });
  }
}

/** Kinds of undo that the journals in a folder leave open. */
function openIn(folder: string, pid?: number): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith("undo.jsonl") || name.startsWith(`${pid}-`));
  const open = new Map<string, string>();
  for (const file of files)
    for (const line of readFileSync(join(folder, file), "utf8").split("\n").filter(Boolean)) {
      const { n, begun, ended } = JSON.parse(line) as { n?: number; begun?: { undo: string }; ended?: boolean };
      if (begun !== undefined) open.set(`${file}/${n}`, begun.undo);
      if (ended === true) open.delete(`${file}/${n}`);
    }
  return [...open.values()];
}

function doneOf(json: string, mark: string): readonly string[] {
  const { reports } = JSON.parse(json) as { reports: { journal: string; done: string[]; broken: string[] }[] };
  return reports.filter(({ journal }) => journal.includes(mark)).flatMap(({ done, broken }) => [...done, ...broken]);
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}
