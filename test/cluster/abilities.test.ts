import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { capabilitiesOf } from "../../nemesis/index.js";
import { abilitiesOf } from "../../src/cluster/abilities.js";
import { Cluster } from "../../src/cluster/cluster.js";
import { leaderConfig } from "../replica/protocol/alone.js";

const protocol = leaderConfig({ quorumTimeoutMs: 500 });

const HANDS = ["cut", "heal", "delay", "bandwidth", "slowClose", "corrupt", "packet", "counters"] as const;

test("what a cluster is said to be able to suffer before it is started is what it can suffer then", async () => {
  const nodes = ["n1", "n2"];
  const dir = mkdtempSync(join(tmpdir(), "kvtest-abilities-"));
  const cluster = await Cluster.start({ nodes, protocol, fsync: false, seed: 1, dir, portBase: null });
  try {
    const [said, is] = [abilitiesOf(nodes, protocol), cluster.system];
    expect(capabilitiesOf(said)).toEqual(capabilitiesOf(is));
    for (const [i, target] of is.targets.entries())
      expect(Object.keys(said.targets[i] ?? {}).sort()).toEqual(Object.keys(target).sort());
    expect(HANDS.filter((hand) => said.network?.[hand] !== undefined)).toEqual(
      HANDS.filter((hand) => is.network?.[hand] !== undefined),
    );
    expect(said.network?.cutModes ?? []).toEqual(is.network?.cutModes ?? []);
    expect("leader" in said).toBe(true);
    expect(await is.leader?.()).toBe("n1");
  } finally {
    await cluster.stop();
  }
});
