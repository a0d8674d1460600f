import { expect, test } from "vitest";
import { endOf, type History } from "../../../checker/history/operation.js";
import { checkRegister } from "../../../checker/staleness/regular.js";
import { isAtomic } from "./brute.js";
import { freshSeed } from "./draws.js";
import { cas, history, type Line, r, randomHistory, w } from "./histories.js";

const kinds = (...lines: Line[]) => [
  checkRegister(history(lines), "regular").valid,
  checkRegister(history(lines), "safe").valid,
];

test("two reads that overlap a write may see new, then old: regular, though not atomic", () => {
  const lines = [w(0, 1, 1), w(2, 10, 2), r(3, 4, 2), r(5, 6, 1)];
  expect(kinds(...lines)).toEqual(["valid", "valid"]);
  expect(isAtomic(history(lines))).toBe(false);
});

test("a read that overlaps no write must return the last one", () => {
  expect(kinds(w(0, 1, 1), w(2, 3, 2), r(4, 5, 1))).toEqual(["invalid", "invalid"]);
  expect(kinds(w(0, 1, 1), w(2, 3, 2), r(4, 5, 2))).toEqual(["valid", "valid"]);
});

test("a read that overlaps a write may return anything of a safe register, not of a regular one", () => {
  expect(kinds(w(0, 1, 1), w(2, 3, 2), w(4, 7, 3), r(5, 6, 1))).toEqual(["invalid", "valid"]);
  expect(kinds(w(4, 7, 3), r(5, 6, 99))).toEqual(["invalid", "valid"]);
});

test("a read of the initial value after a write is neither", () => {
  const verdict = checkRegister(history([w(0, 1, 1), r(2, 3, null)]), "regular");
  expect(verdict).toMatchObject({ valid: "invalid", witness: [0, 1, 2, 3] });
  expect(verdict.because).toBe(
    "The read at 2 found null, although the write at 0 had come wholly between that value's write and the read.",
  );
});

test("a cas does not excuse its own read", () => {
  expect(kinds(w(0, 1, 1), w(2, 3, 2), cas(4, 5, 1, 3))).toEqual(["invalid", "invalid"]);
});

test("an indefinite write overlaps all that comes after", () => {
  expect(kinds(w(0, 1, 1), w(2, null, 2), r(4, 5, 2), r(6, 7, 1))).toEqual(["valid", "valid"]);
});

/** For each read: is there a write that it may have returned, given only when the writes began and ended? */
const byDefinition = (given: History, kind: "regular" | "safe"): boolean => {
  const writes = given.operations.filter((op) => op.f === "write");
  return given.operations.every((read) => {
    if (read.f !== "read") return true;
    const overlaps = writes.some((write) => write.invoked < endOf(read) && endOf(write) > read.invoked);
    if (kind === "safe" && overlaps) return true;
    const begun = writes.filter((write) => write.invoked < endOf(read));
    const notOver = (end: number): boolean => !writes.some((w2) => w2.invoked > end && endOf(w2) < read.invoked);
    return (
      begun.some((write) => write.value === read.result && notOver(endOf(write))) ||
      (read.result === null && notOver(-1))
    );
  });
};

test("as the definition says on random histories; and atomic is regular is safe", () => {
  const seed = freshSeed("regular registers");
  const tally = { atomic: 0, regular: 0, safe: 0, none: 0 };
  for (let i = 0; i < 5000; i++) {
    const random = randomHistory(seed + i * 131, {
      operations: 3 + (i % 7),
      processes: 1 + (i % 4),
      values: i % 2 === 0 ? 0 : 3,
      casShare: 0,
      infoShare: i % 3 === 0 ? 0.2 : 0,
      honest: 0.6,
    });
    if (!random.operations.some((op) => op.f === "read")) continue;
    const regular = checkRegister(random, "regular").valid === "valid";
    const safe = checkRegister(random, "safe").valid === "valid";
    const atomic = isAtomic(random);
    expect(regular, JSON.stringify(random.operations)).toBe(byDefinition(random, "regular"));
    expect(safe, JSON.stringify(random.operations)).toBe(byDefinition(random, "safe"));
    expect(!atomic || regular).toBe(true);
    expect(!regular || safe).toBe(true);
    tally[atomic ? "atomic" : regular ? "regular" : safe ? "safe" : "none"]++;
  }
  console.log(tally);
  expect(Math.min(...Object.values(tally))).toBeGreaterThan(20);
});
