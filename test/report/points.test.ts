import { expect, test } from "vitest";
import { pointColumns, quantileColumns, panelsOf } from "../../src/report/plot/data.js";
import { samplePoints } from "../../src/report/plot/points.js";
import { FAULTS, makeHistory, statisticsOf } from "./made.js";

const { operations } = makeHistory({ operations: 12_000, seconds: 30, faults: FAULTS });
const end = 30e9;

test("with room for all, all that completed are drawn", () => {
  const sample = samplePoints(operations, end, operations.length);
  expect(sample.operations.length).toBe(sample.of);
  expect(sample.of + sample.neverCompleted).toBe(operations.length);
});

test("without room for all, no failure is left out, and the slowest ok operation is there", () => {
  const sample = samplePoints(operations, end, 3000);
  expect(sample.operations.length).toBe(3000);
  expect(sample.allFailures).toBe(true);
  const drawn = new Set(sample.operations);
  const failures = operations.filter((op) => op.type !== "ok" && op.completedTime !== null);
  expect(failures.length).toBeGreaterThan(300);
  expect(failures.every((op) => drawn.has(op))).toBe(true);
  const latency = (op: (typeof operations)[number]): number => (op.completedTime ?? 0) - op.invokedTime;
  const slowest = operations.filter((op) => op.type === "ok").reduce((a, b) => (latency(b) > latency(a) ? b : a));
  expect(drawn.has(slowest)).toBe(true);
});

test("of more failures than there is room for, an even share is drawn, and the sample says so", () => {
  const sample = samplePoints(operations, end, 600);
  expect(sample.operations.length).toBeLessThanOrEqual(1800);
  expect(sample.allFailures).toBe(false);
  expect(sample.operations.filter((op) => op.type !== "ok").length).toBe(300);
  const early = sample.operations.filter((op) => op.invokedTime < 15e9).length;
  expect(early / sample.operations.length).toBeGreaterThan(0.35);
  expect(early / sample.operations.length).toBeLessThan(0.65);
});

test("the same history gives the same sample", () => {
  expect(samplePoints(operations, end, 900)).toEqual(samplePoints([...operations], end, 900));
});

test("failures come last, so that they are drawn on top", () => {
  const { type } = pointColumns(samplePoints(operations, end), panelsOf(operations.map((op) => op.f)));
  if (type === undefined || !("words" in type)) throw new Error("outcomes are words");
  const types = type.at.map((i) => type.words[i]);
  expect(types.lastIndexOf("ok")).toBeLessThan(types.indexOf("fail"));
  expect(types.lastIndexOf("fail")).toBeLessThan(types.indexOf("info"));
});

test("read, write and cas get the first panels, and no history more than six", () => {
  expect(panelsOf(["txn", "cas", "read", "read", "write"])).toEqual(["read", "write", "cas", "txn"]);
  expect(panelsOf(["a", "b", "c", "d", "e", "f", "g", "g", "f", "e", "d", "c", "b"])).toEqual([
    "b",
    "c",
    "d",
    "e",
    "f",
    "g",
  ]);
});

test("a quantile line breaks where a window had no ok operation", () => {
  const statistics = statisticsOf({ operations: [...operations], faults: [], events: 0 });
  const row = { f: "read", type: "ok" as const, count: 1, p50: 1, p95: 1, p99: 1, max: 1 };
  const windows = [0, 1, 3].map((i) => ({ ...row, atMs: i * statistics.windowMs }));
  expect(quantileColumns({ ...statistics, windows }, ["read"])["run"]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1]);
});
