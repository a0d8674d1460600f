/** Members and leaders of real clusters, changed by the nemesis. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { capabilitiesOf } from "../../nemesis/capabilities.js";
import type { Fault } from "../../nemesis/fault.js";
import { openHands } from "../../nemesis/hands.js";
import { abilitiesOf } from "../../src/cluster/abilities.js";
import { Cluster } from "../../src/cluster/cluster.js";
import type { Json, ProtocolConfig } from "../../src/replica/wire.js";
import { until } from "../cli/kvtest.js";
import { leaderConfig, quorumConfig, raftConfig } from "../replica/protocol/alone.js";

const made: { cluster: Cluster; dir: string }[] = [];
afterEach(async () => {
  for (const { cluster, dir } of made.splice(0)) {
    await cluster.stop();
    rmSync(dir, { recursive: true });
  }
});

async function start(protocol: ProtocolConfig, count: number): Promise<Cluster> {
  const dir = mkdtempSync(join(tmpdir(), "kvtest-members-"));
  const nodes = Array.from({ length: count }, (_, i) => `n${i + 1}`);
  const cluster = await Cluster.start({ nodes, protocol, fsync: true, seed: 1, dir, portBase: null });
  made.push({ cluster, dir });
  return cluster;
}

async function ask(cluster: Cluster, name: string, path: string, body?: object): Promise<{ value?: Json }> {
  const port = cluster.nodes.find((node) => node.name === name)!.ready!.httpPort;
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return (await (await fetch(`http://127.0.0.1:${port}${path}`, options)).json()) as { value?: Json };
}

async function inject(cluster: Cluster, fault: Fault) {
  const injected = await openHands(cluster.system).inject(fault);
  if (injected.is !== "done") throw new Error(injected.why);
  return injected;
}

const slow = { quorumTimeoutMs: 20_000 } as const;

test("a node leaves the ring with what it holds handed over, and joins again with all that is its own", async () => {
  const cluster = await start(quorumConfig({ replicas: 3, readRepair: false, ...slow }), 5);
  const keys = Array.from({ length: 200 }, (_, i) => `k${i}`);
  await Promise.all(keys.map((key, i) => ask(cluster, `n${(i % 5) + 1}`, "/write", { key, value: i })));
  const held = async (name: string): Promise<number> =>
    Object.keys((await ask(cluster, name, "/dump")).value as object).length;
  const total = async (): Promise<number> =>
    (await Promise.all(cluster.nodes.map(({ name }) => held(name)))).reduce((sum, n) => sum + n, 0);
  const readAll = (): Promise<readonly (Json | undefined)[]> =>
    Promise.all(keys.map(async (key, i) => (await ask(cluster, `n${(i % 5) + 1}`, `/read?key=${key}`)).value));
  // Two of three have acknowledged a write; the third has it soon.
  await expect.poll(total).toBe(600);
  const before = await held("n2");
  expect(before).toBeGreaterThan(50);
  const injected = await inject(cluster, { f: "remove", who: ["n2"] });
  expect([await held("n2"), await total()]).toEqual([0, 600]);
  expect(await readAll()).toEqual(keys.map((_, i) => i));
  await injected.undo();
  expect([await held("n2"), await total()]).toEqual([before, 600]);
  expect(await readAll()).toEqual(keys.map((_, i) => i));
  expect(await injected.evidence()).toEqual({
    bit: true,
    evidence: "members read back n1, n3, n4, n5, then n1, n2, n3, n4, n5",
  });
});

test("a voter of raft leaves and joins again, the leader too", async () => {
  const cluster = await start(raftConfig({ electionTimeoutMs: [300, 600], heartbeatMs: 60, ...slow }), 3);
  for (const who of [["n2"], "leader"] as const) {
    const injected = await inject(cluster, { f: "remove", who });
    await injected.undo();
    expect(await injected.evidence()).toMatchObject({ bit: true });
  }
});

test("a follower is promoted where a leader can be changed by hand, and who leads is another one then", async () => {
  const cluster = await start(leaderConfig({ failover: "manual", writeQuorum: 1, ...slow }), 3);
  await until(
    "who leads",
    async () => cluster.system.leader?.(),
    (leader) => leader === "n1",
  );
  const injected = await inject(cluster, { f: "promote", who: ["n1", "n3"] });
  expect(await injected.evidence()).toEqual({ bit: true, evidence: "leader read back n1, then n3" });
  expect(await cluster.system.leader?.()).toBe("n3");
});

test("what a cluster cannot do is not offered", () => {
  const nodes = ["n1", "n2", "n3", "n4"];
  const can = (protocol: ProtocolConfig): string[] =>
    capabilitiesOf(abilitiesOf(nodes, protocol)).filter((kind) => ["remove", "add", "promote"].includes(kind));
  expect(can(quorumConfig({ replicas: 3 }))).toEqual(["remove", "add"]);
  expect(can(quorumConfig({ replicas: 4 }))).toEqual([]);
  expect(can(quorumConfig())).toEqual([]);
  expect(can(raftConfig())).toEqual(["remove", "add"]);
  expect(can(leaderConfig())).toEqual([]);
  expect(can(leaderConfig({ failover: "manual" }))).toEqual(["promote"]);
});
