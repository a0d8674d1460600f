import { describe, expect, test } from "vitest";
import type { Json } from "../../../src/replica/wire.js";
import { Alone, leaderConfig, OK, orderOf, replies, sends, sentTo } from "./alone.js";

const ack = (key: string, version: number): Json => ({ is: "ack", acks: [[key, version]] });
const replicate = (key: string, version: number, value: Json): Json => ({
  is: "replicate",
  entries: [{ key, version, value }],
});

describe("a write at the leader", () => {
  test("is stored first, sent to all at once, and answered last", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 0 }));
    const effects = leader.write("k", 7);
    expect(orderOf(effects)).toEqual(["persist", "send", "send", "reply"]);
    expect(leader.persisted.at(-1)).toEqual({ key: "k", version: 1, value: 7 });
    expect(sends(effects)).toEqual([
      { to: "n2", message: replicate("k", 1, 7) },
      { to: "n3", message: replicate("k", 1, 7) },
    ]);
    expect(replies(effects)).toEqual([OK]);
  });

  test("with a quorum of one is answered by the first acknowledgement, and only once", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 1 }));
    expect(replies(leader.write("k", 7))).toEqual([]);
    expect(replies(leader.hear("n3", ack("k", 1)))).toEqual([OK]);
    expect(replies(leader.hear("n2", ack("k", 1)))).toEqual([]);
  });

  test("with a quorum of all waits for all; the same follower twice is one", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 2 }));
    leader.write("k", 7);
    expect(replies(leader.hear("n2", ack("k", 1)))).toEqual([]);
    expect(replies(leader.hear("n2", ack("k", 1)))).toEqual([]);
    expect(replies(leader.hear("n3", ack("k", 1)))).toEqual([OK]);
  });

  test("is acknowledged by whoever holds a later version of the key, for that one replaces it", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 1 }));
    leader.write("k", 7);
    leader.write("k", 8);
    leader.write("other", 9);
    expect(replies(leader.hear("n2", ack("k", 2)))).toEqual([OK, OK]);
    expect(replies(leader.hear("n2", ack("other", 2)))).toEqual([]);
  });

  test("that misses its quorum is partial, and stays", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 2, quorumTimeoutMs: 100 }));
    leader.write("k", 7);
    leader.hear("n2", ack("k", 1));
    expect(replies(leader.fire("write-deadline", 100))).toEqual([
      { ok: false, error: "partial", message: "stored at the leader and at 1 of 2 followers in time" },
    ]);
    expect(replies(leader.read("k"))).toEqual([{ ok: true, value: 7 }]);
    expect(replies(leader.hear("n3", ack("k", 1)))).toEqual([]);
  });

  test("has its own deadline, though all share one timer", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 2, quorumTimeoutMs: 100 }));
    expect(leader.write("a", 1)).toContainEqual({ is: "timer", name: "write-deadline", afterMs: 100 });
    leader.nowMs = 30;
    leader.write("b", 1);
    const atFirst = leader.fire("write-deadline", 100);
    expect(replies(atFirst)).toHaveLength(1);
    expect(atFirst).toContainEqual({ is: "timer", name: "write-deadline", afterMs: 30 });
    expect(replies(leader.fire("write-deadline", 130))).toHaveLength(1);
  });
});

describe("cas at the leader", () => {
  test("compares and writes in one step; a key never written is null", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 0 }));
    expect(replies(leader.cas("k", null, 1))).toEqual([OK]);
    expect(replies(leader.cas("k", null, 2))).toEqual([{ ok: false, error: "mismatch", message: "found 1" }]);
    expect(replies(leader.read("k"))).toEqual([{ ok: true, value: 1 }]);
  });

  test("compares values, not texts", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 0 }));
    leader.write("k", { a: 1, b: [2, { c: null }] });
    expect(replies(leader.cas("k", { b: [2, { c: null }], a: 1 }, "x"))).toEqual([OK]);
    leader.write("k", { a: 1 });
    expect(replies(leader.cas("k", { a: 1, b: null }, "x"))[0]?.ok).toBe(false);
  });

  test("sees a write that no follower has yet, for the leader's own order decides", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 2 }));
    leader.write("k", 7);
    expect(replies(leader.cas("k", 6, 8))[0]).toMatchObject({ error: "mismatch" });
    expect(orderOf(leader.cas("k", 7, 8))).toEqual(["persist", "send", "send"]);
  });
});

