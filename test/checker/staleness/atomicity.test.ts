import { expect, test } from "vitest";
import { endOf, type History } from "../../../checker/history/operation.js";
import { checkAtomicity } from "../../../checker/staleness/atomicity.js";
import { checkStaleness } from "../../../checker/staleness/staleness.js";
import { isAtomic, smallestK } from "./brute.js";
import { freshSeed } from "./draws.js";
import { cas, history, type Line, r, randomHistory, w } from "./histories.js";

// One event is one millisecond.
const details = (...lines: Line[]) => checkAtomicity(history(lines)).details;

test("an atomic history has k 1 and neither Δ nor Γ", () => {
  const verdict = checkAtomicity(history([w(0, 1, 1), r(2, 3, 1), w(4, 7, 2), r(5, 6, 2)]));
  expect(verdict).toMatchObject({
    valid: "valid",
    because: "Every read returned the latest write: k is 1, Δ and Γ are 0 ms.",
    details: { k: 1, exact: true, deltaMs: 0, gammaMs: 0, values: 3, valuesInvolved: 0, gammaByValueMs: null },
  });
});

test("a read one version behind: k 2, Δ from the newer write's end to the read, Γ half of it", () => {
  const lines = [w(0, 1, 1), w(2, 3, 2), r(13, 14, 1)];
  const verdict = checkAtomicity(history(lines));
  expect(verdict.valid).toBe("invalid");
  expect(verdict.witness).toEqual([0, 1, 2, 3, 13, 14]);
  // For Δ the read must reach back to 3. Γ may as well make the two writes overlap: half of 2 - 1.
  expect(verdict.details).toMatchObject({ k: 2, exact: true, deltaMs: 10, gammaMs: 0.5, valuesInvolved: 2 });
  expect(checkAtomicity(history(lines), { k: 2 }).valid).toBe("valid");
});

test("three versions behind is at least k 4, and that is not called exact", () => {
  const lines = [w(0, 1, 1), w(2, 3, 2), w(4, 5, 3), w(6, 7, 4), r(8, 9, 1)];
  expect(details(...lines)).toMatchObject({ k: 4, exact: false });
  expect(checkAtomicity(history(lines), { k: 3 }).valid).toBe("invalid");
  expect(checkAtomicity(history(lines), { k: 4 }).valid).toBe("unknown");
});

test("two reads, each one behind, that contradict each other need three", () => {
  const lines = [w(0, 3, 1), w(1, 2, 2), w(4, 5, 3), r(6, 7, 1), r(8, 9, 2)];
  expect(checkStaleness(history(lines)).details.versionsBehindMax).toBe(1);
  const verdict = checkAtomicity(history(lines), { k: 2 });
  expect(verdict).toMatchObject({ valid: "invalid", details: { k: 3, exact: false } });
  expect(verdict.because).toContain("needs at least the 3 latest");
});

test("initial value read late counts by the writes over it; widening cannot move its write", () => {
  const given = details(w(0, 1, 1), r(11, 12, null));
  expect(given).toMatchObject({ k: 2, deltaMs: 10, gammaMs: 5 });
});

test("a value that nobody wrote has no k", () => {
  expect(checkAtomicity(history([w(0, 1, 1), r(2, 3, 9)]))).toMatchObject({
    valid: "invalid",
    witness: [2, 3],
    details: { k: null, deltaMs: null, unexplained: 1 },
  });
  expect(details(r(0, 1, 5), w(2, 3, 5)).unexplained).toBe(1);
});

test("keys with repeated values are declined, the others judged", () => {
  const repeated = [w(0, 1, 1), w(2, 3, 1), r(4, 5, 1)];
  expect(checkAtomicity(history(repeated))).toMatchObject({ valid: "unknown", details: { k: null, declinedKeys: 1 } });
  const y = { key: "y" };
  const mixed = [...repeated, w(10, 11, 1, y), w(12, 13, 2, y), r(14, 15, 1, y)];
  expect(checkAtomicity(history(mixed))).toMatchObject({
    valid: "invalid",
    details: { k: 2, declinedKeys: 1, keys: 2 },
  });
  expect(checkAtomicity(history(mixed), { k: 2 }).valid).toBe("unknown");
});

test("where values repeat single reads still prove how far off it is at least", () => {
  const stale = history([w(0, 1, 1), w(2, 3, 1), w(4, 5, 2), w(6, 7, 3), r(18, 19, 1)]);
  const verdict = checkAtomicity(stale);
  expect(verdict).toMatchObject({
    valid: "invalid",
    details: { k: 3, exact: false, deltaMs: 13, gammaMs: null, timesExact: false, declinedKeys: 1 },
  });
  expect(verdict.because).toBe(
    'In no order do all reads return the latest write: one key ("x") needs at least the 3 latest. Moving reads back by at least 13 ms would explain them (Δ). On 1 of 1 keys values were written twice, so there might be more to it.',
  );
  expect(checkAtomicity(stale, { k: 3 }).valid).toBe("unknown");
});

