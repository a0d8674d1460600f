/** Raft as real processes, behind the client that looks for the leader. */

import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { REAL_TIME } from "../../nemesis/index.js";
import { Connection } from "../../src/client/connection.js";
import { LeaderSeeker } from "../../src/client/leader-seeker.js";
import { raftConfig } from "./protocol/alone.js";
import { killAll } from "./kill-all.js";
import { RealCluster, type RealNode } from "./real-node.js";

let cluster = new RealCluster();
const seekers: LeaderSeeker[] = [];
afterEach(async () => {
  for (const seeker of seekers.splice(0)) seeker.close();
  await cluster.end();
  cluster = new RealCluster();
});

const PROTOCOL = raftConfig({ electionTimeoutMs: [200, 400], heartbeatMs: 40, quorumTimeoutMs: 1000 });
const PATIENCE_MS = 60_000;

function seekerOf(nodes: readonly RealNode[]): LeaderSeeker {
  const addressOf = (name: string) => {
    const node = nodes.find(({ config }) => config.name === name)!;
    return { host: node.config.host, port: node.config.port };
  };
  const names = nodes.map(({ config }) => config.name);
  const dial = (name: string, timeoutMs: number) => Connection.open(addressOf(name), timeoutMs);
  const seeker = new LeaderSeeker({ home: names[0]!, nodes: names, dial, time: REAL_TIME });
  seekers.push(seeker);
  return seeker;
}

test("a client finds the leader, and the next one when that is killed", async () => {
  const nodes = await cluster.start(PROTOCOL);
  const seeker = seekerOf(nodes);
  const first = await seeker.ask({ op: "write", key: "x", value: 1, session: { client: "c", seq: 0 } }, PATIENCE_MS);
  expect(first.answer).toMatchObject({ ok: true });
  const leader = nodes.find(({ config }) => config.name === first.node)!;
  await leader.kill();
  const second = await seeker.ask({ op: "read", key: "x" }, PATIENCE_MS);
  expect(second.answer).toMatchObject({ ok: true, value: 1 });
  expect(second.node).not.toBe(first.node);
});

test("a request that is asked again at the next leader is done once", async () => {
  const nodes = await cluster.start(PROTOCOL);
  const seeker = seekerOf(nodes);
  const add = { op: "txn", ops: [["add", "n", 1]], session: { client: "c", seq: 0 } } as const;
  const first = await seeker.ask(add, PATIENCE_MS);
  await nodes.find(({ config }) => config.name === first.node)!.kill();
  expect((await seeker.ask(add, PATIENCE_MS)).answer).toMatchObject({ ok: true, value: [["add", "n", 1]] });
  expect((await seeker.ask({ op: "read", key: "n" }, PATIENCE_MS)).answer).toMatchObject({ value: 1 });
});

test("what was acknowledged survives SIGKILL of all nodes at once, and the log file stays short", async () => {
  const nodes = await cluster.start(PROTOCOL);
  const seeker = seekerOf(nodes);
  for (let i = 0; i < 200; i++) {
    const session = { client: "c", seq: i };
    const { answer } = await seeker.ask({ op: "write", key: `k${i % 7}`, value: i, session }, PATIENCE_MS);
    expect(answer).toMatchObject({ ok: true });
  }
  await Promise.all(nodes.map((node) => node.kill()));
  for (const { config } of nodes) {
    const lines = fs.readFileSync(path.join(config.dataDir, "log"), "utf8").split("\n");
    expect(lines.length).toBeLessThan(60);
  }
  await Promise.all(nodes.map((node) => node.start()));
  for (let key = 0; key < 7; key++) {
    const value = Math.max(...Array.from({ length: 200 }, (_, i) => (i % 7 === key ? i : 0)));
    expect((await seeker.ask({ op: "read", key: `k${key}` }, PATIENCE_MS)).answer).toMatchObject({ ok: true, value });
  }
});

test("acknowledged writes survive SIGKILL of all nodes at once in the midst of writing, twice", async () => {
  const { lost, acknowledged } = await killAll(await cluster.start(PROTOCOL), 2);
  expect(lost).toEqual([]);
  expect(acknowledged).toBeGreaterThan(20);
});

test("a node stops and starts to vote by a request over HTTP, and follows all the while", async () => {
  const nodes = await cluster.start(PROTOCOL);
  const seeker = seekerOf(nodes);
  const { node } = await seeker.ask({ op: "read", key: "x" }, PATIENCE_MS);
  const other = nodes.find(({ config }) => config.name !== node)!;
  /** At whoever leads: on a busy machine that may be somebody else by now. */
  const change = async (what: string) => {
    const body = JSON.stringify({ change: what, node: other.config.name });
    for (let tries = 0; ; tries++) {
      for (const one of nodes) {
        const answer = await one.http("POST", "/voters", body);
        if (answer.status === 200 || tries === 100) return answer;
      }
      await sleep(20);
    }
  };
  expect(await change("remove")).toMatchObject({ status: 200 });
  await seeker.ask({ op: "write", key: "x", value: 5, session: { client: "c", seq: 0 } }, PATIENCE_MS);
  for (let waits = 0; ; waits++) {
    const { json } = await other.http("GET", "/dump");
    if (JSON.stringify(json).includes("[5]")) break;
    expect(waits).toBeLessThan(1000);
    await sleep(20);
  }
  expect(await other.http("GET", "/health")).toMatchObject({ json: { value: { role: "learner" } } });
  expect(await change("add")).toMatchObject({ status: 200, json: { value: ["n1", "n2", "n3"] } });
  const unsupported = { status: 501, json: { message: "here nobody can be told to lead" } };
  expect(await nodes[0]!.http("POST", "/promote", "{}")).toMatchObject(unsupported);
});

test("without a majority a client is told that nothing was done, or that nobody knows", async () => {
  const nodes = await cluster.start(PROTOCOL);
  const seeker = seekerOf(nodes);
  const { node } = await seeker.ask({ op: "read", key: "x" }, PATIENCE_MS);
  await Promise.all(nodes.filter(({ config }) => config.name !== node).map((other) => other.kill()));
  const write = await seeker.ask({ op: "write", key: "x", value: 1, session: { client: "c", seq: 0 } }, 1500);
  expect(write.answer).toMatchObject({ error: expect.stringMatching(/timeout|partial|reset/) });
  const read = await seeker.ask({ op: "read", key: "x" }, 1500);
  expect(read.answer.ok).not.toBe(true);
});
