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

/** Of atomic registers: stale reads, k, and the curve of visibility all ask for them. */
const known = new WeakMap<Register, ReadBounds>();

export const boundReads = (register: Register, options: BoundOptions = { readsProve: true }): ReadBounds => {
  if (!options.readsProve) return boundsOf(register, options);
  const bounds = known.get(register) ?? boundsOf(register, options);
  known.set(register, bounds);
  return bounds;
};

const boundsOf = (register: Register, { readsProve }: BoundOptions): ReadBounds => {
  const found = candidatesByValue(register);
  if (readsProve) attributeReads(register, found);
  rankCandidates(found);
  const count = register.reads.length;
  const overwriter = new Int32Array(count).fill(FRESH);
  const candidates = new Int32Array(count);
  const inPlaceBy = Array.from<Operation | null>({ length: count }).fill(null);
  const provenBy = proofs(register, found);
  const invoked = Float64Array.from(register.writes, (write) => write.invoked);
  const earliest = earliestInPlaceFrom(provenBy);
  // Position of the first write invoked after F, for the stale reads.
  const after = new Int32Array(count);

  for (const [i, read] of register.reads.entries()) {
    const completed = endOf(read);
    let source = -1;
    for (const id of [register.returned[i] ?? INITIAL_ID, ...(register.siblings.get(i) ?? [])]) {
      const some = begunBy(found, id, completed);
      candidates[i] = (candidates[i] ?? 0) + some;
      if (some === 0) continue;
      const freshest = found.latest[(found.first[id] ?? 0) + some - 1] ?? 0;
      if (source < 0 || (found.at[freshest] ?? 0) > (found.at[source] ?? 0)) source = freshest;
    }
    if (source < 0) {
      overwriter[i] = UNWRITTEN;
      continue;
    }
    const from = countBelow(invoked, found.at[source] ?? 0);
    const first = earliest[from] ?? -1;
    const proof = provenBy[first] ?? null;
    if (proof === null || endOf(proof) >= read.invoked) continue;
    overwriter[i] = first;
    after[i] = from;
    inPlaceBy[i] = found.by[source] ?? null;
  }
  const versionsBehind = countOverwriters(register, { overwriter, after, provenBy });
  return { overwriter, versionsBehind, candidates, provenBy, inPlaceBy };
};

/**
 * The writes of each value in order of invocation; of null the first is the initial value itself. Columns: those of
 * value v are the entries first[v] .. first[v + 1] - 1, since an object per value would cost more than all the rest.
 */
interface Candidates {
  readonly first: Int32Array;
  /** Position in `register.writes`; -1: the initial value. */
  readonly position: Int32Array;
  /** Index of the invocation; -1: the initial value. */
  readonly invoked: Float64Array;
  /** Event index at which it was certainly in place (-1: from the start), and whose completion that is. */
  readonly at: Float64Array;
  readonly by: (Operation | null)[];
  /** The entry, of this one and those before it of the same value, that was in place last. */
  readonly latest: Int32Array;
}

const candidatesByValue = ({ values, writes, written }: Register): Candidates => {
  const first = new Int32Array(values.length + 1);
  const ids = [INITIAL_ID, ...written];
  for (const id of ids) first[id + 1] = (first[id + 1] ?? 0) + 1;
  for (let id = 0; id < values.length; id++) first[id + 1] = (first[id + 1] ?? 0) + (first[id] ?? 0);
  const next = first.slice();
  const position = new Int32Array(ids.length);
  const invoked = new Float64Array(ids.length);
  const at = new Float64Array(ids.length);
  const by = Array.from<Operation | null>({ length: ids.length }).fill(null);
  for (const [i, id] of ids.entries()) {
    const entry = next[id] ?? 0;
    next[id] = entry + 1;
    const write = writes[i - 1] ?? null;
    position[entry] = i - 1;
    invoked[entry] = write?.invoked ?? -1;
    at[entry] = write === null ? -1 : endOf(write);
    by[entry] = write;
  }
  return { first, position, invoked, at, by, latest: new Int32Array(ids.length) };
};

/** How many writes of the value were invoked before `index`. */
const begunBy = ({ first, invoked }: Candidates, id: number, index: number): number => {
  const low = first[id] ?? 0;
  return countBelow(invoked, index, [low, first[id + 1] ?? low]) - low;
};

/** A read that completed before the second write of its value was invoked can only have read from the first. */
const attributeReads = (register: Register, found: Candidates): void => {
  for (const [i, read] of register.reads.entries()) {
    if (register.siblings.has(i)) continue;
    const id = register.returned[i] ?? INITIAL_ID;
    const entry = found.first[id] ?? 0;
    const completed = endOf(read);
    if (begunBy(found, id, completed) !== 1 || completed >= (found.at[entry] ?? 0)) continue;
    found.at[entry] = completed;
    found.by[entry] = read;
  }
};

const rankCandidates = ({ first, at, latest }: Candidates): void => {
  for (let id = 0; id + 1 < first.length; id++) {
    let best = first[id] ?? 0;
    for (let entry = best; entry < (first[id + 1] ?? 0); entry++) {
      if ((at[entry] ?? 0) > (at[best] ?? 0)) best = entry;
      latest[entry] = best;
    }
  }
};

const proofs = (register: Register, { position, at, by }: Candidates): (Operation | null)[] => {
  const provenBy: (Operation | null)[] = register.writes.map(() => null);
  for (const [entry, write] of position.entries()) {
    if (write >= 0 && at[entry] !== Number.POSITIVE_INFINITY) provenBy[write] = by[entry] ?? null;
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
  {
    overwriter,
    after,
    provenBy,
  }: {
    readonly overwriter: Int32Array;
    readonly after: Int32Array;
    readonly provenBy: readonly (Operation | null)[];
  },
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
