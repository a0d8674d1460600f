import { expect, test } from "vitest";
import type { Line } from "./histories.js";
import { cas, history, r, randomHistory, w } from "./histories.js";
import { isAtomic, smallestK } from "./brute.js";
import { freshSeed } from "./draws.js";
import { endOf, type History, type Operation } from "../../../checker/history/operation.js";
import { checkStaleness } from "../../../checker/staleness/staleness.js";
import { wilson } from "../../../checker/staleness/wilson.js";

const check = (...lines: Line[]) => checkStaleness(history(lines));

test("a read of the newest completed write is fresh", () => {
  const verdict = check(w(0, 1, 1), w(2, 3, 2), r(4, 5, 2));
  expect(verdict.valid).toBe("valid");
  expect(verdict.witness).toEqual([]);
  expect(verdict.details).toMatchObject({ reads: 1, stale: 0, share: 0, staleForMs: null, worst: [] });
});

test("a read of an overwritten value is stale from the moment the newer write completed", () => {
  const verdict = check(w(0, 1, 1), w(2, 3, 2), r(10, 11, 1, { node: "n2" }));
  expect(verdict.valid).toBe("invalid");
  expect(verdict.details.worst).toEqual([
    { invoked: 10, key: "x", time: 10e6, node: "n2", staleForMs: 7, versionsBehind: 1, overwrittenBy: 2 },
  ]);
  expect(verdict.witness).toEqual([0, 1, 2, 3, 10, 11]);
  expect(verdict.because).toBe(
    'Read at 10 of "x" on n2 returned 1, although 2 had been written over it by 2, finished at 3, 7.00 ms before it began ' +
      "(at least 1 version behind). 1 of 1 read is stale (100 %, 95 % interval 21-100 %).",
  );
});

test("a read that overlaps the newer write is fresh", () => {
  expect(check(w(0, 1, 1), w(2, 5, 2), r(4, 6, 1)).valid).toBe("valid");
});

test("two writes that overlap do not overwrite each other", () => {
  expect(check(w(0, 3, 1), w(1, 2, 2), r(4, 5, 1)).valid).toBe("valid");
  expect(check(w(0, 3, 1), w(1, 2, 2), r(4, 5, 2)).valid).toBe("valid");
});

test("a read of the initial value is stale once any write completed", () => {
  const verdict = check(w(0, 1, 1), w(2, 3, 2), r(5, 6, null));
  expect(verdict.valid).toBe("invalid");
  expect(verdict.details.worst[0]).toMatchObject({ staleForMs: 4, versionsBehind: 2, overwrittenBy: 0 });
  expect(verdict.witness).toEqual([0, 1, 5, 6]);
});

test("a read of the initial value before any write completed is fresh", () => {
  expect(check(w(0, 3, 1), r(1, 2, null)).valid).toBe("valid");
});

test("every overwriter counts as a version", () => {
  const verdict = check(w(0, 1, 1), w(2, 3, 2), w(4, 5, 3), w(6, 7, 4), r(8, 9, 1));
  expect(verdict.details).toMatchObject({ stale: 1, versionsBehindMax: 3 });
  expect(verdict.details.worst[0]).toMatchObject({ staleForMs: 5, overwrittenBy: 2 });
});

test("an indefinite write overwrites nothing until a read has returned it", () => {
  expect(check(w(0, 1, 1), w(2, null, 2), r(10, 11, 1)).valid).toBe("valid");
  const seen = check(w(0, 1, 1), w(2, null, 2), r(4, 5, 2), r(10, 11, 1));
  expect(seen.details.worst[0]).toMatchObject({ invoked: 10, staleForMs: 5, overwrittenBy: 2 });
  expect(seen.witness).toEqual([0, 1, 2, 4, 5, 10, 11]);
  expect(seen.because).toContain("seen by the read at 4 that finished at 5");
});

test("a value that another read returned was in place by then, though its write was still open", () => {
  // 1 was seen at 2..3, then 2 was written and finished; the write of 1 only answered later.
  const verdict = check(w(0, 20, 1), r(2, 3, 1), w(4, 5, 2), r(8, 9, 1));
  expect(verdict.details.worst).toHaveLength(1);
  expect(verdict.details.worst[0]).toMatchObject({ invoked: 8, staleForMs: 3, overwrittenBy: 4 });
});

test("a failed write is nobody's write", () => {
  expect(check(w(0, 1, 1), w(2, 3, 2, { type: "fail" }), r(4, 5, 1)).valid).toBe("valid");
});

