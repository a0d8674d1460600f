import { expect, test } from "vitest";
import { pack, unpack } from "../../src/report/packed.js";
import { answeredColumns, panelsOf, quantileColumns } from "../../src/report/plot/data.js";
import { samplePoints } from "../../src/report/plot/points.js";
import { FAULTS, makeHistory, statisticsOf } from "./made.js";

const { operations } = makeHistory({ operations: 12_000, seconds: 30, faults: FAULTS });
const table = unpack(pack(operations));
const fs = new Set([1, 2, 3]);
const isFailure = (op: number): boolean => table.type[op] !== 0;
const latency = (op: number): number => table.end[op]! - table.start[op]!;
const completed = operations.flatMap((op, i) => (op.completedTime === null ? [] : [i]));

test("with room for all, all that completed are drawn", () => {
  const sample = samplePoints(table, { fs });
  expect([...sample.drawn]).toEqual(completed);
  expect(sample.of + sample.neverCompleted).toBe(operations.length);
});

test("without room for all, no failure is left out, and the slowest ok operation is there", () => {
  const sample = samplePoints(table, { fs, pointsMax: 3000 });
  expect(sample.drawn.length).toBe(3000);
  expect(sample.allFailures).toBe(true);
  const drawn = new Set(sample.drawn);
  const failures = completed.filter(isFailure);
  expect(failures.length).toBeGreaterThan(300);
  expect(failures.every((op) => drawn.has(op))).toBe(true);
  const slowest = completed.filter((op) => !isFailure(op)).reduce((a, b) => (latency(b) > latency(a) ? b : a));
  expect(drawn.has(slowest)).toBe(true);
});

test("of more failures than there is room for, an even share is drawn, and the sample says so", () => {
  const sample = samplePoints(table, { fs, pointsMax: 600 });
  expect(sample.drawn.length).toBe(600);
  expect(sample.allFailures).toBe(false);
  const early = [...sample.drawn].filter((op) => operations[op]!.invokedTime < 15e9).length;
  expect(early / sample.drawn.length).toBeGreaterThan(0.35);
  expect(early / sample.drawn.length).toBeLessThan(0.65);
});

test("the same history gives the same sample, and a part of it what lies in that part", () => {
  expect(samplePoints(unpack(pack([...operations])), { fs, pointsMax: 900 })).toEqual(
    samplePoints(table, { fs, pointsMax: 900 }),
  );
  const part = samplePoints(table, { fs, from: 10e6, to: 11e6 }).drawn;
  expect(part.length).toBeGreaterThan(100);
  expect([...part]).toEqual(completed.filter((op) => table.start[op]! >= 10e6 && table.start[op]! <= 11e6));
});

test("answered are ok operations and a cas that found another value, window by window", () => {
  const { t, answered, of } = answeredColumns(operations, 1000);
  if (!Array.isArray(t) || !Array.isArray(answered) || !Array.isArray(of)) throw new Error("numbers");
  const calm = operations.filter((op) => op.invokedTime < 1e9);
  expect(of[0]).toBe(calm.length);
  expect(answered[0]).toBe(100);
  expect(Math.min(...answered)).toBeLessThan(95);
  expect(t.length).toBeGreaterThan(30);
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
