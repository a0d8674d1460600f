/** A history cut into windows that suit its length, so that a run of ten seconds is as readable as one of ten hours. */

import type { Operation } from "../history/operation.js";
import type { PerformanceDetails } from "./details.js";
import { quantile, sorted } from "./quantile.js";

const WINDOWS_MAX = 120;
const WIDTH_MIN_MS = 1e-3;

/**
 * The smallest of 1, 2, 5, 10, 20, 50, ... ms (or below) that needs at most 120 windows. As each is at most 2.5 times
 * the one before, that leaves about 48 or more (fewer only if all is over within microseconds). Windows begin at multiples of their width.
 */
export const chooseWindowMs = (fromMs: number, toMs: number): number => {
  for (let power = WIDTH_MIN_MS; ; power *= 10) {
    for (const digit of [1, 2, 5]) {
      // Division by a power of ten is exact where multiplication by 0.001 is not.
      const width = power < 1 ? digit / Math.round(1 / power) : digit * Math.round(power);
      if (Math.floor(toMs / width) - Math.floor(fromMs / width) + 1 <= WINDOWS_MAX) return width;
    }
  }
};

/** Rows in order of time, then f, then outcome; an operation belongs to the window in which it completed. */
export const windowsOf = (operations: readonly Operation[], windowMs: number): PerformanceDetails["windows"] => {
  // Per f and outcome, then per window: no string is built per operation.
  const groups = new Map<string, { readonly [type in Operation["type"]]: Map<number, number[]> }>();
  for (const op of operations) {
    if (op.completedTime === null) continue;
    const group = groups.get(op.f) ?? { ok: new Map(), fail: new Map(), info: new Map() };
    groups.set(op.f, group);
    const at = Math.floor(op.completedTime / 1e6 / windowMs);
    const latencyMs = (op.completedTime - op.invokedTime) / 1e6;
    const row = group[op.type].get(at);
    if (row === undefined) group[op.type].set(at, [latencyMs]);
    else row.push(latencyMs);
  }
  const rows = [...groups].flatMap(([f, group]) =>
    TYPES.flatMap((type) => [...group[type]].map(([at, ms]) => ({ atMs: at * windowMs, f, type, ...summary(ms) }))),
  );
  // Sorting is stable: within a window and f the outcomes stay in order.
  return rows.sort((a, b) => a.atMs - b.atMs || (a.f < b.f ? -1 : a.f > b.f ? 1 : 0));
};

const TYPES = ["ok", "fail", "info"] as const;

const summary = (latenciesMs: readonly number[]) => {
  const ascending = sorted(latenciesMs);
  return {
    count: ascending.length,
    p50: quantile(ascending, 0.5),
    p95: quantile(ascending, 0.95),
    p99: quantile(ascending, 0.99),
    max: quantile(ascending, 1),
  };
};
