import { describe, expect, test } from "vitest";
import type { GossipConfig, Json } from "../../../src/replica/wire.js";
import { Alone, gossipConfig, OK, orderOf, replies, sends, sentTo } from "./alone.js";
import { simulate } from "../../../src/hunt/simulated.js";
import { agree, linearizable, seedsWhere } from "./seeds.js";

const counted = (version: number, value: Json): Json => ({ version, value });
const update = (key: string, state: Json, op: number | null = null): Json => ({ is: "update", op, key, state });
const opOf = (message: Json | undefined): number => (message as { op: number }).op;

const gossip = (settings: Partial<GossipConfig>) => ({ protocol: gossipConfig({ quorumTimeoutMs: 120, ...settings }) });
const timers = (node: Alone, name: string): number =>
  node.fire(name, 50).filter((effect) => effect.is === "timer" && effect.name === name).length;
/** In how many of 80 runs in which nothing breaks. */
const disagree = (versioning: GossipConfig["versioning"]): number =>
  seedsWhere(80, { protocol: gossipConfig({ versioning }), faults: "none" }, agree).failed.length;

describe("a write", () => {
  test("with eventual propagation is answered once it is here, and told to all", () => {
    const n1 = new Alone(gossipConfig({ versioning: "counter" }));
    const effects = n1.write("k", 7);
    expect(orderOf(effects)).toEqual(["persist", "send", "send", "reply"]);
    expect(sentTo("n3", effects)).toEqual([update("k", counted(1, 7))]);
  });

  test("with strong propagation waits for every replica; the same one twice is one", () => {
    const n1 = new Alone(gossipConfig({ propagation: "strong" }));
    const op = opOf(sentTo("n2", n1.write("k", 7))[0]);
    expect(replies(n1.hear("n2", { is: "updated", op }))).toEqual([]);
    expect(replies(n1.hear("n2", { is: "updated", op }))).toEqual([]);
    expect(replies(n1.hear("n3", { is: "updated", op }))).toEqual([OK]);
  });

  test("with strong propagation that not all confirm is partial, and stays", () => {
    const n1 = new Alone(gossipConfig({ propagation: "strong" }));
    n1.write("k", 7);
    expect(replies(n1.fire("deadline", 100))).toEqual([
      { ok: false, error: "partial", message: "held by 1 of 3 replicas in time" },
    ]);
    expect(replies(n1.read("k"))).toEqual([{ ok: true, value: 7 }]);
  });

  test("with strong propagation in a cluster of one is answered at once", () => {
    const n1 = new Alone(gossipConfig({ propagation: "strong" }), "n1", [], ["n1"]);
    expect(replies(n1.write("k", 7))).toEqual([OK]);
  });
});

describe("counters", () => {
  test("two writes at two replicas get one number; each keeps its own and ignores the other's, for ever", () => {
    const [n1, n2] = [
      new Alone(gossipConfig({ versioning: "counter" }), "n1"),
      new Alone(gossipConfig({ versioning: "counter" }), "n2"),
    ];
    const mine = sentTo("n2", n1.write("k", "a"))[0]!;
    const yours = sentTo("n1", n2.write("k", "b"))[0]!;
    n1.hear("n2", yours);
    n2.hear("n1", mine);
    expect(replies(n1.read("k"))).toEqual([{ ok: true, value: "a" }]);
    expect(replies(n2.read("k"))).toEqual([{ ok: true, value: "b" }]);
  });

  test("a late update with a smaller number is ignored", () => {
    const n2 = new Alone(gossipConfig({ versioning: "counter" }), "n2");
    n2.hear("n1", update("k", counted(2, "new")));
    expect(orderOf(n2.hear("n1", update("k", counted(1, "old"))))).toEqual([]);
    expect(replies(n2.read("k"))).toEqual([{ ok: true, value: "new" }]);
  });

  test("the number goes on after a restart", () => {
    const before = new Alone(gossipConfig({ versioning: "counter" }));
    before.write("k", 1);
    const after = new Alone(gossipConfig({ versioning: "counter" }), "n1", before.persisted);
    expect(sentTo("n2", after.write("k", 2))).toEqual([update("k", counted(2, 2))]);
  });
});

