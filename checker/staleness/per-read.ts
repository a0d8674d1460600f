/**
 * Per-read staleness of one register: by how many newer writes, at least, had a read's value been overwritten before
 * the read began?
 *
 * For a read r of value v let F be the first event by which v was certainly in place: the completion of its write, or
 * of another read of v. A write that was invoked after F and was certainly in place itself (the same rule) before r
 * was invoked is an *overwriter*: in every legal order it stands after v's write and before r. So one overwriter
 * already proves that the history is not linearizable, and with n of them no order in which each read returns one of
 * the n latest writes exists.
 *
 * Where v was written more than once, F is the largest over all writes that r may have read from (invoked before r
 * completed): whichever it was, the overwriters came later. That only ever loses staleness, never invents it.
 *
 * Cost: O((reads + writes) log writes).
 */

import type { Operation } from "../history/operation.js";
import { endOf } from "../history/operation.js";
import { countBelow, INITIAL_ID, type Register } from "./registers.js";

/** In `overwriter`: no write proves the read stale. */
export const FRESH = -1;
/** In `overwriter`: no write of this value was invoked before the read completed. */
export const UNWRITTEN = -2;

/** Columns: one entry per read (`register.reads`) or per write (`register.writes`). */
export interface ReadBounds {
  /** Per read: position of the overwriter that was in place first, or FRESH, or UNWRITTEN. */
  readonly overwriter: Int32Array;
  /** Per read: number of overwriters. */
  readonly versionsBehind: Int32Array;
  /** Per read: how many writes it may have read from, the initial value's counting as one. */
  readonly candidates: Int32Array;
  /** Per write: the operation whose completion proves that it is in place (itself or a reader), null if none does. */
  readonly provenBy: readonly (Operation | null)[];
  /** Per read: the operation whose completion is F; null where F is the start of the history or there is none. */
  readonly inPlaceBy: readonly (Operation | null)[];
}

export interface BoundOptions {
  /**
   * Does a read that returned a value prove that its write is in place from then on? So it is in an atomic register. In
   * a regular one only the write's own completion does.
   */
  readonly readsProve: boolean;
}

export const boundReads = (register: Register, { readsProve }: BoundOptions = { readsProve: true }): ReadBounds => {
  const values = candidatesByValue(register);
  if (readsProve) attributeReads(register, values);
  rankCandidates(values);
  const count = register.reads.length;
  const overwriter = new Int32Array(count).fill(FRESH);
  const candidates = new Int32Array(count);
  const inPlaceBy = Array.from<Operation | null>({ length: count }).fill(null);
  const provenBy = proofs(register, values);
  const invoked = register.writes.map((write) => write.invoked);
  const earliest = earliestInPlaceFrom(provenBy);
  // Position of the first write invoked after F, for the stale reads.
  const after = new Int32Array(count);

  for (const [i, read] of register.reads.entries()) {
    const completed = endOf(read);
    let inPlace: InPlace | null = null;
    for (const id of [register.returned[i] ?? INITIAL_ID, ...(register.siblings.get(i) ?? [])]) {
      const value = values[id];
      const some = value === undefined ? 0 : countBelow(value.invoked, completed);
      if (value === undefined || some === 0) continue;
      candidates[i] = (candidates[i] ?? 0) + some;
      const candidate = latestInPlace(value, some);
      if (inPlace === null || candidate.at > inPlace.at) inPlace = candidate;
    }
    if (inPlace === null) {
      overwriter[i] = UNWRITTEN;
      continue;
    }
    const from = countBelow(invoked, inPlace.at);
    const first = earliest[from] ?? -1;
    const proof = provenBy[first] ?? null;
    if (proof === null || endOf(proof) >= read.invoked) continue;
    overwriter[i] = first;
    after[i] = from;
    inPlaceBy[i] = inPlace.by;
  }
  return {
    overwriter,
    versionsBehind: countOverwriters(register, overwriter, after, provenBy),
    candidates,
    provenBy,
    inPlaceBy,
  };
};

/** When a write was certainly in place, and by whose completion. `at` is an event index; -1: before everything. */
interface InPlace {
  readonly at: number;
  readonly by: Operation | null;
}

/** All writes of one value, in order of invocation. Of null, the first is the initial value itself. */
interface Candidates {
  /** Positions in `register.writes`; -1 for the initial value. */
  readonly positions: number[];
  readonly invoked: number[];
  /** Per candidate; only the first one's is ever moved forward by a reader. */
  readonly inPlace: InPlace[];
  /** `latest[i]`: the candidate among the first i + 1 that was in place last. Filled by `rankCandidates`. */
  readonly latest: number[];
}

