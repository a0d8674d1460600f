/** What the leader owes to each follower, and when it says it again. */

import type { Json, NodeName } from "../wire.js";
import type { ReplicationDelay } from "./delay.js";
import type { Effect } from "./protocol.js";

/** A value of a key, as the leader's log, the messages and the followers' logs hold it. */
export type Versioned = { readonly key: string; readonly version: number; readonly value: Json };

/** An entry is sent again when it was not acknowledged for so long (and for as long as the injected delay takes) ... */
const RESEND_AFTER_MS = 200;
/** ... and to a follower that stays silent twice as late each time, up to so many times later. */
const SILENCE_FACTOR_MAX = 4;
/** How often the leader looks. */
const LOOK_EVERY_MS = 50;
/** Bounds on one look: a follower that was away for long is brought up in portions, not in one flood. */
const ENTRIES_PER_LOOK_MAX = 1024;
const ENTRIES_PER_MESSAGE_MAX = 16;

interface Owed {
  /** The key's version when it was last sent. */
  version: number;
  sentMs: number;
}

interface Follower {
  readonly name: NodeName;
  /** In the order of sending, oldest first. */
  readonly owed: Map<string, Owed>;
  silence: number;
}

/**
 * Per follower the keys that it has not acknowledged in their latest version. The latest is enough: a follower that
 * gets it needs no earlier one. So the debt is bounded by the number of keys, however long a follower is away.
 */
export class Catchup {
  readonly timer = "resend";
  readonly #delay: ReplicationDelay;
  readonly #latest: (key: string) => Versioned | undefined;
  readonly #resendAfterMs: number;
  readonly #followers: ReadonlyMap<NodeName, Follower>;
  #armed = false;

  constructor(followers: readonly NodeName[], delay: ReplicationDelay, latest: (key: string) => Versioned | undefined) {
    this.#delay = delay;
    this.#latest = latest;
    this.#resendAfterMs = RESEND_AFTER_MS + 2 * delay.maxMs;
    this.#followers = new Map(followers.map((name) => [name, { name, owed: new Map(), silence: 1 }]));
  }

  /** A new version goes to all at once. */
  replicate(entry: Versioned, nowMs: number, effects: Effect[]): void {
    const message = replicate([entry]);
    for (const { name, owed } of this.#followers.values()) {
      owed.delete(entry.key);
      owed.set(entry.key, { version: entry.version, sentMs: nowMs });
      effects.push(this.#delay.send(name, message));
    }
    this.#arm(effects);
  }

  /** Everything to everybody, at the next look. */
  owe(keys: Iterable<string>, effects: Effect[]): void {
    for (const key of keys) {
      const version = this.#latest(key)?.version ?? 0;
      for (const { owed } of this.#followers.values()) owed.set(key, { version, sentMs: Number.NEGATIVE_INFINITY });
    }
    this.#arm(effects);
  }

  acked(from: NodeName, key: string, version: number): void {
    const follower = this.#followers.get(from);
    if (follower === undefined) return;
    follower.silence = 1;
    const owed = follower.owed.get(key);
    if (owed !== undefined && owed.version <= version) follower.owed.delete(key);
  }

  /** What was sent into a connection that has died is lost: all that is owed is due now. */
  connected(peer: NodeName, nowMs: number, effects: Effect[]): void {
    const follower = this.#followers.get(peer);
    if (follower === undefined) return;
    follower.silence = 1;
    for (const owed of follower.owed.values()) owed.sentMs = Number.NEGATIVE_INFINITY;
    this.#resendTo(follower, nowMs, effects);
  }

  look(nowMs: number, effects: Effect[]): void {
    this.#armed = false;
    for (const follower of this.#followers.values()) this.#resendTo(follower, nowMs, effects);
    this.#arm(effects);
  }

  /** Per follower, how many keys it has not acknowledged. */
  counts(): { readonly [follower: NodeName]: number } {
    return Object.fromEntries([...this.#followers.values()].map(({ name, owed }) => [name, owed.size]));
  }

  #resendTo(follower: Follower, nowMs: number, effects: Effect[]): void {
    const due: Versioned[] = [];
    for (const [key, { sentMs }] of follower.owed) {
      if (due.length === ENTRIES_PER_LOOK_MAX || sentMs + this.#resendAfterMs * follower.silence > nowMs) break;
      const entry = this.#latest(key);
      if (entry !== undefined) due.push(entry);
    }
    if (due.length === 0) return;
    follower.silence = Math.min(2 * follower.silence, SILENCE_FACTOR_MAX);
    for (const { key, version } of due) {
      follower.owed.delete(key);
      follower.owed.set(key, { version, sentMs: nowMs });
    }
    for (let at = 0; at < due.length; at += ENTRIES_PER_MESSAGE_MAX) {
      effects.push(this.#delay.send(follower.name, replicate(due.slice(at, at + ENTRIES_PER_MESSAGE_MAX))));
    }
  }

  #arm(effects: Effect[]): void {
    if (this.#armed || [...this.#followers.values()].every(({ owed }) => owed.size === 0)) return;
    this.#armed = true;
    effects.push({ is: "timer", name: this.timer, afterMs: LOOK_EVERY_MS });
  }
}

function replicate(entries: readonly Versioned[]): Json {
  return { is: "replicate", entries };
}
