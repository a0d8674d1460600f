import { expect, test } from "vitest";
import type { Json } from "../../../checker/history/event.js";
import type { History, Operation } from "../../../checker/history/operation.js";
import { checkQueue } from "../../../checker/workload/queue.js";
import { checkTotalQueue } from "../../../checker/workload/total-queue.js";
import { draws as drawsOf, freshSeed } from "../staleness/draws.js";
import { Answers, historyOf, linearizable, madeHistory } from "./made.js";

interface Shape {
  readonly lie: number;
  readonly info: number;
  readonly bag: boolean;
}

/** Eight operations on a queue that now and then forgets, repeats, overtakes or says that it is empty. */
const random = (seed: number, { lie, info, bag }: Shape): History => {
  const draws = drawsOf(seed);
  let items: Json[] = [];
  const lies = draws() < 0.5 ? 0 : lie;
  return madeHistory({
    draws,
    operations: 8,
    processes: 3,
    info,
    fail: 0.05,
    ask: (n) => (draws() < 0.5 ? { f: "enqueue", value: n } : { f: "dequeue", value: null }),
    apply: ({ f, value }) => {
      const odd = draws() < lies ? draws() : 1;
      if (f === "enqueue") {
        if (odd > 0.3) items = [...items, value];
        return value;
      }
      if (odd < 0.2) return null;
      if (odd < 0.4) return items[0] ?? null;
      const at = bag || odd < 0.8 ? Math.floor(draws() * items.length) : 0;
      const taken = items[at] ?? null;
      items = items.toSpliced(at, 1);
      return taken;
    },
  });
};

/** From the definition: a list, first in and first out or in any order. Who got no answer may have taken anything. */
const stepOf =
  (bag: boolean) =>
  (items: readonly Json[], { f, type, value, result }: Operation): readonly (readonly Json[])[] => {
    if (f === "enqueue") return [[...items, value]];
    const without = (i: number): readonly Json[] => items.toSpliced(i, 1);
    const places = [...items.keys()].filter((i) => bag || i === 0);
    if (type === "info") return [items, ...places.map(without)];
    return result === null
      ? items.length === 0
        ? [items]
        : []
      : places.filter((i) => items[i] === result).map(without);
  };

test("first in, first out: the patterns say what trying all orders says, where every dequeue was answered", () => {
  const answers = new Answers();
  const from = freshSeed("queue");
  for (let seed = from; seed < from + 6000; seed++) {
    const history = random(seed, { lie: 0.25, info: 0.1, bag: false });
    const silent = history.operations.some(({ f, type }) => f === "dequeue" && type === "info");
    const { valid } = checkQueue(history);
    const right = linearizable(history, [], stepOf(false));
    answers.add(`${silent ? "silent" : "answered"} ${valid} ${right}`);
    const nothing = !history.operations.some(
      ({ f, type, result }) => f === "dequeue" && type === "ok" && result !== null,
    );
    // Sound always; complete where nobody's answer is missing.
    if (valid === "invalid" || !silent) {
      if (valid !== "unknown" || !nothing) expect([seed, valid]).toEqual([seed, right ? "valid" : "invalid"]);
    }
  }
  expect(
    answers.least("answered valid true", "answered invalid false", "silent invalid false", "silent valid true"),
  ).toBeGreaterThan(25);
});

test("total: never accuses a bag, and finds most of what the bag forgot, invented or repeated", () => {
  const answers = new Answers();
  const from = freshSeed("total-queue");
  for (let seed = from; seed < from + 4000; seed++) {
    const history = random(seed, { lie: 0.2, info: 0.1, bag: true });
    const { valid } = checkTotalQueue(history);
    const right = linearizable(history, [], stepOf(true));
    if (valid === "invalid") expect([seed, right]).toEqual([seed, false]);
    answers.add(`${valid} ${right}`);
  }
  expect(answers.least("valid true", "invalid false")).toBeGreaterThan(100);
});

const row = (process: number, f: string, value: Json) =>
  [
    [process, "invoke", f, f === "enqueue" ? value : null],
    [process, "ok", f, value],
  ] as const;

