import { describe, expect, test } from "vitest";
import { Ring } from "../../../src/replica/protocol/quorum/ring.js";
import type { Effect } from "../../../src/replica/protocol/protocol.js";
import type { Json, QuorumConfig } from "../../../src/replica/wire.js";
import { Alone, OK, orderOf, quorumConfig, replies, sends, sentTo } from "./alone.js";
import { ALL_FAULTS, converges, dynamoRun, fresh, seedsWhere } from "./dynamo-run.js";

const FIVE = ["n1", "n2", "n3", "n4", "n5"];
const TIMEOUT = { quorumTimeoutMs: 120 };
const ring = (settings: Partial<QuorumConfig> = {}) => quorumConfig({ replicas: 3, ...TIMEOUT, ...settings });
const at = (self: string, settings: Partial<QuorumConfig> = {}) => new Alone(ring(settings), self, [], FIVE);
const opOf = (effects: readonly Effect[]): number => (sends(effects)[0]!.message as { op: number }).op;
const targets = (effects: readonly Effect[]): string[] =>
  sends(effects)
    .map(({ to }) => to)
    .sort();

/** The replicas of key "k" among five nodes, in order, and those that are none. */
const replicas = new Ring(FIVE).walk("k").slice(0, 3);
const others = new Ring(FIVE).walk("k").slice(3);

const keys = Array.from({ length: 3000 }, (_, i) => `key ${i}`);
/** Of each node: the part of the keys of which it is the first replica. */
const shares = (places: number): number[] => {
  const five = new Ring(FIVE, places);
  return FIVE.map((node) => keys.filter((key) => five.walk(key)[0] === node).length / keys.length);
};
const spread = (places: number): number => Math.max(...shares(places)) - Math.min(...shares(places));

describe("the ring", () => {
  test("every node computes the same places, whatever order it was told the names in", () => {
    const turned = new Ring([...FIVE].reverse());
    for (const key of keys.slice(0, 200)) expect(turned.walk(key)).toEqual(new Ring(FIVE).walk(key));
  });

  test("with virtual nodes no node holds much more than its share, and with one place each some do", () => {
    expect(Math.max(...shares(128))).toBeLessThan(0.3);
    expect(Math.min(...shares(128))).toBeGreaterThan(0.1);
    expect(spread(1)).toBeGreaterThan(2 * spread(128));
  });

  test("a node that comes takes keys from others, and moves none between them", () => {
    const [four, five] = [new Ring(FIVE.slice(0, 4)), new Ring(FIVE)];
    const moved = keys.filter((key) => five.walk(key)[0] !== four.walk(key)[0]);
    expect(moved.length).toBeGreaterThan(200);
    expect(moved.length).toBeLessThan(1200);
    for (const key of moved) expect(five.walk(key)[0]).toBe("n5");
  });
});

describe("any node coordinates", () => {
  test("a replica sends a write to the two other replicas of its key, and to nobody else", () => {
    const replica = at(replicas[0]!);
    const effects = replica.write("k", 1);
    expect(orderOf(effects)).toEqual(["persist", "send", "send"]);
    expect(targets(effects)).toEqual(replicas.slice(1).sort());
  });

  test("a node that is no replica of the key reads from three that are, and holds nothing", () => {
    const node = at(others[0]!);
    const effects = node.read("k");
    expect(targets(effects)).toEqual([...replicas].sort());
    const op = opOf(effects);
    expect(replies(node.hear(replicas[0]!, { is: "fetched", op, state: null }))).toEqual([]);
    expect(replies(node.hear(replicas[1]!, { is: "fetched", op, state: null }))).toEqual([{ ok: true, value: null }]);
    expect(node.persisted.filter((entry) => JSON.stringify(entry).includes('"k"'))).toEqual([]);
  });

  test("and passes a write on to a replica, which numbers it and keeps it", () => {
    const [asked, first] = [at(others[0]!), at(replicas[0]!)];
    const [forward] = sentTo(replicas[0]!, asked.write("k", 1));
    const done = first.hear(others[0]!, forward!);
    expect(targets(done)).toEqual(replicas.slice(1).sort());
    const [answer] = sentTo(others[0]!, first.hear(replicas[1]!, { is: "stored", op: opOf(done) }));
    expect(replies(asked.hear(replicas[0]!, answer!))).toEqual([OK]);
  });

  test("what is passed on twice is done once, after a restart too", () => {
    const [asked, first] = [at(others[0]!), at(replicas[0]!)];
    const [forward] = sentTo(replicas[0]!, asked.write("k", 1));
    first.hear(others[0]!, forward!);
    expect(first.hear(others[0]!, forward!)).toEqual([]);
    const restarted = new Alone(ring(), replicas[0], first.persisted, FIVE);
    expect(restarted.hear(others[0]!, forward!)).toEqual([]);
  });

  test("of whom it does not hear in time it says so, and asks another one the next time", () => {
    const asked = at(others[0]!);
    asked.write("k", 1);
    asked.fire("stand-in", 30);
    expect(targets(asked.write("k", 2))).toEqual([replicas[1]]);
    expect(replies(asked.fire("deadline", 120))[0]).toMatchObject({ error: "partial" });
  });
});

const node = (): Alone => at(replicas[0]!);

