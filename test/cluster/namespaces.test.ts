/** Clusters in real network namespaces, with nothing of ours between the nodes. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { capabilitiesOf, openHands, openJournal, readJournal, whyNoNamespaces } from "../../nemesis/index.js";
import { abilitiesOf } from "../../src/cluster/abilities.js";
import { Cluster } from "../../src/cluster/cluster.js";
import { leaderConfig } from "../replica/protocol/alone.js";
import { firstOf, freshDir, isDecided, kvtest, leftBehind } from "../cli/kvtest.js";

const why = await whyNoNamespaces();
if (why !== null) console.log(`skipped: clusters in network namespaces: ${why}`);
// In CI whatever they need is installed: there it is a failure.
const can = why === null || process.env["CI"] === "true";

const nodes = ["n1", "n2", "n3"];
const protocol = leaderConfig({ quorumTimeoutMs: 500 });

test.runIf(can)(
  "a cluster in namespaces can suffer what was said of it before, and nothing is left of it",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "kvtest-spaces-"));
    const journal = await openJournal(join(dir, "undo.jsonl"));
    const cluster = await Cluster.start({
      nodes,
      protocol,
      fsync: false,
      seed: 1,
      dir,
      portBase: null,
      network: "namespaces",
      journal,
    });
    try {
      expect(capabilitiesOf(cluster.system)).toEqual(capabilitiesOf(abilitiesOf(nodes, protocol, "namespaces")));
      expect(cluster.addressOf("n1").host).not.toBe("127.0.0.1");
      const hands = openHands(cluster.system);
      const write = async (): Promise<number> => {
        const { host } = cluster.addressOf("n1");
        const port = cluster.nodes[0]?.ready?.httpPort;
        const body = JSON.stringify({ key: "k", value: 1 });
        return (await fetch(`http://${host}:${port}/write`, { method: "POST", body })).status;
      };
      // A follower is found soon, or on a busy machine a little later.
      await expect.poll(write).toBe(200);
      const grudge = { n1: ["n2", "n3"], n2: ["n1"], n3: ["n1"] };
      const cut = await hands.inject({ f: "partition", shape: "leader", grudge });
      // One follower has to acknowledge, and none is heard.
      expect(await write()).not.toBe(200);
      if (cut.is !== "done") throw new Error(cut.why);
      await cut.undo();
      expect((await cut.evidence()).bit).toBe(true);
      await expect.poll(write).toBe(200);
    } finally {
      await cluster.stop();
      journal.close();
    }
    expect(readJournal(join(dir, "undo.jsonl")).open).toEqual([]);
    rmSync(dir, { recursive: true });
  },
);

test.runIf(can)("kvtest run --network namespaces ends in a verdict, and an impossible fault is refused", async () => {
  const out = freshDir();
  const flags = ["run", "--network", "namespaces", "--nodes", "3", "--time-limit", "4", "--rate", "50", "--out", out];
  const run = [...flags, "--nemesis", "partition,pause", "--json"];
  const ended = await firstOf(isDecided, async (seed) => kvtest([...run, "--seed", String(seed)]), 3);
  const { exitCode, stdout, stderr } = ended;
  expect(exitCode, stderr + stdout).toBe(0);
  expect(leftBehind(out)).toEqual([]);
  const refused = await kvtest([...flags, "--nemesis", "slow-close"]);
  expect(refused.exitCode).toBe(254);
  expect(refused.stderr).toContain("the links cannot close slowly");
  rmSync(out, { recursive: true });
});
