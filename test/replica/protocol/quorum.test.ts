import { describe, expect, test } from "vitest";
import type { Effect } from "../../../src/replica/protocol/protocol.js";
import type { Json } from "../../../src/replica/wire.js";
import { Alone, OK, orderOf, quorumConfig, replies, sends, sentTo } from "./alone.js";

const lww = (clockMs: number, node: string, value: Json, sequence = 1): Json => ({ clockMs, node, sequence, value });
const opOf = (effects: readonly Effect[]): number => (sends(effects)[0]!.message as { op: number }).op;
const fetched = (op: number, state: Json): Json => ({ is: "fetched", op, state });
const fetch = (key: string): Json => ({ is: "fetch", op: 3, key });
const stored = (op: number): Json => ({ is: "stored", op });
const store = (key: string, state: Json, op: number | null = null): Json => ({ is: "store", op, key, state });

describe("a write", () => {
  test("is stored here first, then sent to all", () => {
    const n1 = new Alone(quorumConfig());
    const effects = n1.write("k", 7);
    expect(orderOf(effects)).toEqual(["persist", "send", "send"]);
    const op = opOf(effects);
    expect(sentTo("n3", effects)).toEqual([store("k", lww(1000, "n1", 7), op)]);
    expect(n1.persisted.at(-1)).toEqual({ key: "k", state: lww(1000, "n1", 7) });
  });

  test("with W = 1 is answered by the coordinator alone", () => {
    const n1 = new Alone(quorumConfig({ writeQuorum: 1 }));
    expect(orderOf(n1.write("k", 7))).toEqual(["persist", "send", "send", "reply"]);
  });

  test("with W = 3 waits for all; the same replica twice is one", () => {
    const n1 = new Alone(quorumConfig({ writeQuorum: 3 }));
    const op = opOf(n1.write("k", 7));
    expect(replies(n1.hear("n2", stored(op)))).toEqual([]);
    expect(replies(n1.hear("n2", stored(op)))).toEqual([]);
    expect(replies(n1.hear("n3", stored(op)))).toEqual([OK]);
    expect(n1.hear("n3", stored(op))).toEqual([]);
  });

  test("that misses its quorum is partial, and stays", () => {
    const n1 = new Alone(quorumConfig({ writeQuorum: 3, readQuorum: 1 }));
    n1.hear("n2", stored(opOf(n1.write("k", 7))));
    expect(replies(n1.fire("deadline", 100))).toEqual([
      { ok: false, error: "partial", message: "stored at 2 of 3 replicas in time" },
    ]);
    expect(replies(n1.read("k"))).toEqual([{ ok: true, value: 7 }]);
  });
});

describe("a replica", () => {
  test("stores what is newer, acknowledges, and keeps nothing twice", () => {
    const n2 = new Alone(quorumConfig(), "n2");
    const first = n2.hear("n1", store("k", lww(5, "n1", "a"), 9));
    expect(orderOf(first)).toEqual(["persist", "send"]);
    expect(sends(first)).toEqual([{ to: "n1", message: stored(9) }]);
    expect(orderOf(n2.hear("n1", store("k", lww(5, "n1", "a"), 9)))).toEqual(["send"]);
    expect(orderOf(n2.hear("n3", store("k", lww(4, "n3", "older"), 9)))).toEqual(["send"]);
    expect(replies(n2.ask({ op: "dump" }))).toEqual([{ ok: true, value: { k: ["a"] } }]);
  });

  test("answers a fetch with its state, and one of an unknown key with nothing", () => {
    const n2 = new Alone(quorumConfig(), "n2", [{ key: "k", state: lww(5, "n1", "a") }]);
    expect(sends(n2.hear("n3", fetch("k")))).toEqual([{ to: "n3", message: fetched(3, lww(5, "n1", "a")) }]);
    expect(sends(n2.hear("n3", fetch("x")))).toEqual([{ to: "n3", message: fetched(3, null) }]);
  });

  test("ignores a message that makes no sense", () => {
    const n2 = new Alone(quorumConfig(), "n2");
    const nonsense: Json[] = [
      null,
      "x",
      { is: "store", op: 1, key: "k", state: 7 },
      { is: "stored" },
      fetched(-1, null),
    ];
    for (const message of nonsense) expect(n2.hear("n1", message)).toEqual([]);
  });
});

