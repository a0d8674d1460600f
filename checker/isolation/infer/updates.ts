/** Updates that went wrong: on top of aborted writes (dirty update), or next to each other (lost update). */

import { FAIL, INFO, NOTHING, OK, READ, WRITE, type TxnHistory } from "../history/columns.js";
import { type Findings, INITIAL } from "./finding.js";
import { lastRead, type VersionLists } from "./version-lists.js";
import type { Writers } from "./writers.js";

/** A committed write that directly or indirectly replaced an aborted one, with nothing committed between them. */
export const checkDirtyUpdates = (
  history: TxnHistory,
  writers: Writers,
  versions: VersionLists,
  findings: Findings,
): void => {
  versions.order.forEach((order, key) => {
    let aborted = false;
    let txns: number[] = [];
    let elements: number[] = [];
    for (const element of order) {
      const failed = writers.failed[element] ?? -1;
      const writer = failed >= 0 ? failed : (writers.writer[element] ?? -1);
      // What nobody wrote is reported as such; it says nothing about who overwrote whom.
      const type = writer < 0 ? INFO : (history.txnType[writer] ?? INFO);
      if (type === INFO) {
        if (aborted && writer >= 0) {
          txns.push(writer);
          elements.push(element);
        }
        continue;
      }
      if (type === OK && aborted) {
        findings.add("dirty-update", {
          is: "dirty-update",
          key,
          txns: [...txns, writer],
          elements: [...elements, element],
        });
      }
      if (type === FAIL && aborted) {
        txns.push(writer);
        elements.push(element);
      } else {
        aborted = type === FAIL;
        txns = [writer];
        elements = [element];
      }
    }
  });
};

/** Committed transactions that read the same version of a key and then each wrote the key. */
export const checkLostUpdates = (history: TxnHistory, findings: Findings): void => {
  const { txns, txnType, mopStart, mopCount, mopKind, mopKey, elements } = history;
  const list = history.workload === "list-append";
  const branches = new Int32Array(history.keys);
  for (const key of history.listKey) branches[key] = (branches[key] ?? 0) + 1;
  // The first transaction that updated each version; the groups proper, only for versions with a second one.
  const first = new Int32Array(elements + history.keys).fill(-1);
  const groups = new Map<number | string, { key: number; version: number; txns: number[] }>();
  const readHere = new Int32Array(history.keys).fill(-1);
  const touched = new Int32Array(history.keys).fill(-1);
  for (let txn = 0; txn < txns; txn++) {
    const count = mopCount[txn] ?? 0;
    if (txnType[txn] !== OK || count < 2) continue;
    const start = mopStart[txn] ?? 0;
    for (let mop = start; mop < start + count; mop++) {
      const key = mopKey[mop] ?? 0;
      if (touched[key] !== txn) {
        touched[key] = txn;
        readHere[key] = mopKind[mop] === READ ? mop : -1;
        continue;
      }
      const read = readHere[key] ?? -1;
      if (mopKind[mop] !== WRITE || read < 0) continue;
      readHere[key] = -1;
      const version = list ? lastRead(history, read) : (history.mopTarget[read] ?? NOTHING);
      const slot = version === INITIAL ? elements + key : version;
      const several = list && (branches[key] ?? 0) > 1;
      const name = several ? `${slot} ${JSON.stringify(listPrefix(history, read))}` : slot;
      const group = groups.get(name);
      if (group !== undefined) group.txns.push(txn);
      else if (several) groups.set(name, { key, version, txns: [txn] });
      else if ((first[slot] ?? -1) < 0) first[slot] = txn;
      else groups.set(name, { key, version, txns: [first[slot] ?? -1, txn] });
    }
  }
  for (const group of groups.values()) {
    if (group.txns.length > 1) findings.add("lost-update", { is: "lost-update", ...group });
  }
};

/** Where reads of a key disagree, versions with the same last element may still differ. */
const listPrefix = (history: TxnHistory, mop: number): readonly number[] => {
  const target = history.mopTarget[mop] ?? NOTHING;
  return target < 0 ? [] : (history.lists[target] ?? []).slice(0, history.mopLength[mop] ?? 0);
};