test("the later of two elements out first: overtaken, and the proof names both enqueues and both dequeues", () => {
  const history = historyOf([
    ...row(0, "enqueue", "a"),
    ...row(0, "enqueue", "b"),
    ...row(1, "dequeue", "b"),
    ...row(1, "dequeue", "a"),
  ]);
  const verdict = checkQueue(history);
  expect(verdict.valid).toBe("invalid");
  expect(verdict.details.counts).toEqual({ overtaken: 1 });
  expect(verdict.witness).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(verdict.because).toContain('"b" was dequeued at 5');
  expect(checkTotalQueue(history).valid).toBe("valid");
});

test("empty though an element was inside all the time is found; empty between two elements is not held against it", () => {
  const empty = [...row(0, "enqueue", 1), ...row(1, "dequeue", null), ...row(1, "dequeue", 1)];
  expect(checkQueue(historyOf(empty)).details.counts).toEqual({ empty: 1 });
  const between = [
    ...row(0, "enqueue", 1),
    ...row(1, "dequeue", 1),
    ...row(1, "dequeue", null),
    ...row(0, "enqueue", 2),
  ];
  expect(checkQueue(historyOf(between)).valid).toBe("valid");
});

test("an element that is gone when the queue is empty is lost, unless a dequeue without an answer can have taken it", () => {
  const gone = [...row(0, "enqueue", 1), ...row(0, "enqueue", 2), ...row(1, "dequeue", 2), ...row(1, "dequeue", null)];
  expect(checkTotalQueue(historyOf(gone)).details).toMatchObject({ lostCount: 1, lost: [1] });
  expect(checkQueue(historyOf(gone)).details.counts).toMatchObject({ lost: 1 });
  const silent = [
    [7, "invoke", "dequeue", null],
    [7, "info", "dequeue", null],
  ] as const;
  const taken = historyOf([...gone.slice(0, 4), ...silent, ...gone.slice(4)]);
  expect(checkTotalQueue(taken)).toMatchObject({ valid: "valid", details: { lostCount: 0, unaccounted: 1 } });
  expect(checkQueue(taken).valid).toBe("valid");
  const still = historyOf(gone.slice(0, 6));
  expect(checkTotalQueue(still)).toMatchObject({ valid: "valid", details: { remaining: 1 } });
});

test("a drain stands for its dequeues and an empty queue; one without an answer is no evidence", () => {
  const enqueued = [...row(0, "enqueue", 1), ...row(0, "enqueue", 2)];
  expect(checkTotalQueue(historyOf([...enqueued, ...row(1, "drain", [2, 1])])).valid).toBe("valid");
  expect(checkTotalQueue(historyOf([...enqueued, ...row(1, "drain", [2])])).details.lost).toEqual([1]);
  expect(
    checkTotalQueue(historyOf([...enqueued, [1, "invoke", "drain", null], [1, "info", "drain", null]])).valid,
  ).toBe("unknown");
});

test("an element dequeued twice is a duplicate, unless delivery at least once is all that is promised", () => {
  const twice = historyOf([...row(0, "enqueue", 1), ...row(1, "dequeue", 1), ...row(2, "dequeue", 1)]);
  expect(checkTotalQueue(twice).details).toMatchObject({ duplicatedCount: 1, duplicated: [1] });
  expect(checkTotalQueue(twice).valid).toBe("invalid");
  expect(checkTotalQueue(twice, { atLeastOnce: true }).valid).toBe("valid");
  expect(checkQueue(twice).details.counts).toEqual({ duplicated: 1 });
});

test("an element that nobody enqueued, or whose enqueue failed, is unexpected", () => {
  const nobody = historyOf([...row(0, "enqueue", 1), ...row(1, "dequeue", 9)]);
  expect(checkTotalQueue(nobody).details.unexpected).toEqual([9]);
  const failed = historyOf([[0, "invoke", "enqueue", 1], [0, "fail", "enqueue", 1], ...row(1, "dequeue", 1)]);
  expect(checkTotalQueue(failed).valid).toBe("invalid");
  expect(checkQueue(failed).details.counts).toEqual({ unexpected: 1 });
});

test("the same element enqueued twice breaks the assumption of the order, and only that", () => {
  const again = historyOf([
    ...row(0, "enqueue", 1),
    ...row(0, "enqueue", 1),
    ...row(1, "dequeue", 1),
    ...row(1, "dequeue", 1),
  ]);
  expect(checkQueue(again).valid).toBe("unknown");
  expect(checkTotalQueue(again).valid).toBe("valid");
});
