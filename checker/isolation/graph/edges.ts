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
 * product. Beyond this many pairs in a history (half a gigabyte in all) each writer keeps only its latest readers, which is
 * where stale reads are, and a verdict that would be valid is unknown.
 */
export const PAIRS_MAX = 2 ** 24;
export const READERS_KEPT = 64;

export class Edges {
  readonly from = new Ints(4096);
  readonly to = new Ints(4096);
  readonly kind = new Bytes();
  /** Whether any dependency was seen at all, one of a transaction on itself included. */
  seen = false;
  /** Anti-dependencies that are known and were not added. */
  leftOut = 0;

  add(from: number, to: number, kind: number): void {
    this.seen = true;
    if (from === to) return;
    this.from.push(from);
    this.to.push(to);
    this.kind.push(kind);
  }

  get count(): number {
    return this.kind.length;
  }
}

/** Successors of node n: to[start[n]] .. to[start[n + 1] - 1], with the kinds of edges in `kind`. */
export interface Adjacency {
  readonly nodes: number;
  readonly start: Int32Array;
  readonly to: Int32Array;
  readonly kind: Uint8Array;
}
