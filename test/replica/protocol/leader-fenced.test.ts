import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/replica/wire.js";
import { Alone, leaderConfig, OK, replies, sentTo } from "./alone.js";
import type { FaultKind } from "../../../src/hunt/random-faults.js";
import type { SimulatedRun } from "../../../src/hunt/simulated.js";
import { agree, linearizable, seedsWhere } from "./seeds.js";

const fenced = leaderConfig({ failover: "fenced", quorumTimeoutMs: 200, compactAfter: 20 });
const KINDS: readonly FaultKind[] = ["kill", "kill between effects", "pause", "cut", "isolate", "isolate", "heal"];
const hard = { faults: { kinds: KINDS }, durationMs: 2000 };

const right = (run: SimulatedRun): boolean => linearizable(run) && agree(run);
const goesOn = (run: SimulatedRun): boolean => run.progressed;

describe("fenced", () => {
  for (const [nodes, seeds] of [
    [3, 200],
    [5, 80],
  ] as const) {
    test(`${nodes} nodes: linearizable and in agreement, and it goes on after healing`, () => {
      const protocol = { ...fenced, writeQuorum: (nodes - 1) / 2 };
      const { failed, counts } = seedsWhere(seeds, { protocol, nodes, ...hard }, (run) => right(run) && goesOn(run));
      expect(failed).toEqual([]);
      const seen = [
        "read ok",
        "write ok",
        "cas ok",
        "cas mismatch",
        "write partial",
        "write not-leader",
        "read no-quorum",
      ];
      const broken = ["kill", "kill between effects", "pause", "cut", "isolate", "heal"];
      for (const what of [...seen, ...broken]) expect(counts[what], what).toBeGreaterThan(40);
    });
  }

  test("the injected delay, which lets messages overtake each other, changes nothing of this", () => {
    const protocol = { ...fenced, replicationDelayMs: [0, 60] as const };
    expect(seedsWhere(40, { protocol, ...hard }, right).failed).toEqual([]);
  });

  test("other nodes lead after the first is gone", () => {
    const { held } = seedsWhere(20, { protocol: fenced, ...hard }, (run) => (run.counts["write ok"] ?? 0) > 0);
    expect(held).toHaveLength(20);
  });
});

test("manual: who is told to lead does so when a majority lets it, and nothing is lost by it", () => {
  const protocol = { ...fenced, failover: "manual" as const };
  const kinds: readonly FaultKind[] = [...KINDS, "promote", "promote", "promote"];
  const { failed, counts } = seedsWhere(
    100,
    { protocol, ...hard, faults: { kinds } },
    (run) => right(run) && goesOn(run),
  );
  expect(failed).toEqual([]);
  for (const what of ["promoted", "not promoted", "write ok"]) expect(counts[what], what).toBeGreaterThan(50);
});

test("naive: two lead at a time, and it shows", () => {
  const protocol = leaderConfig({ failover: "naive", quorumTimeoutMs: 200 });
  expect(seedsWhere(40, { protocol, ...hard }, linearizable).failed.length).toBeGreaterThan(10);
  // Left in peace it is as good as any.
  expect(seedsWhere(40, { protocol, durationMs: 1000, faults: "none" }, right).failed).toEqual([]);
});

/** A leader of epoch 1, with two followers of whom nothing was heard yet. */
function elected(persisted: readonly Json[] = []): Alone {
  const node = new Alone(fenced, "n1", persisted);
  const [stand] = sentTo("n2", node.started) as [{ epoch: number; asks: boolean }];
  expect(stand).toMatchObject({ is: "stand", asks: false });
  node.hear("n2", { is: "vote", epoch: stand.epoch, asks: false, granted: true, promised: stand.epoch });
  return node;
}

const have = (beat: number, at: readonly [number, number], epoch = 1): Json => ({ is: "have", epoch, beat, at });

