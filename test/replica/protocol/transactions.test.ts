/** Transactions at the leader, step by step: one begins, another one gets in between. */

import { describe, expect, test } from "vitest";
import type { Effect } from "../../../src/replica/protocol/protocol.js";
import type { Isolation, Json, LeaderConfig, MicroOp, Reply } from "../../../src/replica/wire.js";
import { Alone, leaderConfig, OK, orderOf, replies, sends, sentTo } from "./alone.js";

/** A step takes one millisecond: `step` lets every transaction under way do one. */
class Leader extends Alone {
  constructor(isolation: Isolation, settings: Partial<LeaderConfig> = {}) {
    super(leaderConfig({ writeQuorum: 0, isolation, txnStepDelayMs: [1, 1], ...settings }));
  }

  begin(...ops: readonly MicroOp[]): readonly Effect[] {
    return this.ask({ op: "txn", ops });
  }

  step(): readonly Effect[] {
    return this.fire("txn-step", this.nowMs + 1);
  }

  /** What is answered while all that is under way comes to its end. */
  finish(): Reply[] {
    return Array.from({ length: 30 }, () => replies(this.step())).flat();
  }

  txn(...ops: readonly MicroOp[]): Reply | undefined {
    return [...replies(this.begin(...ops)), ...this.finish()][0];
  }
}

const ok = (...value: readonly Json[]): Reply => ({ ok: true, value });
const conflict = (message: string): Reply => ({ ok: false, error: "conflict", message });
const mismatch = (message: string): Reply => ({ ok: false, error: "mismatch", message });
const r = (key: string): MicroOp => ["r", key, null];
const w = (key: string, value: Json): MicroOp => ["w", key, value];
const append = (key: string, value: Json): MicroOp => ["append", key, value];
const LEVELS = ["serializable", "snapshot", "read-committed", "read-uncommitted"] as const;

describe("micro-operations, at every level", () => {
  for (const isolation of LEVELS) {
    test(`${isolation}: each sees what the ones before it did`, () => {
      const leader = new Leader(isolation);
      const done = leader.txn(
        r("n"),
        w("n", 1),
        ["add", "n", 4],
        r("n"),
        append("l", "a"),
        append("l", "b"),
        ["pop", "l"],
        r("l"),
      );
      expect(done).toEqual(
        ok(
          ["r", "n", null],
          w("n", 1),
          ["add", "n", 4],
          ["r", "n", 5],
          append("l", "a"),
          append("l", "b"),
          ["pop", "l", "a"],
          ["r", "l", ["b"]],
        ),
      );
      expect(replies(leader.read("n"))).toEqual([{ ok: true, value: 5 }]);
      expect(leader.txn(["pop", "l"], ["pop", "l"], ["add", "new", -3], r("l"), r("new"))).toEqual(
        ok(["pop", "l", "b"], ["pop", "l", null], ["add", "new", -3], ["r", "l", []], ["r", "new", -3]),
      );
      expect(leader.txn()).toEqual(ok());
    });
  }

  test("what does not fit refuses the whole transaction", () => {
    const leader = new Leader("serializable");
    leader.txn(w("n", 5), w("l", [1]));
    const before = leader.persisted.length;
    expect(leader.txn(w("x", 1), append("n", 1))).toEqual(mismatch("n is 5, not a list"));
    expect(leader.txn(w("x", 1), ["pop", "n"])).toEqual(mismatch("n is 5, not a list"));
    expect(leader.txn(w("x", 1), ["add", "l", 1])).toEqual(mismatch("l is [1], not a number"));
    expect(leader.txn(w("x", 1), ["add", "n", -6, 0])).toEqual(mismatch("n would become -1, less than 0"));
    expect(leader.txn(["add", "n", -5, 0])).toEqual(ok(["add", "n", -5, 0]));
    expect(replies(leader.read("x"))).toEqual([{ ok: true, value: null }]);
    expect(leader.persisted).toHaveLength(before + 1);
  });
});