const follower = (): Alone => new Alone(leaderConfig(), "n2");

describe("a follower", () => {
  test("stores first and acknowledges then", () => {
    const effects = follower().hear("n1", replicate("k", 3, 7));
    expect(orderOf(effects)).toEqual(["persist", "send"]);
    expect(sends(effects)).toEqual([{ to: "n1", message: ack("k", 3) }]);
  });

  test("refuses an older version, and one that it has, and acknowledges both", () => {
    const n2 = follower();
    n2.hear("n1", replicate("k", 3, "new"));
    for (const version of [2, 3]) {
      const effects = n2.hear("n1", replicate("k", version, "old"));
      expect(orderOf(effects)).toEqual(["send"]);
      expect(sends(effects)).toEqual([{ to: "n1", message: ack("k", version) }]);
    }
    expect(replies(n2.ask({ op: "dump" }))).toEqual([{ ok: true, value: { k: ["new"] } }]);
  });

  test("sends clients to the leader, by name, and does nothing", () => {
    const refusal = { ok: false, error: "not-leader", message: "n2 follows n1", leader: "n1" };
    const n2 = follower();
    const persisted = n2.persisted.length;
    for (const effects of [n2.read("k"), n2.write("k", 1), n2.cas("k", null, 1)]) {
      expect(replies(effects)).toEqual([refusal]);
      expect(orderOf(effects)).toEqual(["reply"]);
    }
    expect(n2.persisted).toHaveLength(persisted);
  });

  test("answers a read from its own state where reads go anywhere: it may be stale", () => {
    const n2 = new Alone(leaderConfig({ readFrom: "any", writeQuorum: 0 }), "n2");
    expect(replies(n2.read("k"))).toEqual([{ ok: true, value: null }]);
    n2.hear("n1", replicate("k", 1, 7));
    expect(replies(n2.read("k"))).toEqual([{ ok: true, value: 7 }]);
    expect(replies(n2.write("k", 1))[0]).toMatchObject({ error: "not-leader" });
  });
});

/** How many entries each message carries. */
const sizes = (messages: Json[]): number[] =>
  messages.map((message) => (message as { entries: readonly Json[] }).entries.length);

describe("catching up", () => {
  test("what was not acknowledged is sent again, in its latest version only", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 0 }));
    leader.write("k", 1);
    leader.write("k", 2);
    leader.hear("n2", ack("k", 2));
    expect(sends(leader.fire("resend", 50))).toEqual([]);
    expect(sends(leader.fire("resend", 250))).toEqual([{ to: "n3", message: replicate("k", 2, 2) }]);
  });

  test("an acknowledgement of an older version does not settle the debt", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 0 }));
    leader.write("k", 1);
    leader.write("k", 2);
    leader.hear("n2", ack("k", 1));
    expect(sentTo("n2", leader.fire("resend", 250))).toEqual([replicate("k", 2, 2)]);
  });

  test("ends when all is acknowledged: no timer is left", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 0 }));
    expect(leader.write("k", 1).some((effect) => effect.is === "timer")).toBe(true);
    leader.hear("n2", ack("k", 1));
    leader.hear("n3", ack("k", 1));
    expect(leader.fire("resend", 50)).toEqual([]);
  });

  test("starts at once when a connection is made again", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 0 }));
    leader.write("k", 1);
    leader.nowMs = 1;
    expect(sends(leader.connected("n2"))).toEqual([{ to: "n2", message: replicate("k", 1, 1) }]);
    expect(sends(leader.connected("n2"))).toHaveLength(1);
  });

  test("asks a silent follower less and less often, but never stops", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 0 }), "n1", [], ["n1", "n2"]);
    leader.write("k", 1);
    const sentAtMs: number[] = [];
    for (let ms = 50; ms <= 5000; ms += 50) if (sends(leader.fire("resend", ms)).length > 0) sentAtMs.push(ms);
    expect(sentAtMs.slice(0, 5)).toEqual([200, 600, 1400, 2200, 3000]);
  });

  test("goes in portions: no message carries more than 16 entries, no look sends more than 1024", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 0 }), "n1", [], ["n1", "n2"]);
    for (let i = 0; i < 1500; i++) leader.write(`k${i}`, i);
    const first = sizes(sentTo("n2", leader.fire("resend", 250)));
    expect(first).toEqual(Array(64).fill(16));
    const second = sizes(sentTo("n2", leader.fire("resend", 600)));
    expect(second.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(1500 - 1024);
  });
});

