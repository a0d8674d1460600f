/** Leaders that follow each other, as real processes. */

import fs from "node:fs";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { REAL_TIME } from "../../nemesis/index.js";
import { Connection } from "../../src/client/connection.js";
import { LeaderSeeker } from "../../src/client/leader-seeker.js";
import type { Json } from "../../src/replica/wire.js";
import { kvtest } from "../cli/kvtest.js";
import { leaderConfig } from "./protocol/alone.js";
import { RealCluster, type RealNode } from "./real-node.js";

let cluster = new RealCluster();
const seekers: LeaderSeeker[] = [];
afterEach(async () => {
  for (const seeker of seekers.splice(0)) seeker.close();
  await cluster.end();
  cluster = new RealCluster();
});

const PATIENCE_MS = 60_000;
const protocolOf = (failover: "manual" | "fenced" | "naive") => leaderConfig({ failover, quorumTimeoutMs: 2000 });

function seekerOf(nodes: readonly RealNode[]): LeaderSeeker {
  const byName = new Map(nodes.map((node) => [node.config.name, node]));
  const dial = (name: string, timeoutMs: number) =>
    Connection.open({ host: "127.0.0.1", port: byName.get(name)!.config.port }, timeoutMs);
  const seeker = new LeaderSeeker({ home: "n1", nodes: [...byName.keys()], dial, time: REAL_TIME });
  seekers.push(seeker);
  return seeker;
}

async function write(seeker: LeaderSeeker, key: string, value: Json): Promise<string> {
  for (let tries = 0; ; tries++) {
    const { node, answer } = await seeker.ask({ op: "write", key, value }, PATIENCE_MS);
    if (answer.ok === true) return node;
    // Nobody knows whether it was done: doing it twice is the same here.
    expect(tries, JSON.stringify(answer)).toBeLessThan(10);
  }
}

test("fenced: when the leader is killed another one leads, has all that was acknowledged, and the old one follows it", async () => {
  const nodes = await cluster.start(protocolOf("fenced"));
  const seeker = seekerOf(nodes);
  let leader = "";
  for (let i = 0; i < 20; i++) leader = await write(seeker, `k${i % 4}`, i);
  const old = nodes.find(({ config }) => config.name === leader)!;
  await old.kill();
  const next = await write(seeker, "after", 1);
  expect(next).not.toBe(leader);
  expect((await seeker.ask({ op: "read", key: "k3" }, PATIENCE_MS)).answer).toMatchObject({ ok: true, value: 19 });
  await old.start();
  const dump = { k0: [16], k1: [17], k2: [18], k3: [19], after: [1] };
  await expect.poll(() => cluster.client(old).dump()).toEqual(dump);
});

test("manual: nobody leads by itself, and kvtest promote makes one lead", async () => {
  const nodes = await cluster.start(protocolOf("manual"));
  const [n1, n2] = nodes as [RealNode, RealNode, RealNode];
  const seeker = seekerOf(nodes);
  expect(await write(seeker, "x", 1)).toBe("n1");
  // Whoever lacks what another node has cannot lead: that one would.
  await expect.poll(() => cluster.client(n2).dump()).toEqual({ x: [1] });
  await n1.kill();
  const address = `127.0.0.1:${n2.ready.port}`;
  const promoted = await kvtest(["promote", address]);
  expect(promoted.stdout).toMatch(/ leads: \{"leader":"n2","epoch":\d+\}/);
  expect(promoted.exitCode).toBe(0);
  expect(await write(seeker, "x", 2)).toBe("n2");
  await n2.kill();
  const dead = await kvtest(["promote", address, "--timeout", "500", "--json"]);
  expect(dead.exitCode).toBe(2);
  const wrong = await kvtest(["promote", "n2", "--timeout", "0"]);
  expect(wrong.exitCode).toBe(254);
  expect(wrong.stderr).toContain('"n2": expected host:port');
  expect(wrong.stderr).toContain("--timeout 0");
});

test("a leader that is fixed cannot be replaced, and says so", async () => {
  const [, n2] = await cluster.start(leaderConfig());
  expect(await n2!.http("POST", "/promote", "{}")).toMatchObject({ status: 501, json: { error: "unsupported" } });
});

test("a node that is told to wait answers later, and at once when it is told not to", async () => {
  const [n1] = await cluster.start(leaderConfig({ writeQuorum: 0, readQuorum: 1 }), ["n1"]);
  const client = cluster.client(n1!);
  expect(await n1!.http("POST", "/delay", '{"ms":400}')).toMatchObject({ status: 200 });
  const before = performance.now();
  await client.write("x", 1);
  expect(performance.now() - before).toBeGreaterThan(390);
  await n1!.http("POST", "/delay", '{"ms":0}');
  expect(await client.read("x")).toEqual({ ok: true, value: 1 });
  expect(await n1!.http("POST", "/delay", '{"ms":-1}')).toMatchObject({ status: 400 });
});

test("a compacted log stays short, and a node that starts from it has all that was acknowledged", async () => {
  const nodes = await cluster.start({ ...protocolOf("fenced"), compactAfter: 30 });
  const seeker = seekerOf(nodes);
  for (let i = 0; i < 150; i++) await write(seeker, `k${i % 5}`, i);
  await Promise.all(nodes.map((node) => node.kill()));
  for (const { config } of nodes) {
    const lines = fs.readFileSync(path.join(config.dataDir, "log"), "utf8").split("\n");
    expect(lines.length).toBeLessThan(120);
  }
  await Promise.all(nodes.map((node) => node.start()));
  for (let key = 0; key < 5; key++) {
    const { answer } = await seeker.ask({ op: "read", key: `k${key}` }, PATIENCE_MS);
    expect(answer).toMatchObject({ ok: true, value: 145 + key });
  }
});
