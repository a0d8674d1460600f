import { describe, expect, test } from "vitest";
import type { Json, SequencerConfig } from "../../../src/replica/wire.js";
import { Alone, OK, orderOf, replies, sends, sentTo, sequencerConfig } from "./alone.js";
import { agree, linearizable, seedsWhere } from "./seeds.js";

const change = (key: string, value: Json): Json => ({ f: "write", key, value });
const ordered = (from: number, ...values: readonly Json[]): Json => ({
  is: "ordered",
  from,
  entries: values.map((value, i) => ({ origin: "n3", op: from + i, change: change("k", value) })),
});

const sequencer = (settings: Partial<SequencerConfig>) => ({
  protocol: sequencerConfig({ quorumTimeoutMs: 120, ...settings }),
});

describe("the sequencer", () => {
  test("keeps an operation before it tells anybody, and answers its own client", () => {
    const n1 = new Alone(sequencerConfig());
    const effects = n1.write("k", 7);
    expect(orderOf(effects)).toEqual(["persist", "reply", "send", "send"]);
    expect(replies(effects)).toEqual([OK]);
    expect(replies(n1.read("k"))).toEqual([{ ok: true, value: 7 }]);
  });

  test("waits for as many replicas as the write quorum asks for", () => {
    const n1 = new Alone(sequencerConfig({ writeQuorum: 2 }));
    const effects = n1.write("k", 7);
    expect(replies(effects)).toEqual([]);
    const { entries } = sentTo("n2", effects)[0] as unknown as { entries: { op: number }[] };
    expect(replies(n1.hear("n2", { is: "stored", op: entries[0]!.op }))).toEqual([OK]);
  });

  test("gives what comes twice one place, after a restart too", () => {
    const order: Json = { is: "order", op: 5, change: change("k", 1) };
    const n1 = new Alone(sequencerConfig());
    expect(orderOf(n1.hear("n2", order))).toEqual(["persist", "send", "send", "send"]);
    expect(n1.hear("n2", order)).toEqual([]);
    const restarted = new Alone(sequencerConfig(), "n1", n1.persisted);
    expect(restarted.hear("n2", order)).toEqual([]);
    expect(replies(restarted.read("k"))).toEqual([{ ok: true, value: 1 }]);
  });

  test("decides a cas: of two from one value one succeeds", () => {
    const n1 = new Alone(sequencerConfig());
    expect(replies(n1.cas("k", null, 1))).toEqual([OK]);
    expect(replies(n1.cas("k", null, 2))).toEqual([{ ok: false, error: "mismatch", message: "found 1" }]);
  });

  test("sends one that was away what it lacks", () => {
    const n1 = new Alone(sequencerConfig());
    n1.write("k", 1);
    n1.write("k", 2);
    const sent = sentTo("n2", n1.hear("n2", { is: "have", applied: 1 }));
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ is: "ordered", from: 1, entries: [{ change: change("k", 2) }] });
    expect(n1.hear("n2", { is: "have", applied: 2 })).toEqual([]);
  });
});

describe("a replica", () => {
  test("passes a write on, and answers when it has applied it", () => {
    const n2 = new Alone(sequencerConfig(), "n2");
    const [passed] = sends(n2.write("k", 7));
    expect(passed).toMatchObject({ to: "n1", message: { is: "order", change: change("k", 7) } });
    const { op } = passed!.message as { op: number };
    const entry = { origin: "n2", op, change: change("k", 7) };
    expect(replies(n2.hear("n1", { is: "ordered", from: 0, entries: [entry] }))).toEqual([OK]);
  });

  test("applies nothing out of its turn: it asks for what is between", () => {
    const n2 = new Alone(sequencerConfig(), "n2");
    expect(sends(n2.hear("n1", ordered(1, "b")))).toEqual([{ to: "n1", message: { is: "have", applied: 0 } }]);
    n2.hear("n1", ordered(0, "a", "b"));
    expect(orderOf(n2.hear("n1", ordered(0, "a")))).toEqual([]);
    expect(replies(n2.ask({ op: "dump" }))).toEqual([{ ok: true, value: { k: ["b"] } }]);
  });

  test("takes the order from nobody else", () => {
    const n2 = new Alone(sequencerConfig(), "n2");
    expect(n2.hear("n3", ordered(0, "a"))).toEqual([]);
  });

  test("answers a linearizable read when it has come as far as the sequencer was", () => {
    const n2 = new Alone(sequencerConfig(), "n2");
    const { op } = sentTo("n1", n2.read("k"))[0] as { op: number };
    expect(replies(n2.hear("n1", { is: "so-far", op, position: 1 }))).toEqual([]);
    expect(replies(n2.hear("n1", ordered(0, "a")))).toEqual([{ ok: true, value: "a" }]);
  });

  test("answers an eventual read from the newest of as many as the read quorum asks for", () => {
    const n2 = new Alone(sequencerConfig({ consistency: "eventual", readQuorum: 2 }), "n2");
    n2.hear("n1", ordered(0, "a"));
    const { op } = sentTo("n3", n2.read("k"))[0] as { op: number };
    const fetched: Json = { is: "fetched", op, position: 2, value: "b" };
    expect(replies(n2.hear("n3", fetched))).toEqual([{ ok: true, value: "b" }]);
    expect(replies(new Alone(sequencerConfig({ consistency: "eventual" }), "n2").read("k"))).toHaveLength(1);
  });

  test("says what it does not know when the sequencer is silent", () => {
    const n2 = new Alone(sequencerConfig(), "n2");
    n2.write("k", 1);
    n2.read("k");
    const errors = replies(n2.fire("deadline", 100)).map((reply) => (reply.ok ? "ok" : reply.error));
    expect(errors).toEqual(["partial", "no-quorum"]);
  });

  test("ignores a message that makes no sense", () => {
    const n2 = new Alone(sequencerConfig(), "n2");
    const nonsense: Json[] = [
      null,
      1,
      { is: "ordered", from: 0, entries: [7] },
      { is: "so-far", op: 1 },
      { is: "have" },
    ];
    for (const message of nonsense) expect(n2.hear("n1", message)).toEqual([]);
  });
});

describe("under kill, pause, partition, loss and doubles", () => {
  for (const writeQuorum of [1, 2, 3]) {
    test(`linearizable, W = ${writeQuorum}: linearizable and in agreement after healing`, () => {
      const { failed, counts } = seedsWhere(80, sequencer({ writeQuorum }), (run) => linearizable(run) && agree(run));
      expect(failed).toEqual([]);
      for (const what of ["read ok", "write ok", "cas ok", "cas mismatch", "kill", "cut"]) {
        expect(counts[what], what).toBeGreaterThan(40);
      }
    });
  }

  test("eventual, R = 1: not linearizable, and in agreement after healing", () => {
    const { failed } = seedsWhere(40, sequencer({ consistency: "eventual" }), linearizable);
    expect(failed.length).toBeGreaterThan(25);
    expect(seedsWhere(40, sequencer({ consistency: "eventual" }), agree).failed).toEqual([]);
  });
});
