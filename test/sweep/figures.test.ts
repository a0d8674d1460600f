import { expect, test } from "vitest";
import { throughputOf } from "../../src/sweep/figures.js";
import { history, r, w } from "../checker/staleness/histories.js";

// One event is one millisecond.
test("throughput is of the time in which clients were under way: the reads at the end are left out", () => {
  const lines = [w(0, 10, 1), w(11, 20, 2, { type: "info" }), r(21, 50, 2), r(60, 100, 2)];
  const final = [r(300, 301, 2), r(302, 303, 2), r(304, 305, 2)];
  const dumps = [{ ...r(90, 91, null), f: "dump", value: {} }];
  expect(throughputOf(history([...lines, ...final, ...dumps]), 100)).toBeCloseTo(30);
});

test("a run that ended before its time is measured as far as it came, and one without a success did nothing", () => {
  expect(throughputOf(history([w(0, 10, 1), w(11, 20, 2)]), 1000)).toBeCloseTo(100);
  expect(throughputOf(history([w(0, 10, 1, { type: "fail" }), w(11, null, 2)]), 1000)).toBe(0);
  expect(throughputOf(history([]), 1000)).toBe(0);
});
