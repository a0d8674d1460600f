/**
 * The same orders as edges between transactions, reduced as Elle reduces them: O(n · concurrency) of them.
 *
 * Only needed to answer as Elle does: which transactions lie on a path of the order decides how it explains a cycle.
 */

import { INFO, NOT_INVOKED, OK, type TxnHistory } from "../history/columns.js";
import { PROCESS, REALTIME, type Adjacency } from "./edges.js";
import type { Order, OrderedGraph } from "./order.js";

/** `visit(a, b)` for each b that a completed before, unless another ok transaction lies between. */
export const eachRealtimeEdge = (history: TxnHistory, visit: (from: number, to: number) => void): void => {
  const { txns, txnInvoked, txnCompleted, txnType, byCompletion } = history;
  // Transactions that completed and that no later one, invoked since, has covered.
  let buffer: number[] = [];
  let done = 0;
  const complete = (txn: number): void => {
    if (txnType[txn] !== OK) return;
    const invoked = txnInvoked[txn] ?? NOT_INVOKED;
    buffer = buffer.filter((other) => (txnCompleted[other] ?? 0) > invoked);
    buffer.push(txn);
  };
  for (let txn = 0; txn < txns; txn++) {
    const invoked = txnInvoked[txn] ?? NOT_INVOKED;
    if (invoked === NOT_INVOKED) continue;
    while (done < byCompletion.length && (txnCompleted[byCompletion[done] ?? 0] ?? 0) < invoked)
      complete(byCompletion[done++] ?? 0);
    for (const other of buffer) visit(other, txn);
  }
};

export const eachProcessEdge = (history: TxnHistory, visit: (from: number, to: number) => void): void => {
  const last = new Map<number, number>();
  for (const txn of history.byCompletion) {
    if (history.txnType[txn] !== OK) continue;
    const process = history.txnProcess[txn] ?? 0;
    const before = last.get(process);
    if (before !== undefined) visit(before, txn);
    last.set(process, txn);
  }
};

/** `graph`, an ordered graph of all transactions, with its chain of links replaced by edges. */
export const withoutLinks = (history: TxnHistory, graph: OrderedGraph, order: Order): OrderedGraph => {
  const txns = history.txns;
  const lists: Map<number, number>[] = Array.from({ length: txns }, () => new Map<number, number>());
  const add = (from: number, to: number, kind: number): void => {
    const list = lists[from];
    list?.set(to, (list.get(to) ?? 0) | kind);
  };
  for (let from = 0; from < txns; from++) {
    for (let edge = graph.start[from] ?? 0; edge < (graph.start[from + 1] ?? 0); edge++) {
      if ((graph.to[edge] ?? 0) < txns) add(from, graph.to[edge] ?? 0, graph.kind[edge] ?? 0);
    }
  }
  const known = (txn: number): boolean => history.txnType[txn] === OK || history.txnType[txn] === INFO;
  if (order === "realtime") eachRealtimeEdge(history, (from, to) => known(to) && add(from, to, REALTIME));
  if (order === "process") eachProcessEdge(history, (from, to) => add(from, to, PROCESS));
  return { ...adjacency(lists), members: txns };
};

const adjacency = (lists: readonly ReadonlyMap<number, number>[]): Adjacency => {
  const start = new Int32Array(lists.length + 1);
  lists.forEach((list, node) => {
    start[node + 1] = (start[node] ?? 0) + list.size;
  });
  const to = new Int32Array(start[lists.length] ?? 0);
  const kind = new Uint8Array(to.length);
  let at = 0;
  for (const list of lists) {
    for (const [target, kinds] of list) {
      to[at] = target;
      kind[at++] = kinds;
    }
  }
  return { nodes: lists.length, start, to, kind };
};