test("a cas that succeeded is a read of what it found and a write of what it left", () => {
  expect(check(w(0, 1, 1), cas(2, 3, 1, 2), r(4, 5, 1)).details.worst[0]).toMatchObject({ overwrittenBy: 2 });
  const lost = check(w(0, 1, 1), cas(2, 3, 1, 2), cas(4, 5, 1, 3));
  expect(lost.details.worst[0]).toMatchObject({ invoked: 4, overwrittenBy: 2 });
  expect(lost.because).toMatch(/^Cas at 4 of "x" found 1, although 2 had been set by the cas over it by 2/);
  expect(check(w(0, 1, 1), cas(2, 3, 7, 2, { type: "fail" }), r(4, 5, 1)).valid).toBe("valid");
});

test("a value written twice is judged by its freshest possible writer", () => {
  expect(check(w(0, 1, 1), w(2, 3, 2), w(4, 5, 1), r(6, 7, 1)).valid).toBe("valid");
  const late = check(w(0, 1, 1), w(2, 3, 1), w(4, 5, 2), r(8, 9, 1));
  expect(late.details).toMatchObject({ stale: 1, ambiguous: 0, severalWriters: 1 });
  expect(late.details.worst[0]).toMatchObject({ staleForMs: 3, versionsBehind: 1, overwrittenBy: 4 });
});

test("a later write of the same value, begun after the read ended, explains nothing", () => {
  expect(check(w(0, 1, 1), w(2, 3, 2), r(4, 5, 1), w(6, 7, 1)).details.stale).toBe(1);
});

test("writing null again makes null fresh", () => {
  expect(check(w(0, 1, 1), w(2, 3, null), r(4, 5, null)).valid).toBe("valid");
  expect(check(w(0, 1, null), w(2, 3, 1), r(4, 5, null)).valid).toBe("invalid");
});

test("objects are the same value whatever the order of their members", () => {
  const verdict = check(w(0, 1, { a: 1, b: [2] }), w(2, 3, 5), r(4, 5, { b: [2], a: 1 }));
  expect(verdict.details.stale).toBe(1);
  expect(check(w(0, 1, "1"), w(2, 3, 1), r(4, 5, 1)).valid).toBe("valid");
});

test("of several siblings the freshest counts", () => {
  const siblings = [1, 2];
  expect(check(w(0, 1, 1), w(2, 3, 2), r(4, 5, 1, { siblings })).valid).toBe("valid");
  expect(check(w(0, 1, 1), w(2, 3, 2), w(4, 5, 3), r(6, 7, 1, { siblings })).details.stale).toBe(1);
});

test("keys do not mix", () => {
  const other = { key: "y" };
  expect(check(w(0, 1, 1), w(2, 3, 2, other), r(4, 5, 1), r(6, 7, 2, other)).valid).toBe("valid");
  expect(check(w(0, 1, 1), w(2, 3, 2, other), r(6, 7, null, other)).details.worst[0]).toMatchObject({ key: "y" });
});

test("a value that nobody wrote is not called stale, and not passed either", () => {
  const verdict = check(w(0, 1, 1), r(2, 3, 9), r(4, 5, 1));
  expect(verdict.valid).toBe("unknown");
  expect(verdict.details).toMatchObject({ reads: 1, unwritten: 1 });
  expect(verdict.because).toContain('read at 2 of "x" returned 9');
});

test("no read, no answer", () => {
  expect(check(w(0, 1, 1)).valid).toBe("unknown");
  expect(check().valid).toBe("unknown");
  expect(check(r(0, null, 1), r(1, 2, 1, { type: "fail" })).valid).toBe("unknown");
});

test("keys that other operations changed are not judged", () => {
  const append: Line = { from: 2, to: 3, f: "append", value: 2 };
  expect(check(w(0, 1, 1), append, w(4, 5, 3), r(6, 7, 1))).toMatchObject({
    valid: "unknown",
    details: { ambiguous: 1, reads: 0 },
  });
  const whole: Line = { from: 2, to: 3, f: "txn", value: [], key: null };
  expect(check(w(0, 1, 1), whole, w(4, 5, 3), r(6, 7, 1)).valid).toBe("unknown");
});

