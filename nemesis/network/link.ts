/** One directed link: what is wrong with it, and what it has done to the bytes that came by. */

import type { CutMode, NodeName, PacketEffects } from "../fault.js";
import type { Delay, LinkCounters } from "../inject.js";
import { sampleMs } from "./latency.js";

export type Latency = Delay;

/** Everything that can be wrong with a link; null: nothing of the kind. */
export interface LinkState {
  readonly cut: CutMode | null;
  readonly latency: Latency | null;
  readonly bytesPerSecond: number | null;
  readonly slowCloseMs: number | null;
  /** Probability that a chunk, or a message, has one bit turned over. */
  readonly corrupt: number | null;
  readonly packet: PacketEffects | null;
}

const WHOLE: LinkState = {
  cut: null,
  latency: null,
  bytesPerSecond: null,
  slowCloseMs: null,
  corrupt: null,
  packet: null,
};

/** What a link has to tell when its state changes: a direction of a connection, or a connection that waits for a heal. */
export interface OnLink {
  /** The link's state is another one now. */
  changed(): void;
}

/** Numbers that only grow. */
const noCounts = () => ({
  passedBytes: 0,
  heldBytes: 0,
  heldConnections: 0,
  delayedBytes: 0,
  refusedConnections: 0,
  resetConnections: 0,
  throttledBytes: 0,
  slowCloses: 0,
  corruptedBytes: 0,
  lostMessages: 0,
  duplicatedMessages: 0,
  reorderedMessages: 0,
});

export class Link {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly count = noCounts();
  /** Only `set` writes these. They are read for every chunk, so they are plain fields. */
  state: LinkState = WHOLE;
  /** Nothing is wrong: a chunk goes on at once and unharmed. */
  isPlain = true;
  /** Bytes stand still, until a heal. */
  isHolding = false;
  /** Bytes are not passed on as they are. */
  isMangling = false;
  /** When the link has sent all that was handed to it, under a limit of bandwidth. */
  #freeAtMs = 0;
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

  set(change: Partial<LinkState>): void {
    const state = { ...this.state, ...change };
    this.state = state;
    this.isHolding = state.cut === "drop" || state.cut === "refuse";
    this.isMangling = state.corrupt !== null || state.packet !== null;
    this.isPlain = !this.isHolding && !this.isMangling && state.latency === null && state.bytesPerSecond === null;
    if (state.bytesPerSecond === null) this.#freeAtMs = 0;
    // A user that leaves or joins meanwhile is no harm to the walk over a set.
    for (const user of this.#users) user.changed();
  }

  /** Whether a handshake that this end begins can't be completed now, and whether it can't be answered. */
  get blocksDial(): boolean {
    return this.isHolding || this.state.cut === "hang";
  }

  /** Draws are not from a seed: what bytes meet in a real network is not either. */
  readonly draw = (): number => Math.random();

  /** When so many bytes that come now arrive; 0: at once. Takes its share of the bandwidth. */
  dueMs(bytes: number): number {
    const { latency, bytesPerSecond } = this.state;
    if (latency === null && bytesPerSecond === null) return 0;
    const nowMs = performance.now();
    let sentMs = nowMs;
    if (bytesPerSecond !== null) {
      sentMs = Math.max(nowMs, this.#freeAtMs) + (bytes / bytesPerSecond) * 1_000;
      this.#freeAtMs = sentMs;
      if (sentMs - nowMs >= 1) this.count.throttledBytes += bytes;
    }
    if (latency === null) return sentMs;
    this.count.delayedBytes += bytes;
    return sentMs + sampleMs(latency, this.draw);
  }

  counters(): LinkCounters {
    return { from: this.from, to: this.to, ...this.count };
  }
}
