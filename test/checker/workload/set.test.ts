import { expect, test } from "vitest";
import type { Json } from "../../../checker/history/event.js";
import { endOf, type History, type Operation } from "../../../checker/history/operation.js";
import { checkSet } from "../../../checker/workload/set.js";
import { checkSetFull } from "../../../checker/workload/set-full.js";
import { draws as drawsOf, freshSeed } from "../staleness/draws.js";
import { Answers, historyOf, linearizable, madeHistory } from "./made.js";

/** Nine operations on a set that now and then forgets, hides, invents or repeats an element. */
const random = (seed: number, lie: number): History => {
  const draws = drawsOf(seed);
  let items: Json[] = [];
  const lies = draws() < 0.4 ? 0 : lie;
  return madeHistory({
    draws,
    operations: 9,
    processes: 3,
    info: 0.1,
    fail: 0.05,
    ask: (n) => (draws() < 0.5 ? { f: "add", value: n } : { f: "read", value: null }),
    apply: ({ f, value }) => {
      const odd = draws() < lies ? draws() : 1;
      if (f === "add") {
        if (odd > 0.4) items = [...items, value];
        return value;
      }
      if (odd < 0.5) return items.slice(0, -1);
      if (odd < 0.7) return [...items, Math.floor(draws() * 12)];
      if (odd < 0.8) return [...items, ...items.slice(0, 1)];
      return [...items];
    },
  });
};

const isRead = ({ f, type }: Operation): boolean => f === "read" && type === "ok";
const listOf = (op: Operation): readonly Json[] => op.result as readonly Json[];
const addOf = (history: History, value: Json): Operation | undefined =>
  history.operations.find((op) => op.f === "add" && op.value === value);

/** Each element alone: some moment of its addition explains every read. */
const elementAlone = (history: History, value: Json): boolean => {
  const operations = history.operations.filter((op) => isRead(op) || (op.f === "add" && op.value === value));
  return linearizable({ ...history, operations }, false, (there, op) => {
    if (op.f === "add") return [true];
    const times = listOf(op).filter((other) => other === value).length;
    return times === (there ? 1 : 0) ? [there] : [];
  });
};

const valuesOf = (history: History): readonly Json[] => [
  ...new Set(history.operations.flatMap((op) => (op.f === "add" ? [op.value] : isRead(op) ? listOf(op) : []))),
];

test("set-full, linearizable: invalid exactly where some element alone has no linearization", () => {
  const answers = new Answers();
  const from = freshSeed("set-full");
  for (let seed = from; seed < from + 4000; seed++) {
    const history = random(seed, 0.2);
    const { valid } = checkSetFull(history);
    const right = valuesOf(history).every((value) => elementAlone(history, value));
    answers.add(valid);
    expect([seed, valid === "invalid"]).toEqual([seed, !right]);
  }
  expect(answers.least("valid", "invalid")).toBeGreaterThan(400);
});

const numbers = (values: readonly Json[]) => values.map(Number).toSorted((a, b) => a - b);

/** The definitions, element by element and read by read. */
const fatesByDefinition = (history: History): readonly (readonly [Json, string])[] => {
  const reads = history.operations.filter(isRead);
  return history.operations
    .filter(({ f, type }) => f === "add" && type !== "fail")
    .map((add) => {
      const has = (read: Operation): boolean => listOf(read).includes(add.value);
      const known = Math.min(endOf(add), ...reads.filter(has).map(endOf));
      const present = Math.max(-1, ...reads.filter(has).map(({ invoked }) => invoked));
      const absent = Math.max(
        -1,
        ...reads.filter((read) => !has(read) && read.invoked > add.invoked).map(({ invoked }) => invoked),
      );
      if (present > absent) return [add.value, known < absent ? "stale" : "stable"] as const;
      return [add.value, known < absent ? "lost" : "never-read"] as const;
    });
};

test("set-full: what is stable, stale, lost and never read is what the definitions say", () => {
  const answers = new Answers();
  const from = freshSeed("set-full fates");
  for (let seed = from; seed < from + 3000; seed++) {
    const history = random(seed, 0.2);
    const fates = fatesByDefinition(history);
    const of = (...names: readonly string[]) =>
      fates.filter(([, fate]) => names.includes(fate)).map(([value]) => value);
    for (const [, fate] of fates) answers.add(fate);
    const { details } = checkSetFull(history);
    expect([seed, details.lost, details.stale, details.neverRead, details.stableCount]).toEqual([
      seed,
      of("lost"),
      of("stale"),
      of("never-read"),
      of("stable", "stale").length,
    ]);
  }
  expect(answers.least("stable", "stale", "lost", "never-read")).toBeGreaterThan(100);
});

