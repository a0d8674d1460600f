/**
 * Is there an order, true to real time, in which every read returns one of the two latest writes?
 *
 * LBT, "limited backtracking": Golab, Hurwitz and Li, On the k-atomicity-verification problem, ICDCS 2013. The order is
 * built from its end. A write may be last if none of the remaining ones began after it was in place. Once it is placed,
 * the remaining reads that began after it was in place must stand between it and the end, so they all return the write
 * just before it, which is placed next; and so on until no such read remains. Then what is placed never has to be
 * reconsidered. If one candidate leads nowhere the next is tried; if none leads anywhere, there is no such order.
 *
 * Cost: O(n log n) to sort, and per candidate what it places. Writes under way at one moment are the candidates, so few.
 */

import type { Operation } from "../history/operation.js";
import { type Clusters, BY_INDEX, zonesOf } from "./clusters.js";

export type TwoAtomic =
  | { readonly is: "two-atomic" }
  /** `left`: operations that admit no such order by themselves. */
  | { readonly is: "not"; readonly left: readonly Operation[] }
  | { readonly is: "budget" };

export const isTwoAtomic = (
  { clusters }: Clusters,
  budget: { steps: number; readonly stepsMax: number },
): TwoAtomic => {
  const state = stateOf(clusters);
  while (state.writesByBegin.last() >= 0) {
    const candidates = state.candidates();
    if (!candidates.some((write) => state.tryEpoch(write, budget))) {
      return budget.steps > budget.stepsMax ? { is: "budget" } : { is: "not", left: state.left() };
    }
  }
  return { is: "two-atomic" };
};

/** A list of 0 .. count - 1 from which members are taken out and put back in the opposite order, each in O(1). */
class Remaining {
  private readonly before: Int32Array;
  private readonly after: Int32Array;
  private readonly count: number;
  constructor(count: number) {
    this.count = count;
    // Position `count` is the ring's own node: before it stands the last member, after it the first.
    this.before = Int32Array.from({ length: count + 1 }, (_, i) => (i === 0 ? count : i - 1));
    this.after = Int32Array.from({ length: count + 1 }, (_, i) => (i === count ? 0 : i + 1));
  }
  last(): number {
    return this.previous(this.count);
  }
  /** -1 at the front. */
  previous(member: number): number {
    const found = this.before[member] ?? this.count;
    return found === this.count ? -1 : found;
  }
  take(member: number): void {
    const [before, after] = [this.before[member] ?? 0, this.after[member] ?? 0];
    this.after[before] = after;
    this.before[after] = before;
  }
  putBack(member: number): void {
    this.after[this.before[member] ?? 0] = member;
    this.before[this.after[member] ?? 0] = member;
  }
}

const stateOf = (all: Clusters["clusters"]) => {
  const { f, written, clusters } = zonesOf(all, BY_INDEX);
  // Writes are numbered in order of f; `byBegin` and `rankByBegin` turn that into the order of their invocations.
  const byBegin = Int32Array.from(clusters.keys()).sort((a, b) => begin(a) - begin(b));
  const rankByBegin = new Int32Array(byBegin.length);
  for (const [rank, write] of byBegin.entries()) rankByBegin[write] = rank;
  function begin(write: number): number {
    // The initial value began before all.
    return Math.max(-1, written[write] ?? -1);
  }
  const reads = clusters
    .flatMap((cluster, write) => cluster.reads.map((op) => ({ op, write })))
    .sort((a, b) => a.op.invoked - b.op.invoked);
  const readsOf: number[][] = clusters.map(() => []);
  for (const [read, { write }] of reads.entries()) readsOf[write]?.push(read);

  const writesByBegin = new Remaining(clusters.length);
  const writesByF = new Remaining(clusters.length);
  const readsByBegin = new Remaining(reads.length);
  const writeTaken = new Uint8Array(clusters.length);
  const readTaken = new Uint8Array(reads.length);
  /** What was taken, to put it back: writes as they are, reads as -1 - read. */
  const log: number[] = [];

  const takeWrite = (write: number): void => {
    writesByBegin.take(rankByBegin[write] ?? 0);
    writesByF.take(write);
    writeTaken[write] = 1;
    log.push(write);
  };
  const takeRead = (read: number): void => {
    readsByBegin.take(read);
    readTaken[read] = 1;
    log.push(-1 - read);
  };
  const undo = (): void => {
    for (let taken = log.pop(); taken !== undefined; taken = log.pop()) {
      if (taken < 0) {
        readsByBegin.putBack(-1 - taken);
        readTaken[-1 - taken] = 0;
      } else {
        writesByF.putBack(taken);
        writesByBegin.putBack(rankByBegin[taken] ?? 0);
        writeTaken[taken] = 0;
      }
    }
  };

  /** No other remaining write began after it was in place. */
  const mayBeLast = (write: number): boolean => {
    const rank = rankByBegin[write] ?? 0;
    const latest = writesByBegin.last();
    const other = latest === rank ? writesByBegin.previous(latest) : latest;
    return other < 0 || begin(byBegin[other] ?? 0) <= (f[write] ?? 0);
  };

  /** The write that all remaining reads begun after f return (-1: there are none; null: they differ). Takes them. */
  const takeReadsAfter = (inPlace: number): number | null => {
    let returned = -1;
    for (let read = readsByBegin.last(); read >= 0; read = readsByBegin.previous(read)) {
      const { op, write } = reads[read] ?? {};
      if (op === undefined || write === undefined || op.invoked <= inPlace) break;
      if (returned >= 0 && returned !== write) return null;
      returned = write;
      takeRead(read);
    }
    return returned;
  };

  const tryEpoch = (candidate: number, budget: { steps: number; readonly stepsMax: number }): boolean => {
    for (let write = candidate; ; ) {
      budget.steps += 1;
      if (budget.steps > budget.stepsMax || writeTaken[write] === 1 || !mayBeLast(write)) break;
      takeWrite(write);
      for (const read of readsOf[write] ?? []) if (readTaken[read] === 0) takeRead(read);
      const next = takeReadsAfter(f[write] ?? 0);
      if (next === null) break;
      if (next < 0) {
        log.length = 0;
        return true;
      }
      write = next;
    }
    budget.steps += log.length;
    undo();
    return false;
  };

  return {
    writesByBegin,
    tryEpoch,
    /** Remaining writes that may be last, those in place last first. */
    candidates: (): number[] => {
      const found: number[] = [];
      for (let write = writesByF.last(); write >= 0 && mayBeLast(write); write = writesByF.previous(write)) {
        found.push(write);
      }
      return found;
    },
    left: (): Operation[] => [
      ...clusters.flatMap(({ write }, i) => (writeTaken[i] === 0 && write !== null ? [write] : [])),
      ...reads.flatMap(({ op }, i) => (readTaken[i] === 0 ? [op] : [])),
    ],
  };
};
