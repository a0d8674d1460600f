/**
 * The order of a register's versions that real time proves, where the whole history is claimed to be strict serializable.
 *
 * If a transaction that had version v of a key completed before one that had version w was invoked, v is the earlier
 * version: the first precedes the second in every order that respects real time, and versions never go back. So v comes
 * before w wherever `done(v) < begun(w)`: the first completion of v and the last invocation of w (the zones of Gibbons and
 * Korach 1997, "Testing Shared Memories"). Two versions may each precede the other so; then the history is refuted, and
 * it takes one of the two edges for the search to find a cycle with real time that shows it. The edges of this rule alone
 * are acyclic: they follow the middles of the zones, in whose order versions are wherever they do not contradict.
 */

import { NEVER, OK, type TxnHistory } from "../history/columns.js";
import type { External } from "./register.js";

type Add = (from: number, to: number) => void;

interface Zones {
  /** Per version: event of the first completion, infinite where none completed; of the last invocation, -1 for none. */
  readonly done: Float64Array;
  readonly begun: Float64Array;
}

const zonesOf = (history: TxnHistory, external: External): Zones => {
  const { elements, txnType, txnCompleted, txnInvoked } = history;
  const done = new Float64Array(elements).fill(Number.POSITIVE_INFINITY);
  const begun = new Float64Array(elements).fill(-1);
  const touch = (txn: number, version: number): void => {
    if (version >= elements) return;
    const completed = txnCompleted[txn] ?? NEVER;
    if (txnType[txn] === OK && completed !== NEVER) done[version] = Math.min(done[version] ?? 0, completed);
    begun[version] = Math.max(begun[version] ?? -1, txnInvoked[txn] ?? -1);
  };
  external.readTxn.forEach((txn, row) => touch(txn, external.readVersion[row] ?? 0));
  external.writeTxn.forEach((txn, row) => touch(txn, external.writeVersion[row] ?? 0));
  return { done, begun };
};

/** O(n log n) and an edge for each version and each that can have come just before it. */
export const realTimeVersions = (history: TxnHistory, external: External, add: Add): void => {
  const zones = zonesOf(history, external);
  const byKey: number[][] = Array.from({ length: history.keys }, () => []);
  for (let version = 0; version < history.elements; version++) {
    if ((zones.done[version] ?? 0) < Number.POSITIVE_INFINITY || (zones.begun[version] ?? -1) >= 0) {
      byKey[history.elementKey[version] ?? 0]?.push(version);
    }
  }
  for (const versions of byKey) orderOf(versions, zones, add);
};

/** The versions with the three greatest `begun` of the first i in the order of `done`, greatest first; -1: no such. */
type Greatest = readonly [number, number, number];

const orderOf = (versions: readonly number[], { done, begun }: Zones, add: Add): void => {
  const doneAt = (version: number): number => done[version] ?? 0;
  const begunAt = (version: number): number => (version < 0 ? -2 : (begun[version] ?? -1));
  const middle = (version: number): number => doneAt(version) + begunAt(version);
  const byDone = versions.toSorted((a, b) => doneAt(a) - doneAt(b) || a - b);
  const greatest: Greatest[] = [[-1, -1, -1]];
  for (const version of byDone) {
    const [a, b, c] = greatest.at(-1) ?? [-1, -1, -1];
    const at = begunAt(version);
    if (at > begunAt(a)) greatest.push([version, a, b]);
    else if (at > begunAt(b)) greatest.push([a, version, b]);
    else greatest.push([a, b, at > begunAt(c) ? version : c]);
  }
  const join = (v: number, w: number): void => {
    if (middle(v) < middle(w) || (middle(v) === middle(w) && v < w)) add(v, w);
  };
  for (const w of versions) {
    const before = countBelow(byDone, doneAt, begunAt(w));
    const ahead = greatest[before] ?? [-1, -1, -1];
    // The one that contradicts most: also begun again after w was done.
    const rival = ahead.find((version) => version >= 0 && version !== w);
    if (rival !== undefined && begunAt(rival) > doneAt(w)) {
      join(rival, w);
      join(w, rival);
    }
    // What is done before another began that is itself done before w began comes before that one, and so before w.
    for (let i = before - 1; i >= 0; i--) {
      const v = byDone[i] ?? 0;
      if (doneAt(v) < begunAt(ahead[2])) break;
      if (v === w) continue;
      const between = ahead.find((version) => version !== v && version !== w) ?? -1;
      if (doneAt(v) >= begunAt(between)) join(v, w);
    }
  }
};

/** How many of the sorted have less than this. */
const countBelow = (sorted: readonly number[], of: (version: number) => number, limit: number): number => {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (of(sorted[mid] ?? 0) < limit) low = mid + 1;
    else high = mid;
  }
  return low;
};