const candidatesByValue = (register: Register): Candidates[] => {
  const values: Candidates[] = register.values.map(() => ({ positions: [], invoked: [], inPlace: [], latest: [] }));
  const put = (id: number, position: number, invoked: number, inPlace: InPlace): void => {
    const value = values[id];
    if (value === undefined) return;
    value.positions.push(position);
    value.invoked.push(invoked);
    value.inPlace.push(inPlace);
  };
  put(INITIAL_ID, -1, -1, { at: -1, by: null });
  for (const [position, write] of register.writes.entries()) {
    put(register.written[position] ?? INITIAL_ID, position, write.invoked, { at: endOf(write), by: write });
  }
  return values;
};

/** A read that completed before the second write of its value was invoked can only have read from the first. */
const attributeReads = (register: Register, values: readonly Candidates[]): void => {
  for (const [i, read] of register.reads.entries()) {
    if (register.siblings.has(i)) continue;
    const value = values[register.returned[i] ?? INITIAL_ID];
    const first = value?.inPlace[0];
    if (value === undefined || first === undefined) continue;
    const at = endOf(read);
    if (at < first.at && countBelow(value.invoked, at) === 1) value.inPlace[0] = { at, by: read };
  }
};

const rankCandidates = (values: readonly Candidates[]): void => {
  for (const value of values) {
    let latest = 0;
    for (const [i, { at }] of value.inPlace.entries()) {
      if (at > (value.inPlace[latest]?.at ?? -1)) latest = i;
      value.latest.push(latest);
    }
  }
};

const latestInPlace = (value: Candidates, some: number): InPlace =>
  value.inPlace[value.latest[some - 1] ?? 0] ?? { at: Number.POSITIVE_INFINITY, by: null };

const proofs = (register: Register, values: readonly Candidates[]): (Operation | null)[] => {
  const provenBy: (Operation | null)[] = register.writes.map((write) => (write.type === "ok" ? write : null));
  for (const value of values) {
    const position = value.positions[0];
    const first = value.inPlace[0];
    if (position === undefined || position < 0 || first === undefined) continue;
    provenBy[position] = first.at === Number.POSITIVE_INFINITY ? null : first.by;
  }
  return provenBy;
};

/** `earliest[i]`: of the writes from position i on, the one that was in place first; -1 when none is proven. */
const earliestInPlaceFrom = (provenBy: readonly (Operation | null)[]): Int32Array => {
  const earliest = new Int32Array(provenBy.length).fill(-1);
  let best = -1;
  let bestAt = Number.POSITIVE_INFINITY;
  for (let i = provenBy.length - 1; i >= 0; i--) {
    const proof = provenBy[i] ?? null;
    if (proof !== null && endOf(proof) < bestAt) {
      best = i;
      bestAt = endOf(proof);
    }
    earliest[i] = best;
  }
  return earliest;
};

/**
 * For every stale read: how many writes at or after position `after` were in place before it was invoked. Writes enter
 * a Fenwick tree in the order in which they were in place, reads ask it in the order of their invocations.
 */
const countOverwriters = (
  register: Register,
  overwriter: Int32Array,
  after: Int32Array,
  provenBy: readonly (Operation | null)[],
): Int32Array => {
  const versionsBehind = new Int32Array(overwriter.length);
  const entering: { readonly position: number; readonly at: number }[] = [];
  for (const [position, proof] of provenBy.entries()) if (proof !== null) entering.push({ position, at: endOf(proof) });
  entering.sort((a, b) => a.at - b.at);
  const tree = new Int32Array(provenBy.length + 1);
  let entered = 0;
  for (const [i, read] of register.reads.entries()) {
    if ((overwriter[i] ?? FRESH) < 0) continue;
    for (let next = entering[entered]; next !== undefined && next.at < read.invoked; next = entering[entered]) {
      for (let node = next.position + 1; node < tree.length; node += node & -node) tree[node] = (tree[node] ?? 0) + 1;
      entered++;
    }
    let before = 0;
    for (let node = after[i] ?? 0; node > 0; node -= node & -node) before += tree[node] ?? 0;
    versionsBehind[i] = entered - before;
  }
  return versionsBehind;
};