describe("N, R and W of one request", () => {
  test("w: 1 is answered by the coordinator alone, w: 3 by all", () => {
    expect(replies(node().ask({ op: "write", key: "k", value: 1, w: 1 }))).toEqual([OK]);
    const all = node();
    const op = opOf(all.ask({ op: "write", key: "k", value: 1, w: 3 }));
    expect(replies(all.hear(replicas[1]!, { is: "stored", op }))).toEqual([]);
    expect(replies(all.hear(replicas[2]!, { is: "stored", op }))).toEqual([OK]);
  });

  test("r: 1 is answered at once, though others are asked for read repair", () => {
    expect(replies(node().ask({ op: "read", key: "k", r: 1 }))).toEqual([{ ok: true, value: null }]);
  });

  test("n: 5 writes to every node, n: 1 to one", () => {
    expect(targets(node().ask({ op: "write", key: "k", value: 1, n: 5 }))).toHaveLength(4);
    expect(targets(node().ask({ op: "write", key: "k", value: 1, n: 1, w: 1 }))).toEqual([]);
  });

  test("what cannot be is refused, and nothing is done", () => {
    const asked: readonly (readonly [Parameters<Alone["ask"]>[0], string])[] = [
      [{ op: "read", key: "k", r: 4 }, "r is 4, and a key has 3 replicas"],
      [{ op: "write", key: "k", value: 1, w: 4 }, "w is 4, and a key has 3 replicas"],
      [{ op: "write", key: "k", value: 1, n: 6 }, "n is 6, and there are 5 nodes"],
      [{ op: "cas", key: "k", from: null, to: 1, n: 1 }, "r is 2, and a key has 1 replicas"],
    ];
    for (const [request, message] of asked) {
      expect(node().ask(request)).toMatchObject([{ is: "reply", reply: { ok: false, error: "bad-request", message } }]);
    }
  });
});

/** What a read returns of two concurrent values. */
const both = (settings: Partial<QuorumConfig>, values: readonly [Json, Json]): Json => {
  const config = quorumConfig({ versioning: "vector-clock", readQuorum: 1, writeQuorum: 1, ...settings });
  const [n1, n2] = [new Alone(config, "n1"), new Alone(config, "n2")];
  n2.clockMs = 900;
  const mine = sentTo("n1", n2.write("k", values[1]))[0]!;
  n1.write("k", values[0]);
  n1.hear("n2", mine);
  return replies(n1.read("k"))[0] as unknown as Json;
};

describe("siblings are resolved", () => {
  test("by the client, who gets them all", () => {
    expect(both({}, [["a"], ["b"]])).toMatchObject({
      value: ["b"],
      siblings: [["b"], ["a"]],
      context: { n1: 1, n2: 1 },
    });
  });

  test("by the latest clock: the other one is not shown", () => {
    const reply = both({ siblings: "lww" }, [["a"], ["b"]]);
    expect(reply).toEqual({ ok: true, value: ["a"], context: { n1: 1, n2: 1 } });
  });

  test("by a merge that loses nothing: of lists the union, of numbers the greatest, of objects field by field", () => {
    expect(both({ siblings: "merge" }, [["a"], ["b"]])).toEqual({
      ok: true,
      value: ["b", "a"],
      context: { n1: 1, n2: 1 },
    });
    expect(both({ siblings: "merge" }, [3, 7])).toMatchObject({ value: 7 });
    expect(both({ siblings: "merge" }, [{ x: [1], y: 2 }, { x: [3] }])).toMatchObject({ value: { x: [3, 1], y: 2 } });
    expect(both({ siblings: "merge" }, ["mine", "yours"])).toMatchObject({ value: "yours" });
  });
});

describe("five nodes, three replicas of each key, under kill, pause, partition, loss and doubles", () => {
  for (const versioning of ["lww", "vector-clock"] as const) {
    test(`${versioning}: with read repair the replicas of a key agree, and no acknowledged write is lost`, () => {
      const options = { protocol: ring({ versioning }), faults: ALL_FAULTS, finalReads: true };
      const { failed, counts } = seedsWhere(40, options, (run) => converges(run, 3));
      expect(failed).toEqual([]);
      for (const what of ["write ok", "read ok", "write partial", ...ALL_FAULTS]) {
        expect(counts[what], what).toBeGreaterThan(40);
      }
    });

    test(`${versioning}: without it, some do not`, () => {
      const options = { protocol: ring({ versioning, readRepair: false }), faults: ALL_FAULTS, finalReads: true };
      expect(seedsWhere(40, options, (run) => converges(run, 3)).failed.length).toBeGreaterThan(20);
    });
  }

  test("R + W > N: reads are fresh; R = W = 1: they are not", () => {
    expect(seedsWhere(40, { protocol: ring(), faults: ALL_FAULTS }, fresh).failed).toEqual([]);
    const weak = { protocol: ring({ readQuorum: 1, writeQuorum: 1 }), faults: ALL_FAULTS };
    expect(seedsWhere(40, weak, fresh).failed.length).toBeGreaterThan(20);
  });

  test("a key is on three nodes, and not on five", () => {
    const { events } = dynamoRun({ protocol: ring(), seed: 1, finalReads: true });
    const holders = new Map<string, number>();
    for (const event of events) {
      if (event.type !== "ok" || event.f !== "dump") continue;
      for (const key of Object.keys(event.value as object)) holders.set(key, (holders.get(key) ?? 0) + 1);
    }
    expect([...new Set(holders.values())]).toEqual([3]);
  });
});
