import { expect, test } from "vitest";
import type { Json } from "../../../checker/history/event.js";
import { endOf, type History, type Operation } from "../../../checker/history/operation.js";
import { checkBank } from "../../../checker/workload/bank.js";
import { checkCounter, checkPnCounter } from "../../../checker/workload/counter.js";
import { checkUniqueIds } from "../../../checker/workload/unique-ids.js";
import { draws as drawsOf, freshSeed } from "../staleness/draws.js";
import { Answers, historyOf, linearizable, madeHistory } from "./made.js";

const row = (process: number, f: string, asked: Json, got: Json) =>
  [
    [process, "invoke", f, asked],
    [process, "ok", f, got],
  ] as const;

const counting = (seed: number, signs: boolean, lie: number): History => {
  const draws = drawsOf(seed);
  const lies = draws() < 0.5 ? 0 : lie;
  let value = 0;
  return madeHistory({
    draws,
    operations: 9,
    processes: 3,
    info: 0.15,
    fail: 0.05,
    ask: () => {
      const amount = 1 + Math.floor(draws() * 4);
      return draws() < 0.5
        ? { f: "read", value: null }
        : { f: "add", value: signs && draws() < 0.5 ? -amount : amount };
    },
    apply: (asked) => {
      const odd = draws() < lies;
      if (asked.f === "read") return odd ? value + Math.round(draws() * 8 - 4) : value;
      if (!odd) value += asked.value as number;
      return asked.value;
    },
  });
};

/** All choices of the additions that may or may not count for this read. */
const bounds = ({ operations }: History, read: Operation): readonly [number, number] => {
  const adds = operations.filter(({ f, type, invoked }) => f === "add" && type !== "fail" && invoked < endOf(read));
  const sums = adds.reduce<readonly number[]>(
    (some, op) => {
      const sure = endOf(op) < read.invoked;
      const amount = op.value as number;
      return [...new Set([...some.map((sum) => sum + amount), ...(sure ? [] : some)])];
    },
    [0],
  );
  return [Math.min(...sums), Math.max(...sums)];
};

const step = (sum: number, op: Operation): readonly number[] =>
  op.f === "add" ? [sum + (op.value as number)] : op.type === "info" || op.result === sum ? [sum] : [];

for (const [name, check, signs] of [
  ["counter", checkCounter, false],
  ["pn-counter", checkPnCounter, true],
] as const) {
  test(`${name}: a read is in error exactly where it is outside of all choices of additions; a linearizable one is never accused`, () => {
    const answers = new Answers();
    const from = freshSeed(name);
    for (let seed = from; seed < from + 4000; seed++) {
      const history = counting(seed, signs, 0.3);
      const verdict = check(history);
      const reads = history.operations.filter(({ f, type }) => f === "read" && type === "ok");
      const wrong = reads.filter((read) => {
        const [low, high] = bounds(history, read);
        return (read.result as number) < low || (read.result as number) > high;
      });
      answers.add(verdict.valid);
      expect([seed, verdict.details.errors.map(({ invoked }) => invoked)]).toEqual([
        seed,
        wrong.map(({ invoked }) => invoked),
      ]);
      if (verdict.valid === "invalid") expect([seed, linearizable(history, 0, step)]).toEqual([seed, false]);
    }
    expect(answers.least("valid", "invalid")).toBeGreaterThan(400);
  });
}

test("a counter that lost an addition: the read, its bounds and the additions before it are the proof", () => {
  const verdict = checkCounter(historyOf([...row(0, "add", 2, 2), ...row(0, "add", 3, 3), ...row(1, "read", null, 3)]));
  expect(verdict).toMatchObject({ valid: "invalid", witness: [0, 1, 2, 3, 4, 5] });
  expect(verdict.details.worst).toEqual({ invoked: 4, completed: 5, low: 5, value: 3, high: 5 });
});

test("a counter only grows, an untouched one reads as nothing, and one that is never read says nothing", () => {
  expect(checkCounter(historyOf([...row(0, "add", -1, -1)])).because).toContain("a counter only grows");
  expect(checkPnCounter(historyOf([...row(0, "read", null, null)])).valid).toBe("valid");
  expect(checkPnCounter(historyOf([...row(0, "add", -1, -1)])).valid).toBe("unknown");
});