describe("a leader", () => {
  test("answers a write when a majority has it, and all before it", () => {
    const node = elected();
    node.hear("n2", have(1, [0, 0]));
    expect(replies(node.write("x", 7))).toEqual([]);
    expect(replies(node.hear("n2", have(1, [1, 1])))).toEqual([]);
    expect(replies(node.hear("n2", have(1, [1, 2])))).toEqual([OK]);
  });

  test("answers a read when a majority has obeyed it after it was asked", () => {
    const node = elected();
    node.hear("n2", have(1, [1, 1]));
    const asked = node.read("x");
    expect(replies(asked)).toEqual([]);
    expect(sentTo("n3", asked)).toMatchObject([{ is: "ship", beat: 2, changes: [] }]);
    expect(replies(node.hear("n3", have(1, [1, 1])))).toEqual([]);
    expect(replies(node.hear("n3", have(2, [1, 1])))).toEqual([{ ok: true, value: null }]);
  });

  test("takes no answer to what it said in an earlier reign for one of this", () => {
    const follower = new Alone(fenced, "n2");
    follower.hear("n1", { ...(ship([0, 0]) as object), epoch: 2 });
    const [late] = sentTo("n1", follower.hear("n1", { ...(ship([0, 0]) as object), beat: 300 }));
    const node = new Alone(fenced, "n1", [{ promise: 1, to: "n1" }]);
    node.hear("n2", { is: "vote", epoch: 2, asks: false, granted: true, promised: 2 });
    node.hear("n2", have(1, [2, 1], 2));
    node.read("x");
    expect(replies(node.hear("n2", late!))).toEqual([]);
    expect(replies(node.hear("n3", have(2, [0, 0], 2)))).toHaveLength(1);
  });

  test("that hears of a later epoch leads no more, and says of its writes that nobody knows", () => {
    const node = elected();
    node.write("x", 7);
    expect(replies(node.hear("n2", have(1, [0, 0], 2)))).toMatchObject([{ error: "partial" }]);
    expect(replies(node.write("x", 8))).toMatchObject([{ error: "not-leader" }]);
  });

  test("ships what a follower lacks, from the last that it has", () => {
    const node = elected();
    for (const value of [1, 2, 3]) node.write("x", value);
    const sent = sentTo("n2", node.hear("n2", have(1, [1, 2])));
    expect(sent).toMatchObject([{ is: "ship", from: [1, 2], changes: [{ n: 3 }, { n: 4 }] }]);
  });

  test("sends a snapshot to a follower that went astray, or was away for too long", () => {
    const node = elected();
    node.write("x", 1);
    expect(sentTo("n2", node.hear("n2", have(1, [0, 2])))).toMatchObject([{ is: "snapshot", at: [1, 2] }]);
    for (let i = 0; i < 1200; i++) node.write(`k${i % 5}`, i);
    const sent = sentTo("n3", node.hear("n3", have(1, [1, 1])));
    expect(sent).toMatchObject([{ is: "snapshot", at: [1, 1202] }]);
    expect((sent[0] as { held: readonly Json[] }).held).toHaveLength(6);
  });
});

const change = (n: number, epoch = 1): Json => ({ epoch, n, writes: [{ key: "x", value: n }] });
const ship = (from: readonly [number, number], ...changes: Json[]): Json => ({
  is: "ship",
  epoch: 1,
  beat: 0,
  from,
  changes,
});
const ask = (to: Alone, from: string, epoch: number, at: Json): Json =>
  sentTo(from, to.hear(from, { is: "stand", epoch, at, asks: false, urgent: true }))[0]!;

describe("a follower", () => {
  test("takes changes in their order, however they come, and says how far it is", () => {
    const node = new Alone(fenced, "n2");
    const at = (message: Json): Json => (sentTo("n1", node.hear("n1", message))[0] as { at: Json }).at;
    expect(at(ship([1, 2], change(3)))).toEqual([0, 0]);
    expect(at(ship([1, 1], change(2)))).toEqual([0, 0]);
    expect(at(ship([0, 0], change(1)))).toEqual([1, 3]);
    expect(at(ship([0, 0], change(1)))).toEqual([1, 3]);
  });

  test("that has promised a later epoch refuses an earlier leader, and tells it so", () => {
    const node = new Alone(fenced, "n2");
    node.hear("n3", { is: "stand", epoch: 2, at: [0, 0], asks: false, urgent: true });
    const [answer] = sentTo("n1", node.hear("n1", ship([0, 0], change(1))));
    expect(answer).toMatchObject({ is: "have", epoch: 2, at: [0, 0] });
  });

  test("votes once an epoch, also after a restart, and for nobody who has less", () => {
    const node = new Alone(fenced, "n2");
    node.hear("n1", ship([0, 0], change(1)));
    expect(ask(node, "n3", 2, [0, 0])).toMatchObject({ granted: false, promised: 2 });
    expect(ask(node, "n3", 3, [1, 1])).toMatchObject({ granted: true });
    const again = new Alone(fenced, "n2", node.persisted);
    expect(ask(again, "n1", 3, [1, 1])).toMatchObject({ granted: false });
    expect(ask(again, "n3", 3, [1, 1])).toMatchObject({ granted: true });
  });

  test("that stood in vain, and then followed, lets the leader be when it starts again", () => {
    const node = elected().persisted;
    const late = new Alone(fenced, "n1", node);
    expect(sentTo("n2", late.started)).toMatchObject([{ is: "stand", epoch: 2, urgent: true }]);
    late.hear("n2", { ...(ship([1, 1]) as object), epoch: 2 });
    expect(sentTo("n2", new Alone(fenced, "n1", late.persisted).started)).toEqual([]);
  });

  test("that holds nothing yet does not compact its log again and again", () => {
    const node = new Alone({ ...fenced, compactAfter: 1 }, "n2");
    node.hear("n1", ship([0, 0], { epoch: 1, n: 1, writes: [] }));
    const beats = [1, 2, 3].flatMap(() => node.hear("n1", ship([1, 1])));
    expect(beats.filter(({ is }) => is === "compact")).toEqual([]);
  });

  test("comes back from a compacted log as it was", () => {
    const node = new Alone(fenced, "n2");
    for (let n = 1; n < 100; n++) node.hear("n1", ship([n === 1 ? 0 : 1, n - 1], change(n)));
    expect(node.persisted.length).toBeLessThan(40);
    const again = new Alone(fenced, "n2", node.persisted);
    expect(replies(again.ask({ op: "dump" }))).toEqual([{ ok: true, value: { x: [99] } }]);
    expect(sentTo("n1", again.hear("n1", ship([1, 99])))).toMatchObject([{ at: [1, 99] }]);
  });
});
