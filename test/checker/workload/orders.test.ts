import { expect, test } from "vitest";
import type { Json } from "../../../checker/history/event.js";
import { endOf, type History, type Operation } from "../../../checker/history/operation.js";
import { checkCausalReverse } from "../../../checker/workload/causal-reverse.js";
import { checkLongFork } from "../../../checker/workload/long-fork.js";
import { checkMonotonic } from "../../../checker/workload/monotonic.js";
import { draws as drawsOf, freshSeed } from "../staleness/draws.js";
import { Answers, historyOf, linearizable, madeHistory } from "./made.js";

type Mop = readonly [f: string, key: Json, value: Json];
const mopsOf = (value: Json): readonly Mop[] => value as readonly Mop[];
const isRead = (op: Operation): boolean => op.type === "ok" && mopsOf(op.value).every(([f]) => f === "r");
const seenIn = (op: Operation): readonly Json[] =>
  mopsOf(op.result).flatMap(([, key, value]) => (value === null ? [] : [key]));

/** Four keys written once each, and reads of all; some reads mix moments, some find what is not there. */
const random = (seed: number, lie: number): History => {
  const draws = drawsOf(seed);
  const lies = draws() < 0.4 ? 0 : lie;
  const keys = ["p", "q", "r", "s"];
  let left = [...keys];
  const past: ReadonlySet<Json>[] = [new Set()];
  return madeHistory({
    draws,
    operations: 9,
    processes: 3,
    info: 0.1,
    fail: 0.05,
    ask: () => {
      const [key] = left;
      if (key === undefined || draws() < 0.5) return { f: "txn", value: keys.map((each) => ["r", each, null]) };
      left = left.slice(1);
      return { f: "txn", value: [["w", key, 1]] };
    },
    apply: ({ value }) => {
      const [first] = mopsOf(value);
      const now = past.at(-1) ?? new Set<Json>();
      if (first?.[0] === "w") {
        past.push(new Set([...now, first[1]]));
        return value;
      }
      const odd = draws() < lies;
      if (odd && draws() < 0.1) return mopsOf(value).map(([f, key]) => [f, key, 2]);
      return mopsOf(value).map(([f, key]) => {
        const at = odd ? past[Math.floor(draws() * past.length)] : now;
        return [f, key, at?.has(key) === true ? 1 : null];
      });
    },
  });
};

const permutations = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));

const writesOf = ({ operations }: History): readonly Operation[] =>
  operations.filter(({ type, value }) => type !== "fail" && mopsOf(value)[0]?.[0] === "w");
const keyOf = (op: Operation): Json => mopsOf(op.value)[0]?.[1] ?? null;

const isPrefix = (order: readonly Operation[], seen: readonly Json[]): boolean =>
  order.slice(0, seen.length).every((op) => seen.includes(keyOf(op)));

const phantomIn = (history: History, read: Operation): boolean =>
  mopsOf(read.result).some(([, key, value]) => {
    const write = writesOf(history).find((op) => keyOf(op) === key);
    return value !== null && (value !== 1 || write === undefined || write.invoked > endOf(read));
  });

test("long fork: invalid exactly where no order of the writes explains all reads", () => {
  const answers = new Answers();
  const from = freshSeed("long-fork");
  for (let seed = from; seed < from + 4000; seed++) {
    const history = random(seed, 0.3);
    const reads = history.operations.filter(isRead);
    const { valid } = checkLongFork(history);
    const right =
      !reads.some((read) => phantomIn(history, read)) &&
      permutations(writesOf(history)).some((order) => reads.every((read) => isPrefix(order, seenIn(read))));
    answers.add(valid);
    expect([seed, valid === "invalid"]).toEqual([seed, !right]);
  }
  expect(answers.least("valid", "invalid")).toBeGreaterThan(300);
});

test("causal reverse: invalid exactly where some read is no prefix of any order of the writes that keeps real time", () => {
  const answers = new Answers();
  const from = freshSeed("causal-reverse");
  for (let seed = from; seed < from + 4000; seed++) {
    const history = random(seed, 0.3);
    const orders = permutations(writesOf(history)).filter((order) =>
      order.every((op, i) => order.slice(i + 1).every((later) => endOf(later) > op.invoked)),
    );
    const reads = history.operations.filter(isRead);
    const { valid } = checkCausalReverse(history);
    const right = reads.every((read) => {
      const seen = seenIn(read);
      // A write without an answer that was not seen may never have happened.
      const explained = orders.some((order) =>
        isPrefix(
          order.filter((op) => op.type === "ok" || seen.includes(keyOf(op))),
          seen,
        ),
      );
      return !phantomIn(history, read) && explained;
    });
    answers.add(valid);
    expect([seed, valid === "invalid"]).toEqual([seed, !right]);
  }
  expect(answers.least("valid", "invalid")).toBeGreaterThan(400);
});

const ok = (process: number, asked: Json, got: Json) =>
  [
    [process, "invoke", "txn", asked],
    [process, "ok", "txn", got],
  ] as const;
const wrote = (process: number, key: string) => ok(process, [["w", key, 1]], [["w", key, 1]]);
const read = (process: number, x: Json, y: Json) =>
  ok(
    process,
    [
      ["r", "x", null],
      ["r", "y", null],
    ],
    [
      ["r", "x", x],
      ["r", "y", y],
    ],
  );

