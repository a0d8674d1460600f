/**
 * A history of transactions in memory: a few typed arrays instead of millions of objects.
 *
 * Transactions, keys and elements are dense numbers. An *element* is one value of one key (the 7 of key "x"), whoever
 * wrote or read it, so that "who wrote what I read" is one array access. Lists that reads returned are not kept one by
 * one: nearly all are prefixes of the longest list of their key, so a read is (list, length) and the lists are few.
 * At a million transactions this is the difference between 0.2 GB and 10 GB.
 */

import type { Json } from "../../history/event.js";

export type Workload = "list-append" | "rw-register";

/** Codes in `txnType`. */
export const OK = 0;
export const INFO = 1;
export const FAIL = 2;
export type TypeCode = typeof OK | typeof INFO | typeof FAIL;
export const TYPE_NAMES = ["ok", "info", "fail"] as const;

/** Codes in `mopKind`. */
export const READ = 0;
export const WRITE = 1;

/** In `mopTarget` of a read: nothing was read (null). In a list-append history also: an empty list was read. */
export const NOTHING = -1;
export const EMPTY_LIST = -2;

/** In `txnInvoked`: the history has only the completion. The transaction may have begun at any earlier time. */
export const NOT_INVOKED = -1;
/** In `txnCompleted`: the history ends before the transaction does. Its type is `info`. */
export const NEVER = -1;

/** What is wrong with the input. Such a history is no evidence for or against anything. */
export interface Problem {
  /** 1 for the first line or event. */
  readonly line: number;
  readonly kind:
    | "malformed"
    | "two-open"
    | "unpaired"
    | "duplicate-write"
    | "null-write"
    | "unexpected-operation"
    | "order";
  readonly message: string;
}

export interface TxnHistory {
  readonly workload: Workload;
  readonly problems: readonly Problem[];
  /** How many problems there were; `problems` keeps the first hundred. */
  readonly problemCount: number;
  /** Events that are no transactions of a client: faults, other operations. */
  readonly skipped: number;

  /** Transactions, in the order in which they were first seen. All `txn...` arrays have this length. */
  readonly txns: number;
  readonly txnProcess: Int32Array;
  readonly txnType: Uint8Array;
  /** Index of the events: this order is the order of real time. */
  readonly txnInvoked: Int32Array;
  readonly txnCompleted: Int32Array;
  /**
   * All events before this one precede the transaction: its invocation, or where the history does not have it the event
   * after the completion that its process had before, for a process does one thing at a time.
   */
  readonly txnBegun: Int32Array;
  /** Nanoseconds; NaN where unknown. For words and drawings only. */
  readonly txnInvokedTime: Float64Array;
  readonly txnCompletedTime: Float64Array;
  /** Micro-operations of transaction t: mopStart[t] .. mopStart[t] + mopCount[t] - 1. */
  readonly mopStart: Int32Array;
  readonly mopCount: Int32Array;

  readonly mopKind: Uint8Array;
  readonly mopKey: Int32Array;
  /** A write: the element. A read of a register: the element or NOTHING. A read of a list: the list, NOTHING or EMPTY_LIST. */
  readonly mopTarget: Int32Array;
  /** Reads of lists: how many elements of the list were there. */
  readonly mopLength: Int32Array;

  readonly keys: number;
  keyName(key: number): Json;
  readonly elements: number;
  readonly elementKey: Int32Array;
  elementValue(element: number): Json;
  /** Elements of list l, oldest first. */
  readonly lists: readonly (readonly number[])[];
  readonly listKey: readonly number[];
  /** Transactions (t, in order of their completion events; those that never completed are absent). */
  readonly byCompletion: Int32Array;
}

/** Elements that a read of a list returned. */
const listRead = (history: TxnHistory, mop: number): readonly number[] => {
  const list = history.mopTarget[mop] ?? NOTHING;
  return list < 0 ? [] : (history.lists[list] ?? []).slice(0, history.mopLength[mop]);
};

/** The event that names a transaction in words: its completion, or its invocation where it never completed. */
export const eventOf = (history: TxnHistory, txn: number): number => {
  const completed = history.txnCompleted[txn] ?? NEVER;
  return completed === NEVER ? (history.txnInvoked[txn] ?? NOT_INVOKED) : completed;
};

/** The transaction as Jepsen writes it: [["append", "x", 1], ["r", "y", [2, 3]]]. */
export const txnValue = (history: TxnHistory, txn: number): readonly (readonly [string, Json, Json])[] => {
  const start = history.mopStart[txn] ?? 0;
  return Array.from({ length: history.mopCount[txn] ?? 0 }, (_, i) => mopValue(history, start + i));
};

export const mopValue = (history: TxnHistory, mop: number): readonly [string, Json, Json] => {
  const key = history.keyName(history.mopKey[mop] ?? 0);
  const target = history.mopTarget[mop] ?? NOTHING;
  const list = history.workload === "list-append";
  if (history.mopKind[mop] === WRITE) return [list ? "append" : "w", key, history.elementValue(target)];
  if (target === NOTHING) return ["r", key, null];
  return [
    "r",
    key,
    list ? listRead(history, mop).map((element) => history.elementValue(element)) : history.elementValue(target),
  ];
};
