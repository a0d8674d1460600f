import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunVerdict } from "../../checker/judge.js";
import { firstOf, freshDir, isCaught, isDecided, kvtest, leftBehind, until } from "../cli/kvtest.js";

const jsonOf = (stdout: string) => JSON.parse(stdout) as RunVerdict & { dir: string; seed: number };
const verdictOf = (verdict: RunVerdict, checker: string) => verdict.verdicts.find((one) => one.checker === checker);

test("a leader with majority writes survives partition, kill and pause: valid, and its folder is complete", async () => {
  const out = freshDir();
  const flags = ["run", "--nemesis", "partition,kill,pause", "--time-limit", "5", "--out", out, "--json"];
  const run = await firstOf(isDecided, async (seed) => kvtest([...flags, "--seed", String(seed)]), 3);
  const verdict = jsonOf(run.stdout);
  expect(
    [run.exitCode, verdict.valid],
    run.stderr + JSON.stringify(verdict.verdicts.map(({ checker, valid, because }) => [checker, valid, because])),
  ).toEqual([0, "valid"]);
  for (const file of ["config.json", "faults.json", "history.jsonl", "verdict.json", "report.html", "logs/n1.log"]) {
    expect([file, existsSync(join(verdict.dir, file))]).toEqual([file, true]);
  }
  const kinds = new Set(
    readFileSync(join(verdict.dir, "history.jsonl"), "utf8")
      .split("\n")
      .filter((line) => line.includes('"nemesis"'))
      .map((line) => (JSON.parse(line) as { f: string }).f),
  );
  expect(kinds).toEqual(new Set(["partition", "kill", "pause"]));
  expect(leftBehind(out)).toEqual([]);
  const again = await kvtest(["check", join(out, "latest"), "--json"]);
  expect(again.exitCode).toBe(0);
  expect(JSON.parse(again.stdout)).toEqual(JSON.parse(readFileSync(join(verdict.dir, "verdict.json"), "utf8")));
});

test("reads from any node of an asynchronous leader are caught, explained and quantified", async () => {
  const out = freshDir();
  const flags = ["run", "--read-from", "any", "--write-quorum", "0", "--nemesis", "partition", "--time-limit", "6"];
  const run = await firstOf(
    isCaught,
    async (seed) => kvtest([...flags, "--seed", String(seed), "--out", out, "--json"]),
    5,
  );
  const verdict = jsonOf(run.stdout);
  expect([run.exitCode, verdict.valid], run.stderr).toEqual([1, "invalid"]);
  const linearizable = verdictOf(verdict, "linearizable");
  expect(linearizable?.valid).toBe("invalid");
  expect(linearizable?.witness.length).toBeGreaterThan(1);
  expect(verdictOf(verdict, "fresh")).toMatchObject({ valid: "invalid" });
  expect(leftBehind(out)).toEqual([]);
  const words = await kvtest(["check", verdict.dir]);
  expect(words.exitCode).toBe(1);
  expect(words.stdout).toContain("INVALID");
});

test("one of five replicas to write and one to read is caught", async () => {
  const out = freshDir();
  const weak = ["--mode", "quorum", "--read-quorum", "1", "--write-quorum", "1", "--workload", "unique-register"];
  const flags = ["run", ...weak, "--nemesis", "partition", "--time-limit", "5", "--out", out, "--json"];
  const run = await firstOf(isCaught, async (seed) => kvtest([...flags, "--seed", String(seed)]), 2);
  expect([run.exitCode, jsonOf(run.stdout).valid], run.stderr).toEqual([1, "invalid"]);
  expect(leftBehind(out)).toEqual([]);
});

test("Ctrl-C heals, stops, and judges what was recorded", async () => {
  const out = freshDir();
  const child = kvtest(["run", "--nemesis", "pause,partition", "--time-limit", "60", "--out", out]);
  await until(
    "a history",
    () => historyLength(out),
    (length) => length > 20_000,
  );
  child.kill("SIGINT");
  const ended = await child;
  expect([0, 2], ended.stderr).toContain(ended.exitCode);
  expect(ended.stdout).toContain("interrupted");
  expect(existsSync(join(out, "latest", "verdict.json"))).toBe(true);
  expect(leftBehind(out)).toEqual([]);
});

