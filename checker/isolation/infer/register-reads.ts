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
  const { txns, txnType, mopStart, mopCount, mopKind, mopTarget } = history;
  const { writer, failed, overwriter } = writers;
  for (let txn = 0; txn < txns; txn++) {
    if (txnType[txn] !== OK) continue;
    const start = mopStart[txn] ?? 0;
    const end = start + (mopCount[txn] ?? 0);
    let future = false;
    for (let mop = start; mop < end; mop++) {
      const element = mopTarget[mop] ?? NOTHING;
      if (mopKind[mop] !== READ || element === NOTHING) continue;
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
    reportInternal(history, txn, findings);
  }
};

const isWrittenLater = (history: TxnHistory, mop: number, end: number, element: number): boolean => {
  for (let later = mop + 1; later < end; later++) {
    if (history.mopKind[later] === WRITE && history.mopTarget[later] === element) return true;
  }
  return false;
};

/** At most one per transaction: a read of something else than what it read or wrote last. */
const reportInternal = (history: TxnHistory, txn: number, findings: Findings): void => {
  const { mopStart, mopCount, mopKind, mopKey, mopTarget } = history;
  const count = mopCount[txn] ?? 0;
  if (count < 2) return;
  const start = mopStart[txn] ?? 0;
  const expected = new Map<number, number>();
  for (let mop = start; mop < start + count; mop++) {
    const key = mopKey[mop] ?? 0;
    const version = mopTarget[mop] ?? NOTHING;
    const known = expected.get(key);
    if (mopKind[mop] === READ && known !== undefined && known !== version) {
      findings.add("internal", { is: "internal", txn, mop, expected: known === NOTHING ? [] : [known], prefix: false });
      return;
    }
    expected.set(key, version);
  }
};
