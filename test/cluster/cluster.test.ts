import { afterEach, expect, test } from "vitest";
import type { LeaderConfig } from "../../src/replica/wire.js";
import { Cluster } from "../../src/cluster/cluster.js";
import { Connection } from "../../src/client/connection.js";
import { freshDir, leftBehind, until } from "../cli/kvtest.js";

const clusters: Cluster[] = [];
afterEach(async () => {
  await Promise.all(clusters.splice(0).map((cluster) => cluster.stop()));
});

const protocol: LeaderConfig = {
  mode: "leader",
  leader: "n1",
  writeQuorum: 1,
  readFrom: "any",
  readQuorum: 2,
  replicationDelayMs: null,
  // Nobody waits for it here: it is for a machine that is busy with other things.
  quorumTimeoutMs: 20_000,
};

async function start(dir: string, nodes = ["n1", "n2", "n3"]): Promise<Cluster> {
  const cluster = await Cluster.start({ nodes, protocol, fsync: true, seed: 1, dir, portBase: null });
  clusters.push(cluster);
  return cluster;
}

async function ask(cluster: Cluster, node: string, request: Parameters<Connection["request"]>[0]) {
  const opened = await Connection.open(cluster.addressOf(node), 20_000);
  if (opened.is !== "open") throw new Error(opened.why);
  const answer = await opened.connection.request(request, 20_000);
  opened.connection.close();
  return answer;
}

test("two clusters at once do not collide, and neither leaves anything", async () => {
  const dirs = [freshDir(), freshDir()];
  const [one, two] = await Promise.all(dirs.map((dir) => start(dir)));
  expect(await ask(one!, "n1", { op: "write", key: "a", value: 1 })).toMatchObject({ ok: true });
  expect(await ask(two!, "n1", { op: "read", key: "a" })).toMatchObject({ ok: true, value: null });
  await Promise.all([one?.stop(), two?.stop()]);
  expect(dirs.flatMap(leftBehind)).toEqual([]);
});

test("a node that was killed comes back with what it had acknowledged", async () => {
  const cluster = await start(freshDir());
  expect(await ask(cluster, "n1", { op: "write", key: "a", value: "kept" })).toMatchObject({ ok: true });
  const leader = cluster.nodes[0]!;
  const before = leader.pid;
  await leader.kill();
  expect(await leader.state()).toBe("gone");
  await leader.start();
  expect(leader.pid).not.toBe(before);
  expect(await ask(cluster, "n1", { op: "read", key: "a" })).toMatchObject({ ok: true, value: "kept" });
});

test("a stopped node can be killed, and stopping the cluster ends stopped nodes too", async () => {
  const dir = freshDir();
  const cluster = await start(dir);
  const [first, second] = cluster.nodes;
  await first?.pause();
  // The signal is sent; every thread has to notice.
  await until(
    "it is stopped",
    () => first!.state(),
    (state) => state === "stopped",
  );
  await second?.pause();
  await second?.resume();
  await until(
    "it runs again",
    () => second!.state(),
    (state) => state === "running",
  );
  await first?.kill();
  await second?.pause();
  await cluster.stop();
  expect(leftBehind(dir)).toEqual([]);
});

test("when one node cannot start, all are stopped and the error says where to look", async () => {
  const dir = freshDir();
  const impossible = { ...protocol, writeQuorum: 99 };
  await expect(
    Cluster.start({ nodes: ["n1", "n2"], protocol: impossible, fsync: true, seed: 1, dir, portBase: null }),
  ).rejects.toThrow(/its log: .*\.log/);
  expect(leftBehind(dir)).toEqual([]);
});
