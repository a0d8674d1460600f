/** Clusters with nothing of ours in between. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { capabilitiesOf } from "../../nemesis/index.js";
import { abilitiesOf } from "../../src/cluster/abilities.js";
import { Cluster } from "../../src/cluster/cluster.js";
import { leaderConfig } from "../replica/protocol/alone.js";
import { firstOf, freshDir, isDecided, kvtest, leftBehind } from "../cli/kvtest.js";

const nodes = ["n1", "n2"];
const protocol = leaderConfig({ quorumTimeoutMs: 20_000 });

test("clients dial a node where it listens, its peers do too, and no fault of the network is offered", async () => {
  const dir = mkdtempSync(join(tmpdir(), "kvtest-direct-"));
  const cluster = await Cluster.start({
    nodes,
    protocol,
    fsync: false,
    seed: 1,
    dir,
    portBase: null,
    network: "direct",
  });
  try {
    expect(capabilitiesOf(cluster.system)).toEqual(capabilitiesOf(abilitiesOf(nodes, protocol, "direct")));
    expect(cluster.system.network).toBeUndefined();
    for (const node of nodes) expect(cluster.addressOf(node)).toEqual(cluster.directAddressOf(node));
    const opened = await cluster.dial("n1", 20_000);
    if (opened.is !== "open") throw new Error(opened.why);
    // One follower must acknowledge, so n1 has found n2.
    expect(await opened.connection.request({ op: "write", key: "k", value: 1 }, 20_000)).toMatchObject({ ok: true });
    opened.connection.close();
  } finally {
    await cluster.stop();
  }
});

test("a run on it survives kills and restarts; a partition is refused before anything starts", async () => {
  const out = freshDir();
  const flags = ["run", "--network", "direct", "--time-limit", "3", "--out", out];
  const run = [...flags, "--nemesis", "kill,pause", "--json"];
  const { exitCode, stdout } = await firstOf(isDecided, async (seed) => kvtest([...run, "--seed", String(seed)]), 3);
  expect([exitCode, JSON.parse(stdout).because]).toEqual([0, expect.anything()]);
  const refused = await kvtest([...flags, "--nemesis", "partition"]);
  expect(refused.exitCode).toBe(254);
  expect(refused.stderr).toContain("there are no links to break");
  expect(leftBehind(out)).toEqual([]);
});
