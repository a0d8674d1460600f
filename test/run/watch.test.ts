/** While it runs: the first violation is told as it happens, and --fail-fast stops there. Large files: in one pass. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunVerdict } from "../../checker/judge.js";
import { freshDir, kvtest, leftBehind, repoRoot } from "../cli/kvtest.js";

const caught = [
  "run",
  "--read-from",
  "any",
  "--write-quorum",
  "0",
  "--workload",
  "unique-register",
  "--nemesis",
  "partition",
  "--seed",
  "5",
];

test("--fail-fast ends at the first violation, names it, heals, and still judges everything", async () => {
  const out = freshDir();
  const run = await kvtest([...caught, "--time-limit", "40", "--fail-fast", "--out", out]);
  expect(run.exitCode, run.stderr).toBe(1);
  expect(run.stderr).toMatch(/(read|cas) at \d+/);
  const lines = readFileSync(join(out, "latest", "history.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  const last = JSON.parse(lines.at(-1) ?? "{}") as { time: number; f: string };
  expect(last.time / 1e9, "long before its time").toBeLessThan(30);
  expect(last.f, "the replicas were read all the same").toBe("dump");
  expect(leftBehind(out)).toEqual([]);
});

test("a history checked from its bytes has the verdict that it has otherwise", async () => {
  const dir = join(repoRoot, "runs/gallery/stale-read-from-a-follower");
  const whole = JSON.parse((await kvtest(["check", join(dir, "history.jsonl"), "--json"])).stdout) as RunVerdict;
  const streamed = await kvtest(["check", "--stream", join(dir, "history.jsonl"), "--json"]);
  expect(streamed.exitCode).toBe(1);
  const [only] = (JSON.parse(streamed.stdout) as RunVerdict).verdicts;
  expect(only?.because).toBe(whole.verdicts.find(({ checker }) => checker === "linearizable")?.because);
});

test("a file that is not for the one-pass check is read in full, and that is said", async () => {
  const file = join(freshDir(), "twice.jsonl");
  const events = [0, 1].flatMap((process) =>
    ["invoke", "ok"].map((type) => ({ process, type, f: "write", key: "a", value: 1 })),
  );
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const checked = await kvtest(["check", "--stream", file]);
  expect([checked.exitCode, checked.stderr]).toEqual([0, expect.stringContaining("written a second time")]);
  expect((await kvtest(["check", "--stream", "--key", "a", file])).exitCode).toBe(254);
  expect((await kvtest(["check", "--model", "abacus", file])).exitCode).toBe(254);
  expect((await kvtest(["check", "--key", "nosuch", file])).exitCode).toBe(254);
});