describe("a commit", () => {
  test("is one entry and one message, whatever the number of keys, and answered last", () => {
    const leader = new Leader("serializable");
    leader.txn(w("x", 1));
    leader.begin(w("x", 2), append("y", 3), r("z"));
    leader.step();
    leader.step();
    const effects = leader.step();
    expect(orderOf(effects)).toEqual(["persist", "send", "send", "reply"]);
    const written = [
      { key: "x", version: 2, value: 2 },
      { key: "y", version: 2, value: [3] },
    ];
    expect(leader.persisted.at(-1)).toEqual({ together: written });
    const [x, y] = written;
    expect(sends(effects)).toEqual(
      ["n2", "n3"].map((to) => ({
        to,
        message: {
          is: "together",
          entries: [
            { ...x, after: 1 },
            { ...y, after: 0 },
          ],
        },
      })),
    );
    expect(replies(effects)).toEqual([ok(w("x", 2), append("y", 3), ["r", "z", null])]);
  });

  test("of one key is what a write is", () => {
    const leader = new Leader("serializable");
    leader.begin(w("x", 1));
    const effects = leader.step();
    expect(leader.persisted.at(-1)).toEqual({ key: "x", version: 1, value: 1 });
    expect(sentTo("n2", effects)).toEqual([{ is: "replicate", entries: [{ key: "x", version: 1, value: 1 }] }]);
  });

  test("that reads only is answered at once, and leaves no trace", () => {
    const leader = new Leader("serializable", { writeQuorum: 2 });
    leader.begin(r("x"), ["pop", "y"]);
    leader.step();
    leader.step();
    expect(leader.step()).toEqual([{ is: "reply", id: 0, reply: ok(["r", "x", null], ["pop", "y", null]) }]);
  });

  test("waits for its quorum, and is partial without", () => {
    const leader = new Leader("serializable", { writeQuorum: 1 });
    leader.begin(w("x", 1), w("y", 1));
    expect(leader.finish()).toEqual([]);
    const acks = [
      ["x", 1],
      ["y", 1],
    ];
    expect(replies(leader.hear("n3", { is: "ack", acks }))).toEqual([ok(w("x", 1), w("y", 1))]);
    leader.begin(w("x", 2));
    leader.finish();
    expect(replies(leader.fire("write-deadline", leader.nowMs + 100))).toEqual([
      { ok: false, error: "partial", message: "stored at the leader and at 0 of 1 followers in time" },
    ]);
    expect(replies(leader.read("x"))).toEqual([{ ok: true, value: 2 }]);
  });

  test("needs the leader, unless it only reads and any node may be read from", () => {
    const n2 = new Alone(leaderConfig({ readFrom: "any" }), "n2");
    expect(replies(n2.ask({ op: "txn", ops: [r("x")] }))).toEqual([ok(["r", "x", null])]);
    expect(replies(n2.ask({ op: "txn", ops: [r("x"), w("x", 1)] }))[0]).toMatchObject({ error: "not-leader" });
  });
});

describe("serializable", () => {
  test("the younger waits until the older has ended", () => {
    const leader = new Leader("serializable");
    leader.begin(r("x"), w("x", 1));
    leader.begin(w("x", 2), r("x"));
    expect(leader.finish()).toEqual([ok(["r", "x", null], w("x", 1)), ok(w("x", 2), ["r", "x", 2])]);
  });

  test("the older does not wait: the younger is aborted", () => {
    const leader = new Leader("serializable");
    leader.begin(r("y"), w("x", 1));
    leader.begin(w("x", 2), r("z"));
    expect(replies(leader.step())).toEqual([conflict("an older transaction needed x")]);
    expect(leader.finish()).toEqual([ok(["r", "y", null], w("x", 1))]);
    expect(replies(leader.read("x"))).toEqual([{ ok: true, value: 1 }]);
  });

  test("many read the same at a time", () => {
    const leader = new Leader("serializable");
    leader.begin(r("x"), r("y"));
    leader.begin(r("x"), r("y"));
    leader.step();
    expect(replies(leader.step())).toHaveLength(2);
  });

  test("a write skew does not happen", () => {
    const leader = new Leader("serializable");
    leader.begin(r("x"), w("y", 1));
    leader.begin(r("y"), w("x", 1));
    const ends = leader.finish();
    expect(ends.filter((reply) => reply.ok && JSON.stringify(reply.value).includes("null"))).toHaveLength(1);
  });

  test("a single write or cas waits for no transaction: those that hold its key are aborted", () => {
    const leader = new Leader("serializable");
    leader.begin(r("x"), r("y"));
    leader.begin(r("y"));
    expect(replies(leader.write("x", 7))).toEqual([conflict("a single write needed x"), OK]);
    expect(leader.finish()).toEqual([ok(["r", "y", null])]);
    leader.begin(w("x", 8), r("y"));
    expect(replies(leader.read("x"))).toEqual([{ ok: true, value: 7 }]);
    expect(replies(leader.cas("x", 7, 9))).toEqual([conflict("a single write needed x"), OK]);
    leader.begin(w("x", 8));
    expect(replies(leader.cas("x", 7, 9))).toEqual([mismatch("found 9")]);
    expect(leader.finish()).toEqual([ok(w("x", 8))]);
  });
});

