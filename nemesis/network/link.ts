/** One directed link: whether it is cut, how slow it is, and what it has done to the bytes that came by. */

import type { Delay, LinkCounters } from "../inject.js";
import type { NodeName } from "../fault.js";

export type Latency = Delay;

/** What a link has to tell when its state changes: a direction of a connection, or a connection that waits for a heal. */
export interface OnLink {
  /** The link was cut, healed, slowed down or made fast. */
  changed(): void;
}

export class Link {
  readonly from: NodeName;
  readonly to: NodeName;
  /** Read for every chunk, so these are plain fields. Only `set` writes them. */
  isCut = false;
  latency: Latency | null = null;
  passedBytes = 0;
  heldBytes = 0;
  heldConnections = 0;
  delayedBytes = 0;
  readonly #users = new Set<OnLink>();

  constructor(from: NodeName, to: NodeName) {
    this.from = from;
    this.to = to;
  }

  add(user: OnLink): void {
    this.#users.add(user);
  }

  remove(user: OnLink): void {
    this.#users.delete(user);
  }

  set(state: { readonly isCut?: boolean; readonly latency?: Latency | null }): void {
    this.isCut = state.isCut ?? this.isCut;
    if (state.latency !== undefined) this.latency = state.latency;
    // A user that leaves or joins meanwhile is no harm to the walk over a set.
    for (const user of this.#users) user.changed();
  }

  /** How long the next chunk takes. Its draw is not from a seed: what it meets in a real network is not either. */
  sampleMs(): number {
    const { latency } = this;
    if (latency === null) return 0;
    return Math.max(0, latency.latencyMs + latency.jitterMs * (2 * Math.random() - 1));
  }

  counters(): LinkCounters {
    const { from, to, passedBytes, heldBytes, heldConnections, delayedBytes } = this;
    return { from, to, passedBytes, heldBytes, heldConnections, delayedBytes };
  }
}
