/** What single transactions over registers prove: aborted, intermediate, unwritten, future and contradictory reads. */

import { NOTHING, OK, READ, type TxnHistory, WRITE } from "../history/columns.js";
import type { Findings } from "./finding.js";
import type { Writers } from "./writers.js";

/** `repaired`: also report reads of what nobody wrote, and of what the transaction itself writes later. Elle does not. */
export const checkRegisterReads = (
  history: TxnHistory,
  writers: Writers,
  findings: Findings,
  repaired: boolean,
): void => {
  const { txns, txnType, mopStart, mopCount, mopKind, mopKey, mopTarget } = history;
  const { writer, failed, overwriter } = writers;
  // Per key the latest micro-operation; it belongs to the transaction at hand where it is not before its start.
  const latest = new Int32Array(history.keys).fill(-1);
  for (let txn = 0; txn < txns; txn++) {
    if (txnType[txn] !== OK) continue;
    const start = mopStart[txn] ?? 0;
    const end = start + (mopCount[txn] ?? 0);
    let future = false;
    let contradicted = false;
    for (let mop = start; mop < end; mop++) {
      const element = mopTarget[mop] ?? NOTHING;
      const key = mopKey[mop] ?? 0;
      const before = latest[key] ?? -1;
      latest[key] = mop;
      if (mopKind[mop] !== READ) continue;
      // At most one per transaction: a read of something else than what it read or wrote last.
      if (before >= start && before < mop && mopTarget[before] !== element && !contradicted) {
        contradicted = true;
        const expected = mopTarget[before] === NOTHING ? [] : [mopTarget[before] ?? 0];
        findings.add("internal", { is: "internal", txn, mop, expected, prefix: false });
      }
      if (element === NOTHING) continue;
      const aborted = failed[element] ?? -1;
      const over = overwriter[element] ?? -1;
      if (aborted >= 0) findings.add("G1a", { is: "bad-read", txn, mop, writer: aborted, element });
      if (over >= 0 && over !== txn) findings.add("G1b", { is: "bad-read", txn, mop, writer: over, element });
      if (!repaired) continue;
      const own = writer[element] ?? -1;
      if (own < 0 && aborted < 0) findings.add("garbage-read", { is: "odd-element", txn, mop, element });
      if (own === txn && !future && isWrittenLater(history, mop, end, element)) {
        future = true;
        findings.add("future-read", { is: "odd-element", txn, mop, element });
      }
    }
  }
};

const isWrittenLater = (history: TxnHistory, mop: number, end: number, element: number): boolean => {
  for (let later = mop + 1; later < end; later++) {
    if (history.mopKind[later] === WRITE && history.mopTarget[later] === element) return true;
  }
  return false;
};