describe("a restart", () => {
  test("the leader goes on counting where its log ends, and owes everything to who does not say how far it is", () => {
    const before = new Alone(leaderConfig({ writeQuorum: 0 }));
    before.write("a", 1);
    before.write("b", 2);
    before.write("a", 3);
    const leader = new Alone(leaderConfig({ writeQuorum: 0 }), "n1", before.persisted);
    expect(replies(leader.read("a"))).toEqual([{ ok: true, value: 3 }]);
    expect(sentTo("n3", leader.started)).toEqual([{ is: "where" }]);
    expect(sentTo("n3", leader.fire("resend", 50))).toEqual([]);
    const again = sentTo("n3", leader.fire("resend", 200));
    expect(again).toEqual([
      {
        is: "replicate",
        entries: [
          { key: "a", version: 3, value: 3 },
          { key: "b", version: 2, value: 2 },
        ],
      },
    ]);
    leader.write("c", 4);
    expect(leader.persisted.at(-1)).toEqual({ key: "c", version: 4, value: 4 });
  });

  test("the leader sends a follower what changed since the version up to which it has all", () => {
    const before = new Alone(leaderConfig({ writeQuorum: 0 }));
    for (let i = 0; i < 10; i++) before.write(`k${i}`, i);
    before.write("k3", "later");
    const leader = new Alone(leaderConfig({ writeQuorum: 0 }), "n1", before.persisted);
    expect(sentTo("n2", leader.connected("n2"))).toEqual([{ is: "where" }]);
    expect(sentTo("n2", leader.hear("n2", { is: "at", upTo: 9 }))).toEqual([
      {
        is: "replicate",
        entries: [
          { key: "k3", version: 11, value: "later" },
          { key: "k9", version: 10, value: 9 },
        ],
      },
    ]);
    expect(sentTo("n2", leader.hear("n2", { is: "at", upTo: 0 }))).toEqual([]);
  });

  test("a follower is told now and then up to which version it has all, and still knows it in its next life", () => {
    const leader = new Alone(leaderConfig({ writeQuorum: 0 }));
    for (let i = 1; i <= 200; i++) {
      leader.write("x", i);
      if (i !== 150) leader.hear("n2", ack("x", i));
      if (i < 190) leader.hear("n3", ack("x", i));
    }
    leader.write("y", 1);
    const looked = leader.fire("resend", 50);
    expect(sentTo("n2", looked)).toEqual([{ is: "settled", upTo: 200 }]);
    expect(sentTo("n3", looked)).toEqual([{ is: "settled", upTo: 199 }]);
    const n2 = new Alone(leaderConfig(), "n2");
    n2.hear("n1", { is: "settled", upTo: 200 });
    n2.hear("n1", { is: "settled", upTo: 100 });
    const again = new Alone(leaderConfig(), "n2", n2.persisted);
    expect(sentTo("n1", again.hear("n1", { is: "where" }))).toEqual([{ is: "at", upTo: 200 }]);
  });

  test("a follower does not send anything of its own", () => {
    const n2 = new Alone(leaderConfig(), "n2", [{ key: "a", version: 1, value: 1 }]);
    expect(orderOf(n2.started)).toEqual(["persist"]);
    expect(n2.started.some((effect) => effect.is === "timer")).toBe(false);
  });

  test("answers to questions of an earlier life count for nothing", () => {
    const config = leaderConfig({ readFrom: "quorum", readQuorum: 2 });
    const before = new Alone(config, "n2");
    const [oldQuestion] = sentTo("n3", before.read("k")) as { op: number }[];
    const after = new Alone(config, "n2", before.persisted);
    const [newQuestion] = sentTo("n3", after.read("k")) as { op: number }[];
    expect(newQuestion!.op).not.toBe(oldQuestion!.op);
    expect(replies(after.hear("n3", { is: "answer", op: oldQuestion!.op, version: 0, value: null }))).toEqual([]);
    expect(replies(after.hear("n3", { is: "answer", op: newQuestion!.op, version: 5, value: "x" }))).toEqual([
      { ok: true, value: "x" },
    ]);
  });
});

