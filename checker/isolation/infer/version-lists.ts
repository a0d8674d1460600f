/**
 * Version orders of list-append: the longest list that was read of a key is the order of its appends.
 *
 * Sound because a read returns all of a list and appends only add at its end. Appends that no read shows come after all
 * that were read, in unknown order (Kingsbury and Alvaro, "Elle", VLDB 2020, section 4.2.3).
 */

import { FAIL, NOTHING, READ, WRITE, type TxnHistory } from "../history/columns.js";
import { INITIAL } from "./finding.js";
import { compareInSet, hashList } from "./tie.js";
import type { Writers } from "./writers.js";

export interface VersionLists {
  /** Per key the appended elements in order, each once. Shared with the history where it can be: read only. */
  readonly order: readonly (readonly number[])[];
  /** Per element its position in the order of its key; -1 where no read shows it. */
  readonly position: Int32Array;
  /** Per list how many of its elements some read returned: a list may hold elements of aborted reads beyond that. */
  readonly observed: Int32Array;
}

const NO_ELEMENTS: readonly number[] = [];

export const versionLists = (history: TxnHistory, writers: Writers): VersionLists => {
  const { txns, txnType, mopStart, mopCount, mopKind, mopKey, mopTarget, mopLength, keys, lists, listKey } = history;
  const observed = new Int32Array(lists.length);
  const appends = new Int32Array(keys);
  const only = new Int32Array(keys).fill(-1);
  for (let txn = 0; txn < txns; txn++) {
    if (txnType[txn] === FAIL) continue;
    const start = mopStart[txn] ?? 0;
    const end = start + (mopCount[txn] ?? 0);
    for (let mop = start; mop < end; mop++) {
      const target = mopTarget[mop] ?? NOTHING;
      const key = mopKey[mop] ?? 0;
      if (mopKind[mop] === WRITE) {
        appends[key] = (appends[key] ?? 0) + 1;
        only[key] = target;
      } else if (target >= 0 && (mopLength[mop] ?? 0) > (observed[target] ?? 0)) observed[target] = mopLength[mop] ?? 0;
    }
  }
  const longest = new Int32Array(keys).fill(-1);
  for (let list = 0; list < lists.length; list++) {
    const key = listKey[list] ?? 0;
    const best = longest[key] ?? -1;
    const more = (observed[list] ?? 0) - (best < 0 ? 0 : (observed[best] ?? 0));
    if (more > 0 || (more === 0 && best >= 0 && winsTie(history, list, best, observed[list] ?? 0))) longest[key] = list;
  }
  const position = new Int32Array(history.elements).fill(-1);
  const order: (readonly number[])[] = [];
  for (let key = 0; key < keys; key++) {
    const list = longest[key] ?? -1;
    const single = only[key] ?? -1;
    if (list >= 0) order.push(distinct(lists[list] ?? NO_ELEMENTS, observed[list] ?? 0, position));
    else if (appends[key] === 1 && (writers.writer[single] ?? -1) >= 0) order.push(distinct([single], 1, position));
    else order.push(NO_ELEMENTS);
  }
  return { order, position, observed };
};

const winsTie = (history: TxnHistory, list: number, other: number, length: number): boolean => {
  const hash = (l: number): number =>
    hashList((history.lists[l] ?? NO_ELEMENTS).slice(0, length).map((e) => history.elementValue(e)));
  return compareInSet(hash(list), hash(other)) > 0;
};

/** Fills in the positions of the first `count` elements, each at its first occurrence. */
const distinct = (list: readonly number[], count: number, position: Int32Array): readonly number[] => {
  let next = 0;
  for (let i = 0; i < count; i++) {
    const element = list[i] ?? 0;
    if ((position[element] ?? 0) < 0) position[element] = next++;
  }
  if (next === list.length) return list;
  if (next === count) return list.slice(0, count);
  return list.slice(0, count).filter((element, i) => list.indexOf(element) === i);
};

/** The version that an append of `element` replaced: an element, or the initial state. */
export const previous = (lists: VersionLists, key: number, element: number): number => {
  const order = lists.order[key] ?? NO_ELEMENTS;
  const at = lists.position[element] ?? -1;
  return (at < 0 ? order[order.length - 1] : order[at - 1]) ?? INITIAL;
};

/** The last element that a read of a list returned; INITIAL where there was none. */
export const lastRead = (history: TxnHistory, mop: number): number => {
  const list = history.mopTarget[mop] ?? NOTHING;
  return list < 0 ? INITIAL : (history.lists[list]?.[(history.mopLength[mop] ?? 0) - 1] ?? INITIAL);
};

export const isRead = (history: TxnHistory, mop: number): boolean => history.mopKind[mop] === READ;
