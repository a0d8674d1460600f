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
import { BY_INDEX, type Cluster, type Clusters, zonesOf } from "./clusters.js";
import { Remaining } from "./remaining.js";

export type TwoAtomic =
  | { readonly is: "two-atomic" }
  /** `left`: operations that admit no such order by themselves. */
  | { readonly is: "not"; readonly left: readonly Operation[] }
  | { readonly is: "budget" };

export interface Budget {
  steps: number;
  readonly stepsMax: number;
}

export const isTwoAtomic = ({ clusters }: Clusters, budget: Budget): TwoAtomic => {
  const search = new Search(clusters, budget);
  while (search.hasWrites()) {
    if (search.candidates().some((write) => search.tryEpoch(write))) continue;
    return budget.steps > budget.stepsMax ? { is: "budget" } : { is: "not", left: search.left() };
  }
  return { is: "two-atomic" };
};

/** Writes are numbered in the order in which they were in place, reads in the order of their invocations. */
class Search {
  readonly #clusters: readonly Cluster[];
  readonly #budget: Budget;
  /** Per write: when it was in place, and its invocation; the initial value comes before all. */
  readonly #inPlace: Float64Array;
  readonly #begun: Float64Array;
  /** Writes in the order of their invocations, and where each stands there. */
  readonly #byBegin: Int32Array;
  readonly #rank: Int32Array;
  readonly #reads: readonly { readonly op: Operation; readonly write: number }[];
  readonly #readsOf: readonly (readonly number[])[];

  readonly #writesLeft: Remaining;
  /** The same by rank. */
  readonly #writesLeftByBegin: Remaining;
  readonly #readsLeft: Remaining;
  readonly #writeTaken: Uint8Array;
  readonly #readTaken: Uint8Array;
  /** What the present epoch took: writes as they are, reads as -1 - read. */
  readonly #log: number[] = [];

  constructor(all: readonly Cluster[], budget: Budget) {
    const { f, written, clusters } = zonesOf(all, BY_INDEX);
    this.#clusters = clusters;
    this.#budget = budget;
    this.#inPlace = f;
    this.#begun = written.map((begun) => Math.max(-1, begun));
    this.#byBegin = Int32Array.from(clusters.keys()).sort((a, b) => (this.#begun[a] ?? 0) - (this.#begun[b] ?? 0));
    this.#rank = new Int32Array(clusters.length);
    for (const [rank, write] of this.#byBegin.entries()) this.#rank[write] = rank;
    this.#reads = clusters
      .flatMap(({ reads }, write) => reads.map((op) => ({ op, write })))
      .sort((a, b) => a.op.invoked - b.op.invoked);
    const readsOf: number[][] = clusters.map(() => []);
    for (const [read, { write }] of this.#reads.entries()) readsOf[write]?.push(read);
    this.#readsOf = readsOf;
    this.#writesLeft = new Remaining(clusters.length);
    this.#writesLeftByBegin = new Remaining(clusters.length);
    this.#readsLeft = new Remaining(this.#reads.length);
    this.#writeTaken = new Uint8Array(clusters.length);
    this.#readTaken = new Uint8Array(this.#reads.length);
  }

  hasWrites(): boolean {
    return this.#writesLeft.last() >= 0;
  }

  /** Remaining writes that may be last, those in place last first. */
  candidates(): number[] {
    const found: number[] = [];
    const left = this.#writesLeft;
    for (let write = left.last(); write >= 0 && this.#mayBeLast(write); write = left.previous(write)) found.push(write);
    return found;
  }

  /** Operations that are placed nowhere yet. */
  left(): Operation[] {
    return [
      ...this.#clusters.flatMap(({ write }, i) => (this.#writeTaken[i] === 0 && write !== null ? [write] : [])),
      ...this.#reads.flatMap(({ op }, i) => (this.#readTaken[i] === 0 ? [op] : [])),
    ];
  }

  /** Places the candidate last, and what this forces before it. False, with nothing changed, if that leads nowhere. */
  tryEpoch(candidate: number): boolean {
    for (let write = candidate; ; ) {
      this.#budget.steps += 1;
      if (this.#budget.steps > this.#budget.stepsMax) break;
      if (this.#writeTaken[write] === 1 || !this.#mayBeLast(write)) break;
      this.#takeWrite(write);
      for (const read of this.#readsOf[write] ?? []) if (this.#readTaken[read] === 0) this.#takeRead(read);
      const next = this.#takeReadsAfter(this.#inPlace[write] ?? 0);
      if (next === null) break;
      if (next < 0) {
        this.#log.length = 0;
        return true;
      }
      write = next;
    }
    this.#budget.steps += this.#log.length;
    this.#undo();
    return false;
  }

  /** No other remaining write began after it was in place. */
  #mayBeLast(write: number): boolean {
    const latest = this.#writesLeftByBegin.last();
    const other = latest === this.#rank[write] ? this.#writesLeftByBegin.previous(latest) : latest;
    return other < 0 || (this.#begun[this.#byBegin[other] ?? 0] ?? 0) <= (this.#inPlace[write] ?? 0);
  }

  /** The write that all remaining reads begun after `at` return (-1: there are none; null: they differ). Takes them. */
  #takeReadsAfter(at: number): number | null {
    let returned = -1;
    for (let read = this.#readsLeft.last(); read >= 0; read = this.#readsLeft.previous(read)) {
      const found = this.#reads[read];
      if (found === undefined || found.op.invoked <= at) break;
      if (returned >= 0 && returned !== found.write) return null;
      returned = found.write;
      this.#takeRead(read);
    }
    return returned;
  }

  #takeWrite(write: number): void {
    this.#writesLeft.take(write);
    this.#writesLeftByBegin.take(this.#rank[write] ?? 0);
    this.#writeTaken[write] = 1;
    this.#log.push(write);
  }

  #takeRead(read: number): void {
    this.#readsLeft.take(read);
    this.#readTaken[read] = 1;
    this.#log.push(-1 - read);
  }

  #undo(): void {
    for (let taken = this.#log.pop(); taken !== undefined; taken = this.#log.pop()) {
      if (taken < 0) {
        this.#readsLeft.putBack(-1 - taken);
        this.#readTaken[-1 - taken] = 0;
      } else {
        this.#writesLeftByBegin.putBack(this.#rank[taken] ?? 0);
        this.#writesLeft.putBack(taken);
        this.#writeTaken[taken] = 0;
      }
    }
  }
}