test("with repeated values k and Δ are never told larger than they are", () => {
  const seed = freshSeed("k-atomicity, repeated values");
  const tally = { atomic: 0, proven: 0, missed: 0 };
  for (let i = 0; i < 3000; i++) {
    const random = randomHistory(seed + i * 769, {
      operations: 4 + (i % 6),
      processes: 2 + (i % 3),
      values: 3,
      casShare: i % 2 === 0 ? 0.2 : 0,
      infoShare: i % 3 === 0 ? 0.2 : 0,
      honest: i % 2 === 0 ? 0.3 : 0.7,
    });
    const k = smallestK(random);
    const { valid, details } = checkAtomicity(random);
    const text = JSON.stringify(random.operations);
    expect(details.k ?? 1, text).toBeLessThanOrEqual(k);
    if (valid === "invalid") {
      expect(k, text).toBeGreaterThan(1);
      if (details.deltaMs !== null && k < Infinity) {
        expect(isAtomic(shifted(random, { reads: details.deltaMs - 0.5, by: 0 })), text).toBe(false);
      }
    }
    tally[k === 1 ? "atomic" : valid === "invalid" ? "proven" : "missed"]++;
  }
  console.log(tally);
  expect(Math.min(tally.atomic, tally.proven)).toBeGreaterThan(200);
});

test("what is known to be linearizable is told so, also where values repeat", () => {
  const repeated = history([w(0, 1, 1), w(2, 3, 1), r(4, 5, 1)]);
  expect(checkAtomicity(repeated, { linearizable: true })).toMatchObject({
    valid: "valid",
    details: { k: 1, exact: true, deltaMs: 0, gammaMs: 0, values: 2 },
  });
});

test("what a cas breaks is proven, what it keeps is not", () => {
  expect(checkAtomicity(history([w(0, 1, 1), cas(2, 3, 1, 2), r(4, 5, 1)])).valid).toBe("invalid");
  expect(checkAtomicity(history([w(0, 1, 1), cas(2, 3, 1, 2), r(4, 5, 2)])).valid).toBe("unknown");
});

test("a spent budget is unknown beyond what is proven", () => {
  const lines = [w(0, 1, 1), w(2, 3, 2), r(4, 5, 1)];
  expect(checkAtomicity(history(lines), { k: 2, stepsMax: 1 })).toMatchObject({ valid: "unknown", details: { k: 2 } });
});

/** Reads invoked `reads` earlier, and everything widened by `by`, in events. */
const shifted = (given: History, { reads, by }: { reads: number; by: number }): History => ({
  ...given,
  operations: given.operations.map((op) => ({
    ...op,
    invoked: op.invoked - by - (op.f === "read" ? reads : 0),
    completed: op.completed === null ? null : op.completed + by,
  })),
});

test("k, Δ and Γ are those of the definitions on random histories", () => {
  const seed = freshSeed("k-atomicity, Δ, Γ");
  const tally = { one: 0, two: 0, more: 0 };
  for (let i = 0; i < 6000; i++) {
    const random = randomHistory(seed + i * 523, {
      operations: 4 + (i % 6),
      processes: 2 + (i % 4),
      values: 0,
      casShare: 0,
      infoShare: i % 3 === 0 ? 0.2 : 0,
      honest: i % 2 === 0 ? 0.2 : 0.6,
      readShare: 0.55,
    });
    const k = smallestK(random);
    const text = JSON.stringify(random.operations);
    const { details, valid, witness } = checkAtomicity(random);
    if (k === Infinity) {
      expect(details.k, text).toBeNull();
      continue;
    }
    tally[k === 1 ? "one" : k === 2 ? "two" : "more"]++;
    if (k <= 2) expect([details.k, details.exact], text).toEqual([k, true]);
    else expect(details.k === 3 || (details.k ?? 0) >= 3, text).toBe(true);
    expect(details.k ?? 0, text).toBeLessThanOrEqual(k);
    expect(valid).toBe(k === 1 ? "valid" : "invalid");
    if (k > 1) {
      // The witness is a violation by itself. What it leaves out it does not need.
      const shown = new Set(witness);
      const part = { ...random, operations: random.operations.filter((op) => shown.has(op.invoked)) };
      expect(isAtomic(part, Math.min(2, k - 1)), text).toBe(false);
    }
    const [delta, gamma] = [details.deltaMs ?? NaN, details.gammaMs ?? NaN];
    expect(isAtomic(shifted(random, { reads: delta, by: 0 })), text).toBe(true);
    expect(isAtomic(shifted(random, { reads: 0, by: gamma })), text).toBe(true);
    if (delta > 0) expect(isAtomic(shifted(random, { reads: delta - 0.5, by: 0 })), text).toBe(false);
    if (gamma > 0) expect(isAtomic(shifted(random, { reads: 0, by: gamma - 0.25 })), text).toBe(false);
    expect(details.gammaByValueMs?.max ?? 0, text).toBe(gamma);
  }
  console.log(tally);
  expect(Math.min(...Object.values(tally))).toBeGreaterThan(100);
});

test("a long history of many overlapping writes is decided in little work", () => {
  const random = randomHistory(20_240_229, {
    operations: 4000,
    processes: 12,
    values: 0,
    casShare: 0,
    infoShare: 0,
    honest: 1,
  });
  expect(checkAtomicity(random).details).toMatchObject({ k: 1, exact: true });
  // Half of the reads answer with what was there before the latest completed write.
  let before: unknown = null;
  let latest: unknown = null;
  const lines: Line[] = [];
  for (let i = 0; i < 4000; i++) {
    if (i % 2 === 0) {
      lines.push(w(2 * i, 2 * i + 1, i));
      [before, latest] = [latest, i];
    } else lines.push(r(2 * i, 2 * i + 1, (i % 4 === 1 ? before : latest) as number | null));
  }
  const { details } = checkAtomicity(history(lines));
  expect(details).toMatchObject({ k: 2, exact: true });
  expect(details.steps).toBeLessThan(40_000);
  expect(endOf(history(lines).operations[0]!)).toBe(1);
});
