import { expect, test } from "vitest";
import type { FaultEvent } from "../../../checker/history/event.js";
import { checkPerformance, measure } from "../../../checker/performance/performance.js";
import { quantile, quantiles, sorted } from "../../../checker/performance/quantile.js";
import { chooseWindowMs } from "../../../checker/performance/windows.js";
import { cas, history, type Line, r, w } from "../staleness/histories.js";

// One event is one millisecond.
const fault = (index: number, phase: "begin" | "end", id = "f1"): FaultEvent => ({
  index,
  time: index * 1e6,
  process: "nemesis",
  type: "info",
  f: "kill",
  phase,
  fault: id,
  value: null,
});

test("nothing was asked: nothing went unanswered", () => {
  const verdict = checkPerformance(history([]));
  expect(verdict.valid).toBe("valid");
  expect(verdict.details).toEqual({
    operations: 0,
    ok: 0,
    fail: 0,
    info: 0,
    durationMs: 0,
    rate: 0,
    availability: 1,
    availabilityUnderFault: null,
    longestOutageMs: 0,
    longestOutageAtMs: 0,
    byF: {},
    errors: {},
    windowMs: 0.001,
    windows: [],
  });
});

test("outcomes, rate, latencies and errors are counted by operation", () => {
  const details = measure(
    history([
      w(0, 10, 1),
      w(10, 30, 2),
      r(30, 31, 2),
      r(31, 41, null, { type: "fail", error: "timeout: no answer in 10 ms" }),
      w(41, 100, 3, { type: "info", error: "timeout" }),
      w(50, null, 4),
    ]),
  );
  expect(details).toMatchObject({ operations: 6, ok: 3, fail: 1, info: 2, durationMs: 100, rate: 30 });
  expect(details.availability).toBeCloseTo(3 / 6);
  expect(details.errors).toEqual({ timeout: 2 });
  expect(details.byF).toEqual({
    write: { ok: 2, fail: 0, info: 2, latency: { count: 2, p50: 10, p95: 20, p99: 20, max: 20, mean: 15 } },
    read: { ok: 1, fail: 1, info: 0, latency: { count: 1, p50: 1, p95: 1, p99: 1, max: 1, mean: 1 } },
  });
});

test("a cas that found another value was answered; one that was refused was not", () => {
  const mismatch = cas(0, 1, 1, 2, { type: "fail", error: "mismatch: found 7" });
  const refused = cas(2, 3, 1, 2, { type: "fail", error: "not-leader: ask n2" });
  expect(measure(history([mismatch])).availability).toBe(1);
  expect(measure(history([mismatch, refused])).availability).toBe(0.5);
});

test("the harness looking at replicas is not a client working", () => {
  const dump: Line = { from: 900, to: 1000, f: "dump", value: {}, key: null };
  expect(measure(history([w(0, 10, 1), dump]))).toMatchObject({ operations: 1, durationMs: 10, byF: { write: {} } });
});

test("availability under fault counts the operations that were under way while one was active", () => {
  const lines = [
    w(0, 1, 1),
    w(2, 12, 2), // begins before the fault, ends during it
    w(13, 14, 3, { type: "fail", error: "refused" }),
    w(15, 40, 4, { type: "info", error: "timeout" }), // ends after it
    w(41, 42, 5),
  ];
  const during = measure(history(lines, [fault(10, "begin"), fault(30, "end")]));
  expect(during.availabilityUnderFault).toBeCloseTo(1 / 3);
  expect(measure(history(lines)).availabilityUnderFault).toBeNull();
});

test("a fault that was never ended lasts to the end", () => {
  const lines = [w(0, 1, 1), w(20, 21, 2, { type: "fail", error: "refused" }), w(50, 60, 3)];
  expect(measure(history(lines, [fault(10, "begin")])).availabilityUnderFault).toBe(0.5);
});

