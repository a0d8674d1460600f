import { expect, test } from "vitest";
import { canonical, Interner } from "../../../checker/history/canonical.js";
import { pairEvents } from "../../../checker/history/pair.js";

test("events that break a promise are refused by name", () => {
  expect(() => pairEvents([{ index: 4, time: 0, process: 1, type: "ok", f: "read", key: "x", value: null }])).toThrow(
    "event 4: process 1 completes read (ok) without having invoked it",
  );
});

test("values are the same whatever the order of their members, and never only alike", () => {
  expect(canonical({ b: [1, null], a: "x" })).toBe('{"a":"x","b":[1,null]}');
  const interner = new Interner();
  const ids = [1, "1", null, "null", { a: 1, b: 2 }, { b: 2, a: 1 }, [1], ["1"], true, '{"a":1,"b":2}'].map((value) =>
    interner.intern(value),
  );
  expect(ids).toEqual([0, 1, 2, 3, 4, 4, 5, 6, 7, 8]);
  expect(interner.find([1])).toBe(5);
  expect(interner.find([2])).toBe(-1);
});
