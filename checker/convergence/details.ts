/** What the convergence checker found: the replicas' own states after healing. */

import type { Json } from "../history/event.js";

/** One look at one replica: values per key (more than one: siblings). */
export interface ReplicaState {
  readonly node: string;
  /** Index of the `dump` invocation this comes from. */
  readonly dump: number;
  readonly keys: number;
}

export interface Disagreement {
  readonly key: string;
  /** Node -> its sibling values (sorted), null where the node has no such key. */
  readonly values: { readonly [node: string]: readonly Json[] | null };
}

export interface LostWrite {
  readonly key: string;
  readonly value: Json;
  /** Invocation index of the acknowledged write. */
  readonly invoked: number;
}

export interface ConvergenceDetails {
  readonly agreed: boolean;
  /** From the later of last fault's end and last write's completion to the end of the first round of dumps after
   *  which all replicas agreed; null when they never did. */
  readonly timeToAgreeMs: number | null;
  readonly rounds: number;
  readonly keys: number;
  readonly replicas: readonly ReplicaState[];
  readonly missingReplicas: readonly string[];
  readonly disagreementCount: number;
  /** First fifty by key. */
  readonly disagreements: readonly Disagreement[];
  /** Acknowledged writes that no replica reflects any more although nothing newer can explain it. First fifty. */
  readonly lost: readonly LostWrite[];
  /** How many there are in all. */
  readonly lostCount?: number;
  /** Values that a replica holds and nobody wrote (or whose only writer definitely failed). First fifty. */
  readonly phantoms: readonly { readonly key: string; readonly value: Json; readonly node: string }[];
  readonly phantomCount?: number;
  /** The final state of every replica for a table in the report: first hundred keys. */
  readonly finalState: readonly Disagreement[];
}
