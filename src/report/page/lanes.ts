/**
 * Where the operations of a timeline are drawn. A process is a row; one that ended (its last operation was `info`) leaves
 * its row to the process that takes its place, so that there are about as many rows as clients, however long the run.
 */

import { NEVER, TYPES, type Unpacked } from "../packed.js";

/** Operations of each row, as a list and where each row begins in it: row r has `list[from[r]]` to `list[from[r + 1] - 1]`. */
export interface Rows {
  readonly list: Uint32Array;
  readonly from: Uint32Array;
}

export interface Lanes {
  readonly count: number;
  /** Row of each operation. */
  readonly of: Uint32Array;
}

export const lanesOf = (table: Unpacked): Lanes => {
  const { operations: size, process, start, end } = table;
  const lastOf = new Map<number, number>();
  for (let i = 0; i < size; i++) {
    const who = process[i] ?? 0;
    lastOf.set(who, Math.max(lastOf.get(who) ?? 0, end[i] ?? NEVER));
  }
  const laneOf = new Map<number, number>();
  const busyUntil: number[] = [];
  const of = new Uint32Array(size);
  for (let i = 0; i < size; i++) {
    const who = process[i] ?? 0;
    let lane = laneOf.get(who);
    if (lane === undefined) {
      const free = busyUntil.findIndex((until) => until <= (start[i] ?? 0) && until !== NEVER);
      lane = free === -1 ? busyUntil.length : free;
      busyUntil[lane] = lastOf.get(who) ?? NEVER;
      laneOf.set(who, lane);
    }
    of[i] = lane;
  }
  return { count: busyUntil.length, of };
};

/** The operations that are wanted, one set of rows for each outcome; within a row in the order of the history. */
export const rowsOf = (
  { count, of }: Lanes,
  type: Uint32Array,
  isIn: ((op: number) => boolean) | null,
): readonly Rows[] => {
  const sets = TYPES.map(() => ({ from: new Uint32Array(count + 1), size: 0 }));
  const wanted = new Uint8Array(of.length);
  for (let i = 0; i < of.length; i++) {
    if (isIn !== null && !isIn(i)) continue;
    const set = sets[type[i] ?? 0];
    if (set === undefined) continue;
    wanted[i] = 1;
    set.size++;
    const next = (of[i] ?? 0) + 1;
    set.from[next] = (set.from[next] ?? 0) + 1;
  }
  const rows = sets.map(({ from, size }) => {
    for (let lane = 0; lane < count; lane++) from[lane + 1] = (from[lane + 1] ?? 0) + (from[lane] ?? 0);
    return { list: new Uint32Array(size), from, free: from.slice(0, count) };
  });
  for (let i = 0; i < of.length; i++) {
    const set = wanted[i] === 1 ? rows[type[i] ?? 0] : undefined;
    if (set === undefined) continue;
    const lane = of[i] ?? 0;
    const place = set.free[lane] ?? 0;
    set.list[place] = i;
    set.free[lane] = place + 1;
  }
  return rows;
};

/** The first place from `low` on, below `high`, at which `isBelow` is false: it is true before and false after. */
export const firstNot = (low: number, high: number, isBelow: (place: number) => boolean): number => {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (isBelow(middle)) from = middle + 1;
    else to = middle;
  }
  return from;
};