test("the worst comes first, and only a thousand are listed", () => {
  const lines: Line[] = [w(0, 1, 1), w(2, 3, 2)];
  for (let i = 0; i < 1500; i++) lines.push(r(10 + 2 * i, 11 + 2 * i, 1));
  const { details } = check(...lines);
  expect(details.stale).toBe(1500);
  expect(details.worst).toHaveLength(1000);
  expect(details.worst[0]?.staleForMs).toBe(3008 - 3);
  expect(details.staleForMs).toMatchObject({ max: 3005, p50: 7 + 2 * 749 });
});

test("Wilson's interval as published: 0 of 10 is at most 27.8 %, 5 of 10 is 23.7 to 76.3 %", () => {
  expect(wilson(0, 10)[0]).toBe(0);
  expect(wilson(0, 10)[1]).toBeCloseTo(0.2775, 4);
  expect(wilson(5, 10)[0]).toBeCloseTo(0.2366, 4);
  expect(wilson(5, 10)[1]).toBeCloseTo(0.7634, 4);
  expect(wilson(10, 10)[1]).toBe(1);
});

for (const [name, values, casShare] of [
  ["distinct values", 0, 0],
  ["distinct values with cas", 0, 0.2],
  ["repeated values", 3, 0],
  ["repeated values with cas", 3, 0.2],
] as const) {
  test(`no stale read on a linearizable history, and versions + 1 never above the smallest k: ${name}`, () => {
    const seed = freshSeed(`staleness, ${name}`);
    const tally = { atomic: 0, not: 0, stale: 0, more: 0 };
    for (let i = 0; i < 4000; i++) {
      const random = randomHistory(seed + i * 7919, {
        operations: 3 + (i % 6),
        processes: 1 + (i % 4),
        values,
        casShare,
        infoShare: i % 3 === 0 ? 0.3 : 0,
        honest: i % 2 === 0 ? 0.7 : 0.9,
      });
      const { details, valid } = checkStaleness(random);
      const atomic = isAtomic(random);
      tally[atomic ? "atomic" : "not"]++;
      if (valid !== "invalid") continue;
      tally.stale++;
      if (details.versionsBehindMax > 1) tally.more++;
      expect(atomic, JSON.stringify(random.operations)).toBe(false);
      expect(details.versionsBehindMax + 1, JSON.stringify(random.operations)).toBeLessThanOrEqual(smallestK(random));
    }
    console.log(name, tally);
    expect(Math.min(tally.atomic, tally.not, tally.stale)).toBeGreaterThan(200);
    expect(tally.more).toBeGreaterThan(20);
  });
}

test("with distinct values the bounds are exactly those of the definition, read by read", () => {
  const seed = freshSeed("staleness, definition");
  let stale = 0;
  for (let i = 0; i < 3000; i++) {
    const random = randomHistory(seed + i * 104729, {
      operations: 4 + (i % 12),
      processes: 1 + (i % 5),
      values: 0,
      casShare: 0,
      infoShare: i % 3 === 0 ? 0.2 : 0,
      honest: 0.6,
    });
    const expected = byDefinition(random);
    const { details } = checkStaleness(random);
    expect(
      [...details.worst].sort((a, b) => a.invoked - b.invoked),
      JSON.stringify(random.operations),
    ).toEqual(expected);
    stale += expected.length;
  }
  expect(stale).toBeGreaterThan(1000);
});

/** For every read, all pairs: O(n³), and nothing clever. Distinct values, no cas. */
const byDefinition = ({ operations }: History) => {
  const reads = operations.filter((op) => op.f === "read" && op.type === "ok");
  const writes = operations.filter((op) => op.f === "write" && op.type !== "fail");
  const readersOf = (write: Operation) =>
    reads.filter((read) => read.result === write.value && endOf(read) > write.invoked);
  const inPlace = (write: Operation) => Math.min(endOf(write), ...readersOf(write).map(endOf));
  return reads.flatMap((read) => {
    const own = writes.find((write) => write.value === read.result);
    if (own !== undefined && own.invoked > endOf(read)) return [];
    const since = own === undefined ? -1 : inPlace(own);
    const over = writes.filter((write) => write !== own && write.invoked > since && inPlace(write) < read.invoked);
    const first = over.sort((a, b) => inPlace(a) - inPlace(b))[0];
    if (first === undefined) return [];
    return [
      {
        invoked: read.invoked,
        key: read.key,
        time: read.invokedTime,
        node: null,
        staleForMs: read.invoked - inPlace(first),
        versionsBehind: over.length,
        overwrittenBy: first.invoked,
      },
    ];
  });
};
