/**
 * Dependencies of rw-register. Who read what whom wrote is known because writes are unique per key; which version came
 * after which is known only as far as the options let it be inferred (Kingsbury and Alvaro, "Elle", section 4.3).
 */

import { FAIL, NOTHING, OK, READ, type TxnHistory } from "../history/columns.js";
import { type Edges, PAIRS_MAX, READERS_KEPT, RW, WR, WW } from "../graph/edges.js";

/** Transactions by the version that they read or wrote as others see it. Version e, or `elements + k` for the initial one. */
export interface Index {
  readonly start: Int32Array;
  readonly txn: Int32Array;
}

/** First operation on each key where it is a read, and last write: all that other transactions can know. */
export interface External {
  /** Rows of (transaction, key, version), in the order of transactions. `read` of ok ones only; `write` of ok and info. */
  readonly readTxn: Int32Array;
  readonly readKey: Int32Array;
  readonly readVersion: Int32Array;
  readonly writeTxn: Int32Array;
  readonly writeKey: Int32Array;
  readonly writeVersion: Int32Array;
  /** Transactions whose external read, whose external write a version is. */
  readonly readers: Index;
  readonly writers: Index;
}

/** `infoWriters` false: transactions of unknown outcome write nothing, whatever was seen of them (so does Elle). */
export const externals = (history: TxnHistory, infoWriters: boolean): External => {
  const { txns, txnType, mopStart, mopCount, mopKind, mopKey, mopTarget, elements, keys } = history;
  const readTxn: number[] = [];
  const readKey: number[] = [];
  const readVersion: number[] = [];
  const writeTxn: number[] = [];
  const writeKey: number[] = [];
  const writeVersion: number[] = [];
  const touched = new Int32Array(keys).fill(-1);
  const written = new Int32Array(keys).fill(-1);
  for (let txn = 0; txn < txns; txn++) {
    if (txnType[txn] === FAIL) continue;
    const start = mopStart[txn] ?? 0;
    for (let mop = start; mop < start + (mopCount[txn] ?? 0); mop++) {
      const key = mopKey[mop] ?? 0;
      const element = mopTarget[mop] ?? NOTHING;
      // A write of null brings back the initial state. Such a history is refused, except as Elle.
      const target = element >= 0 && history.elementValue(element) === null ? NOTHING : element;
      if (mopKind[mop] === READ) {
        if (touched[key] !== txn && txnType[txn] === OK) {
          readTxn.push(txn);
          readKey.push(key);
          readVersion.push(target === NOTHING ? elements + key : target);
        }
      } else if ((written[key] ?? -1) >= 0 && writeTxn[written[key] ?? 0] === txn) {
        writeVersion[written[key] ?? 0] = target === NOTHING ? elements + key : target;
      } else {
        written[key] = writeTxn.length;
        writeTxn.push(txn);
        writeKey.push(key);
        writeVersion.push(target === NOTHING ? elements + key : target);
      }
      touched[key] = txn;
    }
  }
  const versions = elements + keys;
  const counts = (row: number): boolean => infoWriters || txnType[writeTxn[row] ?? 0] === OK;
  return {
    readTxn: Int32Array.from(readTxn),
    readKey: Int32Array.from(readKey),
    readVersion: Int32Array.from(readVersion),
    writeTxn: Int32Array.from(writeTxn),
    writeKey: Int32Array.from(writeKey),
    writeVersion: Int32Array.from(writeVersion),
    readers: index(readVersion, readTxn, versions, () => true),
    writers: index(writeVersion, writeTxn, versions, counts),
  };
};

const index = (
  versions: readonly number[],
  txns: readonly number[],
  size: number,
  counts: (row: number) => boolean,
): Index => {
  const start = new Int32Array(size + 1);
  versions.forEach((version, row) => {
    if (counts(row)) start[version + 1] = (start[version + 1] ?? 0) + 1;
  });
  for (let version = 0; version < size; version++)
    start[version + 1] = (start[version + 1] ?? 0) + (start[version] ?? 0);
  const fill = start.slice();
  const txn = new Int32Array(start[size] ?? 0);
  versions.forEach((version, row) => {
    if (!counts(row)) return;
    const at = fill[version] ?? 0;
    fill[version] = at + 1;
    txn[at] = txns[row] ?? 0;
  });
  return { start, txn };
};

/** A version to the next: rows of (from, to). */
export interface VersionEdges {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

export const registerEdges = (history: TxnHistory, external: External, order: VersionEdges, edges: Edges): void => {
  const { readers, writers } = external;
  // The initial version has writers too where null was written.
  for (let version = 0; version < history.elements + history.keys; version++) {
    // Of several writers none is known to be the one that was read; the history is refused for it, except as Elle.
    if ((writers.start[version + 1] ?? 0) - (writers.start[version] ?? 0) !== 1) continue;
    join(writers, version, readers, version, (writer, reader) => edges.add(writer, reader, WR));
  }
  let pairs = 0;
  for (let i = 0; i < order.from.length; i++) {
    pairs += size(readers, order.from[i] ?? 0) * size(writers, order.to[i] ?? 0);
  }
  // Per version with too many readers those who wrote a later one.
  const bundled = new Map<number, number[]>();
  const kept = pairs > PAIRS_MAX ? READERS_KEPT : Number.POSITIVE_INFINITY;
  for (let i = 0; i < order.from.length; i++) {
    const from = order.from[i] ?? 0;
    const to = order.to[i] ?? 0;
    join(writers, from, writers, to, (a, b) => edges.add(a, b, WW));
    join(readers, from, writers, to, (a, b) => edges.add(a, b, RW), kept);
    const left = Math.max(0, size(readers, from) - kept) * size(writers, to);
    if (left === 0) continue;
    edges.leftOut += left;
    const next = bundled.get(from) ?? [];
    for (let at = writers.start[to] ?? 0; at < (writers.start[to + 1] ?? 0); at++) next.push(writers.txn[at] ?? 0);
    bundled.set(from, next);
  }
  for (const [from, next] of bundled) {
    const ascending = [...new Set(next)].sort((a, b) => a - b);
    edges.bundles.add(readers.txn.subarray(readers.start[from], readers.start[from + 1]), ascending);
  }
};

const size = (index: Index, version: number): number => (index.start[version + 1] ?? 0) - (index.start[version] ?? 0);

/** The last `kept` of the one with all of the other. */
const join = (
  as: Index,
  a: number,
  bs: Index,
  b: number,
  visit: (from: number, to: number) => void,
  kept = Number.POSITIVE_INFINITY,
): void => {
  const end = as.start[a + 1] ?? 0;
  for (let i = Math.max(as.start[a] ?? 0, end - kept); i < end; i++) {
    for (let j = bs.start[b] ?? 0; j < (bs.start[b + 1] ?? 0); j++) visit(as.txn[i] ?? 0, bs.txn[j] ?? 0);
  }
};