describe("a read", () => {
  test("with R = 1 and no repair asks nobody", () => {
    const n1 = new Alone(quorumConfig({ readQuorum: 1, readRepair: false }));
    expect(orderOf(n1.read("k"))).toEqual(["reply"]);
  });

  test("with R = 1 and repair answers at once, and asks all the same", () => {
    const n1 = new Alone(quorumConfig({ readQuorum: 1, readRepair: true }));
    expect(orderOf(n1.read("k"))).toEqual(["send", "send", "reply"]);
  });

  test("with R = 2 is answered by the newest of two states", () => {
    const n1 = new Alone(quorumConfig(), "n1", [{ key: "k", state: lww(5, "n1", "mine") }]);
    const op = opOf(n1.read("k"));
    expect(replies(n1.hear("n3", fetched(op, lww(6, "n3", "theirs"))))).toEqual([{ ok: true, value: "theirs" }]);
  });

  test("with R = 3 counts the same replica once", () => {
    const n1 = new Alone(quorumConfig({ readQuorum: 3 }));
    const op = opOf(n1.read("k"));
    expect(replies(n1.hear("n3", fetched(op, null)))).toEqual([]);
    expect(replies(n1.hear("n3", fetched(op, null)))).toEqual([]);
    expect(replies(n1.hear("n2", fetched(op, null)))).toEqual([{ ok: true, value: null }]);
  });

  test("that too few answer in time is no-quorum", () => {
    const n1 = new Alone(quorumConfig());
    n1.read("k");
    expect(replies(n1.fire("deadline", 100))[0]).toMatchObject({ error: "no-quorum" });
  });

  test("does not count an answer to a question of an earlier life", () => {
    const before = new Alone(quorumConfig());
    const op = opOf(before.read("k"));
    const after = new Alone(quorumConfig(), "n1", before.persisted);
    expect(opOf(after.read("k"))).not.toBe(op);
    expect(replies(after.hear("n2", fetched(op, null)))).toEqual([]);
  });
});

describe("read repair", () => {
  const newer = lww(6, "n2", "newer");
  const older = lww(5, "n1", "older");

  test("sends the newest to the replica that lacked it, and keeps it here, after the answer", () => {
    const n1 = new Alone(quorumConfig(), "n1", [{ key: "k", state: older }]);
    const op = opOf(n1.read("k"));
    const effects = n1.hear("n2", fetched(op, newer));
    expect(orderOf(effects)).toEqual(["reply", "persist"]);
    expect(sends(n1.hear("n3", fetched(op, null)))).toEqual([{ to: "n3", message: store("k", newer) }]);
  });

  test("sends to an earlier answerer what a later answer brought", () => {
    const n1 = new Alone(quorumConfig(), "n1", [{ key: "k", state: older }]);
    const op = opOf(n1.read("k"));
    expect(sends(n1.hear("n3", fetched(op, older)))).toEqual([]);
    expect(sends(n1.hear("n2", fetched(op, newer)))).toEqual([{ to: "n3", message: store("k", newer) }]);
  });

  test("leaves alone who has it already", () => {
    const n1 = new Alone(quorumConfig(), "n1", [{ key: "k", state: newer }]);
    const op = opOf(n1.read("k"));
    expect(sends(n1.hear("n3", fetched(op, newer)))).toEqual([]);
    expect(sends(n1.hear("n2", fetched(op, newer)))).toEqual([]);
  });

  test("does nothing when off, though a read saw the difference", () => {
    const n1 = new Alone(quorumConfig({ readRepair: false }), "n1", [{ key: "k", state: older }]);
    const op = opOf(n1.read("k"));
    expect(orderOf(n1.hear("n2", fetched(op, newer)))).toEqual(["reply"]);
    expect(n1.hear("n3", fetched(op, null))).toEqual([]);
    expect(replies(n1.ask({ op: "dump" }))).toEqual([{ ok: true, value: { k: ["older"] } }]);
  });
});

describe("cas", () => {
  test("is a quorum read, a comparison, and a quorum write under one deadline", () => {
    const n1 = new Alone(quorumConfig());
    const op = opOf(n1.cas("k", null, 1));
    n1.nowMs = 60;
    const written = n1.hear("n2", fetched(op, null));
    expect(orderOf(written)).toEqual(["persist", "send", "send"]);
    expect(replies(n1.fire("deadline", 100))[0]).toMatchObject({ error: "partial" });
  });

  test("that finds another value does nothing", () => {
    const n1 = new Alone(quorumConfig());
    const op = opOf(n1.cas("k", null, 1));
    const effects = n1.hear("n2", fetched(op, lww(6, "n2", 9)));
    expect(replies(effects)).toEqual([{ ok: false, error: "mismatch", message: "found 9" }]);
  });

  test("that finds no read quorum did nothing, and says so", () => {
    const n1 = new Alone(quorumConfig());
    n1.cas("k", null, 1);
    expect(replies(n1.fire("deadline", 100))[0]).toMatchObject({ error: "no-quorum" });
    expect(replies(n1.ask({ op: "dump" }))).toEqual([{ ok: true, value: {} }]);
  });

  test("is not atomic: two of them succeed from the same value", () => {
    const config = quorumConfig({ writeQuorum: 1 });
    const [n1, n2] = [new Alone(config, "n1"), new Alone(config, "n2")];
    const [first, second] = [opOf(n1.cas("k", null, 1)), opOf(n2.cas("k", null, 2))];
    expect(replies(n1.hear("n3", fetched(first, null)))).toEqual([OK]);
    expect(replies(n2.hear("n3", fetched(second, null)))).toEqual([OK]);
  });
});

