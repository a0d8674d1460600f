/** Each protocol on a real cluster: what it claims holds under faults, and what it does not claim is seen to break. */

import { expect, test } from "vitest";
import type { RunVerdict } from "../../checker/judge.js";
import { type Ended, firstOf, freshDir, isCaught, isDecided, kvtest, leftBehind } from "../cli/kvtest.js";

/** The verdict of a short run under `partition,kill`, and of each checker: of the first that is as wanted. */
async function judged(
  wanted: (ended: Ended) => boolean,
  ...flags: readonly string[]
): Promise<{ valid: string; [checker: string]: string }> {
  const out = freshDir();
  const common = ["run", "--nemesis", "partition,kill", "--time-limit", "4", "--out", out, "--json"];
  const run = await firstOf(wanted, async (seed) => kvtest([...common, "--seed", String(seed), ...flags]), 1);
  const { valid, verdicts } = JSON.parse(run.stdout) as RunVerdict;
  expect(leftBehind(out)).toEqual([]);
  return { valid, ...Object.fromEntries(verdicts.map((verdict) => [verdict.checker, verdict.valid])) };
}

test("a sequencer's order is linearizable, and all replicas follow it", async () => {
  expect(await judged(isDecided, "--mode", "sequencer")).toMatchObject({ valid: "valid", "not-vacuous": "valid" });
});

test("a sequencer's eventual reads are caught, and the replicas agree all the same", async () => {
  const verdict = await judged(isCaught, "--mode", "sequencer", "--reads", "eventual");
  expect(verdict).toMatchObject({ valid: "invalid", linearizable: "invalid", converges: "valid" });
});

// Keys that are left alone after a while: on those that are written again and again the last write hides what was lost.
const GOSSIP = ["--mode", "gossip", "--workload", "unique-register", "--ops-per-key", "20", "--claim", "converges"];

test("gossip with timestamps and anti-entropy converges", async () => {
  const verdict = await judged(isDecided, ...GOSSIP, "--versioning", "timestamp", "--anti-entropy", "200");
  expect(verdict).toMatchObject({ valid: "valid" });
});

test("gossip without anti-entropy does not: what a node missed it misses for good", async () => {
  expect(await judged(isCaught, ...GOSSIP)).toMatchObject({ valid: "invalid", converges: "invalid" });
});

test("gossip with counters does not, anti-entropy or not: two writes get one number", async () => {
  const verdict = await judged(isCaught, ...GOSSIP, "--versioning", "counter", "--anti-entropy", "200");
  expect(verdict).toMatchObject({ valid: "invalid", converges: "invalid" });
});
