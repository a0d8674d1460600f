/** Runs in virtual time: the verdicts of real ones, within milliseconds, the same every time. */

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { RunVerdict } from "../../checker/judge.js";
import { FILES } from "../../src/archive/archive.js";
import { parseRunFlags, type RunFlags } from "../../src/config/flags.js";
import { planOf } from "../../src/run/plan.js";
import { simulate, type Simulated } from "../../src/run/simulate.js";
import { freshDir, kvtest } from "../cli/kvtest.js";

const out = freshDir();
afterAll(() => rmSync(out, { recursive: true, force: true }));

async function simulated(flags: RunFlags): Promise<Simulated> {
  const parsed = parseRunFlags({ timeLimit: "4", ...flags, simulate: true }, 0);
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  const plan = planOf(parsed.value);
  if (!plan.ok) throw new Error(plan.problems.join("; "));
  return simulate(parsed.value, plan.value, { allowVacuous: false });
}

const saidBy = ({ verdict }: Simulated, checker: string): string | undefined =>
  verdict.verdicts.find((one) => one.checker === checker)?.valid;

describe("a simulated run", () => {
  for (const mode of ["leader", "sequencer", "abd", "raft"])
    test(`of mode ${mode} keeps its promise under partition,kill,pause, eight seeds`, async () => {
      let bitten = 0;
      for (let seed = 1; seed <= 8; seed++) {
        const run = await simulated({
          mode,
          nemesis: "partition,kill,pause",
          nemesisInterval: "1",
          seed: String(seed),
        });
        expect(run.history.operations.length).toBeGreaterThan(500);
        expect([seed, saidBy(run, "linearizable"), saidBy(run, "converges")]).toEqual([seed, "valid", "valid"]);
        if (saidBy(run, "not-vacuous") === "valid") bitten++;
      }
      expect(bitten).toBeGreaterThanOrEqual(6);
    });

  for (const [what, claim, flags] of [
    [
      "nodes leave the ring and join it, and are killed",
      "fresh",
      { mode: "quorum", replicas: "3", nemesis: "membership,kill" },
    ],
    ["voters leave and join", "linearizable", { mode: "raft", nemesis: "membership" }],
    ["followers are promoted", "linearizable", { failover: "manual", nemesis: "promote" }],
  ] as const)
    test(`keeps its promise while ${what}, two seeds`, async () => {
      for (let seed = 1; seed <= 2; seed++) {
        const run = await simulated({ ...flags, nemesisInterval: "1", seed: String(seed) });
        const said = ["converges", "not-vacuous", claim].map((checker) => saidBy(run, checker));
        expect([seed, ...said], run.verdict.because).toEqual([seed, "valid", "valid", "valid"]);
      }
    });

  test("catches reads from any node, and quorums that do not overlap", async () => {
    const common = { nemesis: "partition", seed: "1" };
    const anywhere = await simulated({ ...common, readFrom: "any", writeQuorum: "0" });
    const quorum = await simulated({ ...common, mode: "quorum", readQuorum: "1", writeQuorum: "1" });
    expect([anywhere, quorum].map((run) => saidBy(run, "linearizable"))).toEqual(["invalid", "invalid"]);
  });

  test("runs transactions, and tells snapshot from serializable", async () => {
    const flags = { workload: "list-append", nemesis: "kill", nemesisInterval: "1", seed: "3" };
    const whole = await simulated(flags);
    const weak = await simulated({ ...flags, isolation: "snapshot" });
    expect([whole.verdict.valid, weak.verdict.valid]).toEqual(["valid", "invalid"]);
  });

  test("shows a planted bug", async () => {
    const flags = { mode: "abd", replicationDelay: "0..60", nemesis: "kill", seed: "5" };
    const sick = await simulated({ ...flags, bug: "abd-no-write-back" });
    const sane = await simulated(flags);
    expect([sick, sane].map((run) => saidBy(run, "linearizable"))).toEqual(["invalid", "valid"]);
  });
});

const run = (...flags: readonly string[]) =>
  kvtest(["run", "--simulate", "--time-limit", "4", "--out", out, "--json", ...flags]);

describe("kvtest run --simulate", () => {
  test("keeps a folder whose history is the same every time, byte for byte, and repeats its faults", async () => {
    const flags = ["--nemesis", "partition,kill,pause,delay,packet,crash-loop,rolling", "--nemesis-interval", "1"];
    const dirs: string[] = [];
    for (const seed of ["11", "11", "12"]) {
      const ended = await run(...flags, "--seed", seed);
      dirs.push((JSON.parse(ended.stdout) as RunVerdict & { readonly dir: string }).dir);
    }
    const again = await run("--seed", "11", "--faults", dirs[0] ?? "");
    dirs.push((JSON.parse(again.stdout) as RunVerdict & { readonly dir: string }).dir);
    const [first, second, other, replayed] = dirs.map((dir) => readFileSync(join(dir, FILES.history), "utf8"));
    expect(first?.split("\n").length).toBeGreaterThan(1000);
    expect(second).toBe(first);
    expect(replayed).toBe(first);
    expect(other).not.toBe(first);
  });

  test("says what it cannot do, all of it, and starts nothing", async () => {
    const refused = await run("--nemesis", "clock,disk", "--seed", "1");
    expect(refused.exitCode).toBe(254);
    expect(refused.stderr).toContain("clock: ");
    expect(refused.stderr).toContain("disk: ");
    expect(refused.stderr).toContain("a simulated cluster can do");
    const unsynced = await run("--fsync", "off", "--network", "namespaces");
    expect(unsynced.exitCode).toBe(254);
    expect(unsynced.stderr).toContain("--network namespaces: a simulated cluster has no network");
    expect(unsynced.stderr).toContain("--fsync off: a simulated disk is always synced");
  });
});
