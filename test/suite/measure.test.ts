import { expect, test } from "vitest";
import type { HistoryEvent } from "../../checker/history/event.js";
import { pairEvents } from "../../checker/history/pair.js";
import { judge } from "../../checker/judge.js";
import { parseExpectation } from "../../src/config/expectation.js";
import { measureLimit } from "../../src/suite/measure.js";

const MS = 1e6;

/** Process p's operations, [f, key, value, from ms, to ms, type]; and one partition from 100 to 200 ms. */
function historyOf(
  operations: readonly (readonly [number, string, number | null, number, number, "ok" | "fail" | "info"])[],
) {
  const events: (HistoryEvent & { order: number })[] = [];
  const add = (time: number, event: object): void =>
    void events.push({ ...event, time: time * MS, order: time } as never);
  for (const [process, f, value, from, to, type] of operations) {
    add(from, { process, type: "invoke", f, key: "k", value: f === "read" ? null : value });
    add(to, { process, type, f, key: "k", value, ...(type === "ok" ? {} : { error: "timeout: no answer" }) });
  }
  const fault = { process: "nemesis", type: "info", f: "partition", fault: "f1", value: null };
  add(100, { ...fault, phase: "begin" });
  add(200, { ...fault, phase: "end" });
  events.sort((a, b) => a.order - b.order);
  return pairEvents(events.map((event, index) => ({ ...event, index })));
}

const history = historyOf([
  [0, "write", 1, 0, 10, "ok"],
  [0, "write", 2, 20, 40, "ok"],
  [1, "read", 1, 50, 80, "ok"],
  [1, "read", 2, 90, 150, "ok"],
  [0, "read", 2, 110, 160, "fail"],
  [0, "write", 3, 300, 301, "ok"],
]);
const verdict = judge(history, { claims: [], plannedFaults: [], allowVacuous: true, patienceMs: 0 });
const measured = (text: string) => {
  const limit = parseExpectation(text);
  if (limit.is !== "limit") throw new Error(text);
  const { holds, value } = measureLimit(limit, history, verdict);
  return [holds, value];
};

test("latencies are of operations that succeeded, of the kind and in the part of the run that was asked for", () => {
  expect(measured("max < 60ms")).toEqual([false, 60]);
  expect(measured("max <= 60ms")).toEqual([true, 60]);
  expect(measured("p50 of writes < 11ms")).toEqual([true, 10]);
  expect(measured("max of reads < 50ms outside faults")).toEqual([true, 30]);
  expect(
    measured("max during partition < 50ms".replace(" during partition < 50ms", " < 50ms during partition")),
  ).toEqual([false, 60]);
  expect(measured("mean of writes < 20ms outside faults")).toEqual([true, 31 / 3]);
});

test("availability, stale reads and outages", () => {
  expect(measured("availability > 60 % during faults")).toEqual([false, 0.5]);
  expect(measured("stale reads < 50 %")).toEqual([false, 0.5]);
  // Overwritten at 40 ms, read at 50 ms.
  expect(measured("staleness < 10ms")).toEqual([false, 10]);
  expect(measured("outage < 152ms")).toEqual([true, 151]);
  expect(measured("throughput > 10/s")).toEqual([true, (5 * 1000) / 301]);
});

test("where there was nothing to measure, nobody knows", () => {
  for (const text of [
    "p99 < 1ms during kill",
    "max of cas < 1ms",
    "availability > 1 % during pause",
    "converges within 1s",
    "lost writes = 0",
  ]) {
    expect(measured(text), text).toEqual([null, null]);
  }
});