describe("a quorum read", () => {
  const config = leaderConfig({ readFrom: "quorum", readQuorum: 3 });

  test("asks all and returns the highest version among the first answers, its own included", () => {
    const n2 = new Alone(config, "n2", [{ key: "k", version: 2, value: "mine" }]);
    const asked = sends(n2.read("k"));
    expect(asked.map(({ to }) => to)).toEqual(["n1", "n3"]);
    const { op } = asked[0]!.message as { op: number };
    expect(replies(n2.hear("n3", { is: "answer", op, version: 1, value: "older" }))).toEqual([]);
    expect(replies(n2.hear("n3", { is: "answer", op, version: 1, value: "older" }))).toEqual([]);
    expect(replies(n2.hear("n1", { is: "answer", op, version: 3, value: "newest" }))).toEqual([
      { ok: true, value: "newest" },
    ]);
  });

  test("that too few answer in time is no-quorum", () => {
    const n2 = new Alone(config, "n2");
    n2.read("k");
    expect(replies(n2.fire("read-deadline", 100))).toEqual([
      { ok: false, error: "no-quorum", message: "1 of 3 replicas answered in time" },
    ]);
  });

  test("of one is the node's own state", () => {
    const n2 = new Alone({ ...config, readQuorum: 1 }, "n2", [{ key: "k", version: 2, value: "mine" }]);
    expect(n2.read("k")).toEqual([{ is: "reply", id: 0, reply: { ok: true, value: "mine" } }]);
  });
});

/** Of 50 writes to two followers. */
const delays = (): (number | undefined)[] => {
  const leader = new Alone(leaderConfig({ writeQuorum: 0, replicationDelayMs: [10, 20] }));
  return Array.from({ length: 50 }, (_, i) => leader.write("k", i)).flatMap((effects) =>
    effects.flatMap((effect) => (effect.is === "send" ? [effect.delayMs] : [])),
  );
};

test("the injected delay lies between its bounds, varies, and is the same for the same seed", () => {
  const drawn = delays();
  expect(drawn).toEqual(delays());
  expect(new Set(drawn).size).toBeGreaterThan(90);
  for (const delayMs of drawn) expect(delayMs).toBeGreaterThanOrEqual(10);
  for (const delayMs of drawn) expect(delayMs).toBeLessThan(20);
});

test("a message that makes no sense is ignored", () => {
  const leader = new Alone(leaderConfig());
  leader.write("k", 1);
  const nonsense: Json[] = [
    null,
    7,
    [],
    { is: "vote" },
    { is: "replicate", entries: [{ key: 1, version: 2, value: 3 }] },
    { is: "replicate", entries: [{ key: "k", version: -1, value: 3 }] },
    { is: "ack", acks: [["k"]] },
    { is: "ack", acks: "k" },
    { is: "answer", op: 1.5, version: 1, value: 1 },
    { is: "read", op: 1 },
  ];
  for (const message of nonsense) expect(leader.hear("n2", message)).toEqual([]);
});

test("dump and health speak of the node itself, even at a follower", () => {
  const n2 = new Alone(leaderConfig(), "n2", [{ key: "__proto__", version: 4, value: 1 }]);
  expect(JSON.stringify(replies(n2.ask({ op: "dump" }))[0])).toBe('{"ok":true,"value":{"__proto__":[1]}}');
  expect(replies(n2.ask({ op: "health" }))).toEqual([
    { ok: true, value: { name: "n2", mode: "leader", role: "follower", leader: "n1", keys: 1, version: 4 } },
  ]);
});
