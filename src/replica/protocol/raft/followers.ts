/** What a leader knows of the others: how far each log is as its own, and who has heard of it lately. */

import type { NodeName } from "../../wire.js";

export interface Follower {
  /** The next entry to send. */
  next: number;
  /** Up to here its log is known to be as ours. */
  match: number;
  /** The latest round that it has answered. */
  round: number;
  heardMs: number;
  /** Entries from here on were sent and not acknowledged; since when, or since it last acknowledged some. */
  owes: { readonly from: number; readonly sinceMs: number };
  /** When a snapshot went out that was not answered yet; null: none did. */
  snapshotMs: number | null;
}

export class Followers {
  readonly #self: NodeName;
  readonly #all: ReadonlyMap<NodeName, Follower>;

  constructor(self: NodeName, peers: readonly NodeName[], start: { readonly next: number; readonly nowMs: number }) {
    this.#self = self;
    const { next, nowMs } = start;
    this.#all = new Map(
      peers.map((peer) => {
        const owes = { from: next, sinceMs: Number.NEGATIVE_INFINITY };
        return [peer, { next, match: 0, round: 0, heardMs: nowMs, owes, snapshotMs: null }] as const;
      }),
    );
  }

  get names(): Iterable<NodeName> {
    return this.#all.keys();
  }

  get(name: NodeName): Follower | undefined {
    return this.#all.get(name);
  }

  /**
   * The greatest value that a majority of the voters has reached. `own` is this node's, which counts only where it
   * votes: a leader that is being removed leads on until that is committed, and is no part of the majority.
   */
  reachedByMajority(voters: readonly NodeName[], own: number, of: (follower: Follower) => number): number {
    const values = voters.map((name) => {
      const follower = this.#all.get(name);
      if (name === this.#self) return own;
      return follower === undefined ? 0 : of(follower);
    });
    values.sort((a, b) => b - a);
    return values[Math.floor(values.length / 2)] ?? 0;
  }
}
