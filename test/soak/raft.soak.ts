/** Raft, and whatever else elects leaders, over many seeds under the scheduler and on real clusters: `npm run soak -- raft`. */

import { expect, test } from "vitest";
import type { RunVerdict } from "../../checker/judge.js";
import { hunt, quarryOf, tryoutOf, twinOf } from "../../src/hunt/hunt.js";
import { type Recipe, simulate } from "../../src/hunt/simulated.js";
import { BUGS } from "../../src/replica/protocol/bugs.js";
import { freshDir, kvtest, leftBehind } from "../cli/kvtest.js";
import { killAll } from "../replica/kill-all.js";
import { raftConfig } from "../replica/protocol/alone.js";
import { agree, linearizable } from "../replica/protocol/seeds.js";
import { RealCluster } from "../replica/real-node.js";

for (const options of [
  { protocol: raftConfig() },
  { protocol: raftConfig(), nodes: 5, changeEveryMs: 150 },
  { protocol: raftConfig({ read: "lease" }), jumpEveryMs: 100, network: { clockDrift: 0.1 } },
] satisfies Recipe[]) {
  test(`1,000 seeds: ${JSON.stringify(options)}`, () => {
    const wrong = Array.from({ length: 1000 }, (_, i) => i + 1).filter((seed) => {
      const run = simulate({ durationMs: 2000, ...options, seed });
      return !(linearizable(run) && run.progressed && agree(run));
    });
    expect(wrong).toEqual([]);
  });
}

for (const bug of BUGS.filter(({ mode }) => mode === "raft" || mode === "leader")) {
  test(`${bug.name} is caught within 2,000 seeds, and without it there is no alarm in 200`, () => {
    const quarry = quarryOf(bug)!;
    const seed = hunt(quarry, 2000)?.seed;
    console.log(`${bug.name}: seed ${seed}`);
    expect(seed).toBeDefined();
    for (let calm = 1; calm <= 200; calm++) expect(tryoutOf(twinOf(quarry), calm), `seed ${calm}`).toBe(null);
  });
}

test("acknowledged writes survive SIGKILL of every node at once, twenty times", async () => {
  const cluster = new RealCluster();
  try {
    const protocol = raftConfig({ electionTimeoutMs: [200, 400], heartbeatMs: 40, quorumTimeoutMs: 1000 });
    const { lost, acknowledged, unknown } = await killAll(await cluster.start(protocol), 20);
    console.log(`${acknowledged} acknowledged writes, ${unknown} unknown`);
    expect(lost).toEqual([]);
    expect(acknowledged).toBeGreaterThan(500);
  } finally {
    await cluster.end();
  }
});

test("real clusters under partition, kill and pause: valid on five seeds", async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const out = freshDir();
    const flags = ["--mode", "raft", "--nemesis", "partition,kill,pause", "--time-limit", "8", "--seed", String(seed)];
    const run = await kvtest(["run", ...flags, "--out", out, "--json"]);
    const verdict = JSON.parse(run.stdout) as RunVerdict;
    expect(verdict.valid, verdict.because).toBe("valid");
    expect(leftBehind(out)).toEqual([]);
  }
});
