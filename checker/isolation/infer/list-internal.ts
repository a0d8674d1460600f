/** Reads of lists that contradict what their own transaction did: before them (internal) or after them (future-read). */

import { EMPTY_LIST, NOTHING, OK, READ, type TxnHistory } from "../history/columns.js";
import type { Findings } from "./finding.js";
import type { VersionLists } from "./version-lists.js";

/** `nullIsEmpty`: whether null and [] are the same observation. Elle says they are not. */
export const checkListInternal = (
  history: TxnHistory,
  versions: VersionLists,
  findings: Findings,
  nullIsEmpty: boolean,
): void => {
  const { txns, txnType, mopStart, mopCount, mopKey } = history;
  // The micro-operation before each one on the same key in the same transaction, -1 for none; and the latest per key.
  const before = new Int32Array(history.mopKind.length).fill(-1);
  const latest = new Int32Array(history.keys).fill(-1);
  for (let txn = 0; txn < txns; txn++) {
    const count = mopCount[txn] ?? 0;
    if (txnType[txn] !== OK || count < 2) continue;
    const start = mopStart[txn] ?? 0;
    let repeated = false;
    for (let mop = start; mop < start + count; mop++) {
      const key = mopKey[mop] ?? 0;
      const other = latest[key] ?? -1;
      latest[key] = mop;
      if (other >= start && other < mop) {
        before[mop] = other;
        repeated = true;
      }
    }
    if (!repeated) continue;
    reportInternal(history, txn, before, findings, nullIsEmpty);
    reportFuture(history, versions, txn, before, findings);
  }
};

const reportInternal = (
  history: TxnHistory,
  txn: number,
  before: Int32Array,
  findings: Findings,
  nullIsEmpty: boolean,
): void => {
  const { mopStart, mopCount, mopKind, mopTarget, mopLength, lists } = history;
  const start = mopStart[txn] ?? 0;
  for (let mop = start; mop < start + (mopCount[txn] ?? 0); mop++) {
    if (mopKind[mop] !== READ || (before[mop] ?? -1) < 0) continue;
    const appended: number[] = [];
    let read = before[mop] ?? -1;
    for (; read >= 0 && mopKind[read] !== READ; read = before[read] ?? -1) appended.push(mopTarget[read] ?? 0);
    appended.reverse();
    const list = mopTarget[mop] ?? NOTHING;
    const length = list < 0 ? 0 : (mopLength[mop] ?? 0);
    const elements = lists[list] ?? [];
    const endsWith = appended.every((element, i) => elements[length - appended.length + i] === element);
    const known = read < 0 ? -1 : (mopTarget[read] ?? NOTHING) < 0 ? 0 : (mopLength[read] ?? 0);
    let holds = length >= appended.length && endsWith;
    if (known >= 0) holds &&= length === known + appended.length && sharePrefix(history, read, mop, known);
    if (!nullIsEmpty && known === 0 && appended.length === 0 && length === 0)
      holds = list === (mopTarget[read] ?? NOTHING);
    if (holds) continue;
    const expected = [...(known > 0 ? (lists[mopTarget[read] ?? 0] ?? []).slice(0, known) : []), ...appended];
    findings.add("internal", { is: "internal", txn, mop, expected, prefix: known < 0 });
    return;
  }
};

const sharePrefix = (history: TxnHistory, a: number, b: number, length: number): boolean => {
  const [left, right] = [history.mopTarget[a] ?? NOTHING, history.mopTarget[b] ?? NOTHING];
  if (left === right || length === 0) return true;
  const [x, y] = [history.lists[left] ?? [], history.lists[right] ?? []];
  for (let i = 0; i < length; i++) if (x[i] !== y[i]) return false;
  return true;
};

/** At most one per transaction: an append of an element that an earlier read of it contains. */
const reportFuture = (
  history: TxnHistory,
  versions: VersionLists,
  txn: number,
  before: Int32Array,
  findings: Findings,
): void => {
  const { mopStart, mopCount, mopKind, mopTarget, mopKey } = history;
  const start = mopStart[txn] ?? 0;
  for (let mop = start; mop < start + (mopCount[txn] ?? 0); mop++) {
    if (mopKind[mop] === READ) continue;
    const element = mopTarget[mop] ?? 0;
    for (let read = before[mop] ?? -1; read >= 0; read = before[read] ?? -1) {
      if (mopKind[read] !== READ || !contains(history, versions, mopKey[mop] ?? 0, read, element)) continue;
      findings.add("future-read", { is: "odd-element", txn, mop: read, element });
      return;
    }
  }
};

const contains = (history: TxnHistory, versions: VersionLists, key: number, read: number, element: number): boolean => {
  const list = history.mopTarget[read] ?? NOTHING;
  if (list === NOTHING || list === EMPTY_LIST) return false;
  const length = history.mopLength[read] ?? 0;
  const elements = history.lists[list] ?? [];
  // On the list that is the version order, each element once, the position is known.
  if (elements === versions.order[key])
    return (versions.position[element] ?? -1) >= 0 && (versions.position[element] ?? 0) < length;
  const at = elements.indexOf(element);
  return at >= 0 && at < length;
};
