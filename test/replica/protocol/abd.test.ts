import { expect, test } from "vitest";
import type { BugName } from "../../../src/replica/protocol/bugs.js";
import { Alone, abdConfig, OK, orderOf, replies, sends, sentTo } from "./alone.js";
import { simulate } from "../../../src/hunt/simulated.js";
import { agree, linearizable } from "./seeds.js";

const held = (count: number, node: string, value: number) => ({ version: [count, node], value });
const numberOf = (message: unknown): number => (message as { op: number }).op;

test("a write asks a majority first, and is answered when a majority has the next version", () => {
  const node = new Alone(abdConfig());
  const asked = node.write("x", 7);
  expect(sentTo("n2", asked)).toMatchObject([{ is: "fetch", key: "x" }]);
  const op = numberOf(sentTo("n2", asked)[0]);
  const stored = node.hear("n2", { is: "fetched", op, held: held(4, "n3", 1) });
  expect(orderOf(stored)).toEqual(["persist", "send", "send"]);
  expect(sentTo("n3", stored)).toEqual([{ is: "store", op, key: "x", held: held(5, "n1", 7) }]);
  expect(replies(node.hear("n3", { is: "stored", op }))).toEqual([OK]);
});

test("a read whose majority disagrees brings a majority up to what it found before it answers", () => {
  const node = new Alone(abdConfig());
  const op = numberOf(sentTo("n2", node.read("x"))[0]);
  const found = node.hear("n2", { is: "fetched", op, held: held(1, "n2", 9) });
  expect(replies(found)).toEqual([]);
  expect(sends(found).map(({ to }) => to)).toEqual(["n2", "n3"]);
  expect(replies(node.hear("n3", { is: "stored", op }))).toEqual([{ ok: true, value: 9 }]);
});

test("a read whose majority agrees is answered after one round, and brings up who lags", () => {
  const node = new Alone(abdConfig(), "n1", [{ key: "x", held: held(3, "n2", 9) }]);
  const op = numberOf(sentTo("n2", node.read("x"))[0]);
  const found = node.hear("n2", { is: "fetched", op, held: held(3, "n2", 9) });
  expect(replies(found)).toEqual([{ ok: true, value: 9 }]);
  expect(sends(found)).toEqual([]);
  expect(sentTo("n3", node.hear("n3", { is: "fetched", op, held: null }))).toMatchObject([{ is: "store", op: null }]);
});

test("two writes under way at one node get different versions", () => {
  const node = new Alone(abdConfig());
  const first = numberOf(sentTo("n2", node.write("x", 1))[0]);
  const second = numberOf(sentTo("n2", node.write("x", 2))[0]);
  const stored = [first, second].map((op) => sentTo("n2", node.hear("n3", { is: "fetched", op, held: null })));
  expect(stored).toMatchObject([[{ held: held(1, "n1", 1) }], [{ held: held(2, "n1", 2) }]]);
});

test("without a majority a write is partial, and a read did nothing", () => {
  const node = new Alone(abdConfig({ quorumTimeoutMs: 100 }));
  node.read("x");
  const op = numberOf(sentTo("n2", node.write("x", 1))[0]);
  node.hear("n2", { is: "fetched", op, held: null });
  expect(replies(node.fire("deadline", 200))).toMatchObject([{ error: "no-quorum" }, { error: "partial" }]);
});

test("it refuses what a register has not", () => {
  const node = new Alone(abdConfig());
  expect(replies(node.cas("x", 1, 2))).toMatchObject([{ error: "unsupported" }]);
  expect(replies(node.ask({ op: "txn", ops: [] }))).toMatchObject([{ error: "unsupported" }]);
});

const PROTOCOL = abdConfig({ quorumTimeoutMs: 120 });

for (const nodes of [3, 5]) {
  test(`${nodes} nodes: linearizable and in agreement after healing, whatever breaks`, () => {
    const counts: { [what: string]: number } = {};
    for (let seed = 1; seed <= 200; seed++) {
      const run = simulate({ protocol: PROTOCOL, nodes, seed });
      expect(linearizable(run), `seed ${seed}`).toBe(true);
      expect(agree(run), `seed ${seed}`).toBe(true);
      for (const [what, n] of Object.entries(run.counts)) counts[what] = (counts[what] ?? 0) + n;
    }
    for (const what of ["read ok", "read no-quorum", "write ok", "write partial", "kill", "pause", "isolate"]) {
      expect(counts[what], what).toBeGreaterThan(40);
    }
  });
}

test("the rounds that the planted bugs leave out are needed", () => {
  const bugs: readonly BugName[] = ["abd-no-write-back", "abd-no-query"];
  for (const bug of bugs) {
    const seeds = Array.from({ length: 100 }, (_, i) => i + 1);
    const caught = seeds.filter((seed) => !linearizable(simulate({ protocol: PROTOCOL, bug, seed })));
    expect(caught.length, bug).toBeGreaterThan(3);
  }
});