test("set: the final read says what the definitions say, and a set that tells the truth is never accused", () => {
  const answers = new Answers();
  const from = freshSeed("set");
  for (let seed = from; seed < from + 3000; seed++) {
    const history = random(seed, 0.3);
    const verdict = checkSet(history);
    const final = history.operations.findLast(isRead);
    answers.add(verdict.valid);
    if (final === undefined) continue;
    const seen = listOf(final);
    const adds = history.operations.filter(({ f, type }) => f === "add" && type !== "fail");
    const lost = adds.filter((op) => endOf(op) < final.invoked && !seen.includes(op.value)).map(({ value }) => value);
    const wrong = [...new Set(seen)].filter((value) => {
      const add = addOf(history, value);
      return add === undefined || add.type === "fail" || add.invoked > endOf(final);
    });
    const twice = [...new Set(seen)].filter(
      (value) => !wrong.includes(value) && seen.indexOf(value) !== seen.lastIndexOf(value),
    );
    const { details } = verdict;
    expect([seed, details.lost, numbers(details.unexpected), details.duplicated]).toEqual([
      seed,
      lost,
      numbers(wrong),
      twice,
    ]);
    expect(verdict.valid === "invalid").toBe(lost.length + wrong.length + twice.length > 0);
  }
  expect(answers.least("valid", "invalid")).toBeGreaterThan(400);
});

const row = (process: number, f: string, value: Json) =>
  [
    [process, "invoke", f, f === "add" ? value : null],
    [process, "ok", f, value],
  ] as const;

test("an element twice in one read is a duplicate, in both", () => {
  const history = historyOf([...row(0, "add", 1), ...row(1, "read", [1, 1])]);
  expect(checkSet(history)).toMatchObject({ valid: "invalid", details: { duplicated: [1] } });
  expect(checkSetFull(history)).toMatchObject({ valid: "invalid", details: { duplicated: [1], phantomCount: 0 } });
});

test("an element that nobody added is a phantom, also where it is read in the middle only", () => {
  const history = historyOf([...row(0, "add", 1), ...row(1, "read", [1, 9]), ...row(1, "read", [1])]);
  expect(checkSetFull(history)).toMatchObject({ valid: "invalid", details: { phantoms: [9] } });
  expect(checkSetFull(history).because).toContain("9 was in the read at 3");
  expect(checkSet(history).valid).toBe("valid");
});

test("a stale element is told, and held against the set only where it should be linearizable", () => {
  const history = historyOf([...row(0, "add", 1), ...row(1, "read", []), ...row(1, "read", [1])]);
  expect(checkSetFull(history).valid).toBe("invalid");
  expect(checkSetFull(history).witness).toEqual([0, 1, 2, 3]);
  const lax = checkSetFull(history, { linearizable: false });
  expect(lax.valid).toBe("valid");
  expect(lax.details.worstStale).toEqual([{ element: 1, known: 1, missedBy: 2, latencyMs: 1 }]);
});

test("a lost element is found without an acknowledgement, once it was seen", () => {
  const history = historyOf([
    [0, "invoke", "add", 1],
    [0, "info", "add", 1],
    ...row(1, "read", [1]),
    ...row(1, "read", []),
  ]);
  expect(checkSetFull(history, { linearizable: false })).toMatchObject({ valid: "invalid", details: { lost: [1] } });
});

test("nothing read, nothing added, or a read of no list: unknown", () => {
  expect(checkSet(historyOf([...row(0, "add", 1)])).valid).toBe("unknown");
  expect(checkSet(historyOf([...row(0, "read", [])])).valid).toBe("unknown");
  expect(checkSetFull(historyOf([...row(0, "add", 1)])).valid).toBe("unknown");
  expect(checkSetFull(historyOf([...row(0, "read", [])])).valid).toBe("unknown");
  const odd = historyOf([...row(0, "add", 1), ...row(0, "read", 7)]);
  expect([checkSet(odd).because, checkSetFull(odd).because]).toEqual([
    "not a history that can be judged: event 2: read 7, expected a list",
    "not a history that can be judged: event 2: read 7, expected a list",
  ]);
});
