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
  // Room for all: each micro-operation is at most one row of one table.
  const room = mopKind.length;
  const [readTxn, readKey, readVersion] = [new Int32Array(room), new Int32Array(room), new Int32Array(room)];
  const [writeTxn, writeKey, writeVersion] = [new Int32Array(room), new Int32Array(room), new Int32Array(room)];
  let reads = 0;
  let writes = 0;
  const touched = new Int32Array(keys).fill(-1);
  // Per key the row of its last external write.
  const written = new Int32Array(keys).fill(-1);
  // A write of null brings back the initial state. Such a history is refused, except as Elle.
  const nulls = history.problemCount > 0;
  for (let txn = 0; txn < txns; txn++) {
    const type = txnType[txn];
    if (type === FAIL) continue;
    const start = mopStart[txn] ?? 0;
    const end = start + (mopCount[txn] ?? 0);
    for (let mop = start; mop < end; mop++) {
      const key = mopKey[mop] ?? 0;
      const target = mopTarget[mop] ?? NOTHING;
      const initial = target < 0 || (nulls && history.elementValue(target) === null);
      const version = initial ? elements + key : target;
      if (mopKind[mop] === READ) {
        if (type === OK && touched[key] !== txn) {
          readTxn[reads] = txn;
          readKey[reads] = key;
          readVersion[reads++] = version;
        }
      } else {
        const row = written[key] ?? -1;
        if (row >= 0 && writeTxn[row] === txn) writeVersion[row] = version;
        else {
          written[key] = writes;
          writeTxn[writes] = txn;
          writeKey[writes] = key;
          writeVersion[writes++] = version;
        }
      }
      touched[key] = txn;
    }
  }
  const read = { txn: readTxn.subarray(0, reads), version: readVersion.subarray(0, reads) };
  const write = { txn: writeTxn.subarray(0, writes), version: writeVersion.subarray(0, writes) };
  return {
    readTxn: read.txn,
    readKey: readKey.subarray(0, reads),
    readVersion: read.version,
    writeTxn: write.txn,
    writeKey: writeKey.subarray(0, writes),
    writeVersion: write.version,
    readers: index(read, elements + keys, null),
    writers: index(write, elements + keys, infoWriters ? null : txnType),
  };
};

/** `okOnly`: the types of transactions, where only those that ended ok count; null: all. */
const index = (
  { txn, version }: { readonly txn: Int32Array; readonly version: Int32Array },
  versions: number,
  okOnly: Uint8Array | null,
): Index => {
  const start = new Int32Array(versions + 1);
  for (let row = 0; row < txn.length; row++) {
    if (okOnly !== null && okOnly[txn[row] ?? 0] !== OK) continue;
    const after = (version[row] ?? 0) + 1;
    start[after] = (start[after] ?? 0) + 1;
  }
  for (let at = 0; at < versions; at++) start[at + 1] = (start[at + 1] ?? 0) + (start[at] ?? 0);
  const fill = start.slice();
  const found = new Int32Array(start[versions] ?? 0);
  for (let row = 0; row < txn.length; row++) {
    if (okOnly !== null && okOnly[txn[row] ?? 0] !== OK) continue;
    const at = fill[version[row] ?? 0] ?? 0;
    fill[version[row] ?? 0] = at + 1;
    found[at] = txn[row] ?? 0;
  }
  return { start, txn: found };
};

/** A version to the next: rows of (from, to). */
export interface VersionEdges {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

export const registerEdges = (history: TxnHistory, external: External, order: VersionEdges, edges: Edges): void => {
  const { readers, writers } = external;
  let pairs = 0;
  let overwritten = 0;
  for (let i = 0; i < order.from.length; i++) {
    const next = size(writers, order.to[i] ?? 0);
    pairs += size(readers, order.from[i] ?? 0) * next;
    overwritten += size(writers, order.from[i] ?? 0) * next;
  }
  edges.reserve(readers.txn.length + Math.min(pairs, PAIRS_MAX) + overwritten);
  // The initial version has writers too where null was written.
  for (let version = 0; version < history.elements + history.keys; version++) {
    const at = writers.start[version] ?? 0;
    // Of several writers none is known to be the one that was read; the history is refused for it, except as Elle.
    if ((writers.start[version + 1] ?? 0) - at !== 1) continue;
    const end = readers.start[version + 1] ?? 0;
    for (let i = readers.start[version] ?? 0; i < end; i++) edges.add(writers.txn[at] ?? 0, readers.txn[i] ?? 0, WR);
  }
  // Per version with too many readers those who wrote a later one.
  const bundled = new Map<number, number[]>();
  const kept = pairs > PAIRS_MAX ? READERS_KEPT : Number.POSITIVE_INFINITY;
  for (let i = 0; i < order.from.length; i++) {
    const from = order.from[i] ?? 0;
    const to = order.to[i] ?? 0;
    join(writers, from, writers, to, edges, WW);
    const left = size(readers, from) - kept;
    join(readers, from, writers, to, edges, RW, kept);
    if (left <= 0 || size(writers, to) === 0) continue;
    edges.leftOut += left * size(writers, to);
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

/** An edge from each of the last `kept` that have the one version to each that has the other. */
const join = (
  as: Index,
  a: number,
  bs: Index,
  b: number,
  edges: Edges,
  kind: number,
  kept = Number.POSITIVE_INFINITY,
): void => {
  const end = as.start[a + 1] ?? 0;
  const last = bs.start[b + 1] ?? 0;
  for (let i = Math.max(as.start[a] ?? 0, end - kept); i < end; i++) {
    for (let j = bs.start[b] ?? 0; j < last; j++) edges.add(as.txn[i] ?? 0, bs.txn[j] ?? 0, kind);
  }
};
