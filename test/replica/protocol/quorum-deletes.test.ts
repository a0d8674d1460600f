/** Deletes, what is left of them, and what happens to version vectors that are cut short. */

import { describe, expect, test } from "vitest";
import type { Effect } from "../../../src/replica/protocol/protocol.js";
import { createCore } from "../../../src/replica/protocol/core.js";
import { Simulation } from "../../../src/replica/protocol/simulate.js";
import { Ring } from "../../../src/replica/protocol/quorum/ring.js";
import type { Json, QuorumConfig } from "../../../src/replica/wire.js";
import { Alone, OK, quorumConfig, replies, sends, sentTo } from "./alone.js";
import { ALL_FAULTS, converges, type DynamoRun, seedsWhere } from "./dynamo-run.js";

const FIVE = ["n1", "n2", "n3", "n4", "n5"];
const lww = quorumConfig({ quorumTimeoutMs: 120, replicas: 3, antiEntropyMs: 50 });
const clocks = { ...lww, versioning: "vector-clock" } as const;
const three = (run: DynamoRun): boolean => converges(run, 3);
const opOf = (effects: readonly Effect[]): number => (sends(effects)[0]!.message as { op: number }).op;
const remove = { op: "write", key: "k", value: null, delete: true } as const;
const stateOf = (node: Alone): Json => (node.persisted.at(-1) as { state: Json }).state;
const alone = (settings: Partial<QuorumConfig>, log: readonly Json[] = [], self = "n1"): Alone =>
  new Alone(quorumConfig({ readQuorum: 1, writeQuorum: 1, readRepair: false, ...settings }), self, log);
const tell = (from: Alone, to: Alone): void =>
  void to.hear("n1", { is: "store", op: null, key: "k", state: stateOf(from) });

/** Keys end soon, many of them with a delete: what comes back stays. */
const deleting = { deletes: 0.25, writes: 0.35, faults: ALL_FAULTS, keyLifeMs: 150, keys: 3 } as const;

describe("a delete", () => {
  for (const versioning of ["lww", "vector-clock"] as const) {
    test(`${versioning}: reads as never written, is not dumped, and hides the value from whoever still has it`, () => {
      const [n1, n2] = [alone({ versioning }), alone({ versioning }, [], "n2")];
      n1.write("k", 1);
      tell(n1, n2);
      n1.clockMs++;
      expect(replies(n1.ask(remove))).toEqual([OK]);
      tell(n1, n2);
      for (const node of [n1, n2]) {
        expect(replies(node.read("k"))).toMatchObject([{ ok: true, value: null }]);
        expect(replies(node.ask({ op: "dump" }))).toEqual([{ ok: true, value: {} }]);
        expect(replies(node.ask({ op: "health" }))).toMatchObject([{ value: { keys: 0, tombstones: 1 } }]);
      }
    });
  }

  test("with vector clocks is of what a read quorum holds, not of what its coordinator happens to", () => {
    const [n1, n2] = [
      alone({ versioning: "vector-clock", readQuorum: 2 }),
      alone({ versioning: "vector-clock" }, [], "n2"),
    ];
    n2.write("k", "unseen");
    const op = opOf(n1.ask(remove));
    n1.hear("n2", { is: "fetched", op, state: stateOf(n2) });
    tell(n1, n2);
    expect(replies(n2.ask({ op: "dump" }))).toEqual([{ ok: true, value: {} }]);
  });

  test("a write beside it, that it had not seen, stays", () => {
    const [n1, n2] = [alone({ versioning: "vector-clock" }), alone({ versioning: "vector-clock" }, [], "n2")];
    n1.write("k", 1);
    n1.ask(remove);
    n2.write("k", "beside");
    tell(n1, n2);
    expect(replies(n2.read("k"))).toMatchObject([{ value: "beside", context: { n1: 2, n2: 1 } }]);
  });
});

