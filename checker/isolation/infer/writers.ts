/** Who wrote each element, and which elements their own writer overwrote. */

import { FAIL, OK, WRITE, type TxnHistory } from "../history/columns.js";

export interface Writers {
  /** The transaction that wrote the element and did not fail, -1 for none. Of several, an ok one. */
  readonly writer: Int32Array;
  /** The transaction that wrote it and failed, -1 for none. */
  readonly failed: Int32Array;
  /** The transaction that wrote it to the same key again afterwards, whatever its type; -1 for none. */
  readonly overwriter: Int32Array;
}

export const writersOf = (history: TxnHistory): Writers => {
  const { txns, txnType, mopStart, mopCount, mopKind, mopKey, mopTarget, elements } = history;
  const writer = new Int32Array(elements).fill(-1);
  const failed = new Int32Array(elements).fill(-1);
  const overwriter = new Int32Array(elements).fill(-1);
  // Per key the latest write seen; it belongs to the transaction at hand where it is not before its start.
  const latest = new Int32Array(history.keys).fill(-1);
  for (let txn = 0; txn < txns; txn++) {
    const start = mopStart[txn] ?? 0;
    const end = start + (mopCount[txn] ?? 0);
    const type = txnType[txn];
    for (let mop = start; mop < end; mop++) {
      if (mopKind[mop] !== WRITE) continue;
      const element = mopTarget[mop] ?? 0;
      if (type === FAIL) failed[element] = txn;
      else if (type === OK || (writer[element] ?? -1) < 0) writer[element] = txn;
      const key = mopKey[mop] ?? 0;
      const before = latest[key] ?? -1;
      latest[key] = mop;
      if (before >= start && before < end) overwriter[mopTarget[before] ?? 0] = txn;
    }
  }
  return { writer, failed, overwriter };
};
