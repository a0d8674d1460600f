/** The parts of the leaderless mode in real processes. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Ring } from "../../src/replica/protocol/quorum/ring.js";
import type { Json } from "../../src/replica/wire.js";
import { OK, quorumConfig } from "./protocol/alone.js";
import { RealCluster, type RealNode } from "./real-node.js";

const FIVE = ["n1", "n2", "n3", "n4", "n5"];
const [first, second, , fourth] = new Ring(FIVE).walk("k") as [string, string, string, string];

let cluster: RealCluster;
beforeEach(() => {
  cluster = new RealCluster();
});
afterEach(() => cluster.end());

const named = (name: string): RealNode => cluster.nodes.find(({ config }) => config.name === name)!;
const dumpOf = async (name: string): Promise<Json> =>
  ((await named(name).http("GET", "/dump")).json as { readonly value: Json }).value;

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error("not in 60 s");
    await sleep(50);
  }
}

test("while a replica is dead a stand-in takes its writes, and hands them over when it is back", async () => {
  const settings = { replicas: 3, sloppyQuorum: true, hintedHandoffMs: 100, readRepair: false } as const;
  await cluster.start(quorumConfig({ ...settings, quorumTimeoutMs: 4000 }), FIVE);
  await named(second).kill();
  const written = await named(first).http("POST", "/write", '{"key":"k","value":7,"w":3}');
  expect(written.json).toEqual(OK);
  expect((await named(fourth).http("GET", "/health")).json).toMatchObject({ value: { hints: { [second]: 1 } } });
  expect((await named(fourth).http("GET", "/read?key=k&r=3")).json).toMatchObject({ ok: true, value: 7 });
  await named(second).start();
  await until(async () => JSON.stringify(await dumpOf(second)) === '{"k":[7]}');
  await until(async () => {
    const { json } = await named(fourth).http("GET", "/health");
    return JSON.stringify((json as { readonly value: { readonly hints: Json } }).value.hints) === "{}";
  });
});

test("a replica that was dead gets a delete by anti-entropy, and does not bring the value back", async () => {
  const settings = { replicas: 3, antiEntropyMs: 100, versioning: "vector-clock" } as const;
  await cluster.start(quorumConfig({ ...settings, quorumTimeoutMs: 4000 }), FIVE);
  expect((await named(first).http("POST", "/write", '{"key":"k","value":7,"w":3}')).json).toEqual(OK);
  await named(second).kill();
  expect((await named(first).http("POST", "/delete", '{"key":"k"}')).json).toEqual(OK);
  await named(second).start();
  await until(async () => JSON.stringify(await dumpOf(second)) === "{}");
  expect((await named(second).http("GET", "/read?key=k&r=3")).json).toMatchObject({ ok: true, value: null });
  expect((await named(first).http("GET", "/read?key=k&r=9")).status).toBe(400);
});