describe("tombstones", () => {
  const early = { tombstoneGcMs: 20, tombstoneConfirm: false } as const;
  for (const protocol of [lww, clocks]) {
    const { versioning } = protocol;
    const failures = (settings: Partial<QuorumConfig>): number =>
      seedsWhere(40, { ...deleting, protocol: { ...protocol, ...settings } }, three).failed.length;

    test(`${versioning}: a delete does not come back, whether they stay or are collected`, () => {
      expect(failures({})).toBe(0);
      expect(failures({ tombstoneGcMs: 2000 })).toBe(0);
    });

    test(`${versioning}: it does without them, and where they are collected too early`, () => {
      expect(failures({ tombstones: false })).toBeGreaterThan(4);
      expect(failures(early)).toBeGreaterThan(4);
    });
  }

  test("an old one is collected once every other node has said that it holds nothing that it hides", () => {
    const node = alone({ tombstoneGcMs: 100 }, [
      { key: "k", state: { clockMs: 5, node: "n2", sequence: 1, value: 1 } },
    ]);
    node.ask(remove);
    node.fire("tombstones", 10);
    node.clockMs += 99;
    expect(sends(node.fire("tombstones", 120))).toEqual([]);
    node.clockMs += 1;
    const asked = node.fire("tombstones", 130);
    const op = opOf(asked);
    expect(sentTo("n3", asked)).toEqual([{ is: "graves", op, keys: ["k"] }]);
    node.hear("n2", { is: "alive", op, keys: [] });
    expect(replies(node.ask({ op: "health" }))).toMatchObject([{ value: { tombstones: 1 } }]);
    node.hear("n3", { is: "alive", op, keys: [] });
    expect(replies(node.ask({ op: "health" }))[0]).not.toHaveProperty("value.tombstones");
  });

  test("and stays as long as one of them does, or is away", () => {
    const holder = alone({}, [{ key: "k", state: { clockMs: 5, node: "n2", sequence: 1, value: 1 } }], "n2");
    expect(sends(holder.hear("n1", { is: "graves", op: 9, keys: ["k", "x"] }))).toEqual([
      { to: "n1", message: { is: "alive", op: 9, keys: ["k"] } },
    ]);
    const node = alone({ tombstoneGcMs: 100 });
    node.write("k", 1);
    node.ask(remove);
    node.fire("tombstones", 10);
    node.clockMs += 200;
    const op = opOf(node.fire("tombstones", 110));
    node.hear("n2", { is: "alive", op, keys: ["k"] });
    node.hear("n3", { is: "alive", op, keys: [] });
    expect(replies(node.ask({ op: "health" }))).toMatchObject([{ value: { tombstones: 1 } }]);
  });

  test("an old one that comes late takes the place of a value, which may still be on its way elsewhere: it stays a while", () => {
    const node = alone({ tombstoneGcMs: 100 }, [
      { key: "k", state: { clockMs: 5, node: "n2", sequence: 1, value: 1 } },
    ]);
    const state = { clockMs: 10, node: "n3", sequence: 1, value: null, deleted: true };
    node.hear("n3", { is: "store", op: null, key: "k", state });
    expect(sends(node.fire("tombstones", 10))).toEqual([]);
    expect(sends(node.fire("tombstones", 100))).toEqual([]);
    expect(sends(node.fire("tombstones", 110))).toHaveLength(2);
  });

  test("one is kept as long as a hint, that was handed over a moment ago, may arrive a second time", () => {
    const holder = alone({ tombstoneGcMs: 100, hintedHandoffMs: 50 }, [
      { key: "k", for: "n2", state: { clockMs: 5, node: "n2", sequence: 1, value: 1 } },
    ]);
    const aliveAt = (ms: number): Json => {
      holder.nowMs = ms;
      return (sends(holder.hear("n3", { is: "graves", op: 9, keys: ["k"] }))[0]!.message as { keys: Json }).keys;
    };
    const op = opOf(holder.fire("handoff", 1000));
    holder.hear("n2", { is: "stored", op });
    expect(aliveAt(1100)).toEqual(["k"]);
    holder.fire("tombstones", 1110);
    expect(aliveAt(1300)).toEqual(["k"]);
    holder.fire("tombstones", 1310);
    expect(aliveAt(1310)).toEqual([]);
  });

  test("who dropped a key counts its next writes under a new name, so that nobody takes them for replaced", () => {
    const settings = { versioning: "vector-clock", tombstoneGcMs: 10, tombstoneConfirm: false } as const;
    const [n1, n2] = [alone(settings), alone({ versioning: "vector-clock" }, [], "n2")];
    n1.write("k", 1);
    n1.ask(remove);
    tell(n1, n2);
    n1.fire("tombstones", 10);
    n1.clockMs += 20;
    n1.fire("tombstones", 20);
    const restarted = alone(settings, n1.persisted);
    restarted.write("k", "new");
    tell(restarted, n2);
    expect(replies(n2.read("k"))).toMatchObject([{ value: "new", context: { n1: 2, "n1~1": 1 } }]);
  });
});

const namesOf = (state: Json): string[] => (state as unknown as { node: string }[]).map((sibling) => sibling.node);

describe("who hands over what it kept for another", () => {
  const settings = { versioning: "vector-clock", sloppyQuorum: true, hintedHandoffMs: 50, replicas: 3 } as const;
  const five = new Ring(FIVE).walk("k");
  const [first, away, standIn] = [five[0]!, five[1]!, five[3]!];
  const own = Array.from({ length: 100 }, (_, i) => `own ${i}`).find((key) => new Ring(FIVE).walk(key)[0] === standIn)!;
  const node = (log: readonly Json[] = []): Alone =>
    new Alone(quorumConfig({ ...settings, writeQuorum: 1 }), standIn, log, FIVE);
  const kept = [{ node: first, counter: 1, seen: {}, value: 7 }];
  const handOver = (from: Alone): void => {
    const [offer] = sentTo(away, from.fire("handoff", from.nowMs + 50));
    from.hear(away, { is: "stored", op: (offer as { op: number }).op });
  };

  test("and had not written itself goes on counting under its name, so that vectors do not grow for it", () => {
    const before = node();
    before.hear(first, { is: "store", op: 1, key: "k", state: kept, for: away });
    handOver(before);
    for (const each of [before, node(before.persisted)]) {
      each.write(own, 1);
      expect(namesOf(stateOf(each))).toEqual([standIn]);
    }
  });

  test("and had written itself does not", () => {
    const before = node();
    const coordinated = [...kept, { node: standIn, counter: 1, seen: {}, value: 8 }];
    before.hear(first, { is: "store", op: 1, key: "k", state: coordinated, for: away });
    handOver(before);
    for (const each of [node(before.persisted), before]) {
      each.write(own, 1);
      expect(namesOf(stateOf(each))).toEqual([`${standIn}~1`]);
    }
  });
});