const accounts = ["a", "b", "c"];
const options = { accounts, total: 4, negative: false };

/** Every way in which the money can be spread. */
const spreads = (low: number): readonly (readonly number[])[] => {
  const range = Array.from({ length: 4 - 2 * low - low + 1 }, (_, i) => low + i);
  return range.flatMap((a) => range.flatMap((b) => (4 - a - b >= low ? [[a, b, 4 - a - b]] : [])));
};

test("bank: a read passes exactly where transfers can lead to it", () => {
  const draws = drawsOf(freshSeed("bank"));
  const answers = new Answers();
  for (let i = 0; i < 3000; i++) {
    const negative = draws() < 0.5;
    const read = [0, 1, 2].map(() => Math.floor(draws() * 5) - (draws() < 0.2 ? 2 : 0));
    if (draws() < 0.6) read[2] = 4 - read[0]! - read[1]!;
    const names = draws() < 0.1 ? ["a", "b", "d"] : draws() < 0.1 ? ["a", "b"] : accounts;
    const balances = Object.fromEntries(names.map((name, at) => [name, read[at]!]));
    const { valid } = checkBank(historyOf([...row(0, "read", null, balances)]), { ...options, negative });
    const possible = spreads(negative ? -10 : 0).some(
      (spread) => names === accounts && spread.every((balance, at) => balance === read[at]),
    );
    answers.add(valid);
    expect([balances, negative, valid]).toEqual([balances, negative, possible ? "valid" : "invalid"]);
  }
  expect(answers.least("valid", "invalid")).toBeGreaterThan(500);
});

test("bank: each error by its name, the worst told first", () => {
  const read = (value: Json) => row(0, "read", null, value);
  const verdict = checkBank(
    historyOf([
      ...read({ a: 4, b: 0, c: 0 }),
      ...read({ a: 5, b: 0, c: 0 }),
      ...read({ a: 9, b: 0, c: 0 }),
      ...read({ a: 5, b: -1, c: 0 }),
      ...read({ a: 4, b: 0, c: 0, d: 0 }),
      ...read({ a: 4, b: null, c: 0 }),
      ...read(null),
    ]),
    options,
  );
  expect(verdict.details.counts).toEqual({
    "not-balances": 1,
    "unexpected-account": 1,
    "missing-balance": 1,
    "wrong-total": 2,
    "negative-balance": 1,
  });
  expect(verdict.because).toContain("6 of 7 reads");
  expect(verdict.because).toContain("The read at 5 found 9 in total, expected 4");
  expect(verdict.details).toMatchObject({ lowest: 4, highest: 9, first: { invoked: 2 }, last: { invoked: 12 } });
  expect(checkBank(historyOf([...row(0, "transfer", {}, {})]), options).valid).toBe("unknown");
});

test("unique-ids: invalid exactly where two clients got the same id", () => {
  const answers = new Answers();
  const from = freshSeed("unique-ids");
  for (let seed = from; seed < from + 2000; seed++) {
    const draws = drawsOf(seed);
    let last = 0;
    const history = madeHistory({
      draws,
      operations: 10,
      processes: 3,
      info: 0.1,
      fail: 0.1,
      ask: () => ({ f: "generate", value: null }),
      apply: () => (draws() < 0.05 ? last : ++last),
    });
    const { valid } = checkUniqueIds(history);
    const got = history.operations.filter(({ type }) => type === "ok");
    const twice = got.some((a) => got.some((b) => a !== b && a.result === b.result));
    answers.add(valid);
    expect([seed, valid]).toEqual([seed, twice ? "invalid" : got.length === 0 ? "unknown" : "valid"]);
  }
  expect(answers.least("valid", "invalid")).toBeGreaterThan(300);
});

test("unique-ids: who got it and who got it again is the proof", () => {
  const verdict = checkUniqueIds(
    historyOf([...row(0, "generate", null, 7), ...row(1, "generate", null, 8), ...row(2, "generate", null, 7)]),
  );
  expect(verdict).toMatchObject({ valid: "invalid", witness: [0, 1, 4, 5] });
  expect(verdict.details).toMatchObject({ range: [7, 8], duplicated: [{ id: 7, generated: [0, 4] }] });
});
