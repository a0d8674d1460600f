/**
 * A register with distinct values as clusters: a write and the reads that returned it.
 *
 * In an atomic history the operations of a cluster stand together. f, the first completion in it, and s, the last
 * invocation, decide: cluster A must come before B if f(A) < s(B). Two clusters that must each come before the other
 * refute atomicity, and nothing else does (Gibbons and Korach, Testing shared memories, 1997).
 */

import type { Operation } from "../history/operation.js";
import { endOf } from "../history/operation.js";
import { INITIAL_ID, type Register } from "./registers.js";

export interface Cluster {
  /** null: the initial value. */
  readonly write: Operation | null;
  readonly reads: Operation[];
}

export interface Clusters {
  readonly clusters: readonly Cluster[];
  /** Reads that no write explains: nobody wrote their value, or only after they had ended. */
  readonly unexplained: readonly Operation[];
  /**
   * False where the clusters say less than the history: a cas counts as a read and a write that need not be together,
   * and reads that returned siblings are left out. What is refuted is refuted all the same.
   */
  readonly complete: boolean;
}

/** null where a value was written twice, or operations of other kinds changed the key: then no read names its write. */
export const clustersOf = (register: Register): Clusters | null => {
  const { writes, written, reads, returned, values, siblings, foreign } = register;
  if (foreign.length > 0) return null;
  const byValue: (Cluster | null)[] = values.map(() => null);
  byValue[INITIAL_ID] = { write: null, reads: [] };
  for (const [i, write] of writes.entries()) {
    const id = written[i] ?? INITIAL_ID;
    if ((byValue[id] ?? null) !== null) return null;
    byValue[id] = { write, reads: [] };
  }
  const unexplained: Operation[] = [];
  for (const [i, read] of reads.entries()) {
    if (siblings.has(i)) continue;
    const cluster = byValue[returned[i] ?? INITIAL_ID] ?? null;
    if (cluster === null || (cluster.write !== null && cluster.write.invoked > endOf(read))) unexplained.push(read);
    else cluster.reads.push(read);
  }
  // An indefinite write that nobody read may never have happened. It is in place at infinity, in nobody's way.
  const clusters = byValue.filter((cluster) => cluster !== null);
  return { clusters, unexplained, complete: siblings.size === 0 && writes.every((write) => write.f === "write") };
};

/** Columns of one number per cluster, in order of f. In event indexes, or in ns. */
export interface Zones {
  /** First completion; -Infinity for the initial value. */
  readonly f: Float64Array;
  /** Invocation of the write; -Infinity for the initial value. */
  readonly written: Float64Array;
  /** Last invocation of a read; -Infinity where there is none. */
  readonly read: Float64Array;
  readonly clusters: readonly Cluster[];
}

export interface Measure {
  readonly begin: (op: Operation) => number;
  /** Only asked of operations that completed. */
  readonly end: (op: Operation) => number;
}

export const BY_INDEX: Measure = { begin: (op) => op.invoked, end: endOf };
export const BY_TIME: Measure = {
  begin: (op) => op.invokedTime,
  end: (op) => (op.type === "info" ? Number.POSITIVE_INFINITY : (op.completedTime ?? Number.POSITIVE_INFINITY)),
};

export const zonesOf = (clusters: readonly Cluster[], { begin, end }: Measure): Zones => {
  const zones = clusters.map((cluster) => {
    const { write, reads } = cluster;
    let f = write === null ? Number.NEGATIVE_INFINITY : end(write);
    let read = Number.NEGATIVE_INFINITY;
    for (const op of reads) {
      f = Math.min(f, end(op));
      read = Math.max(read, begin(op));
    }
    return { f, read, written: write === null ? Number.NEGATIVE_INFINITY : begin(write), cluster };
  });
  zones.sort((a, b) => (a.f === b.f ? 0 : a.f - b.f));
  return {
    f: Float64Array.from(zones, ({ f }) => f),
    written: Float64Array.from(zones, ({ written }) => written),
    read: Float64Array.from(zones, ({ read }) => read),
    clusters: zones.map(({ cluster }) => cluster),
  };
};

/** Takes `reads` from every read's invocation and `all` from every invocation, reads included. */
export interface Shift {
  readonly reads: number;
  readonly all: number;
}

export const UNSHIFTED: Shift = { reads: 0, all: 0 };

/**
 * Two clusters that must each come before the other, as positions in the zones; null: atomic. One pass: clusters whose
 * zone is forward (f before s) must be disjoint, so only the latest of them can be in anybody's way.
 */
export const conflict = (zones: Zones, shift: Shift): readonly [number, number] | null => {
  let last = -1;
  let lastF = Number.NEGATIVE_INFINITY;
  let lastS = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < zones.f.length; i++) {
    const f = zones.f[i] ?? 0;
    const s = lastInvocation(zones, i, shift);
    if (last >= 0 && lastS > f && lastF < s) return [last, i];
    if (f < s) {
      last = i;
      lastF = f;
      lastS = s;
    }
  }
  return null;
};

export const lastInvocation = (zones: Zones, i: number, { reads, all }: Shift): number =>
  Math.max(zones.written[i] ?? 0, (zones.read[i] ?? 0) - reads) - all;
