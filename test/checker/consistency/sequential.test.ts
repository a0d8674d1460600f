import { expect, test } from "vitest";
import { checkSequential, sequentialOrder } from "../../../checker/consistency/sequential/sequential.js";
import type { History } from "../../../checker/history/operation.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { draws, freshSeed } from "../staleness/draws.js";
import { history, r, randomHistory, w } from "../staleness/histories.js";
import { bruteSequential, programs, randomPrograms, type Shape, textOf } from "./programs.js";

const valid = (...texts: readonly string[]): string => checkSequential(programs(...texts)).valid;

test("a stale read is sequentially consistent: real time plays no part", () => {
  const stale = history([w(0, 1, 1, { process: 0 }), w(2, 3, 2, { process: 0 }), r(4, 5, 1, { process: 1 })]);
  expect(checkLinearizable(stale).valid).toBe("invalid");
  expect(checkSequential(stale).valid).toBe("valid");
});

test("store buffering: both cannot miss the other's write", () => {
  expect(valid("wx1 ry_", "wy1 rx_")).toBe("invalid");
  expect(valid("wx1 ry_", "wy1 rx1")).toBe("valid");
  expect(valid("wx1 ry1", "wy1 rx1")).toBe("valid");
});

test("message passing: who sees the flag sees the message", () => {
  expect(valid("wx1 wy1", "ry1 rx_")).toBe("invalid");
  expect(valid("wx1 wy1", "ry_ rx1")).toBe("valid");
});

test("independent reads of independent writes agree on an order", () => {
  expect(valid("wx1", "wy1", "rx1 ry_", "ry1 rx_")).toBe("invalid");
  expect(valid("wx1", "wy1", "rx1 ry_", "ry1 rx1")).toBe("valid");
});

test("load buffering, and coherence of two writes, as two readers see them", () => {
  expect(valid("ry1 wx1", "rx1 wy1")).toBe("invalid");
  expect(valid("ry_ wx1", "rx1 wy1")).toBe("valid");
  expect(valid("wx1", "wx2", "rx1 rx2", "rx2 rx1")).toBe("invalid");
  expect(valid("wx1", "wx2", "rx1 rx2", "rx1 rx2")).toBe("valid");
});

test("it is not a property of single keys: each alone has an order, both together do not", () => {
  expect(valid("wx1 rx1", "rx_")).toBe("valid");
  const both = programs("wx1 ry_", "wy1 rx_");
  for (const key of ["x", "y"]) {
    const one = { ...both, operations: both.operations.filter((op) => op.key === key) };
    expect(checkSequential(one).valid).toBe("valid");
  }
  expect(checkSequential(both).valid).toBe("invalid");
});

test("the reason names the operations", () => {
  const verdict = checkSequential(programs("wx1 ry_", "wy1 rx_"));
  expect(verdict.because).toBe(
    'No order: process 0 did the write at 2 before the read at 6; the read of "y" at 6 (process 0) that returned null found the initial value, so it came before the write to "y" of 1 at 4 (process 1); process 1 did the write at 4 before the read at 8; the read of "x" at 8 (process 1) that returned null found the initial value, so it came before the write to "x" of 1 at 2 (process 0).',
  );
  expect(verdict.witness).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
});

test("a cas sees and writes at once", () => {
  expect(valid("wx1", "cx1,2", "cx1,3")).toBe("invalid");
  expect(valid("wx1", "cx1,2", "cx2,3")).toBe("valid");
  expect(valid("wx1 wx5", "cx1,2 rx5", "rx1 rx5 rx2")).toBe("invalid");
});

test("an operation of unknown outcome happened if its value was seen, and else may have", () => {
  expect(valid("wx1?", "rx1")).toBe("valid");
  expect(valid("wx1?", "rx_ rx1 rx_")).toBe("invalid");
  expect(valid("wx1?", "rx_ rx_")).toBe("valid");
  expect(valid("wx1 wx1?", "wx2 rx2 rx1", "rx1 rx2")).toBe("valid");
});

test("an operation of unknown outcome is not taken for granted because another such one saw it", () => {
  expect(valid("rx_ rx_ cx3,1?", "rx1 wx1", "cx_,1 cx_,3?")).toBe("valid");
});

test("a value that nobody wrote, or only a write that failed, has no order", () => {
  expect(checkSequential(programs("wx1", "rx9"))).toMatchObject({ valid: "invalid", witness: [4, 5] });
  const failed = history([w(0, 1, 1, { type: "fail" }), r(2, 3, 1, { process: 1 })]);
  expect(checkSequential(failed).details.pattern).toBe("thin air");
});

test("values written twice are searched for an order", () => {
  expect(valid("wx1 wx2 wx1", "rx1 rx2 rx1")).toBe("valid");
  expect(valid("wx1 wx2 wx1", "rx1 rx2 rx1 rx2")).toBe("invalid");
  expect(valid("wx1 ry_", "wy1 rx_", "wz1 wz1 rz1")).toBe("invalid");
});

