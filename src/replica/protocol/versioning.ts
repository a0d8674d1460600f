/** How a leaderless replica tells newer from older: what it keeps per key, and how two such states become one. */

import type { Json, NodeName, Reply } from "../wire.js";

/** Where and when a write is coordinated. */
export interface Stamp {
  readonly node: NodeName;
  readonly clockMs: number;
  /** Counts the writes that this node coordinated, over all its lives. */
  readonly sequence: number;
}

export type Answer = Reply & { readonly ok: true };

export interface Written {
  readonly value: Json;
  readonly context?: Json;
  /** It is a delete: what is left is a tombstone, which reads like a key that was never written. */
  readonly delete?: true;
}

/**
 * Merging is commutative, associative and idempotent (P6 merge-is-a-join), so that replicas that have seen the same
 * states agree, in whatever order and however often they saw them.
 */
export interface Versioning<State extends Json> {
  /** Guard for what comes from a log or a peer. */
  isState(json: Json | undefined): json is State;
  /** What the coordinator, holding `state`, makes of a client's write. `context` is what a read gave to the client. */
  write(state: State | null, write: Written, stamp: Stamp): State;
  isContext(json: Json): boolean;
  /** The join of the two; `a` itself where `b` adds nothing to it. */
  merge(a: State, b: State): State;
  /** null: the key was never written. */
  read(state: State | null): Answer;
  /** All that a reader could see: of a deleted key nothing. */
  values(state: State): readonly Json[];
  /** When the key was deleted, ms since 1970 by the clock of whoever coordinated that; null: it is not. */
  deletedMs(state: State): number | null;
  /** The greatest number of a write by this node that the state shows; 0 if none. */
  sequence(state: State, node: NodeName): number;
}
