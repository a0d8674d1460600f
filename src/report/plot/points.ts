/** The scatter of latencies: which operations are points of it when there are too many. */

import { NEVER, type Unpacked } from "../packed.js";

export interface Sample {
  /** Places in the table, ascending. */
  readonly drawn: Uint32Array;
  /** How many have a latency: all that completed. */
  readonly of: number;
  /** Every fail and info is among them. */
  readonly allFailures: boolean;
  readonly neverCompleted: number;
}

export const POINTS_MAX = 100_000;
/** Columns of the picture in which the slowest ok operation of each kind is kept. */
const COLUMNS = 400;

export interface SampleOptions {
  /** The kinds of operations that have a panel: places in the table's list of them. */
  readonly fs: ReadonlySet<number>;
  readonly pointsMax?: number;
  /** Only those that begin in this stretch, in the table's units of time. */
  readonly from?: number;
  readonly to?: number;
}

/**
 * All fails and infos; of the ok ones the slowest in every column of the picture, since outliers are what one looks for,
 * and an even share of the rest, drawn by a hash of the index: the same history gives the same picture. More failures
 * than there may be points are thinned evenly themselves.
 */
export const samplePoints = (
  table: Unpacked,
  { fs, pointsMax = POINTS_MAX, from = 0, to = NEVER }: SampleOptions,
): Sample => {
  const ok: number[] = [];
  const failed: number[] = [];
  let neverCompleted = 0;
  for (let i = 0; i < table.operations; i++) {
    const start = table.start[i] ?? 0;
    if (start < from || start > to || !fs.has(table.f[i] ?? 0)) continue;
    if (table.end[i] === NEVER) neverCompleted++;
    else (table.type[i] === 0 ? ok : failed).push(i);
  }
  const of = ok.length + failed.length;
  if (of <= pointsMax) return { drawn: Uint32Array.from(merged(ok, failed)), of, allFailures: true, neverCompleted };
  const failures = share(table, failed, pointsMax);
  const slowest = new Set(slowestByColumn(table, ok).slice(0, Math.max(0, pointsMax - failures.length)));
  const rest = share(
    table,
    ok.filter((op) => !slowest.has(op)),
    Math.max(0, pointsMax - failures.length - slowest.size),
  );
  const drawn = Uint32Array.from([...failures, ...slowest, ...rest]).sort();
  return { drawn, of, allFailures: failures.length === failed.length, neverCompleted };
};

function* merged(a: readonly number[], b: readonly number[]): Iterable<number> {
  let at = 0;
  for (const each of a) {
    for (; at < b.length && (b[at] ?? 0) < each; at++) yield b[at] ?? 0;
    yield each;
  }
  yield* b.slice(at);
}

const slowestByColumn = (table: Unpacked, operations: readonly number[]): readonly number[] => {
  const first = table.start[operations[0] ?? 0] ?? 0;
  const last = table.start[operations.at(-1) ?? 0] ?? 0;
  const slowest = new Map<number, number>();
  const latency = (op: number): number => (table.end[op] ?? 0) - (table.start[op] ?? 0);
  for (const op of operations) {
    const column = Math.floor((((table.start[op] ?? 0) - first) / Math.max(1, last - first)) * COLUMNS);
    const place = (table.f[op] ?? 0) * (COLUMNS + 1) + column;
    const best = slowest.get(place);
    if (best === undefined || latency(op) > latency(best)) slowest.set(place, op);
  }
  return [...slowest.values()];
};

const share = (table: Unpacked, operations: readonly number[], max: number): readonly number[] => {
  if (operations.length <= max) return operations;
  const draws = Uint32Array.from(operations, (op) => scramble(table.invoked[op] ?? 0));
  // The draw below which as many lie as are wanted; equal draws do not occur, since the scramble is one to one.
  const limit = draws.slice().sort()[max] ?? 0;
  return operations.filter((_, i) => (draws[i] ?? 0) < limit);
};

/** A multiplication by 2^32 over the golden ratio (Knuth), then a fold: neighbours land far apart. */
const scramble = (index: number): number => {
  const spread = Math.imul(index + 1, 0x9e3779b1);
  return Math.imul(spread ^ (spread >>> 15), 0x85ebca6b) >>> 0;
};
