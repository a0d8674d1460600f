/**
 * Versions of a key that follow each other in real time, when each key by itself is linearizable.
 *
 * Transaction a hands its last version of a key on to b's first where a path of the reduced real-time order leads from a
 * to b past no other transaction on that key (Elle's rule). a is followed at once by those that are invoked after it
 * completed and before the first completion of a transaction invoked after that. So a path is a walk through time: one
 * sweep over the events after a, with the end of the current window, finds all b.
 */

import { NEVER, NOT_INVOKED, OK, type TxnHistory } from "../history/columns.js";
import type { Touch } from "./version-order.js";

/** Events in order: 2 · transaction for an invocation, 2 · transaction + 1 for the completion of an ok one. */
interface Timeline {
  readonly events: Int32Array;
  /** Of each transaction, the position of its completion in `events`; -1 where it has none there. */
  readonly completion: Int32Array;
  /** For each position, that of the earliest completion of a transaction that is invoked later. */
  readonly windowEnd: Int32Array;
}

const timeline = (history: TxnHistory): Timeline => {
  const { txns, txnInvoked, txnCompleted, txnType, byCompletion } = history;
  const events = new Int32Array(2 * txns);
  const completion = new Int32Array(txns).fill(-1);
  let used = 0;
  let done = 0;
  const completeUntil = (index: number): void => {
    while (done < byCompletion.length && (txnCompleted[byCompletion[done] ?? 0] ?? NEVER) < index) {
      const txn = byCompletion[done++] ?? 0;
      if (txnType[txn] !== OK) continue;
      completion[txn] = used;
      events[used++] = 2 * txn + 1;
    }
  };
  for (let txn = 0; txn < txns; txn++) {
    const invoked = txnInvoked[txn] ?? NOT_INVOKED;
    if (invoked === NOT_INVOKED) continue;
    completeUntil(invoked);
    events[used++] = 2 * txn;
  }
  completeUntil(Number.POSITIVE_INFINITY);
  const windowEnd = new Int32Array(used);
  let earliest = used;
  for (let at = used - 1; at >= 0; at--) {
    windowEnd[at] = earliest;
    const event = events[at] ?? 0;
    const completed = completion[event >> 1] ?? -1;
    if (event % 2 === 0 && completed >= 0) earliest = Math.min(earliest, completed);
  }
  return { events: events.subarray(0, used), completion, windowEnd };
};

export const realtimeSuccessions = (
  history: TxnHistory,
  touches: readonly Touch[],
  add: (from: number, to: number) => void,
): void => {
  const time = timeline(history);
  const byKey: Touch[][] = Array.from({ length: history.keys }, () => []);
  for (const touch of touches) byKey[touch.key]?.push(touch);
  // Which touch of the key at hand a transaction has, -1 for none.
  const touchOf = new Int32Array(history.txns).fill(-1);
  const reached = new Int32Array(history.txns).fill(-1);
  let sweep = 0;
  for (const here of byKey) {
    const pairs = new Set<number>();
    const local = new Map<number, number>();
    const number = (version: number): number => {
      const known = local.get(version) ?? local.size;
      local.set(version, known);
      return known;
    };
    let lastInvoked = NOT_INVOKED;
    here.forEach((touch, i) => {
      touchOf[touch.txn] = i;
      lastInvoked = Math.max(lastInvoked, history.txnInvoked[touch.txn] ?? NOT_INVOKED);
    });
    for (const { txn, last } of here) {
      if ((time.completion[txn] ?? -1) < 0) continue;
      sweepFrom(history, time, txn, touchOf, reached, sweep++, lastInvoked, (touch) => {
        const next = here[touch]?.first ?? last;
        const pair = number(last) * (2 * here.length + 1) + number(next);
        if (next === last || pairs.has(pair)) return;
        pairs.add(pair);
        add(last, next);
      });
    }
    for (const touch of here) touchOf[touch.txn] = -1;
  }
};

const sweepFrom = (
  history: TxnHistory,
  time: Timeline,
  start: number,
  touchOf: Int32Array,
  reached: Int32Array,
  sweep: number,
  lastInvoked: number,
  visit: (touch: number) => void,
): void => {
  const { events, completion, windowEnd } = time;
  const from = completion[start] ?? 0;
  let end = windowEnd[from] ?? 0;
  let open = 0;
  for (let at = from + 1; at < events.length && (at < end || open > 0); at++) {
    const event = events[at] ?? 0;
    const txn = event >> 1;
    if (event % 2 === 1) {
      if (reached[txn] !== sweep) continue;
      open--;
      end = windowEnd[at] ?? end;
      continue;
    }
    if ((history.txnInvoked[txn] ?? 0) > lastInvoked) return;
    if (at >= end) continue;
    const touch = touchOf[txn] ?? -1;
    if (touch >= 0) visit(touch);
    else if ((completion[txn] ?? -1) >= 0) {
      reached[txn] = sweep;
      open++;
    }
  }
};