test("overlapping faults count an operation once", () => {
  const faults = [fault(1, "begin", "f1"), fault(3, "begin", "f2"), fault(5, "end", "f1"), fault(9, "end", "f2")];
  const lines = [w(0, 2, 1), w(4, 6, 2), w(7, 8, 3, { type: "fail", error: "refused" }), w(11, 12, 4)];
  expect(measure(history(lines, faults)).availabilityUnderFault).toBeCloseTo(2 / 3);
});

test("a fault within a longer one does not cut it short", () => {
  const faults = [fault(1, "begin", "f1"), fault(2, "begin", "f2"), fault(3, "end", "f2"), fault(20, "end", "f1")];
  const lines = [w(10, 11, 1), w(12, 13, 2, { type: "fail", error: "refused" }), w(30, 31, 3)];
  expect(measure(history(lines, faults)).availabilityUnderFault).toBe(0.5);
});

test("the longest outage is the longest time without an ok, ends of the run included", () => {
  expect(measure(history([w(0, 10, 1), w(10, 70, 2), w(70, 75, 3)]))).toMatchObject({
    longestOutageMs: 60,
    longestOutageAtMs: 10,
  });
  expect(measure(history([w(0, 10, 1), w(10, 70, 2, { type: "info" })]))).toMatchObject({
    longestOutageMs: 60,
    longestOutageAtMs: 10,
  });
  expect(measure(history([w(5, 50, 1, { type: "fail" })]))).toMatchObject({
    longestOutageMs: 45,
    longestOutageAtMs: 5,
  });
});

test("windows hold the operations that completed in them, by operation and outcome", () => {
  const { windows, windowMs } = measure(
    history([w(0, 100, 1), w(110, 130, 2), r(110, 131, 2), r(8000, 9999, null, { type: "fail" }), w(9999, null, 3)]),
  );
  expect(windowMs).toBe(100);
  expect(windows).toEqual([
    { atMs: 100, f: "read", type: "ok", count: 1, p50: 21, p95: 21, p99: 21, max: 21 },
    { atMs: 100, f: "write", type: "ok", count: 2, p50: 20, p95: 100, p99: 100, max: 100 },
    { atMs: 9900, f: "read", type: "fail", count: 1, p50: 1999, p95: 1999, p99: 1999, max: 1999 },
  ]);
});

test("a history of any length is cut into 20 to 120 windows", () => {
  for (let ms = 0.5; ms < 1e9; ms *= 1.37) {
    for (const from of [0, 3.3, 1e6 / 7]) {
      const width = chooseWindowMs(from, from + ms);
      const windows = Math.floor((from + ms) / width) - Math.floor(from / width) + 1;
      expect(windows, `${from} ms + ${ms} ms by ${width} ms`).toBeGreaterThanOrEqual(20);
      expect(windows).toBeLessThanOrEqual(120);
    }
  }
});

test("quantiles are by nearest rank, sorted as numbers", () => {
  const ascending = sorted([10, 9, 100, 1]);
  expect([...ascending]).toEqual([1, 9, 10, 100]);
  expect([0, 0.25, 0.5, 0.51, 0.99, 1].map((q) => quantile(ascending, q))).toEqual([1, 1, 9, 10, 100, 100]);
  expect(quantiles([])).toBeNull();
});

test("an operation or an error named __proto__ is counted like any other", () => {
  const odd: Line = { from: 0, to: 1, f: "__proto__", value: 1, type: "fail", error: "__proto__" };
  const { byF, errors } = measure(history([odd]));
  expect(Object.keys(byF)).toEqual(["__proto__"]);
  expect(Object.keys(errors)).toEqual(["__proto__"]);
});

test("a store that invents error names cannot flood the details", () => {
  const lines = Array.from({ length: 500 }, (_, i) => w(2 * i, 2 * i + 1, i, { type: "fail", error: `e${i} again` }));
  const { errors } = measure(history(lines));
  expect(Object.keys(errors)).toHaveLength(101);
  expect(errors["(other)"]).toBe(400);
});
