import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { IsolationDetails } from "../../checker/isolation/details.js";
import type { RunVerdict } from "../../checker/judge.js";
import { type Ended, firstOf, freshDir, isCaught, isDecided, kvtest, leftBehind } from "../cli/kvtest.js";

interface Ran {
  readonly exitCode: number | undefined;
  readonly verdict: RunVerdict & { readonly dir: string };
}

/** The first run that is as wanted. */
async function ran(wanted: (ended: Ended) => boolean, flags: readonly string[]): Promise<Ran> {
  const out = freshDir();
  const common = ["run", ...flags, "--out", out, "--json"];
  const run = await firstOf(wanted, async (seed) => kvtest([...common, "--seed", String(seed)]), 4);
  expect(leftBehind(out)).toEqual([]);
  return { exitCode: run.exitCode, verdict: JSON.parse(run.stdout) as Ran["verdict"] };
}

const detailsOf = ({ verdicts }: RunVerdict) =>
  verdicts.find(({ checker }) => checker === "isolation")?.details as IsolationDetails;

test("list-append, serializable, under partition and kill: valid, every key read in the end, and the check says it again", async () => {
  const { exitCode, verdict } = await ran(isDecided, [
    "--workload",
    "list-append",
    "--max-writes-per-key",
    "20",
    "--nemesis",
    "partition,kill",
    "--time-limit",
    "5",
  ]);
  expect([exitCode, verdict.valid, verdict.because]).toEqual([0, "valid", verdict.because]);
  expect(verdict.claims).toEqual(["isolation", "converges", "not-vacuous"]);
  const events = readFileSync(join(verdict.dir, "history.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { index: number; type: string; f: string; value: [string, string, unknown][] })
    .filter(({ f }) => f === "txn");
  const keys = new Set(events.flatMap(({ value }) => value.map(([, key]) => key)));
  const tail = events.filter(({ type }) => type === "ok").slice(-Math.ceil(keys.size / 8));
  expect(keys.size).toBeGreaterThan(10);
  expect(new Set(tail.flatMap(({ value }) => value.map(([, key]) => key)))).toEqual(keys);
  const again = await kvtest(["check", verdict.dir, "--json"]);
  expect(again.exitCode).toBe(0);
  expect(JSON.parse(again.stdout)).toEqual(JSON.parse(readFileSync(join(verdict.dir, "verdict.json"), "utf8")));
});

test("list-append, snapshot: a write skew refutes serializability, and nothing refutes snapshot isolation", async () => {
  const flags = ["--workload", "list-append", "--isolation", "snapshot", "--time-limit", "3"];
  const { exitCode, verdict } = await ran(isCaught, flags);
  expect([exitCode, verdict.valid]).toEqual([1, "invalid"]);
  // Now and then a skew also takes a step of real time.
  const skews = detailsOf(verdict).anomalyTypes;
  expect([skews.length > 0, skews.filter((type) => !type.startsWith("G2-item"))]).toEqual([true, []]);
  const { verdict: claimed } = await ran(isDecided, [...flags, "--consistency", "strong-snapshot-isolation"]);
  expect([claimed.valid, claimed.because]).toEqual(["valid", claimed.because]);
});

test("bank, read committed: money appears from nowhere; serializable: it never does", async () => {
  const bank = ["--workload", "bank", "--time-limit", "2"];
  expect(await ran(isCaught, [...bank, "--isolation", "read-committed"])).toMatchObject({
    exitCode: 1,
    verdict: { because: expect.stringContaining("bank:") },
  });
  expect(await ran(isDecided, bank)).toMatchObject({ exitCode: 0 });
});
