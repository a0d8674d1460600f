/** The transactions of one anomaly, named T1, T2, ... in the order in which the explanation needs them. */

import type { Json } from "../../history/event.js";
import type { ShownTransaction } from "../details.js";
import { NEVER, NOT_INVOKED, TYPE_NAMES, txnValue, type TxnHistory } from "../history/columns.js";

export class Cast {
  readonly #history: TxnHistory;
  readonly #names = new Map<number, string>();

  constructor(history: TxnHistory) {
    this.#history = history;
  }

  name(txn: number): string {
    const known = this.#names.get(txn);
    if (known !== undefined) return known;
    const name = `T${this.#names.size + 1}`;
    this.#names.set(txn, name);
    return name;
  }

  has(txn: number): boolean {
    return this.#names.has(txn);
  }

  names(txns: readonly number[]): string {
    const all = txns.map((txn) => this.name(txn));
    return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all[all.length - 1] ?? ""}`;
  }

  shown(): readonly ShownTransaction[] {
    return [...this.#names].map(([txn, name]) => show(this.#history, txn, name));
  }
}

const show = (history: TxnHistory, txn: number, name: string): ShownTransaction => {
  const [invoked, completed] = [history.txnInvoked[txn] ?? NOT_INVOKED, history.txnCompleted[txn] ?? NEVER];
  return {
    name,
    invoked: invoked === NOT_INVOKED ? null : invoked,
    completed: completed === NEVER ? null : completed,
    invokedTime: time(history.txnInvokedTime[txn]),
    completedTime: time(history.txnCompletedTime[txn]),
    process: history.txnProcess[txn] ?? 0,
    type: TYPE_NAMES[history.txnType[txn] === 0 ? 0 : history.txnType[txn] === 1 ? 1 : 2],
    value: txnValue(history, txn),
  };
};

const time = (value: number | undefined): number | null => (value === undefined || Number.isNaN(value) ? null : value);

const SHOWN_MAX = 12;

/** A value in a sentence: [1, 2, 3], long lists by their ends. The transactions themselves are shown in full. */
export const words = (value: Json): string => {
  if (!isList(value) || value.length <= SHOWN_MAX) return JSON.stringify(value).replaceAll(",", ", ");
  const head = value.slice(0, 3).map(words).join(", ");
  const tail = value.slice(-6).map(words).join(", ");
  return `[${head}, ... (${value.length - 9} more), ${tail}]`;
};

/** A key in a sentence; a number by itself would read like a value. */
export const keyWords = (key: Json): string => (typeof key === "string" ? key : `key ${words(key)}`);

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