describe("last write wins", () => {
  const config = quorumConfig({ readQuorum: 1, writeQuorum: 1, readRepair: false });

  test("a write stamped by a clock that runs behind is acknowledged and lost", () => {
    const n1 = new Alone(config, "n1", [{ key: "k", state: lww(2000, "n2", "from the future") }]);
    n1.clockMs = 1000;
    expect(replies(n1.write("k", "late"))).toEqual([OK]);
    expect(replies(n1.read("k"))).toEqual([{ ok: true, value: "from the future" }]);
  });

  test("of two equal timestamps the greater node name wins, everywhere", () => {
    const n3 = new Alone(config, "n3");
    n3.hear("n2", store("k", lww(5, "n2", "b")));
    n3.hear("n1", store("k", lww(5, "n1", "a")));
    expect(replies(n3.read("k"))).toEqual([{ ok: true, value: "b" }]);
  });

  test("two writes of one node at one reading of its clock keep their order, after a restart too", () => {
    const n1 = new Alone(config);
    n1.write("k", 1);
    n1.write("k", 2);
    expect(replies(n1.read("k"))).toEqual([{ ok: true, value: 2 }]);
    const restarted = new Alone(config, "n1", n1.persisted);
    restarted.write("k", 3);
    expect(replies(restarted.read("k"))).toEqual([{ ok: true, value: 3 }]);
  });

  test("of two concurrent writes one is lost without a word", () => {
    const [n1, n2] = [new Alone(config, "n1"), new Alone(config, "n2")];
    n1.write("k", "mine");
    n2.clockMs = 1001;
    n2.write("k", "yours");
    n1.hear("n2", store("k", (n2.persisted.at(-1) as { state: Json }).state));
    expect(replies(n1.read("k"))).toEqual([{ ok: true, value: "yours" }]);
  });
});

/** What the one holds of the key reaches the other. */
const tell = (from: Alone, name: string, to: Alone): void =>
  void to.hear(name, store("k", (from.persisted.at(-1) as { state: Json }).state));

describe("vector clocks", () => {
  const config = quorumConfig({ readQuorum: 1, writeQuorum: 1, readRepair: false, versioning: "vector-clock" });
  /** Two nodes that have not heard of each other. */
  const concurrent = (): [Alone, Alone] => {
    const [n1, n2] = [new Alone(config, "n1"), new Alone(config, "n2")];
    n1.write("k", "mine");
    n2.write("k", "yours");
    return [n1, n2];
  };

  test("of two concurrent writes both are kept, and every replica names the same winner", () => {
    const [n1, n2] = concurrent();
    tell(n1, "n1", n2);
    tell(n2, "n2", n1);
    const both = { ok: true, value: "yours", siblings: ["yours", "mine"], context: { n1: 1, n2: 1 } };
    expect(replies(n1.read("k"))).toEqual([both]);
    expect(replies(n2.read("k"))).toEqual([both]);
    expect(replies(n1.ask({ op: "dump" }))).toEqual([{ ok: true, value: { k: ["yours", "mine"] } }]);
  });

  test("a write with the context of a read replaces all that was read", () => {
    const [n1, n2] = concurrent();
    tell(n2, "n2", n1);
    n1.write("k", "merged", { n1: 1, n2: 1 });
    tell(n1, "n1", n2);
    for (const node of [n1, n2]) {
      expect(replies(node.read("k"))).toEqual([{ ok: true, value: "merged", context: { n1: 2, n2: 1 } }]);
    }
  });

  test("a write with an old context stands beside what its client never saw, even of the same coordinator", () => {
    const n1 = new Alone(config);
    n1.write("k", "a");
    n1.write("k", "b", { n1: 1 });
    n1.write("k", "c", { n1: 1 });
    expect(replies(n1.read("k"))).toMatchObject([{ siblings: ["c", "b"], context: { n1: 3 } }]);
  });

  test("a blind write replaces what its coordinator holds, and nothing else", () => {
    const [n1, n2] = concurrent();
    n1.write("k", "again");
    expect(replies(n1.read("k"))).toMatchObject([{ value: "again", context: { n1: 2 } }]);
    tell(n2, "n2", n1);
    expect(replies(n1.read("k"))).toMatchObject([{ siblings: ["again", "yours"] }]);
  });

  test("a key that was never written has a context too: a write with it replaces nothing", () => {
    const n1 = new Alone(config);
    expect(replies(n1.read("k"))).toEqual([{ ok: true, value: null, context: {} }]);
    n1.write("k", "a");
    n1.write("k", "b", {});
    expect(replies(n1.read("k"))).toMatchObject([{ siblings: ["b", "a"] }]);
  });

  test("a context that is none is refused, and nothing is done", () => {
    const n1 = new Alone(config);
    for (const context of [7, "x", [], { n1: -1 }, { n1: "1" }]) {
      expect(replies(n1.write("k", 1, context))[0]).toMatchObject({ error: "bad-request" });
    }
    expect(replies(n1.ask({ op: "dump" }))).toEqual([{ ok: true, value: {} }]);
  });

  test("a restarted coordinator does not use a counter twice", () => {
    const before = new Alone(config);
    before.write("k", "a");
    before.write("k", "b");
    const after = new Alone(config, "n1", before.persisted);
    after.write("k", "c");
    expect(replies(after.read("k"))).toEqual([{ ok: true, value: "c", context: { n1: 3 } }]);
  });
});
