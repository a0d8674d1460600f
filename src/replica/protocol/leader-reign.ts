/** The reign of one leader, seen from itself: who has how much of the sequence, what is committed, and who still obeys. */

import type { NodeName } from "../wire.js";
import type { ReplicationDelay } from "./delay.js";
import type { Have, Message } from "./leader-fenced-message.js";
import type { Change, Sequence } from "./leader-sequence.js";
import type { Effect } from "./protocol.js";

/** What was not acknowledged is sent again after so long, and for as long as the injected delay takes. */
const RESEND_AFTER_MS = 150;
/** Changes of one message that brings a follower up. */
const SHIP_MAX = 256;

interface Follower {
  readonly name: NodeName;
  /** Surely in its log: all up to this number. null: it did not say yet, or went astray. */
  matched: number | null;
  /** What is on its way, if nothing is lost. */
  sent: number;
  /** When it last acknowledged something, or was sent something while it owed nothing. */
  sentMs: number;
  /** The latest beat that it answered. */
  echoed: number;
}

export interface ReignOptions {
  readonly epoch: number;
  readonly sequence: Sequence;
  readonly followers: readonly NodeName[];
  readonly writeQuorum: number;
  readonly delay: ReplicationDelay;
  /** A planted bug: a snapshot without its last change. */
  readonly shortSnapshots: boolean;
}

export class Reign {
  readonly #options: ReignOptions;
  readonly #followers: readonly Follower[];
  /** The number of this reign's first change: nothing before it is committed for sure until it is itself. */
  readonly #first: number;
  readonly #resendAfterMs: number;
  #beat = 0;
  #committed = 0;

  /** Begins with a change of its own, which the caller has put into the sequence. */
  constructor(options: ReignOptions) {
    this.#options = options;
    this.#first = options.sequence.last[1];
    this.#resendAfterMs = RESEND_AFTER_MS + 2 * options.delay.maxMs;
    this.#followers = options.followers.map((name) => ({
      name,
      matched: null,
      sent: 0,
      sentMs: Number.NEGATIVE_INFINITY,
      echoed: 0,
    }));
    this.#settle();
  }

  get epoch(): number {
    return this.#options.epoch;
  }

  get committed(): number {
    return this.#committed;
  }

  get first(): number {
    return this.#first;
  }

  get lastBeat(): number {
    return this.#beat;
  }

  /** Followers obeyed at the time of this beat: with the leader a majority, so nobody else led. */
  get confirmedBeat(): number {
    const needed = Math.floor((this.#followers.length + 1) / 2);
    if (needed === 0) return this.#beat;
    return nth(
      this.#followers.map(({ echoed }) => echoed),
      needed,
    );
  }

  /** A new change, to all who have what is before it; the others are being brought up. */
  ship(change: Change, nowMs: number, effects: Effect[]): void {
    const { sequence, delay, epoch } = this.#options;
    const from = sequence.placeOf(change.n - 1);
    if (from === null) return;
    const message: Message = { is: "ship", epoch, beat: this.#beat, from, changes: [change] };
    for (const follower of this.#followers) {
      if (follower.matched === null || follower.sent !== change.n - 1) continue;
      if (follower.matched === follower.sent) follower.sentMs = nowMs;
      follower.sent = change.n;
      effects.push(delay.send(follower.name, message));
    }
    this.#settle();
  }

  /** Asks all whether they still obey, and sends again what was not acknowledged in time. */
  beat(nowMs: number, effects: Effect[]): void {
    const { sequence, epoch } = this.#options;
    this.#beat++;
    const message: Message = { is: "ship", epoch, beat: this.#beat, from: sequence.last, changes: [] };
    for (const follower of this.#followers) {
      effects.push({ is: "send", to: follower.name, message });
      const { matched } = follower;
      if (matched === null || matched >= sequence.last[1] || nowMs < follower.sentMs + this.#resendAfterMs) continue;
      this.#bringUp(follower, nowMs, effects);
    }
  }

  have(from: NodeName, { at, beat }: Have, nowMs: number, effects: Effect[]): void {
    const follower = this.#followers.find(({ name }) => name === from);
    if (follower === undefined) return;
    follower.echoed = Math.max(follower.echoed, beat);
    if (this.#options.sequence.includes(at) === true) {
      if (at[1] > (follower.matched ?? -1)) follower.sentMs = nowMs;
      follower.matched = Math.max(follower.matched ?? 0, at[1]);
      follower.sent = Math.max(follower.sent, follower.matched);
      this.#settle();
      const lacks = follower.matched < this.#options.sequence.last[1];
      if (lacks && follower.sent === follower.matched) this.#bringUp(follower, nowMs, effects);
    } else if (follower.matched === null && nowMs >= follower.sentMs + this.#resendAfterMs) {
      this.#snapshot(follower, nowMs, effects);
    }
  }

  /** Per follower, how many changes it has not acknowledged. */
  counts(): { readonly [follower: NodeName]: number } {
    const [, last] = this.#options.sequence.last;
    return Object.fromEntries(this.#followers.map(({ name, matched }) => [name, last - (matched ?? 0)]));
  }

  /** What follows the last that it has; all of it, where that is no longer kept. */
  #bringUp(follower: Follower, nowMs: number, effects: Effect[]): void {
    const { sequence, delay, epoch } = this.#options;
    const matched = follower.matched ?? 0;
    const from = sequence.placeOf(matched);
    const changes = sequence.since(matched, SHIP_MAX);
    if (from === null || changes === null) {
      this.#snapshot(follower, nowMs, effects);
      return;
    }
    const message: Message = { is: "ship", epoch, beat: this.#beat, from, changes };
    follower.sent = Math.max(follower.sent, matched + changes.length);
    follower.sentMs = nowMs;
    effects.push(delay.send(follower.name, message));
  }

  #snapshot(follower: Follower, nowMs: number, effects: Effect[]): void {
    const { sequence, delay, epoch, shortSnapshots } = this.#options;
    const at = sequence.last;
    const all = sequence.held();
    const held = shortSnapshots ? all.filter(([, , n]) => n !== at[1]) : all;
    const message: Message = { is: "snapshot", epoch, beat: this.#beat, at, held };
    follower.sent = at[1];
    follower.sentMs = nowMs;
    effects.push(delay.send(follower.name, message));
  }

  /**
   * Committed is what `writeQuorum` followers have, from this reign's first change on: what an earlier leader left could
   * still be replaced while only its own reign's changes count for it (Ongaro and Ousterhout 2014, section 5.4.2).
   */
  #settle(): void {
    const { writeQuorum, sequence } = this.#options;
    const matched = this.#followers.map((follower) => follower.matched ?? 0);
    const reached = writeQuorum === 0 ? sequence.last[1] : nth(matched, writeQuorum);
    if (reached >= this.#first) this.#committed = Math.max(this.#committed, reached);
  }
}

/** The nth greatest, from 1. */
function nth(numbers: readonly number[], n: number): number {
  return [...numbers].sort((a, b) => b - a)[n - 1] ?? 0;
}
