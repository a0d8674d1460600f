/** Each part of the leaderless mode: with it a property holds, without it that property does not. */

import { describe, expect, test } from "vitest";
import type { Effect } from "../../../src/replica/protocol/protocol.js";
import { createCore } from "../../../src/replica/protocol/core.js";
import { Simulation } from "../../../src/replica/protocol/simulate.js";
import { MerkleTree } from "../../../src/replica/protocol/quorum/merkle.js";
import { Ring } from "../../../src/replica/protocol/quorum/ring.js";
import type { Json, QuorumConfig } from "../../../src/replica/wire.js";
import { Alone, OK, quorumConfig, replies, sends, sentTo } from "./alone.js";
import { ALL_FAULTS, converges, type DynamoRun, dynamoRun, seedsWhere, WITHOUT_KILLS } from "./dynamo-run.js";

const FIVE = ["n1", "n2", "n3", "n4", "n5"];
const lww = quorumConfig({ quorumTimeoutMs: 120, replicas: 3 });
const clocks = { ...lww, versioning: "vector-clock" } as const;
const three = (run: DynamoRun): boolean => converges(run, 3);
const opOf = (effects: readonly Effect[]): number => (sends(effects)[0]!.message as { op: number }).op;
const isOf = (message: Json): string => (message as { is: string }).is;
/** The replicas of "k", and who stands in for them, nearest first. */
const [first, second, third, fourth, fifth] = new Ring(FIVE).walk("k") as [string, string, string, string, string];
const at = (self: string, settings: Partial<QuorumConfig>, log: readonly Json[] = []): Alone =>
  new Alone({ ...lww, ...settings }, self, log, FIVE);
const SEEDS = 40;

describe("sloppy quorum", () => {
  const sloppy = { ...lww, sloppyQuorum: true, hintedHandoffMs: 50, readRepair: false } as const;

  test("a replica that does not answer in a quarter of the time is given a stand-in, and its answer counts", () => {
    const node = at(first, { sloppyQuorum: true, hintedHandoffMs: 50 });
    const op = opOf(node.write("k", 1));
    const later = node.fire("stand-in", 30);
    expect(sends(later)).toMatchObject([
      { to: fourth, message: { is: "store", for: second } },
      { to: fifth, message: { is: "store", for: third } },
    ]);
    expect(replies(node.hear(fourth, { is: "stored", op }))).toEqual([OK]);
  });

  test("who seemed away is given one at once the next time, until it is heard", () => {
    const node = at(first, { sloppyQuorum: true });
    node.write("k", 1);
    node.fire("stand-in", 30);
    expect(sends(node.write("k", 2)).map(({ to }) => to)).toEqual([second, third, fourth, fifth]);
    node.hear(second, { is: "stored", op: 0 });
    expect(sends(node.write("k", 3)).map(({ to }) => to)).toEqual([second, third, fourth]);
  });

  test("a stand-in answers reads from what it keeps, and does not count it among its own keys", () => {
    const node = at(fourth, { sloppyQuorum: true });
    const state = { clockMs: 5, node: first, sequence: 1, value: 7 };
    node.hear(first, { is: "store", op: 1, key: "k", state, for: second });
    expect(sentTo(third, node.hear(third, { is: "fetch", op: 2, key: "k" }))).toEqual([
      { is: "fetched", op: 2, state },
    ]);
    expect(replies(node.ask({ op: "dump" }))).toEqual([{ ok: true, value: {} }]);
    expect(replies(node.ask({ op: "health" }))).toMatchObject([{ value: { hints: { [second]: 1 } } }]);
  });

  test("with W = N and one node cut off, writes of its keys are acknowledged; by a strict quorum they are not", () => {
    const homes = FIVE.slice(1);
    const also = (sim: Simulation): void => {
      for (const far of homes) {
        sim.cut("n1", far);
        sim.cut(far, "n1");
      }
    };
    const countsOf = (protocol: QuorumConfig) =>
      seedsWhere(SEEDS, { protocol: { ...protocol, writeQuorum: 3 }, homes, also, durationMs: 400 }, () => true).counts;
    const [strict, cut] = [countsOf({ ...lww, readRepair: false }), countsOf(sloppy)];
    expect(strict["write partial"]).toBeGreaterThan(SEEDS);
    expect(cut["write partial"] ?? 0).toBeLessThan(strict["write partial"]! / 5);
    expect(cut["write ok"]).toBeGreaterThan(strict["write ok"]!);
  });
});

