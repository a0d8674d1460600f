/** A node whose disk was emptied, and what it writes from then on. */

import { expect, test } from "vitest";
import { createCore } from "../../../src/replica/protocol/core.js";
import type { Members } from "../../../src/replica/protocol/protocol.js";
import { Simulation } from "../../../src/replica/protocol/simulate.js";
import type { Json, ProtocolConfig, Reply } from "../../../src/replica/wire.js";
import { gossipConfig, quorumConfig } from "./alone.js";

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

/** One that is not told how often it was started takes an empty disk for its first. */
const untold = (members: Members): Members => ({ ...members, lives: 0 });

interface Story {
  readonly protocol: ProtocolConfig;
  readonly nodes: readonly string[];
  readonly seed: number;
  readonly told: boolean;
}

function simulate({ protocol, nodes, seed, told }: Story): Simulation {
  return new Simulation({
    seed,
    nodes,
    createCore: (members) => createCore(protocol, told ? members : untold(members)),
    latencyMs: [0.1, 3],
    lossRate: 0,
    duplicateRate: 0,
    diskMs: [0.1, 1],
    clockSkewMs: 0,
  });
}

function emptied(sim: Simulation, node: string): void {
  sim.crash(node);
  expect(sim.wipe(node)).toBeGreaterThan(0);
  sim.start(node);
}

function asked(sim: Simulation, node: string, request: Parameters<Simulation["request"]>[1], untilMs: number): Reply {
  let reply: Reply | null = null;
  sim.request(node, request, (answer) => {
    reply = answer;
  });
  sim.runUntil(untilMs);
  if (reply === null) throw new Error(`${node} did not answer`);
  return reply;
}

/** n1 counts to five, loses its disk and is asked for one write more: do the others see it? */
function isSeen(protocol: ProtocolConfig, seed: number, told = true): boolean {
  const sim = simulate({ protocol, nodes: ["n1", "n2", "n3"], seed, told });
  for (let value = 1; value <= 5; value++)
    expect(asked(sim, "n1", { op: "write", key: "k", value }, 100 * value).ok).toBe(true);
  emptied(sim, "n1");
  expect(asked(sim, "n1", { op: "write", key: "k", value: "after" }, 700).ok).toBe(true);
  const read = asked(sim, "n2", { op: "read", key: "k" }, 900);
  if (!read.ok) throw new Error(read.message);
  return [read.value, ...(read.siblings ?? [])].some((value: Json) => value === "after");
}

const STORES = {
  "quorum, one other acknowledges": quorumConfig({ versioning: "vector-clock", readRepair: false }),
  "gossip, all acknowledge": gossipConfig({ versioning: "vector-clock", propagation: "strong" }),
};

for (const [name, protocol] of Object.entries(STORES)) {
  test(`${name}: what it writes on its new disk is not taken for a write of the old one`, () => {
    expect(SEEDS.filter((seed) => !isSeen(protocol, seed))).toEqual([]);
    expect(SEEDS.filter((seed) => !isSeen(protocol, seed, false)).length).toBeGreaterThan(SEEDS.length / 2);
  });
}

const RING = ["n1", "n2", "n3", "n4", "n5"];

/** n1 passes writes on, loses its disk, and passes on as many again: how many of those were done? */
function passedOn(seed: number, told = true): number {
  const protocol = quorumConfig({ replicas: 1, readQuorum: 1, writeQuorum: 1, virtualNodes: 8 });
  const sim = simulate({ protocol, nodes: RING, seed, told });
  const keys = Array.from({ length: 30 }, (_, i) => `key ${i}`);
  const written = (value: string, fromMs: number): number =>
    keys.filter((key, i) => asked(sim, "n1", { op: "write", key, value }, fromMs + 200 * (i + 1)).ok).length;
  expect(written("before", 0)).toBe(keys.length);
  emptied(sim, "n1");
  return written("after", 10_000);
}

test("what it passes on from its new disk is not taken for what it had asked before", () => {
  for (const seed of SEEDS.slice(0, 5)) {
    expect(passedOn(seed)).toBe(30);
    expect(passedOn(seed, false)).toBeLessThan(20);
  }
});

/** Who says of n1 that it is away, half a second after it came back with an empty disk? */
function missing(seed: number, told = true): readonly string[] {
  const protocol = quorumConfig({ membershipMs: 10, sloppyQuorum: true });
  const sim = simulate({ protocol, nodes: ["n1", "n2", "n3"], seed, told });
  sim.runUntil(5_000);
  sim.crash("n1");
  sim.runUntil(5_500);
  sim.wipe("n1");
  sim.start("n1");
  sim.runUntil(6_000);
  return ["n2", "n3"].filter((node) => JSON.stringify(sim.health(node)).includes('"away":["n1"]'));
}

test("by gossip it is there again as soon as it says so, and not once it has counted as far as before", () => {
  expect(SEEDS.filter((seed) => missing(seed).length > 0)).toEqual([]);
  expect(SEEDS.filter((seed) => missing(seed, false).length > 0).length).toBeGreaterThan(SEEDS.length / 2);
});

test("it goes on under the name of its new disk when it is started again, and under a third after a third", () => {
  const protocol = quorumConfig({ versioning: "vector-clock" });
  const sim = simulate({ protocol, nodes: ["n1", "n2", "n3"], seed: 1, told: true });
  const context = (untilMs: number): Json => {
    expect(asked(sim, "n1", { op: "write", key: "k", value: untilMs }, untilMs).ok).toBe(true);
    const read = asked(sim, "n1", { op: "read", key: "k" }, untilMs + 100);
    return read.ok ? (read.context ?? null) : read.message;
  };
  expect(context(100)).toEqual({ n1: 1 });
  emptied(sim, "n1");
  expect(context(500)).toMatchObject({ "n1+2": 1 });
  sim.crash("n1");
  sim.start("n1");
  expect(context(900)).toMatchObject({ "n1+2": 2 });
  emptied(sim, "n1");
  expect(context(1300)).toMatchObject({ "n1+4": 1 });
});
