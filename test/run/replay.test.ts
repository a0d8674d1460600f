import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TimedFault } from "../../nemesis/index.js";
import { freshDir, kvtest, leftBehind } from "../cli/kvtest.js";

interface FaultLine {
  readonly fault: string;
  readonly phase: "begin" | "end";
  readonly time: number;
}

const faultsIn = (dir: string): readonly FaultLine[] =>
  readFileSync(join(dir, "history.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.includes('"nemesis"'))
    .map((line) => JSON.parse(line) as FaultLine);

const planIn = (dir: string): readonly TimedFault[] =>
  (JSON.parse(readFileSync(join(dir, "faults.json"), "utf8")) as { faults: readonly TimedFault[] }).faults;

/** Little to do: what is looked at is when faults come, felt or not. */
const CALM = "--nodes 3 --time-limit 2.5 --rate 50 --concurrency 4 --fsync off --allow-vacuous".split(" ");

const run = async (out: string, ...flags: readonly string[]): Promise<string> => {
  const ended = await kvtest(["run", ...CALM, "--out", out, "--json", ...flags]);
  expect(ended.exitCode, ended.stderr).toBe(0);
  return (JSON.parse(ended.stdout) as { dir: string }).dir;
};

/** Every fault's begin and end, in the order in which they happened. */
const orderIn = (dir: string): readonly string[] => faultsIn(dir).map(({ fault, phase }) => `${fault} ${phase}`);

test("a saved schedule is repeated, from its folder and from its file", async () => {
  const out = freshDir();
  const first = await run(out, "--nemesis", "partition,pause,delay", "--seed", "11");
  expect(planIn(first).length).toBeGreaterThan(3);
  for (const saved of [first, join(first, "faults.json")]) {
    const again = await run(out, "--faults", saved, "--seed", "1");
    expect(planIn(again)).toEqual(planIn(first));
    expect(orderIn(again).toSorted()).toEqual(orderIn(first).toSorted());
    // How late they may be is a question of how busy the machine is: the soak test asks it.
    const began = new Map(faultsIn(again).map(({ fault, phase, time }) => [`${fault} ${phase}`, time / 1e6]));
    for (const { id, atMs } of planIn(first)) expect(began.get(`${id} begin`), id).toBeGreaterThanOrEqual(atMs - 5);
  }
  expect(leftBehind(out)).toEqual([]);
});

test("a schedule by hand is run as it is written", async () => {
  const out = freshDir();
  const script = join(out, "faults.yaml");
  writeFileSync(
    script,
    "- at 300ms partition n1 | n2,n3\n- at 900ms heal\n- { at: 1.2s, for: 400ms, pause: leader }\n",
  );
  const dir = await run(out, "--faults", script);
  expect(planIn(dir)).toMatchObject([
    { id: "f1", atMs: 300, forMs: 600, fault: { f: "partition", shape: "by-hand" } },
    { id: "f2", atMs: 1_200, forMs: 400, fault: { f: "pause", who: "leader" } },
  ]);
  expect(faultsIn(dir)).toHaveLength(4);
  expect(JSON.parse(readFileSync(join(dir, "config.json"), "utf8"))).toMatchObject({
    nemesis: { faults: ["partition", "pause"], script },
  });
});

test("what is wrong with a schedule is told with its lines, and nothing is started", async () => {
  const out = freshDir();
  const script = join(out, "faults.yaml");
  writeFileSync(script, "- at 1s kill n9\n- at 99s pause n1\n- at 1s frob n2\n");
  const bad = await kvtest(["run", "--nodes", "3", "--faults", script, "--out", join(out, "runs")]);
  expect(bad.exitCode).toBe(254);
  expect(bad.stderr).toContain(`${script}:1: n9: expected some of n1, n2, n3`);
  expect(bad.stderr).toContain(`${script}:2: begins at 99000 ms`);
  expect(bad.stderr).toContain(`${script}:3: "frob" is none of`);
  expect(bad.stderr).not.toMatch(/^ {4}at /m);
  const missing = await kvtest(["run", "--faults", join(out, "nowhere.yaml")]);
  expect([missing.exitCode, missing.stderr]).toEqual([254, expect.stringContaining("there is no such file")]);
});

test("faults that the cluster cannot suffer are refused before it starts, with those that it can", async () => {
  const out = freshDir();
  const script = join(out, "faults.txt");
  writeFileSync(script, "at 1s add n9 for 1s\nat 1s after election kill leader for 1s\n");
  const refused = await kvtest(["run", "--faults", script, "--out", join(out, "runs")]);
  expect(refused.exitCode).toBe(254);
  expect(refused.stderr).toMatch(
    /add: the system has no way to change its members; this cluster can do partition, kill, pause/,
  );
  expect(refused.stderr).toContain("after election: the leader of --mode leader is always the same");
  const crowded = await kvtest(["run", "--nemesis", "partition", "--partitions", "bridge", "--nodes", "2"]);
  expect([crowded.exitCode, crowded.stderr]).toEqual([254, expect.stringContaining("it takes 3")]);
});