describe("snapshot", () => {
  test("a transaction sees what was there when it began, and its own writes", () => {
    const leader = new Leader("snapshot");
    leader.write("x", 1);
    leader.begin(r("y"), r("x"), w("z", 0), r("z"), r("new"));
    leader.write("x", 2);
    leader.begin(w("x", 3), w("new", 3));
    expect(leader.finish()).toEqual([
      ok(w("x", 3), w("new", 3)),
      ok(["r", "y", null], ["r", "x", 1], w("z", 0), ["r", "z", 0], ["r", "new", null]),
    ]);
  });

  test("of two that write the same key the first to commit wins", () => {
    const leader = new Leader("snapshot");
    leader.begin(r("x"), append("x", 1));
    leader.begin(append("x", 2));
    expect(leader.finish()).toEqual([ok(append("x", 2)), conflict("x was written since the transaction began")]);
    expect(replies(leader.read("x"))).toEqual([{ ok: true, value: [2] }]);
  });

  test("a write skew happens", () => {
    const leader = new Leader("snapshot");
    leader.begin(r("x"), w("y", 1));
    leader.begin(r("y"), w("x", 1));
    expect(leader.finish()).toEqual([ok(["r", "x", null], w("y", 1)), ok(["r", "y", null], w("x", 1))]);
  });
});

describe("read-committed", () => {
  test("a read sees what is committed at that moment: two of them differ", () => {
    const leader = new Leader("read-committed");
    leader.begin(r("x"), r("y"), r("x"));
    leader.write("x", 1);
    expect(leader.finish()).toEqual([ok(["r", "x", null], ["r", "y", null], ["r", "x", 1])]);
  });

  test("nothing uncommitted is seen", () => {
    const leader = new Leader("read-committed");
    leader.begin(w("x", 1), r("y"), w("x", 2), r("y"));
    for (let i = 0; i < 3; i++) leader.begin(r("x"));
    expect(leader.finish().slice(0, 3)).toEqual(Array(3).fill(ok(["r", "x", null])));
  });

  test("an update is lost between a read and a write; an append, which reads nothing, is not", () => {
    const leader = new Leader("read-committed");
    leader.begin(["add", "n", 1]);
    leader.begin(["add", "n", 1]);
    expect(leader.finish()).toHaveLength(2);
    expect(replies(leader.read("n"))).toEqual([{ ok: true, value: 1 }]);
    leader.begin(append("l", 1));
    leader.begin(append("l", 2));
    expect(leader.finish()).toHaveLength(2);
    expect(replies(leader.read("l"))).toEqual([{ ok: true, value: [1, 2] }]);
  });

  test("an element is taken twice", () => {
    const leader = new Leader("read-committed");
    leader.write("l", ["a", "b"]);
    leader.begin(["pop", "l"]);
    leader.begin(["pop", "l"]);
    expect(leader.finish()).toEqual([ok(["pop", "l", "a"]), ok(["pop", "l", "a"])]);
  });
});

describe("read-uncommitted", () => {
  test("a read sees what its own transaction overwrites later", () => {
    const leader = new Leader("read-uncommitted");
    leader.begin(w("x", 1), w("x", 2));
    leader.begin(r("x"));
    expect(leader.finish()).toEqual([ok(["r", "x", 1]), ok(w("x", 1), w("x", 2))]);
  });

  test("a read sees what is aborted later", () => {
    const leader = new Leader("read-uncommitted");
    leader.begin(r("a"), w("x", 5));
    leader.begin(w("x", 3), r("y"));
    leader.begin(r("x"));
    expect(replies(leader.step())).toEqual([conflict("an older transaction needed x"), ok(["r", "x", 3])]);
  });

  test("two transactions see each other", () => {
    const leader = new Leader("read-uncommitted");
    leader.begin(w("x", 1), r("y"));
    leader.begin(w("y", 1), r("x"));
    expect(leader.finish()).toEqual([ok(w("x", 1), ["r", "y", 1]), ok(w("y", 1), ["r", "x", 1])]);
  });

  test("what is not committed is not overwritten, and a single read does not see it", () => {
    const leader = new Leader("read-uncommitted");
    leader.begin(w("x", 1), r("y"), w("z", 1));
    leader.begin(w("x", 2), r("z"), w("z", 2));
    expect(replies(leader.read("x"))).toEqual([{ ok: true, value: null }]);
    expect(leader.finish()).toHaveLength(2);
    expect(replies(leader.read("x"))).toEqual([{ ok: true, value: 2 }]);
    expect(replies(leader.read("z"))).toEqual([{ ok: true, value: 2 }]);
  });
});

