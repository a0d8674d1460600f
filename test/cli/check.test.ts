import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunVerdict } from "../../checker/judge.js";
import { freshDir, kvtest, repoRoot } from "./kvtest.js";

const stale = join(repoRoot, "runs/gallery/stale-read-from-a-follower");

const txn = (process: number, type: string, value: unknown) => ({ process, type, f: "txn", value });

async function refused(...flags: string[]): Promise<unknown> {
  const { exitCode, stderr } = await kvtest(["check", stale, ...flags]);
  return [exitCode, stderr.includes("    at "), stderr];
}

test("a weaker model is claimed by any of its names, and decides alone", async () => {
  const answers = await Promise.all(
    ["monotonic-reads", "MR", "pram", "sequential,monotonic-reads"].map(async (models) => {
      const { exitCode, stdout } = await kvtest(["check", stale, "--consistency", models, "--json"]);
      return [models, exitCode, (JSON.parse(stdout) as RunVerdict).claims];
    }),
  );
  expect(answers).toEqual([
    ["monotonic-reads", 0, ["consistency", "not-vacuous"]],
    ["MR", 0, ["consistency", "not-vacuous"]],
    ["pram", 1, ["consistency", "not-vacuous"]],
    ["sequential,monotonic-reads", 1, ["consistency", "not-vacuous"]],
  ]);
});

test("the strongest model that holds is told of every history of registers", async () => {
  const { verdicts } = JSON.parse((await kvtest(["check", stale, "--json"])).stdout) as RunVerdict;
  expect(verdicts.find(({ checker }) => checker === "consistency")?.because).toMatch(
    /^Holds: .*weakest that is violated/,
  );
});

test("k, Δ, Γ, the share of stale reads and its interval are told, in words and as JSON", async () => {
  const { stdout } = await kvtest(["check", stale]);
  expect(stdout).toMatch(/invalid +k-atomic \(told\) +In no order do all reads return the latest write/);
  expect(stdout).toMatch(/17\s%,\s+95\s%\s+interval\s+13-21\s%/);
  const { verdicts } = JSON.parse((await kvtest(["check", stale, "--json"])).stdout) as RunVerdict;
  const told = Object.fromEntries(verdicts.map(({ checker, details }) => [checker, details]));
  expect(told).toMatchObject({
    "k-atomic": { k: 15, exact: false, deltaMs: expect.any(Number), gammaMs: expect.any(Number) },
    fresh: { stale: 58, interval: [expect.any(Number), expect.any(Number)], visibility: { reads: expect.any(Number) } },
  });
});

test("of a linearizable history k is 1, whatever its values; of other things than registers it is not told", async () => {
  const rowsOf = async (...lines: readonly object[]) => {
    const file = join(freshDir(), "history.jsonl");
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const { verdicts } = JSON.parse((await kvtest(["check", file, "--json"])).stdout) as RunVerdict;
    return verdicts.find(({ checker }) => checker === "k-atomic");
  };
  const op = (f: string, value: unknown, result = value) => [
    { process: 0, type: "invoke", f, key: "x", value },
    { process: 0, type: "ok", f, key: "x", value: result },
  ];
  expect(await rowsOf(...op("write", 1), ...op("write", 1), ...op("read", null, 1))).toMatchObject({
    valid: "valid",
    details: { k: 1, deltaMs: 0 },
  });
  expect(await rowsOf(...op("enqueue", 1), ...op("dequeue", null, 1))).toBeUndefined();
});

test("transactions from elsewhere are judged by the isolation that is claimed", async () => {
  const file = join(freshDir(), "skew.jsonl");
  const lines = [
    txn(0, "invoke", [
      ["r", "x", null],
      ["append", "y", 1],
    ]),
    txn(1, "invoke", [
      ["r", "y", null],
      ["append", "x", 1],
    ]),
    txn(0, "ok", [
      ["r", "x", []],
      ["append", "y", 1],
    ]),
    txn(1, "ok", [
      ["r", "y", []],
      ["append", "x", 1],
    ]),
    txn(0, "invoke", [
      ["r", "x", null],
      ["r", "y", null],
    ]),
    txn(0, "ok", [
      ["r", "x", [1]],
      ["r", "y", [1]],
    ]),
  ];
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const judged = async (...flags: string[]) =>
    (await kvtest(["check", file, "--workload", "list-append", ...flags])).exitCode;
  expect([
    await judged(),
    await judged("--consistency", "serializable"),
    await judged("--consistency", "snapshot-isolation"),
  ]).toEqual([1, 1, 0]);
});

test("a model or workload that nobody knows, or that means nothing here, is refused with what is known", async () => {
  expect(await refused("--consistency", "perfect")).toEqual([254, false, expect.stringContaining("read-your-writes")]);
  expect(await refused("--workload", "ledger")).toEqual([254, false, expect.stringContaining("list-append")]);
  expect(await refused("--workload", "bank")).toEqual([254, false, expect.stringContaining("accounts")]);
  expect(await refused("--workload", "set", "--consistency", "causal")).toEqual([
    254,
    false,
    expect.stringContaining("not of set"),
  ]);
  expect(await refused("--consistency", "causal", "--claim", "fresh")).toEqual([
    254,
    false,
    expect.stringContaining("--claim"),
  ]);
});
