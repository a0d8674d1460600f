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

import { OK, type TxnHistory } from "../history/columns.js";
import type { External } from "./register.js";

type Add = (from: number, to: number) => void;

interface Zones {
  /** Per version: event of the first completion, UNDONE where none completed; of the last invocation, -1 for none. */
  readonly done: Int32Array;
  readonly begun: Int32Array;
  /** Versions of key k that have a zone, by `done`: byDone[start[k]] .. byDone[end[k] - 1]. */
  readonly byDone: Int32Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
}

/** Later than every event. */
const UNDONE = 0x7fffffff;

/** Linear: transactions are visited in the order of their completions, so that versions come in the order of `done`. */
const zonesOf = (history: TxnHistory, external: External): Zones => {
  const { elements, elementKey, keys, txnType, txnCompleted, byCompletion } = history;
  const begun = new Int32Array(elements).fill(-1);
  latestInvocations(history, external.readTxn, external.readVersion, begun);
  latestInvocations(history, external.writeTxn, external.writeVersion, begun);
  const start = new Int32Array(keys + 1);
  for (let version = 0; version < elements; version++) {
    const after = (elementKey[version] ?? 0) + 1;
    start[after] = (start[after] ?? 0) + 1;
  }
  for (let key = 0; key < keys; key++) start[key + 1] = (start[key + 1] ?? 0) + (start[key] ?? 0);
  const end = start.slice();
  const byDone = new Int32Array(elements);
  const done = new Int32Array(elements).fill(UNDONE);
  const finish = (version: number, completed: number): void => {
    if (version >= elements || done[version] !== UNDONE) return;
    done[version] = completed;
    const key = elementKey[version] ?? 0;
    let at = end[key] ?? 0;
    end[key] = at + 1;
    // Of two that one transaction was the first to have, the smaller number is first.
    for (; at > (start[key] ?? 0); at--) {
      const before = byDone[at - 1] ?? 0;
      if (done[before] !== completed || before < version) break;
      byDone[at] = before;
    }
    byDone[at] = version;
  };
  const [reads, writes] = [firstRows(external.readTxn, history.txns), firstRows(external.writeTxn, history.txns)];
  for (let i = 0; i < byCompletion.length; i++) {
    const txn = byCompletion[i] ?? 0;
    if (txnType[txn] !== OK) continue;
    const completed = txnCompleted[txn] ?? 0;
    for (let row = reads[txn] ?? 0; row < (reads[txn + 1] ?? 0); row++)
      finish(external.readVersion[row] ?? 0, completed);
    for (let row = writes[txn] ?? 0; row < (writes[txn + 1] ?? 0); row++)
      finish(external.writeVersion[row] ?? 0, completed);
  }
  for (let version = 0; version < elements; version++) {
    if (done[version] !== UNDONE || (begun[version] ?? -1) < 0) continue;
    const key = elementKey[version] ?? 0;
    byDone[end[key] ?? 0] = version;
    end[key] = (end[key] ?? 0) + 1;
  }
  return { done, begun, byDone, start, end };
};

const latestInvocations = (
  { elements, txnBegun }: TxnHistory,
  txns: Int32Array,
  versions: Int32Array,
  begun: Int32Array,
): void => {
  for (let row = 0; row < txns.length; row++) {
    const version = versions[row] ?? 0;
    const at = txnBegun[txns[row] ?? 0] ?? -1;
    if (version < elements && at > (begun[version] ?? 0)) begun[version] = at;
  }
};

/** Rows of transaction t, in a table that is in the order of transactions: first[t] .. first[t + 1] - 1. */
const firstRows = (of: Int32Array, txns: number): Int32Array => {
  const first = new Int32Array(txns + 1);
  let txn = 0;
  for (let row = 0; row < of.length; row++) while (txn <= (of[row] ?? 0)) first[txn++] = row;
  first.fill(of.length, txn);
  return first;
};

/** O(n log n) and an edge for each version and each that can have come just before it. */
export const realTimeVersions = (history: TxnHistory, external: External, add: Add): void => {
  const zones = zonesOf(history, external);
  let most = 0;
  for (let key = 0; key < history.keys; key++) most = Math.max(most, (zones.end[key] ?? 0) - (zones.start[key] ?? 0));
  const greatest = {
    first: new Int32Array(most + 1),
    second: new Int32Array(most + 1),
    third: new Int32Array(most + 1),
  };
  for (let key = 0; key < history.keys; key++) orderOf(zones, key, greatest, add);
};

/** At i the versions with the three greatest `begun` of the first i in the order of `done`; -1: no such. */
interface Greatest {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly third: Int32Array;
}

const fillGreatest = ({ begun, byDone }: Zones, start: number, end: number, greatest: Greatest): void => {
  let a = -1;
  let b = -1;
  let c = -1;
  for (let i = 0; ; i++) {
    greatest.first[i] = a;
    greatest.second[i] = b;
    greatest.third[i] = c;
    if (start + i >= end) return;
    const version = byDone[start + i] ?? 0;
    const at = begun[version] ?? -1;
    if (at > begunAt(begun, a)) {
      c = b;
      b = a;
      a = version;
    } else if (at > begunAt(begun, b)) {
      c = b;
      b = version;
    } else if (at > begunAt(begun, c)) c = version;
  }
};

/** -2, less than any, of no version. */
const begunAt = (begun: Int32Array, version: number): number => (version < 0 ? -2 : (begun[version] ?? -1));

const orderOf = (zones: Zones, key: number, greatest: Greatest, add: Add): void => {
  const { done, begun, byDone } = zones;
  const [start, end] = [zones.start[key] ?? 0, zones.end[key] ?? 0];
  if (end - start < 2) return;
  fillGreatest(zones, start, end, greatest);
  for (let at = start; at < end; at++) {
    const w = byDone[at] ?? 0;
    const before = countBelow(zones, start, end, begun[w] ?? -1);
    if (before === 0) continue;
    const a = greatest.first[before] ?? -1;
    const b = greatest.second[before] ?? -1;
    const c = greatest.third[before] ?? -1;
    // The one that contradicts most: also begun again after w was done.
    const rival = a === w ? b : a;
    if (rival >= 0 && begunAt(begun, rival) > (done[w] ?? 0)) {
      if (isBefore(zones, rival, w)) add(rival, w);
      else add(w, rival);
    }
    const last = begunAt(begun, c);
    // What is done before another began that is itself done before w began comes before that one, and so before w.
    for (let i = before - 1; i >= 0; i--) {
      const v = byDone[start + i] ?? 0;
      const doneV = done[v] ?? 0;
      if (doneV < last) break;
      if (v === w) continue;
      const between = a !== v && a !== w ? a : b !== v && b !== w ? b : c;
      if (doneV >= begunAt(begun, between) && isBefore(zones, v, w)) add(v, w);
    }
  }
};

/** By the middles of their zones. */
const isBefore = ({ done, begun }: Zones, v: number, w: number): boolean => {
  const middle = (done[v] ?? 0) + (begun[v] ?? -1);
  const other = (done[w] ?? 0) + (begun[w] ?? -1);
  return middle < other || (middle === other && v < w);
};

/** How many of the versions, which are in the order of `done`, are done before `limit`. */
const countBelow = ({ done, byDone }: Zones, start: number, end: number, limit: number): number => {
  let low = start;
  let high = end;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((done[byDone[mid] ?? 0] ?? 0) < limit) low = mid + 1;
    else high = mid;
  }
  return low - start;
};