describe("hinted handoff", () => {
  for (const [name, settings] of [
    ["with a sloppy quorum", { sloppyQuorum: true }],
    ["with a strict one, where the coordinator keeps the hints", {}],
  ] as const) {
    const protocol = { ...lww, readRepair: false, ...settings } as const;
    test(`${name}: without reads all replicas get what they missed; without it they do not`, () => {
      const options = { faults: WITHOUT_KILLS };
      const handed = seedsWhere(SEEDS, { ...options, protocol: { ...protocol, hintedHandoffMs: 50 } }, three);
      expect(handed.failed).toEqual([]);
      expect(handed.counts["isolate"]).toBeGreaterThan(SEEDS);
      expect(seedsWhere(SEEDS, { ...options, protocol }, three).failed.length).toBeGreaterThan(SEEDS / 4);
    });
  }

  test("a hint is kept over a restart, offered until it is confirmed, and then forgotten", () => {
    const settings = { sloppyQuorum: true, hintedHandoffMs: 50 } as const;
    const state = { clockMs: 5, node: first, sequence: 1, value: 7 };
    const before = at(fourth, settings);
    before.hear(first, { is: "store", op: 1, key: "k", state, for: second });
    const after = at(fourth, settings, before.persisted);
    const [offer] = sentTo(second, after.fire("handoff", 50));
    expect(offer).toMatchObject({ is: "handoff", key: "k", state });
    const [again] = sentTo(second, after.fire("handoff", 100));
    after.hear(second, { is: "stored", op: (again as { op: number }).op });
    expect(sentTo(second, after.fire("handoff", 150))).toEqual([]);
    expect(sentTo(second, at(fourth, settings, after.persisted).fire("handoff", 50))).toEqual([]);
  });
});

const sayOf = (run: DynamoRun, what: string): number =>
  run.healths.filter((health) => JSON.stringify(health).includes(what)).length;

describe("where an answer takes longer than a round", () => {
  const slow = { latencyMs: [30, 45] } as const;

  test("hints are confirmed all the same, and go", () => {
    const protocol = { ...lww, quorumTimeoutMs: 400, readRepair: false, hintedHandoffMs: 50 } as const;
    let [isolated, left] = [0, 0];
    for (let seed = 1; seed <= 10; seed++) {
      const run = dynamoRun({ protocol, seed, network: slow, faults: WITHOUT_KILLS });
      isolated += run.counts["isolate"] ?? 0;
      left += sayOf(run, '"hints":{"');
    }
    expect(isolated).toBeGreaterThan(10);
    expect(left).toBe(0);
  });

  test("tombstones are collected all the same", () => {
    const protocol = { ...clocks, quorumTimeoutMs: 400, antiEntropyMs: 50, tombstoneGcMs: 300 } as const;
    let [deleted, left] = [0, 0];
    for (let seed = 1; seed <= 10; seed++) {
      const run = dynamoRun({ protocol, seed, network: slow, deletes: 0.4 });
      deleted += run.counts["delete ok"] ?? 0;
      left += sayOf(run, '"tombstones"');
    }
    expect(deleted).toBeGreaterThan(10);
    expect(left).toBe(0);
  });
});

/** Of the four others: how many say that n1, cut off, is away, so long after; and after it is back. */
const sayAway = (settings: Partial<QuorumConfig>, seed: number): readonly [number, number] => {
  const sim = new Simulation({
    seed,
    nodes: FIVE,
    createCore: (members) => createCore({ ...lww, ...settings }, members),
    latencyMs: [0.1, 10],
    lossRate: 0.1,
    duplicateRate: 0.1,
    diskMs: [0.1, 3],
    clockSkewMs: 0,
  });
  const others = FIVE.slice(1);
  const count = (): number => {
    let away = 0;
    for (const node of others) {
      sim.request(node, { op: "health" }, (reply) => {
        if (reply.ok && /"away":\[[^\]]*"n1"/.test(JSON.stringify(reply.value))) away++;
      });
    }
    sim.runUntil(sim.nowMs + 30);
    return away;
  };
  sim.runUntil(200);
  for (const far of others) {
    sim.cut("n1", far);
    sim.cut(far, "n1");
  }
  sim.runUntil(2200);
  const cutOff = count();
  sim.heal();
  sim.runUntil(3500);
  return [cutOff, count()];
};

