/**
 * The direct serialization graph (Adya, Liskov and O'Neil, ICDE 2000) as columns: one row per edge, no objects.
 *
 * Reasons are not stored. Only the few edges that end up in a reported cycle need one, and it can be found again from the
 * two transactions (`explain/reasons.ts`).
 */

import { Bytes, Ints } from "../history/growable.js";

/** Kinds of edges, as bits: a pair of transactions may have several. */
export const WW = 1;
export const WR = 2;
export const RW = 4;
/** The same three through a predicate. Neither workload produces them; the search and the classification know them. */
export const WWP = 8;
export const WRP = 16;
export const RWP = 32;
export const PROCESS = 64;
export const REALTIME = 128;

export const DEPENDENCIES = WW | WR | RW | WWP | WRP | RWP;
export const ANTI_DEPENDENCIES = RW | RWP;
export const PREDICATES = WWP | WRP | RWP;

export const KIND_NAMES: { readonly [kind: number]: string } = {
  [WW]: "ww",
  [WR]: "wr",
  [RW]: "rw",
  [WWP]: "wwp",
  [WRP]: "wrp",
  [RWP]: "rwp",
  [PROCESS]: "process",
  [REALTIME]: "realtime",
};

/**
 * Every reader of a version precedes every writer of a next one: where nobody shows which write came next, that is a
 * product. Beyond this many pairs in a history (half a gigabyte in all) each writer keeps only its latest readers, which
 * is where stale reads are, as edges of their own. All pairs are then in the `bundles`, which tell whether there is a
 * cycle at all, though not which.
 */
export const PAIRS_MAX = 2 ** 24;
export const READERS_KEPT = 64;

export class Edges {
  readonly from = new Ints(16);
  readonly to = new Ints(16);
  readonly kind = new Bytes();
  /** Whether any dependency was seen at all, one of a transaction on itself included. */
  seen = false;
  /** Anti-dependencies that are known and were not added, except to bundles. */
  leftOut = 0;
  readonly bundles = new Bundles();

  add(from: number, to: number, kind: number): void {
    this.seen = true;
    if (from === to) return;
    this.from.push(from);
    this.to.push(to);
    this.kind.push(kind);
  }

  /** Room for so many edges. */
  reserve(count: number): void {
    this.from.reserve(count);
    this.to.reserve(count);
    this.kind.reserve(count);
  }

  get count(): number {
    return this.kind.length;
  }
}

/**
 * Products of readers and writers, every pair but those of a transaction with itself, in linear space.
 *
 * The writers of a product stand in a row, each below one knot of a chain that runs forwards and one of a chain that runs
 * backwards. A reader enters the first chain after its own place, the second before it: so it reaches all writers but
 * itself. Ends of edges: a transaction, or -1 - k for knot k.
 */
export class Bundles {
  readonly from = new Ints(0);
  readonly to = new Ints(0);
  knots = 0;

  /** Both ascending, by transaction. */
  add(readers: Int32Array | readonly number[], writers: readonly number[]): void {
    const count = writers.length;
    const forward = (i: number): number => -1 - (this.knots + i);
    const backward = (i: number): number => -1 - (this.knots + count + i);
    for (let i = 0; i < count; i++) {
      this.#edge(forward(i), writers[i] ?? 0);
      this.#edge(backward(i), writers[i] ?? 0);
      if (i + 1 < count) this.#edge(forward(i), forward(i + 1));
      if (i > 0) this.#edge(backward(i), backward(i - 1));
    }
    let below = 0;
    let upTo = 0;
    for (const reader of readers) {
      while (below < count && (writers[below] ?? 0) < reader) below++;
      while (upTo < count && (writers[upTo] ?? 0) <= reader) upTo++;
      if (below > 0) this.#edge(reader, backward(below - 1));
      if (upTo < count) this.#edge(reader, forward(upTo));
    }
    this.knots += 2 * count;
  }

  #edge(from: number, to: number): void {
    this.from.push(from);
    this.to.push(to);
  }
}

/** Successors of node n: to[start[n]] .. to[start[n + 1] - 1], with the kinds of edges in `kind`. */
export interface Adjacency {
  readonly nodes: number;
  readonly start: Int32Array;
  readonly to: Int32Array;
  readonly kind: Uint8Array;
}