test("a long fork names both reads and both writes", () => {
  const verdict = checkLongFork(
    historyOf([...wrote(0, "x"), ...wrote(1, "y"), ...read(2, 1, null), ...read(3, null, 1)]),
  );
  expect(verdict).toMatchObject({ valid: "invalid", witness: [0, 1, 2, 3, 4, 5, 6, 7] });
  expect(verdict.details.forks[0]).toMatchObject({ reads: [5, 7], keys: ["x", "y"] });
});

test("a causal reversal names the read and both writes, and is no long fork", () => {
  const history = historyOf([...wrote(0, "x"), ...wrote(1, "y"), ...read(2, null, 1)]);
  expect(checkCausalReverse(history).details.reversals[0]).toMatchObject({ read: 5, missing: "x", seen: "y" });
  expect(checkLongFork(history).valid).toBe("valid");
});

test("reads that found nothing, or everything, prove nothing", () => {
  const history = historyOf([...read(2, null, null), ...wrote(0, "x"), ...wrote(1, "y"), ...read(2, 1, 1)]);
  expect(checkLongFork(history)).toMatchObject({ valid: "unknown", details: { early: 1, late: 1 } });
  expect(checkCausalReverse(history).valid).toBe("unknown");
});

test("a key written twice, or read and written in one transaction, is no history for these", () => {
  for (const check of [checkLongFork, checkCausalReverse]) {
    expect(check(historyOf([...wrote(0, "x"), ...wrote(0, "x")])).because).toContain("again");
    const mixed: Json = [
      ["w", "x", 1],
      ["r", "y", null],
    ];
    expect(check(historyOf([...ok(0, mixed, mixed)])).because).toContain("writes only or reads only");
  }
});

/** Two growing keys; some observations are of an earlier moment, or of a different one for each key. */
const growing = (seed: number, lie: number, same: number): History => {
  const draws = drawsOf(seed);
  const lies = draws() < 0.4 ? 0 : lie;
  const past: ReadonlyMap<Json, number>[] = [new Map()];
  return madeHistory({
    draws,
    operations: 9,
    processes: 3,
    info: 0.1,
    fail: 0.05,
    ask: () => {
      const key = draws() < 0.5 ? "x" : "y";
      if (draws() < 0.4)
        return {
          f: "txn",
          value: [
            ["add", key, 1],
            ["r", key, null],
          ],
        };
      return {
        f: "txn",
        value:
          draws() < 0.2
            ? [["r", key, null]]
            : [
                ["r", "x", null],
                ["r", "y", null],
              ],
      };
    },
    apply: ({ value }) => {
      const odd = draws();
      const moment = (): ReadonlyMap<Json, number> | undefined =>
        odd < lies ? past[Math.floor(draws() * past.length)] : past.at(-1);
      const one = moment();
      return mopsOf(value).map(([f, key, amount]) => {
        if (f === "add") {
          const now = past.at(-1) ?? new Map<Json, number>();
          past.push(new Map(now).set(key, (now.get(key) ?? 0) + 1));
          return [f, key, amount];
        }
        const added = mopsOf(value).some(([other]) => other === "add");
        const at = added ? past.at(-1) : draws() < same ? one : moment();
        return [f, key, at?.get(key) ?? null];
      });
    },
  });
};

for (const realTime of [false, true]) {
  test(`monotonic: invalid exactly where no order${realTime ? ", that of real time," : ""} keeps every key from falling`, () => {
    const answers = new Answers();
    const from = freshSeed("monotonic");
    for (let seed = from; seed < from + 3000; seed++) {
      const history = realTime ? growing(seed, 0.3, 0.3) : growing(seed, 1, 0);
      const { valid } = checkMonotonic(history, { realTime });
      const operations = history.operations
        .filter(({ type }) => type === "ok")
        .map((op) => (realTime ? op : { ...op, invoked: op.invoked - history.events }));
      const start: Readonly<Record<string, number>> = {};
      const right = linearizable({ ...history, operations }, start, (levels, op) => {
        const after = { ...levels };
        for (const [f, name, value] of mopsOf(op.result)) {
          if (f !== "r") continue;
          const key = JSON.stringify(name);
          const level = typeof value === "number" ? value : -1;
          if (level < (after[key] ?? -1)) return [];
          after[key] = level;
        }
        return [after];
      });
      answers.add(valid);
      expect([seed, valid === "invalid"]).toEqual([seed, !right]);
    }
    expect(answers.least("valid", "invalid")).toBeGreaterThan(100);
  });
}

test("monotonic: a cycle is told step by step, and shrinking keys are refused", () => {
  const adds = (key: string, value: number) =>
    ok(
      0,
      [
        ["add", key, 1],
        ["r", key, null],
      ],
      [
        ["add", key, 1],
        ["r", key, value],
      ],
    );
  const verdict = checkMonotonic(
    historyOf([...adds("x", 1), ...adds("y", 1), ...read(1, 1, null), ...read(2, null, 1)]),
    { realTime: false },
  );
  expect(verdict.valid).toBe("invalid");
  expect(verdict.details.cycle.map(({ because }) => because).toSorted()).toEqual([
    'the one at 5 saw nothing of "y", the one at 7 already 1',
    'the one at 7 saw nothing of "x", the one at 5 already 1',
  ]);
  expect(checkMonotonic(historyOf([...ok(0, [["add", "x", -1]], [["add", "x", -1]])])).valid).toBe("unknown");
  const torn = checkMonotonic(
    historyOf([
      ...adds("x", 1),
      ...ok(
        1,
        [
          ["r", "x", null],
          ["r", "x", null],
        ],
        [
          ["r", "x", null],
          ["r", "x", 1],
        ],
      ),
      ...adds("x", 2),
    ]),
  );
  expect(torn.because).toContain("two values");
});