describe("gossip", () => {
  const seeds = Array.from({ length: SEEDS }, (_, seed) => seed);

  test("every node learns who is away without having asked it, and that it is back; without gossip nobody does", () => {
    for (const seed of seeds) expect(sayAway({ membershipMs: 50 }, seed)).toEqual([4, 0]);
    for (const seed of seeds) expect(sayAway({}, seed)).toEqual([0, 0]);
  });

  test("a restarted node counts on in a later life, and an old count says nothing", () => {
    const config = { ...lww, membershipMs: 10 };
    const n1 = new Alone(config, "n1", [], FIVE);
    n1.hear("n2", { is: "gossip", beats: { n3: [2, 1] } });
    n1.nowMs = 115;
    n1.hear("n2", { is: "gossip", beats: { n3: [1, 99] } });
    n1.fire("gossip", 125);
    expect(replies(n1.ask({ op: "health" }))).toMatchObject([{ value: { away: ["n2", "n3", "n4", "n5"] } }]);
    n1.hear("n2", { is: "gossip", beats: { n3: [2, 2] } });
    n1.fire("gossip", 126);
    expect(replies(n1.ask({ op: "health" }))).toMatchObject([{ value: { away: ["n2", "n4", "n5"] } }]);
  });
});

describe("anti-entropy by Merkle trees", () => {
  for (const protocol of [lww, clocks]) {
    const without = { ...protocol, readRepair: false } as const;
    test(`${protocol.versioning}: replicas agree without reads and hints; without it they do not`, () => {
      const options = { faults: ALL_FAULTS };
      const compared = seedsWhere(SEEDS, { ...options, protocol: { ...without, antiEntropyMs: 50 } }, three);
      expect(compared.failed).toEqual([]);
      expect(seedsWhere(SEEDS, { ...options, protocol: without }, three).failed.length).toBeGreaterThan(SEEDS / 2);
    });
  }

  test("two trees with the same keys have the same hashes, in whatever order they came, and differ by one key in one leaf", () => {
    const digests = Array.from({ length: 500 }, (_, i) => [`k${i}`, i.toString(16).padStart(16, "0")] as const);
    const [a, b] = [new MerkleTree(), new MerkleTree()];
    for (const [key, digest] of digests) a.set(key, digest);
    for (const [key, digest] of [...digests].reverse()) {
      b.set(key, "f".repeat(16));
      b.set(key, digest);
    }
    expect(a.hashesBelow("")).toEqual(b.hashesBelow(""));
    b.set("k7", null);
    expect(a.hashesBelow("").filter((hash, i) => hash !== b.hashesBelow("")[i])).toHaveLength(1);
  });

  test("replicas that agree exchange one message, and of a thousand keys of which one differs few are named", () => {
    const config = quorumConfig({ antiEntropyMs: 50, readQuorum: 1, writeQuorum: 1, readRepair: false });
    const [n1, n2] = ["n1", "n2"].map((name) => new Alone(config, name, [], ["n1", "n2"])) as [Alone, Alone];
    for (let i = 0; i < 1000; i++) for (const told of sentTo("n2", n1.write(`k${i}`, i))) n2.hear("n1", told);
    const talk = (): Json[] => {
      const said: (readonly [string, Json])[] = sentTo("n2", n1.fire("anti-entropy", 50)).map((sent) => ["n2", sent]);
      for (const [to, message] of said) {
        const [node, from] = to === "n2" ? [n2, "n1"] : [n1, "n2"];
        said.push(...sends(node.hear(from, message)).map((sent) => [sent.to, sent.message] as const));
      }
      return said.map(([, message]) => message);
    };
    expect(talk().map(isOf)).toEqual(["tree"]);
    n2.write("k500", "other");
    expect(JSON.stringify(talk()).length).toBeLessThan(4000);
    expect(replies(n1.read("k500"))).toEqual([{ ok: true, value: "other" }]);
    expect(talk().map(isOf)).toEqual(["tree"]);
  });
});
