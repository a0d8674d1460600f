/** The check that the other tests of this folder rely on. */
import { expect, test } from "vitest";
import { isLinearizable, type RegisterOp } from "./linearizable.js";

type Times = readonly [invokedMs: number, completedMs: number];
const op = (f: RegisterOp["f"], value: number | null, [invokedMs, completedMs]: Times): RegisterOp => ({
  f,
  key: "k",
  value,
  type: "ok",
  invokedMs,
  completedMs,
});

test("a read sees the write before it, or one that overlaps it", () => {
  expect(isLinearizable([op("write", 1, [0, 1]), op("read", 1, [2, 3])])).toBe(true);
  expect(isLinearizable([op("write", 1, [0, 4]), op("read", null, [2, 3])])).toBe(true);
  expect(isLinearizable([op("write", 1, [0, 4]), op("read", 1, [2, 3])])).toBe(true);
});

test("a read does not see what was overwritten, nor what nobody wrote", () => {
  expect(isLinearizable([op("write", 1, [0, 1]), op("read", null, [2, 3])])).toBe(false);
  expect(isLinearizable([op("read", 5, [2, 3])])).toBe(false);
});

test("once seen, a write is never unseen", () => {
  const write = op("write", 1, [0, 10]);
  expect(isLinearizable([write, op("read", 1, [1, 2]), op("read", null, [3, 4])])).toBe(false);
  expect(isLinearizable([write, op("read", null, [1, 2]), op("read", 1, [3, 4])])).toBe(true);
});

test("a write of which nobody knows may take effect late, or never", () => {
  const unknown: RegisterOp = { ...op("write", 1, [0, 1]), type: "info" };
  expect(isLinearizable([unknown, op("read", null, [2, 3]), op("read", 1, [4, 5])])).toBe(true);
  expect(isLinearizable([unknown, op("read", null, [2, 3])])).toBe(true);
  expect(isLinearizable([op("read", 1, [-2, -1]), unknown])).toBe(false);
});

test("a cas writes only over what it expected, and a refused one found something else", () => {
  const cas: RegisterOp = { ...op("cas", 2, [2, 3]), from: 1 };
  expect(isLinearizable([op("write", 1, [0, 1]), cas, op("read", 2, [4, 5])])).toBe(true);
  expect(isLinearizable([cas, op("read", 2, [4, 5])])).toBe(false);
  expect(isLinearizable([op("write", 1, [0, 1]), { ...cas, type: "mismatch" }])).toBe(false);
  expect(isLinearizable([op("write", 3, [0, 1]), { ...cas, type: "mismatch" }])).toBe(true);
});

test("keys are judged apart", () => {
  expect(isLinearizable([op("write", 1, [0, 1]), { ...op("read", null, [2, 3]), key: "other" }])).toBe(true);
});
