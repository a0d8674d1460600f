/**
 * Until when a leader may answer reads without asking anybody.
 *
 * Whoever answered a round votes for nobody else until the least election time-out has passed on its own clock. So for
 * that long, counted from when the round was sent, nobody else leads: if clocks run at the same rate. `clockBound` says
 * how far the rate of any node's clock may be off, as a part of it, and the lease is shorter by as much
 * (Ongaro 2014, 6.4.1).
 *
 * Without a bound the lease is as long as the time-out and counted on the wall clock, as a program does that knows no
 * other: when somebody sets that clock back, the lease goes on while others vote.
 */

import type { Now } from "../protocol.js";

export class Lease {
  readonly #forMs: number;
  readonly #isBounded: boolean;
  /** When the rounds that are not confirmed yet were sent. */
  readonly #sent = new Map<number, number>();
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(timeoutMs: number, clockBound: number | null) {
    this.#isBounded = clockBound !== null;
    this.#forMs = clockBound === null ? timeoutMs : (timeoutMs * (1 - clockBound)) / (1 + clockBound);
  }

  sent(round: number, now: Now): void {
    this.#sent.set(round, this.#timeOf(now));
  }

  /** A majority has answered this round. */
  confirmed(round: number): void {
    const sentMs = this.#sent.get(round);
    if (sentMs !== undefined) this.#untilMs = sentMs + this.#forMs;
    for (const each of this.#sent.keys()) if (each <= round) this.#sent.delete(each);
  }

  holds(now: Now): boolean {
    return this.#timeOf(now) < this.#untilMs;
  }

  #timeOf({ nowMs, clockMs }: Now): number {
    return this.#isBounded ? nowMs : clockMs;
  }
}
