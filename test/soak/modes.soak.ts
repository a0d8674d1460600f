/** Twenty seeds of ten seconds each: a correct mode is never accused, a known-bad one is nearly always caught. */

import { expect, test } from "vitest";
import type { RunVerdict } from "../../checker/judge.js";
import { freshDir, kvtest, leftBehind } from "../cli/kvtest.js";

const SEEDS = Array.from({ length: 20 }, (_, i) => String(i + 1));

interface Tally {
  readonly valid: number;
  readonly invalid: number;
  readonly unknown: number;
  readonly stale: number;
}

async function tally(flags: readonly string[]): Promise<Tally> {
  const count = { valid: 0, invalid: 0, unknown: 0, stale: 0 };
  for (const seed of SEEDS) {
    const out = freshDir();
    const run = await kvtest(["run", ...flags, "--time-limit", "10", "--seed", seed, "--out", out, "--json"]);
    const verdict = JSON.parse(run.stdout) as RunVerdict;
    const fresh = verdict.verdicts.find(({ checker }) => checker === "fresh");
    count[verdict.valid]++;
    if (fresh?.valid === "invalid") count.stale++;
    console.log(`seed ${seed}: ${verdict.valid}: ${verdict.because.slice(0, 160)} | ${fresh?.because.slice(0, 120)}`);
    expect(leftBehind(out)).toEqual([]);
  }
  console.log(flags.join(" "), count);
  return count;
}

test("leader, majority writes, reads from the leader, under partition, kill and pause: valid on all seeds", async () => {
  const flags = [
    "--mode",
    "leader",
    "--read-from",
    "leader",
    "--write-quorum",
    "majority",
    "--nemesis",
    "partition,kill,pause",
  ];
  expect(await tally(flags)).toMatchObject({ valid: 20 });
});

test("leader, asynchronous, reads from any node, under partition: caught on at least 18 seeds", async () => {
  const { invalid, stale } = await tally([
    "--mode",
    "leader",
    "--read-from",
    "any",
    "--write-quorum",
    "0",
    "--nemesis",
    "partition",
  ]);
  expect(invalid).toBeGreaterThanOrEqual(18);
  expect(stale).toBeGreaterThanOrEqual(18);
});

test("quorum R=1 W=1 under partition: caught on at least 18 seeds", async () => {
  const { invalid, stale } = await tally([
    "--mode",
    "quorum",
    "--read-quorum",
    "1",
    "--write-quorum",
    "1",
    "--nemesis",
    "partition",
  ]);
  expect(invalid).toBeGreaterThanOrEqual(18);
  expect(stale).toBeGreaterThanOrEqual(18);
});
