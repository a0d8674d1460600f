/** What single reads of lists prove: aborted, intermediate, repeated, unwritten elements, and reads that disagree. */

import { OK, FAIL, READ, type TxnHistory } from "../history/columns.js";
import { type Findings, INITIAL } from "./finding.js";
import { lastRead, type VersionLists } from "./version-lists.js";
import type { Writers } from "./writers.js";

/** Per list, positions of the elements in question, ascending. Most lists have none. */
type Positions = readonly (readonly number[])[];

/** `garbage`: also report elements that nobody wrote. */
export const checkListReads = (
  history: TxnHistory,
  writers: Writers,
  versions: VersionLists,
  findings: Findings,
  garbage: boolean,
): void => {
  const { lists, txns, txnType, mopStart, mopCount, mopKind, mopTarget, mopLength } = history;
  const { writer, failed, overwriter } = writers;
  const aborted = positionsWhere(lists, (element) => (failed[element] ?? -1) >= 0);
  const unwritten = positionsWhere(lists, (element) => (failed[element] ?? -1) < 0 && (writer[element] ?? -1) < 0);
  const repeated = repeats(lists);
  for (let txn = 0; txn < txns; txn++) {
    const type = txnType[txn];
    if (type === FAIL) continue;
    const start = mopStart[txn] ?? 0;
    const end = start + (mopCount[txn] ?? 0);
    for (let mop = start; mop < end; mop++) {
      const list = mopTarget[mop] ?? -1;
      if (mopKind[mop] !== READ || list < 0) continue;
      const length = mopLength[mop] ?? 0;
      const at = (position: number | undefined): number => lists[list]?.[position ?? 0] ?? 0;
      const repeatedHere = countBelow(repeated[list], length);
      if (repeatedHere > 0) {
        findings.addMany("duplicate-elements", 1, () => ({
          is: "odd-element",
          txn,
          mop,
          element: at(repeated[list]?.[0]),
        }));
      }
      if (garbage) {
        findings.addMany("garbage-read", countBelow(unwritten[list], length), () => {
          return { is: "odd-element", txn, mop, element: at(unwritten[list]?.[0]) };
        });
      }
      if (type !== OK) continue;
      findings.addMany("G1a", countBelow(aborted[list], length), () => {
        const element = at(aborted[list]?.[0]);
        return { is: "bad-read", txn, mop, writer: failed[element] ?? -1, element };
      });
      const last = lastRead(history, mop);
      const over = last === INITIAL ? -1 : (overwriter[last] ?? -1);
      if (over >= 0 && over !== txn) findings.add("G1b", { is: "bad-read", txn, mop, writer: over, element: last });
    }
  }
  checkAgreement(history, versions, findings);
};

const NONE: readonly number[] = [];

const positionsWhere = (lists: TxnHistory["lists"], holds: (element: number) => boolean): Positions =>
  lists.map((list) => {
    let found: number[] | null = null;
    for (let i = 0; i < list.length; i++) {
      if (!holds(list[i] ?? 0)) continue;
      if (found === null) found = [i];
      else found.push(i);
    }
    return found ?? NONE;
  });

/** Positions of elements that the list holds at an earlier position too. */
const repeats = (lists: TxnHistory["lists"]): Positions => {
  let top = -1;
  for (const list of lists) for (const element of list) if (element > top) top = element;
  const seenIn = new Int32Array(top + 1).fill(-1);
  return lists.map((list, id) => {
    let found: number[] | null = null;
    for (let i = 0; i < list.length; i++) {
      const element = list[i] ?? 0;
      if (seenIn[element] !== id) seenIn[element] = id;
      else if (found === null) found = [i];
      else found.push(i);
    }
    return found ?? NONE;
  });
};

const countBelow = (positions: readonly number[] | undefined, length: number): number => {
  let count = 0;
  for (const position of positions ?? NONE) {
    if (position >= length) break;
    count++;
  }
  return count;
};

/** Lists of one key must be prefixes of one another: one finding per key where two are not. */
const checkAgreement = (history: TxnHistory, versions: VersionLists, findings: Findings): void => {
  const { lists, listKey } = history;
  const ofKey = new Map<number, number[]>();
  const first = new Int32Array(history.keys).fill(-1);
  for (let list = 0; list < lists.length; list++) {
    if ((versions.observed[list] ?? 0) === 0) continue;
    const key = listKey[list] ?? 0;
    const other = first[key] ?? -1;
    if (other < 0) first[key] = list;
    else ofKey.set(key, [...(ofKey.get(key) ?? [other]), list]);
  }
  for (const [key, branches] of ofKey) {
    const odd = disagreement(branches, lists, versions.observed);
    if (odd === null) continue;
    // To find the reads takes a look at all of them: only for those findings that are kept.
    findings.addMany("incompatible-order", 1, () => {
      const mops = odd.map((list) => shortestReadBeyond(history, list, odd, lists));
      return { is: "disagreement", key, txns: mops.map((mop) => txnOf(history, mop)), mops };
    });
  }
};

/** The first two lists, shortest first, of which neither is a prefix of the other. */
const disagreement = (
  branches: readonly number[],
  lists: TxnHistory["lists"],
  observed: Int32Array,
): readonly [number, number] | null => {
  const byLength = [...branches].sort((a, b) => (observed[a] ?? 0) - (observed[b] ?? 0));
  for (let i = 1; i < byLength.length; i++) {
    const [short, long] = [byLength[i - 1] ?? 0, byLength[i] ?? 0];
    if (agreedLength(lists[short] ?? NONE, lists[long] ?? NONE) < (observed[short] ?? 0)) return [short, long];
  }
  return null;
};

const agreedLength = (a: readonly number[], b: readonly number[]): number => {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
};

/** The shortest read of `list` that is long enough to show where the two lists part. */
const shortestReadBeyond = (
  history: TxnHistory,
  list: number,
  both: readonly [number, number],
  lists: TxnHistory["lists"],
): number => {
  const agreed = agreedLength(lists[both[0]] ?? NONE, lists[both[1]] ?? NONE);
  let best = -1;
  for (let txn = 0; txn < history.txns; txn++) {
    if (history.txnType[txn] === FAIL) continue;
    const start = history.mopStart[txn] ?? 0;
    for (let mop = start; mop < start + (history.mopCount[txn] ?? 0); mop++) {
      if (history.mopKind[mop] !== READ || history.mopTarget[mop] !== list) continue;
      const length = history.mopLength[mop] ?? 0;
      if (length > agreed && (best < 0 || length < (history.mopLength[best] ?? 0))) best = mop;
    }
  }
  return best;
};

/** The transaction that a micro-operation belongs to. Linear: for findings only. */
const txnOf = (history: TxnHistory, mop: number): number => {
  for (let txn = 0; txn < history.txns; txn++) {
    const start = history.mopStart[txn] ?? 0;
    if (mop >= start && mop < start + (history.mopCount[txn] ?? 0)) return txn;
  }
  return -1;
};
