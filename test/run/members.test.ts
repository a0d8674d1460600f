/** Runs in which nodes leave and join, or somebody else is made to lead. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunVerdict } from "../../checker/judge.js";
import { firstOf, freshDir, isDecided, kvtest, leftBehind } from "../cli/kvtest.js";

async function runOf(...flags: string[]) {
  const out = freshDir();
  const common = ["run", "--time-limit", "4", "--out", out, "--json"];
  const run = await firstOf(isDecided, async (seed) => kvtest([...common, "--seed", String(seed), ...flags]), 3);
  const verdict = JSON.parse(run.stdout) as RunVerdict & { readonly dir: string };
  expect([run.exitCode, verdict.valid], run.stderr + verdict.because).toEqual([0, "valid"]);
  const told = readFileSync(join(verdict.dir, "history.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line.includes('"nemesis"'))
    .map((line) => JSON.parse(line) as { f: string; phase: string; value: { bit?: boolean; evidence?: string } });
  expect(leftBehind(out)).toEqual([]);
  return { ends: told.filter(({ phase }) => phase === "end") };
}

async function refused(...flags: string[]): Promise<string> {
  const run = await kvtest(["run", "--time-limit", "2", "--out", freshDir(), ...flags]);
  expect(run.exitCode).toBe(254);
  return run.stderr;
}

const evidenceOf = (ends: Awaited<ReturnType<typeof runOf>>["ends"]): readonly (string | undefined)[] =>
  ends.map(({ value }) => value.evidence);

test("nodes leave the ring and join it while clients write: valid for what quorums claim, and proven to have bitten", async () => {
  const { ends } = await runOf(
    "--mode",
    "quorum",
    "--nodes",
    "5",
    "--replicas",
    "3",
    "--nemesis",
    "membership",
    "--claim",
    "fresh,converges",
  );
  expect(ends.length).toBeGreaterThan(1);
  for (const { f, value } of ends) expect([f, value.bit]).toEqual(["remove", true]);
  // On a busy machine the next one has left when it is read who came back.
  for (const evidence of evidenceOf(ends)) expect(evidence).toMatch(/, then n\d(, n\d){3,4}$/);
  expect(evidenceOf(ends).at(-1)).toMatch(/, then n1, n2, n3, n4, n5$/);
});

test("voters of raft leave and join while clients write: linearizable", async () => {
  const { ends } = await runOf("--mode", "raft", "--nodes", "5", "--nemesis", "membership");
  for (const { f, value } of ends) expect([f, value.bit]).toEqual(["remove", true]);
});

test("by a script a follower is promoted, and another one: linearizable, and who led is read back", async () => {
  const script = join(freshDir(), "faults.yaml");
  writeFileSync(script, "- at 1s promote n2\n- at 2500ms promote n3\n");
  const { ends } = await runOf("--failover", "manual", "--faults", script);
  // Who has the latest writes may lead for a moment in between; and who lags far behind comes to lead late.
  const led = evidenceOf(ends).map((evidence) => /^leader read back n\d, then (n\d)$/.exec(evidence ?? "")?.[1]);
  expect(new Set(led)).toEqual(new Set(["n2", "n3"]));
  expect(led).toHaveLength(2);
  for (const { value } of ends) expect(value.bit).toBe(true);
});

test("drawn promotions bite too", async () => {
  const { ends } = await runOf("--failover", "manual", "--nemesis", "promote");
  expect(ends.length).toBeGreaterThan(1);
  for (const { f, value } of ends) expect([f, value.bit]).toEqual(["promote", true]);
});

test("where nobody can be promoted, or leave, that is said before anything starts", async () => {
  const fixed = await refused("--nemesis", "promote");
  expect(fixed).toContain("promote: the system has no way to change its leader; this cluster can do partition, kill");
  expect(await refused("--mode", "raft", "--nemesis", "promote")).toContain("no way to change its leader");
  const full = await refused("--mode", "quorum", "--nemesis", "membership");
  expect(full).toContain("remove: the system has no way to change its members");
});
