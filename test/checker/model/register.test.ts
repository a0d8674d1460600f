import { expect, test } from "vitest";
import type { Operation } from "../../../checker/history/operation.js";
import { historyOfPicture } from "../../../checker/history/picture.js";
import { INCONSISTENT } from "../../../checker/model/model.js";
import { casRegister, register } from "../../../checker/model/register.js";

const op = (name: string): Operation => historyOfPicture(`0: |-${name}-|`).operations[0]!;

test("a register holds what was written last, null at first", () => {
  expect(register.init).toBe(null);
  expect(register.step(null, op("w1"))).toBe(1);
  expect(register.step(1, op("r1"))).toBe(1);
  expect(register.step(1, op("r2"))).toBe(INCONSISTENT);
  expect(register.fs).not.toContain("cas");
});

test("a cas happens only where the register holds what it expects", () => {
  expect(casRegister.step(1, op("c1,2"))).toBe(2);
  expect(casRegister.step(3, op("c1,2"))).toBe(INCONSISTENT);
});

test("a cas from a value to itself only looks", () => {
  expect(["r1", "w1", "c1,2", "c1,1"].map((name) => casRegister.effect(op(name)))).toEqual([
    "read",
    "blind",
    "update",
    "read",
  ]);
});

test("a cas without a pair makes no sense, and that is said", () => {
  expect(casRegister.problem({ ...op("c1,2"), value: [1] })).toBe(
    "cas at 0 has the argument [1], expected a pair [from, to]",
  );
});
