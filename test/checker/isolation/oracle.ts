/** The definitions themselves, by trying everything: is there an order of the transactions that explains what they read? */

import {
  FAIL,
  INFO,
  NEVER,
  NOT_INVOKED,
  OK,
  txnValue,
  type TxnHistory,
} from "../../../checker/isolation/history/columns.js";

/** Order that the serialization must respect: a before b. */
export type Before = (history: TxnHistory, a: number, b: number) => boolean;

export const nothing: Before = () => false;

/** Without its invocation a transaction is known to follow what its process completed before, and all that came before that. */
export const realtime: Before = (history, a, b) => {
  const { txnType, txnInvoked, txnCompleted, txnProcess } = history;
  if (txnType[a] !== OK || txnCompleted[a] === NEVER) return false;
  if (txnInvoked[b] !== NOT_INVOKED) return txnCompleted[a]! < txnInvoked[b]!;
  return Array.from(txnCompleted).some(
    (completed, c) => txnProcess[c] === txnProcess[b] && completed >= txnCompleted[a]! && completed < txnCompleted[b]!,
  );
};

export const sessions: Before = (history, a, b) =>
  history.txnType[b] === OK && history.txnProcess[a] === history.txnProcess[b] && realtime(history, a, b);

type State = ReadonlyMap<string, unknown>;

/** The state after the transaction, null where it read something else than the state (and its own writes) held. */
const run = (history: TxnHistory, txn: number, state: State): State | null => {
  const after = new Map(state);
  for (const [f, key, value] of txnValue(history, txn)) {
    const name = JSON.stringify(key);
    const held = after.get(name) ?? null;
    if (f === "append") after.set(name, [...((held as unknown[] | null) ?? []), value]);
    else if (f === "w") after.set(name, value);
    else if (history.txnType[txn] === OK && text(held) !== text(value)) return null;
  }
  return after;
};

const text = (value: unknown): string => JSON.stringify(Array.isArray(value) && value.length === 0 ? null : value);

/** Some order of all ok transactions, and of any of unknown outcome, explains every read. */
export const serializable = (history: TxnHistory, before: Before): boolean => {
  const must: number[] = [];
  const may: number[] = [];
  for (let txn = 0; txn < history.txns; txn++) {
    if (history.txnType[txn] === OK) must.push(txn);
    else if (history.txnType[txn] === INFO) may.push(txn);
  }
  const place = (state: State, left: readonly number[], optional: readonly number[]): boolean => {
    if (left.length === 0) return true;
    for (const txn of [...left, ...optional]) {
      if ([...left, ...optional].some((other) => other !== txn && before(history, other, txn))) continue;
      const after = run(history, txn, state);
      const others = (list: readonly number[]): readonly number[] => list.filter((other) => other !== txn);
      if (after !== null && place(after, others(left), others(optional))) return true;
    }
    return false;
  };
  return place(new Map(), must, may);
};

/**
 * Some interleaving of starts and commits explains every read, where a transaction reads what was committed when it
 * started and its own writes, and none commits a key that another committed since it started. No failed or unknown
 * outcomes. Whatever is `before` a transaction has committed when that starts.
 */
export const snapshotIsolated = (history: TxnHistory, before: Before): boolean => {
  interface Open {
    readonly txn: number;
    readonly start: number;
    readonly writes: ReadonlyMap<string, unknown>;
  }
  const all: number[] = [];
  for (let txn = 0; txn < history.txns; txn++) if (history.txnType[txn] !== FAIL) all.push(txn);
  const writesOf = (txn: number): readonly string[] =>
    txnValue(history, txn).flatMap(([f, key]) => (f === "r" ? [] : [JSON.stringify(key)]));
  const step = (
    state: State,
    written: ReadonlyMap<string, number>,
    time: number,
    waiting: readonly number[],
    open: readonly Open[],
  ): boolean => {
    if (waiting.length === 0 && open.length === 0) return true;
    for (const txn of waiting) {
      const pending = [...waiting, ...open.map((one) => one.txn)];
      if (pending.some((other) => other !== txn && before(history, other, txn))) continue;
      const after = run(history, txn, state);
      if (after === null) continue;
      const writes = new Map(writesOf(txn).map((key) => [key, after.get(key)]));
      const rest = waiting.filter((other) => other !== txn);
      if (step(state, written, time + 1, rest, [...open, { txn, start: time, writes }])) return true;
    }
    for (const one of open) {
      if ([...one.writes.keys()].some((key) => (written.get(key) ?? -1) > one.start)) continue;
      const after = new Map([...state, ...one.writes]);
      const stamps = new Map([...written, ...[...one.writes.keys()].map((key) => [key, time] as const)]);
      if (
        step(
          after,
          stamps,
          time + 1,
          waiting,
          open.filter((other) => other !== one),
        )
      )
        return true;
    }
    return false;
  };
  return step(new Map(), new Map(), 0, all, []);
};
