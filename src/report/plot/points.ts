/** The scatter of latencies: which operations are drawn when there are too many. */

import type { Operation } from "../../../checker/history/operation.js";

export interface Sample {
  readonly operations: readonly Operation[];
  /** How many have a latency: all that completed. */
  readonly of: number;
  /** Every fail and info is among them. */
  readonly allFailures: boolean;
  readonly neverCompleted: number;
}

export const POINTS_MAX = 10_000;
const FAILURES_MAX = 5_000;
/** Columns of the picture in which the slowest ok operation of each kind is kept. */
const COLUMNS = 400;

/**
 * All fails and infos up to a bound; of the ok ones the slowest in every column of the picture, since outliers are what
 * one looks for, and an even share of the rest, drawn by a hash of the index: the same history gives the same picture.
 */
export const samplePoints = (operations: readonly Operation[], endNs: number, max = POINTS_MAX): Sample => {
  const completed = operations.filter((op) => op.completedTime !== null);
  const neverCompleted = operations.length - completed.length;
  if (completed.length <= max)
    return { operations: completed, of: completed.length, allFailures: true, neverCompleted };
  const failed = completed.filter((op) => op.type !== "ok");
  const failures = share(failed, Math.min(FAILURES_MAX, Math.floor(max / 2)));
  const ok = completed.filter((op) => op.type === "ok");
  const slowest = slowestByColumn(ok, endNs);
  const kept = new Set([...failures, ...slowest]);
  const rest = share(
    ok.filter((op) => !kept.has(op)),
    Math.max(0, max - kept.size),
  );
  for (const op of rest) kept.add(op);
  return {
    operations: completed.filter((op) => kept.has(op)),
    of: completed.length,
    allFailures: failures.length === failed.length,
    neverCompleted,
  };
};

const latency = (op: Operation): number => (op.completedTime ?? op.invokedTime) - op.invokedTime;

const slowestByColumn = (operations: readonly Operation[], endNs: number): Iterable<Operation> => {
  const slowest = new Map<string, Operation>();
  for (const op of operations) {
    const column = `${op.f} ${Math.floor((op.invokedTime / Math.max(1, endNs)) * COLUMNS)}`;
    const best = slowest.get(column);
    if (best === undefined || latency(op) > latency(best)) slowest.set(column, op);
  }
  return slowest.values();
};

const share = (operations: readonly Operation[], max: number): readonly Operation[] =>
  operations.length <= max
    ? operations
    : operations
        .map((op) => ({ op, draw: scramble(op.invoked) }))
        .sort((a, b) => a.draw - b.draw)
        .slice(0, max)
        .map(({ op }) => op);

/** A multiplication by 2^32 over the golden ratio (Knuth), then a fold: neighbours land far apart. */
const scramble = (index: number): number => {
  const spread = Math.imul(index + 1, 0x9e3779b1);
  return Math.imul(spread ^ (spread >>> 15), 0x85ebca6b) >>> 0;
};