/** The number that a node gives to its next write. */
const counted = (from: Alone): number => {
  from.write("k", "new");
  const siblings = stateOf(from) as unknown as readonly { node: string; counter: number }[];
  return siblings.find(({ node }) => node === "n1")!.counter;
};

/** n3 is down while x is deleted, and comes back with what it had. Does anybody still hold it in the end? */
const comesBack = (protocol: QuorumConfig, seed: number): boolean => {
  const nodes = ["n1", "n2", "n3"];
  const sim = new Simulation({
    seed,
    nodes,
    createCore: (members) => createCore(protocol, members),
    latencyMs: [0.1, 3],
    lossRate: 0,
    duplicateRate: 0,
    diskMs: [0.1, 1],
    clockSkewMs: 0,
  });
  sim.links.trouble("n3", "n2", "uneven", { extraMs: (uniform) => 120 * uniform() });
  sim.request("n1", { op: "write", key: "x", value: 1 }, () => undefined);
  sim.runUntil(500);
  sim.crash("n3");
  sim.request("n1", { op: "write", key: "x", value: null, delete: true }, () => undefined);
  sim.runUntil(1200);
  sim.start("n3");
  sim.runUntil(3000);
  return nodes.some((node) => JSON.stringify(sim.health(node)).includes('"keys":1'));
};

test("a delete that a replica missed does not come back from it while messages overtake each other", () => {
  const protocol = quorumConfig({ readRepair: false, antiEntropyMs: 10, tombstoneGcMs: 150 });
  const seeds = Array.from({ length: 200 }, (_, i) => i);
  expect(seeds.filter((seed) => comesBack(protocol, seed))).toEqual([]);
  const bad = { ...protocol, tombstoneConfirm: false } as const;
  expect(seeds.filter((seed) => comesBack(bad, seed)).length).toBeGreaterThan(20);
});

/** Nodes take turns: each reads at the one before, and writes here what replaces that. */
const inTurns = (settings: Partial<QuorumConfig>): number => {
  const names = ["n1", "n2", "n3", "n4", "n5"];
  const config = quorumConfig({
    readQuorum: 1,
    writeQuorum: 1,
    readRepair: false,
    versioning: "vector-clock",
    ...settings,
  });
  const nodes = names.map((name) => new Alone(config, name, [], names));
  let siblingsMax = 1;
  for (let i = 0; i < 40; i++) {
    const [from, to] = [nodes[i % 5]!, nodes[(i + 1) % 5]!];
    const read = replies(from.read("k"))[0]!;
    if (!read.ok) throw new Error(read.message);
    siblingsMax = Math.max(siblingsMax, read.siblings?.length ?? 0);
    to.clockMs = 1000 + i;
    to.write("k", i, read.context);
  }
  return siblingsMax;
};

describe("pruned version vectors", () => {
  test("every write has seen the last, so there is one value; with vectors of two entries old values come back", () => {
    expect(inTurns({})).toBe(1);
    expect(inTurns({ versionsMax: 5 })).toBe(1);
    expect(inTurns({ versionsMax: 2 })).toBeGreaterThan(1);
  });

  test("a node whose own count was forgotten does not use it again, after a restart neither", () => {
    const settings = { versioning: "vector-clock", versionsMax: 1 } as const;
    const node = alone(settings);
    const say = (counter: number, seen: { readonly [node: string]: number }): void =>
      void node.hear("n2", {
        is: "store",
        op: null,
        key: "k",
        state: [{ node: "n2", counter, seen, value: counter }],
      });
    expect(counted(node)).toBe(1);
    say(3, { n1: 1 });
    say(4, { n2: 3 });
    expect(counted(alone(settings, node.persisted))).toBe(2);
    expect(counted(node)).toBe(2);
  });

  test("however short they are, no acknowledged write is taken for one that was replaced long ago", () => {
    const options = { protocol: { ...clocks, versionsMax: 1 }, faults: ALL_FAULTS, keys: 2 };
    expect(seedsWhere(40, options, three).failed).toEqual([]);
  });

  test("a vector has no more entries than that", () => {
    const node = alone({ versioning: "vector-clock", versionsMax: 2 });
    node.write("k", 1, { n2: 4, n3: 1, n4: 9 });
    expect(Object.keys((stateOf(node) as unknown as readonly { seen: object }[])[0]!.seen)).toHaveLength(2);
  });
});