test("without versions what comes last is newest, however late it was sent", () => {
  const n2 = new Alone(gossipConfig({ versioning: "none" }), "n2");
  n2.hear("n1", update("k", { value: "new" }));
  n2.hear("n1", update("k", { value: "old" }));
  expect(replies(n2.read("k"))).toEqual([{ ok: true, value: "old" }]);
});

describe("anti-entropy", () => {
  const config = gossipConfig({ antiEntropyMs: 50 });

  test("two replicas compare digests, and each sends what the other lacks", () => {
    const [n1, n2] = [new Alone(config, "n1", [], ["n1", "n2"]), new Alone(config, "n2", [], ["n1", "n2"])];
    n1.write("mine", 1);
    n2.write("yours", 2);
    const digests = sentTo("n2", n1.fire("anti-entropy", 50))[0]!;
    const [want, ...shown] = sentTo("n1", n2.hear("n1", digests));
    expect(want).toEqual({ is: "want", keys: ["mine"] });
    for (const message of shown) n1.hear("n2", message);
    for (const message of sentTo("n2", n1.hear("n2", want!))) n2.hear("n1", message);
    for (const node of [n1, n2]) {
      expect(replies(node.ask({ op: "dump" }))).toEqual([
        { ok: true, value: expect.objectContaining({ mine: [1], yours: [2] }) },
      ]);
    }
  });

  test("replicas that hold the same say nothing more", () => {
    const [n1, n2] = [new Alone(config, "n1", [], ["n1", "n2"]), new Alone(config, "n2", [], ["n1", "n2"])];
    n2.hear("n1", sentTo("n2", n1.write("k", 1))[0]!);
    expect(n2.hear("n1", sentTo("n2", n1.fire("anti-entropy", 50))[0]!)).toEqual([]);
  });

  test("goes on for ever, and is not there when off", () => {
    expect(timers(new Alone(config), "anti-entropy")).toBe(1);
    expect(new Alone(gossipConfig()).started.filter(({ is }) => is === "timer")).toEqual([]);
  });
});

test("a message that makes no sense is ignored", () => {
  const n2 = new Alone(gossipConfig(), "n2");
  const nonsense: Json[] = [null, "x", { is: "update", op: 1, key: "k", state: 7 }, { is: "digests" }, { is: "want" }];
  for (const message of nonsense) expect(sends(n2.hear("n1", message))).toEqual([]);
});

describe("under kill, pause, partition, loss and doubles", () => {
  for (const versioning of ["timestamp", "vector-clock"] as const) {
    test(`${versioning} with anti-entropy: all replicas end up the same`, () => {
      const { failed, counts } = seedsWhere(40, gossip({ versioning, antiEntropyMs: 100 }), agree);
      expect(failed).toEqual([]);
      for (const what of ["kill", "cut", "isolate", "pause"]) expect(counts[what], what).toBeGreaterThan(40);
    });

    test(`${versioning} without anti-entropy: a replica that was away misses an update for good`, () => {
      expect(seedsWhere(40, gossip({ versioning }), agree).failed.length).toBeGreaterThan(15);
    });
  }

  test("counters: replicas disagree for ever, anti-entropy or not", () => {
    for (const antiEntropyMs of [null, 100]) {
      const { failed } = seedsWhere(80, gossip({ versioning: "counter", antiEntropyMs }), agree);
      expect(failed.length).toBeGreaterThan(8);
    }
  });

  test("no setting is linearizable", () => {
    for (const propagation of ["strong", "eventual"] as const) {
      for (const versioning of ["none", "counter", "timestamp", "vector-clock"] as const) {
        const { failed } = seedsWhere(20, gossip({ propagation, versioning }), linearizable);
        expect(failed.length, `${propagation} ${versioning}`).toBeGreaterThan(5);
      }
    }
  });
});

describe("when nothing breaks", () => {
  test("counters collide all the same, timestamps and vector clocks agree, and without versions order is luck", () => {
    expect(disagree("timestamp")).toBe(0);
    expect(disagree("vector-clock")).toBe(0);
    expect(disagree("counter")).toBeGreaterThan(5);
    expect(disagree("none")).toBeGreaterThan(5);
  });

  test("strong propagation: all acknowledged writes are everywhere when the last is answered", () => {
    const protocol = gossipConfig({ propagation: "strong", versioning: "vector-clock" });
    for (let seed = 0; seed < 20; seed++) expect(agree(simulate({ protocol, seed, faults: "none" }))).toBe(true);
  });
});