test("a harness that is killed leaves no node, not even a stopped one, and a history that checks", async () => {
  const out = freshDir();
  const child = kvtest(["run", "--nemesis", "pause", "--time-limit", "60", "--seed", "9", "--out", out]);
  await until(
    "a paused node",
    () => leftBehind(out),
    (lines) => lines.some((line) => /^\s*\d+\s+T/.test(line)),
  );
  child.kill("SIGKILL");
  await child;
  await until(
    "nobody left",
    () => leftBehind(out),
    (lines) => lines.length === 0,
  );
  expect(existsSync(join(out, "latest", "verdict.json"))).toBe(false);
  const checked = await kvtest(["check", join(out, "latest"), "--json"]);
  expect([0, 2], checked.stderr).toContain(checked.exitCode);
  expect(verdictOf(JSON.parse(checked.stdout) as RunVerdict, "linearizable")?.valid).toBe("valid");
});

test("wrong flags are all named, exit 254, and leave no folder", async () => {
  const out = join(freshDir(), "runs");
  const run = await kvtest([
    "run",
    "--mode",
    "quorum",
    "--nodes",
    "3",
    "--write-quorum",
    "4",
    "--concurrency",
    "none",
    "--out",
    out,
  ]);
  expect(run.exitCode).toBe(254);
  expect(run.stderr).toContain("--write-quorum 4");
  expect(run.stderr).toContain("--concurrency none");
  expect(run.stderr).not.toContain("    at ");
  expect(existsSync(out)).toBe(false);
  expect((await kvtest(["run", "--frobnicate"])).exitCode).toBe(254);
  expect((await kvtest(["dance"])).exitCode).toBe(254);
});

test("what is no history is refused with its lines: exit 254", async () => {
  const dir = freshDir();
  const lines = {
    truncated: '{"process":0,"type":"invoke","f":"read","key":"a","value":null}\n{"process":0,"ty',
    twice:
      '{"process":0,"type":"invoke","f":"read","key":"a","value":null}\n{"process":0,"type":"invoke","f":"read","key":"a","value":null}\n',
    unknown: '{"process":0,"type":"begin","f":"read","key":"a","value":null}\n',
    binary: "\u0000\u0001\u0002",
  };
  for (const [name, text] of Object.entries(lines)) {
    const file = join(dir, `${name}.jsonl`);
    writeFileSync(file, text);
    const checked = await kvtest(["check", file]);
    expect([name, checked.exitCode]).toEqual([name, 254]);
    expect(checked.stderr).toMatch(/line \d/);
    expect(checked.stderr).not.toContain("    at ");
  }
  const missing = await kvtest(["check", join(dir, "nowhere.jsonl")]);
  expect([missing.exitCode, missing.stderr.includes("no such file")]).toEqual([254, true]);
  mkdirSync(join(dir, "empty"));
  expect((await kvtest(["check", join(dir, "empty")])).exitCode).toBe(254);
});

test("nodes stay up until Ctrl-C and answer curl", async () => {
  const out = freshDir();
  const child = kvtest(["nodes", "--nodes", "3", "--json", "--dir", out]);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const nodes = JSON.parse(String(line)) as { name: string; http: string }[];
  const written = await fetch(`${nodes[0]?.http}/write`, { method: "POST", body: '{"key":"a","value":1}' });
  expect(written.status).toBe(200);
  const read = await fetch(`${nodes[0]?.http}/read?key=a`);
  expect(await read.json()).toMatchObject({ value: 1 });
  child.kill("SIGINT");
  expect((await child).exitCode).toBe(0);
  expect(leftBehind(out)).toEqual([]);
});

function historyLength(out: string): number {
  const file = join(out, "latest", "history.jsonl");
  return existsSync(file) ? readFileSync(file).length : 0;
}

test("runs lists what there is, newest first", async () => {
  const out = freshDir();
  expect((await kvtest(["runs", "--out", out])).stdout).toContain("no runs");
  for (const seed of ["1", "2"])
    await kvtest(["run", "--nodes", "3", "--time-limit", "1", "--seed", seed, "--out", out, "--quiet"]);
  const listed = (await kvtest(["runs", "--out", out])).stdout.trim().split("\n");
  expect(listed).toHaveLength(2);
  expect(listed[0]).toContain("-s2");
  expect(readdirSync(out).filter((name) => name.endsWith(".part"))).toEqual([]);
});
