/** Every workload of transactions on a real cluster: what breaks its promise, and what keeps it. */

import { expect, test } from "vitest";
import type { RunVerdict } from "../../checker/judge.js";
import { checkerOf } from "../../checker/judge.js";
import { WORKLOADS } from "../../src/config/config.js";
import { firstOf, freshDir, kvtest, leftBehind } from "../cli/kvtest.js";

const TRANSACTIONAL = WORKLOADS.filter((name) => checkerOf(name) !== null);

type Ran = readonly [exitCode: number | undefined, because: string, witness: readonly number[]];

async function ranWith(seed: number, flags: readonly string[]): Promise<Ran> {
  const out = freshDir();
  const { exitCode, stdout } = await kvtest(["run", ...flags, "--seed", String(seed), "--out", out, "--json"]);
  expect(leftBehind(out)).toEqual([]);
  const verdict = JSON.parse(stdout) as RunVerdict;
  const witness = verdict.verdicts.find(({ checker }) => checker === verdict.claims[0])?.witness ?? [];
  return [exitCode, verdict.because, witness];
}

/** On a busy machine one run may prove nothing: a run that does. */
const ran = (...flags: readonly string[]): Promise<Ran> =>
  firstOf(
    ([exitCode]) => exitCode !== 2,
    (seed) => ranWith(seed, flags),
    4,
  );
/** There it may also be too slow for operations to meet. */
const firstInvalid = (...flags: readonly string[]): Promise<Ran> =>
  firstOf(
    ([exitCode]) => exitCode === 1,
    (seed) => ranWith(seed, flags),
    4,
  );

for (const workload of TRANSACTIONAL) {
  test(`${workload}: read-committed breaks it, with a witness; serializable does not`, async () => {
    const flags = ["--workload", workload, "--time-limit", "1.5"];
    const [bad, good] = await Promise.all([firstInvalid(...flags, "--isolation", "read-committed"), ran(...flags)]);
    expect(bad).toEqual([1, expect.stringContaining(`${checkerOf(workload)}: `), bad[2]]);
    expect(bad[2].length).toBeGreaterThan(0);
    expect(good).toEqual([0, good[1], []]);
  });
}

/** Transactions that only read are answered by followers that lag behind, each by another time. */
const LAGGING = ["--read-from", "any", "--write-quorum", "0", "--replication-delay", "1..200", "--time-limit", "2"];

const lagging = (workloads: readonly string[], run = ran) =>
  Promise.all(
    workloads.map(async (workload) => {
      const [exitCode, because] = await run("--workload", workload, ...LAGGING);
      return [workload, exitCode, because];
    }),
  );

test("followers that answer from the past break what is promised of reads", async () => {
  for (const broken of [
    ["rw-register", "long-fork", "causal-reverse"],
    ["monotonic", "counter", "set-full"],
  ]) {
    expect(await lagging(broken, firstInvalid)).toEqual(
      broken.map((workload) => [
        workload,
        1,
        expect.stringContaining(workload === "rw-register" ? "isolation" : workload),
      ]),
    );
  }
});

test("they do not break a bank, for they have every transaction whole, nor a set that is read in the end", async () => {
  expect(await lagging(["bank", "set"])).toEqual([
    ["bank", 0, expect.stringContaining("found 100 in total")],
    ["set", 0, expect.stringContaining("acknowledged elements in the final read")],
  ]);
});
