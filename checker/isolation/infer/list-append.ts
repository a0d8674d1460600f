/** Dependencies of list-append: who wrote, read and overwrote which version. Elle's rules, reference: its paper, section 4. */

import { FAIL, INFO, READ, type TxnHistory } from "../history/columns.js";
import { type Edges, PAIRS_MAX, READERS_KEPT, RW, WR, WW } from "../graph/edges.js";
import { INITIAL } from "./finding.js";
import { lastRead, previous, type VersionLists } from "./version-lists.js";
import type { Writers } from "./writers.js";

/** Transactions that read each version last, as ranges: of element e, or of the initial state of key k at `elements + k`. */
interface Readers {
  readonly start: Int32Array;
  readonly txn: Int32Array;
}

export const listAppendEdges = (history: TxnHistory, writers: Writers, lists: VersionLists, edges: Edges): void => {
  const { txns, txnType, mopStart, mopCount, mopKind, mopKey, mopTarget, elements } = history;
  const readers = readersOf(history);
  const antiDependencies = pairs(history, lists, readers);
  const tooMany = antiDependencies > PAIRS_MAX;
  edges.reserve(Math.min(antiDependencies, PAIRS_MAX) + history.mopKind.length);
  // Per version with too many readers those who wrote a next one.
  const bundled = new Map<number, number[]>();
  for (let txn = 0; txn < txns; txn++) {
    if (txnType[txn] === FAIL) continue;
    const start = mopStart[txn] ?? 0;
    const end = start + (mopCount[txn] ?? 0);
    for (let mop = start; mop < end; mop++) {
      if (mopKind[mop] === READ) {
        const last = lastRead(history, mop);
        const writer = last === INITIAL ? -1 : (writers.writer[last] ?? -1);
        if (writer >= 0 && writer !== txn) edges.add(writer, txn, WR);
        continue;
      }
      const key = mopKey[mop] ?? 0;
      const before = previous(lists, key, mopTarget[mop] ?? 0);
      if (before !== INITIAL) {
        const writer = writers.writer[before] ?? -1;
        if (writer >= 0 && writer !== txn) edges.add(writer, txn, WW);
      }
      const slot = before === INITIAL ? elements + key : before;
      const last = readers.start[slot + 1] ?? 0;
      let first = readers.start[slot] ?? 0;
      if (tooMany && last - first > READERS_KEPT) {
        edges.leftOut += last - first - READERS_KEPT;
        first = last - READERS_KEPT;
        const writers = bundled.get(slot);
        if (writers === undefined) bundled.set(slot, [txn]);
        else if (writers[writers.length - 1] !== txn) writers.push(txn);
      }
      for (let at = first; at < last; at++) {
        const reader = readers.txn[at] ?? 0;
        if (reader !== txn) edges.add(reader, txn, RW);
      }
    }
  }
  for (const [slot, next] of bundled) {
    edges.bundles.add(readers.txn.subarray(readers.start[slot], readers.start[slot + 1]), next);
  }
};

/** How many (reader, append) there are. An append that some read shows has at most the readers of one version. */
const pairs = (history: TxnHistory, lists: VersionLists, readers: Readers): number => {
  const { mopKind, mopKey, mopTarget, elements } = history;
  let count = 0;
  for (let mop = 0; mop < mopKind.length; mop++) {
    if (mopKind[mop] === READ) continue;
    const key = mopKey[mop] ?? 0;
    const before = previous(lists, key, mopTarget[mop] ?? 0);
    const slot = before === INITIAL ? elements + key : before;
    count += (readers.start[slot + 1] ?? 0) - (readers.start[slot] ?? 0);
  }
  return count;
};

const readersOf = (history: TxnHistory): Readers => {
  const { txns, txnType, mopStart, mopCount, mopKind, mopKey, elements, keys } = history;
  const start = new Int32Array(elements + keys + 1);
  const each = (visit: (slot: number, txn: number) => void): void => {
    for (let txn = 0; txn < txns; txn++) {
      const type = txnType[txn];
      if (type === FAIL) continue;
      const first = mopStart[txn] ?? 0;
      const end = first + (mopCount[txn] ?? 0);
      for (let mop = first; mop < end; mop++) {
        if (mopKind[mop] !== READ) continue;
        const last = lastRead(history, mop);
        if (last !== INITIAL) visit(last, txn);
        // What a transaction of unknown outcome read is unknown, unless the history says more than null.
        else if (type !== INFO) visit(elements + (mopKey[mop] ?? 0), txn);
      }
    }
  };
  each((slot) => {
    start[slot + 1] = (start[slot + 1] ?? 0) + 1;
  });
  for (let slot = 0; slot < elements + keys; slot++) start[slot + 1] = (start[slot + 1] ?? 0) + (start[slot] ?? 0);
  const fill = start.slice();
  const txn = new Int32Array(start[elements + keys] ?? 0);
  each((slot, reader) => {
    const at = fill[slot] ?? 0;
    fill[slot] = at + 1;
    txn[at] = reader;
  });
  return { start, txn };
};