const entry = (key: string, version: number, value: Json): { key: string; version: number; value: Json } => ({
  key,
  version,
  value,
});
const together = (...entries: readonly Json[]): Json => ({ is: "together", entries });
const dump = (n2: Alone): Json => {
  const [reply] = replies(n2.ask({ op: "dump" }));
  return reply?.ok ? reply.value : null;
};

describe("a follower", () => {
  test("keeps a transaction in one entry, and acknowledges every key of it", () => {
    const n2 = new Alone(leaderConfig(), "n2");
    const effects = n2.hear("n1", together({ ...entry("x", 1, "a"), after: 0 }, { ...entry("y", 1, "b"), after: 0 }));
    expect(orderOf(effects)).toEqual(["persist", "send"]);
    expect(n2.persisted.at(-1)).toEqual({ together: [entry("x", 1, "a"), entry("y", 1, "b")] });
    const acks = [
      ["x", 1],
      ["y", 1],
    ];
    expect(sends(effects)).toEqual([{ to: "n1", message: { is: "ack", acks } }]);
    expect(dump(new Alone(leaderConfig(), "n2", n2.persisted))).toEqual({ x: ["a"], y: ["b"] });
  });

  test("lets what comes too early wait, and takes it when its time has come", () => {
    const n2 = new Alone(leaderConfig(), "n2");
    expect(n2.hear("n1", together({ ...entry("y", 3, "d"), after: 2 }))).toEqual([]);
    expect(n2.hear("n1", together({ ...entry("y", 2, "c"), after: 1 }, { ...entry("z", 2, "c"), after: 0 }))).toEqual(
      [],
    );
    expect(dump(n2)).toEqual({});
    const effects = n2.hear("n1", together({ ...entry("x", 1, "a"), after: 0 }, { ...entry("y", 1, "b"), after: 0 }));
    expect(dump(n2)).toEqual({ x: ["a"], y: ["d"], z: ["c"] });
    expect(sends(effects)).toHaveLength(3);
  });

  test("takes a group of latest versions whatever it holds, but nothing older", () => {
    const n2 = new Alone(leaderConfig(), "n2", [entry("y", 9, "new")]);
    n2.hear("n1", together(entry("x", 7, "a"), entry("y", 5, "old")));
    expect(dump(n2)).toEqual({ x: ["a"], y: ["new"] });
    expect(n2.persisted.at(-1)).toEqual(entry("x", 7, "a"));
  });
});

describe("catching up", () => {
  test("what unacknowledged transactions connect goes together, in the latest versions; the rest by itself", () => {
    const leader = new Leader("serializable");
    leader.txn(w("x", 1), w("y", 1));
    leader.txn(w("y", 2), w("z", 2));
    leader.write("z", 3);
    leader.write("other", 4);
    const again = sentTo("n2", leader.fire("resend", leader.nowMs + 300));
    expect(again).toEqual([
      { is: "replicate", entries: [{ key: "other", version: 4, value: 4 }] },
      {
        is: "together",
        entries: [
          { key: "y", version: 2, value: 2 },
          { key: "z", version: 3, value: 3 },
          { key: "x", version: 1, value: 1 },
        ],
      },
    ]);
  });

  test("a single write of a key that a transaction wrote comes after it, until that is acknowledged", () => {
    const leader = new Leader("serializable");
    leader.txn(w("x", 1), w("y", 1));
    expect(sentTo("n2", leader.write("x", 2))).toEqual([
      { is: "together", entries: [{ key: "x", version: 2, value: 2, after: 1 }] },
    ]);
    const acks = [
      ["x", 2],
      ["y", 1],
    ];
    leader.hear("n2", { is: "ack", acks });
    const effects = leader.write("x", 3);
    expect(sentTo("n2", effects)).toEqual([{ is: "replicate", entries: [{ key: "x", version: 3, value: 3 }] }]);
    expect(sentTo("n3", effects)).toEqual([
      { is: "together", entries: [{ key: "x", version: 3, value: 3, after: 2 }] },
    ]);
  });

  test("after a restart the log says what goes together", () => {
    const before = new Leader("serializable");
    before.txn(w("x", 1), w("y", 1));
    before.write("y", 2);
    before.write("z", 3);
    const leader = new Alone(leaderConfig(), "n1", before.persisted);
    const sizes = sentTo("n2", leader.fire("resend", 200)).map(
      (message) => (message as { entries: Json[] }).entries.length,
    );
    expect(sizes).toEqual([1, 2]);
  });
});