test("siblings and foreign operations leave it unknown, unless the rest has no order", () => {
  const sibling = r(4, 5, 2, { process: 1, siblings: [1, 2] });
  expect(checkSequential(history([w(0, 1, 1), w(2, 3, 2), sibling, r(6, 7, 2, { process: 2 })])).valid).toBe("unknown");
  const append = { from: 10, to: 11, f: "append", value: 1, process: 3 };
  expect(checkSequential(history([append, r(12, 13, 1)])).valid).toBe("unknown");
  expect(checkSequential(history([{ ...append, key: null }, r(12, 13, 1)])).because).toContain("append at 10");
});

test("where nothing is forced and still no choice works out, every choice is tried", () => {
  // Either 1 of x is read before 2 is written, or 2 before 1; the same of y. Each of the four cases is a circle.
  const gadget = ["wx1 wa1", "wx2 wc1", "wy1 we1", "wy2 wg1", "ra1 rc1 ry1", "ra1 rc1 ry2", "re1 rg1 rx1"];
  const verdict = checkSequential(programs(...gadget, "re1 rg1 rx2"));
  expect(verdict.valid).toBe("invalid");
  expect(verdict.details.pattern).toBe("no order");
  expect(verdict.because).toContain("Every order was tried");
  // Without one of the four circles there is an order, which a choice has to be reversed for.
  for (const last of ["re1 rx2", "rg1 rx2", "rx2"]) expect(valid(...gadget, last)).toBe("valid");
});

test("nothing read, nothing known; and a spent budget is unknown and says how far it got", () => {
  expect(valid("wx1", "wx2")).toBe("unknown");
  const late = programs("wx1 wx2", "rx2 ry_ wz1", "rz1 wy1 rx1");
  const verdict = checkSequential(late, { stepsMax: 1 });
  expect(verdict.valid).toBe("unknown");
  expect(verdict.because).toContain("Not decided within the budget of 1 steps");
});

const SHAPES: readonly Shape[] = [
  { operations: 8, processes: 3, keys: 2, values: 0, cas: 0.1, info: 0.2, lies: 0.25 },
  { operations: 9, processes: 4, keys: 3, values: 0, cas: 0, info: 0, lies: 0.3 },
  { operations: 9, processes: 3, keys: 2, values: 2, cas: 0.15, info: 0.3, lies: 0.3 },
  { operations: 7, processes: 3, keys: 1, values: 3, cas: 0.3, info: 0.5, lies: 0.3 },
];

/** Every order given replays by the definition, and every counterexample has no order by the definition. */
const holdsUp = (given: History): string => {
  const verdict = checkSequential(given);
  const text = `${verdict.because} ${textOf(given)}`;
  const order = sequentialOrder(given);
  expect(order !== null, text).toBe(verdict.valid === "valid");
  if (verdict.valid === "invalid") {
    expect(verdict.witness.length, text).toBeGreaterThan(0);
    const part = given.operations.filter(({ invoked }) => verdict.witness.includes(invoked));
    expect(bruteSequential({ ...given, operations: part }), text).toBe(false);
    expect(verdict.details.counterexample.length, text).toBe(part.length);
  }
  return verdict.valid;
};

test.each(SHAPES)("as the definition says, on random programs %#", (shape) => {
  const seed = freshSeed("sequential");
  const tally = { valid: 0, invalid: 0, unknown: 0 };
  for (let i = 0; i < 1200; i++) {
    const given = randomPrograms(seed + i * 7919, shape);
    const answer = holdsUp(given);
    tally[answer as keyof typeof tally]++;
    if (answer === "unknown")
      expect(given.operations.some(({ f, type }) => type === "ok" && f !== "write")).toBe(false);
    else expect(answer === "valid", textOf(given)).toBe(bruteSequential(given));
  }
  console.log(shape, tally);
  expect(Math.min(tally.valid, tally.invalid)).toBeGreaterThan(50);
});

test("a linearizable history is sequentially consistent, found at once where values are distinct", () => {
  const seed = freshSeed("linearizable is sequential");
  const draw = draws(seed);
  let linearizable = 0;
  for (let i = 0; i < 400; i++) {
    const given = randomHistory(Math.floor(draw() * 2 ** 31), {
      operations: 30,
      processes: 4,
      values: i % 2 === 0 ? 0 : 3,
      casShare: 0.1,
      infoShare: 0.05,
      honest: i % 3 === 0 ? 0.95 : 1,
    });
    if (checkLinearizable(given).valid !== "valid" || !given.operations.some(({ f }) => f === "read")) continue;
    linearizable++;
    const verdict = checkSequential(given);
    expect(verdict.valid, `${verdict.because} ${textOf(given)}`).toBe("valid");
    if (i % 2 === 0) expect(verdict.details.steps, textOf(given)).toBe(0);
  }
  expect(linearizable).toBeGreaterThan(100);
});
