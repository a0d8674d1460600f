import { expect, test } from "vitest";
import type { Json } from "../../checker/history/event.js";
import { describeProtocol } from "../../src/report/describe.js";
import { describeDone, describeFault, describeRecord } from "../../src/report/fault-words.js";
import { cut, duration, list, nameAndWords, operation, percent } from "../../src/report/words.js";

/** The words without the no-break spaces between a figure and its unit. */
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

test("a length of time has the digits that its size deserves", () => {
  expect(
    [0, 0.004, 0.42, 4.2, 9.97, 412, 999.7, 4512, 30_000, 125_000, Number.POSITIVE_INFINITY].map(duration).map(plain),
  ).toEqual([
    "0 ms",
    "< 0.01 ms",
    "0.42 ms",
    "4.2 ms",
    "10 ms",
    "412 ms",
    "1.00 s",
    "4.51 s",
    "30 s",
    "2 min 05 s",
    "for ever",
  ]);
});

test("a share is never rounded to nothing or to everything", () => {
  expect([0, 0.00001, 0.0003, 0.124, 0.9995, 0.99999, 1].map(percent).map(plain)).toEqual([
    "0 %",
    "< 0.01 %",
    "0.03 %",
    "12.4 %",
    "99.95 %",
    "> 99.99 %",
    "100 %",
  ]);
});

test("an operation says what it did; a read without an answer does not say what it read", () => {
  expect(operation({ f: "read", type: "ok", value: 3 })).toBe("read → 3");
  expect(operation({ f: "read", type: "ok", value: null })).toBe("read → nothing");
  expect(operation({ f: "read", type: "fail", value: null })).toBe("read → ?");
  expect(operation({ f: "write", type: "info", value: "a" })).toBe('write "a"');
  expect(operation({ f: "cas", type: "fail", value: [1, 2] })).toBe("cas 1 → 2");
  expect(operation({ f: "dump", type: "ok", value: null })).toBe("dump");
});

const transaction = (value: Json, max?: number): string => operation({ f: "txn", type: "ok", value }, max);

test("a transaction says its micro-operations, shortly", () => {
  expect(
    transaction([
      ["r", "x", null],
      ["append", "y", 3],
    ]),
  ).toBe("txn r x, append y 3");
  expect(
    transaction(
      [
        ["r", "x", [1, 2]],
        ["w", 5, "a"],
      ],
      40,
    ),
  ).toBe('txn r x [1,2], w 5 "a"');
  expect(transaction([["r", "x", [1, 2, 3, 4, 5, 6, 7, 8]]], 40)).toBe("txn r x […,4,5,6,7,8]");
  expect(
    transaction(
      [
        ["r", "x", [1, 2]],
        ["append", "y", 3],
        ["r", "z", null],
      ],
      20,
    ),
  ).toBe("r x [1,2], append y…");
  expect(operation({ f: "txn", type: "info", value: null })).toBe("txn");
  expect(operation({ f: "add", type: "ok", value: [["x", 1]] })).toBe('add [["x",1]]');
});

test("an operation that asks says what it was answered", () => {
  expect(operation({ f: "dequeue", type: "ok", value: 3 })).toBe("dequeue → 3");
  expect(operation({ f: "dequeue", type: "ok", value: null })).toBe("dequeue → nothing");
  expect(operation({ f: "drain", type: "info", value: null })).toBe("drain → ?");
});

test("a long text is cut between characters, not inside one", () => {
  expect(cut("🙂".repeat(30), 10)).toBe(`${"🙂".repeat(9)}…`);
  expect(cut("short", 10)).toBe("short");
});

test("an error's name is told apart from its words", () => {
  expect(nameAndWords("timeout: no answer in 1000 ms")).toEqual(["timeout", "no answer in 1000 ms"]);
  expect(nameAndWords("refused")).toEqual(["refused", ""]);
});

test("lists read as sentences do", () => {
  expect([list([]), list(["a"]), list(["a", "b"]), list(["a", "b", "c"])]).toEqual(["", "a", "a and b", "a, b and c"]);
});

const partition = (grudge: { readonly [receiver: string]: readonly string[] }): string =>
  describeFault({ f: "partition", shape: "halves", grudge });

test("a partition says who does not hear whom, and once what holds both ways", () => {
  expect(partition({ n3: ["n2", "n1"], n1: ["n3"], n2: ["n3"], n4: [] })).toBe(
    "halves: n3 cut off from n1 and n2, both ways",
  );
  expect(partition({ n1: ["n3", "n4"], n2: ["n4", "n3"], n3: ["n1", "n2"], n4: ["n1", "n2"] })).toBe(
    "halves: n1 and n2 cut off from n3 and n4, both ways",
  );
  expect(partition({ n1: ["n3"], n2: ["n3"] })).toBe("halves: n1 and n2 do not hear n3");
  expect(partition({ n1: ["n10", "n9"], n9: ["n1"] })).toBe("halves: n1 does not hear n9 and n10; n9 does not hear n1");
});

test("what was done is said in the words of what was planned", () => {
  expect(describeFault({ f: "pause", who: "leader" })).toBe("SIGSTOP the leader");
  expect(describeDone("pause", { nodes: ["n2"], leader: "n2" })).toBe("SIGSTOP n2; n2 was the leader");
  expect(describeDone("partition", { shape: "one", grudge: { n1: ["n2"], n2: ["n1"] } })).toBe(
    "one: n1 cut off from n2, both ways",
  );
  expect(describeDone("delay", { links: [{ from: "n1", to: "n2" }], latencyMs: 20, jitterMs: 5 })).toBe(
    "1 link slowed by 20 ± 5 ms",
  );
  expect(describeDone("kill", { nothing: "unsupported: n3 cannot be killed" })).toBe(
    "not done: unsupported: n3 cannot be killed",
  );
  expect(describeDone("clock", { skewMs: 250 })).toBe("skewMs: 250");
});

test("a record of any shape is put into words", () => {
  expect(describeRecord({ bit: true, evidence: "4120 bytes held on 2 of 4 cut links" })).toBe(
    "4120 bytes held on 2 of 4 cut links",
  );
  expect(describeRecord({ nodes: ["n1", "n2"], heldBytes: 4120, deep: { a: [null] } })).toBe(
    'nodes: n1, n2; heldBytes: 4,120; deep: {"a":[null]}',
  );
  expect([null, "words", 3, ["a", 1]].map(describeRecord)).toEqual(["", "words", "3", "a, 1"]);
});

test("a quorum of all followers is called synchronous, of none asynchronous", () => {
  const leader = {
    mode: "leader",
    leader: "n1",
    readFrom: "any",
    readQuorum: 1,
    replicationDelayMs: null,
    quorumTimeoutMs: 9,
  } as const;
  const said = [0, 2, 4].map((writeQuorum) => describeProtocol({ ...leader, writeQuorum }, 5));
  expect(said.map((words) => words.split("; ")[1])).toEqual([
    "a write waits for no follower (asynchronous)",
    "a write waits for 2 of 4 followers",
    "a write waits for all 4 followers (synchronous)",
  ]);
});
