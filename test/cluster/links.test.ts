/** Which ways lead through the links of the reference store. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { expect, test } from "vitest";
import { CLIENTS } from "../../nemesis/index.js";
import { type Address, Connection } from "../../src/client/connection.js";
import { Cluster } from "../../src/cluster/cluster.js";
import { leaderConfig } from "../replica/protocol/alone.js";

/** What a client that dials there, or is connected, is told: the answer to its greeting, or why there is none. */
async function greeted(way: Address | Duplex): Promise<string> {
  const opened = await (way instanceof Duplex ? Connection.over(way, 5_000) : Connection.open(way, 5_000));
  if (opened.is !== "open") return opened.why;
  opened.connection.close();
  return "hello";
}

test.runIf(process.platform === "linux")(
  "a node is reached over a Unix socket, over its port and from within this process, and one link is between it and all",
  async () => {
    const cluster = await Cluster.start({
      nodes: ["n1", "n2"],
      protocol: leaderConfig({ quorumTimeoutMs: 2000 }),
      fsync: false,
      seed: 1,
      dir: mkdtempSync(join(tmpdir(), "kvtest-links-")),
      portBase: null,
    });
    try {
      const { path, ...port } = cluster.addressOf("n1");
      if (path === undefined) throw new Error("the link has no Unix socket");
      const { connect } = cluster.endpointOf("n1");
      const ways = [() => greeted(port), () => greeted({ ...port, path }), () => greeted(connect())];
      const { network } = cluster.system;
      const passed = async (): Promise<number> =>
        (await network?.counters())?.find(({ from, to }) => from === CLIENTS && to === "n1")?.passedBytes ?? -1;
      let before = await passed();
      for (const way of ways) {
        expect(await way()).toBe("hello");
        expect(await passed()).toBeGreaterThan(before);
        before = await passed();
      }
      await network?.cut(CLIENTS, "n1", "refuse");
      for (const way of ways) expect(await way()).toContain("ECONNREFUSED");
      await network?.heal(CLIENTS, "n1");
      for (const way of ways) expect(await way()).toBe("hello");
      // A restarted node listens at another name, and is found there.
      await cluster.nodes[0]?.kill();
      await cluster.nodes[0]?.start();
      for (const way of ways) expect(await way()).toBe("hello");
    } finally {
      await cluster.stop();
    }
  },
);
