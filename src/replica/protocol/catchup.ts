/** What the leader owes to each follower, and when it says it again. */

import type { Json, NodeName } from "../wire.js";
import { Bonds } from "./bonds.js";
import type { ReplicationDelay } from "./delay.js";
import type { Effect } from "./protocol.js";
import type { Chained, Versioned, Versions } from "./versions.js";

/** An entry is sent again when it was not acknowledged for so long (and for as long as the injected delay takes) ... */
const RESEND_AFTER_MS = 200;
/** ... and to a follower that stays silent twice as late each time, up to so many times later. */
const SILENCE_FACTOR_MAX = 4;
/** How often the leader looks. */
const LOOK_EVERY_MS = 50;
/** Bounds on one look: a follower that was away for long is brought up in portions, not in one flood. */
const ENTRIES_PER_LOOK_MAX = 1024;
const ENTRIES_PER_MESSAGE_MAX = 16;

/** A follower is told so seldom how far it is: after so many versions. */
const TELL_EVERY = 16;

interface Owed {
  /** The key's version when it was last sent. */
  version: number;
  sentMs: number;
}

interface Follower {
  readonly name: NodeName;
  /** In the order of sending, oldest first. */
  readonly owed: Map<string, Owed>;
  readonly bonds: Bonds;
  silence: number;
  /** Whether it said in this life of the leader how far it is; until then it owes all, and is asked first. */
  known: boolean;
  /** Up to which version it was told that it has acknowledged all. */
  told: number;
}

/**
 * Per follower the keys that it has not acknowledged in their latest version. The latest is enough: a follower that
 * gets it needs no earlier one. So the debt is bounded by the number of keys, however long a follower is away. Keys that
 * were written together and not acknowledged go together (P7 whole-transactions).
 */
export class Catchup {
  readonly timer = "resend";
  readonly #delay: ReplicationDelay;
  readonly #versions: Pick<Versions, "get" | "last">;
  readonly #resendAfterMs: number;
  readonly #followers: ReadonlyMap<NodeName, Follower>;
  #armed = false;

  constructor(followers: readonly NodeName[], delay: ReplicationDelay, versions: Pick<Versions, "get" | "last">) {
    this.#delay = delay;
    this.#versions = versions;
    this.#resendAfterMs = RESEND_AFTER_MS + 2 * delay.maxMs;
    this.#followers = new Map(
      followers.map((name) => [name, { name, owed: new Map(), bonds: new Bonds(), silence: 1, known: true, told: 0 }]),
    );
  }

  /** New versions, of one write or one transaction, go to all at once. */
  replicate(entries: readonly Chained[], nowMs: number, effects: Effect[]): void {
    const alone = replicate(entries.map(({ key, version, value }) => ({ key, version, value })));
    const chained: Json = { is: "together", entries };
    for (const { name, owed, bonds } of this.#followers.values()) {
      const bound = entries.length > 1 || entries.some(({ key }) => bonds.has(key));
      bonds.add(entries);
      for (const { key, version } of entries) resent(owed, key, { version, sentMs: nowMs });
      effects.push(this.#delay.send(name, bound ? chained : alone));
    }
    this.#arm(effects);
  }

  /** What the log says was written together: who has it is not in the log. */
  bind(entries: readonly Versioned[]): void {
    for (const { bonds } of this.#followers.values()) bonds.add(entries);
  }

  /** Keys that must go together to some follower, each group once. */
  bound(): readonly ReadonlySet<string>[] {
    const all = new Bonds();
    for (const { bonds } of this.#followers.values()) {
      for (const keys of bonds.groups().values()) all.add([...keys].map((key) => ({ key, version: 0, value: null })));
    }
    return [...new Set(all.groups().values())];
  }

  /** Everything to everybody, but for what they say that they have; at once, where they are not asked. */
  owe(keys: Iterable<string>, askedMs: number | null, effects: Effect[]): void {
    for (const key of keys) {
      const version = this.#versions.get(key)?.version ?? 0;
      const sentMs = askedMs ?? Number.NEGATIVE_INFINITY;
      for (const { owed } of this.#followers.values()) owed.set(key, { version, sentMs });
    }
    for (const follower of this.#followers.values()) {
      follower.known = askedMs === null || follower.owed.size === 0;
      if (!follower.known) effects.push({ is: "send", to: follower.name, message: { is: "where" } });
    }
    this.#arm(effects);
  }

  /** A follower holds all up to this version; what it lacks is due now. */
  at(from: NodeName, upTo: number, nowMs: number, effects: Effect[]): void {
    const follower = this.#followers.get(from);
    if (follower === undefined || follower.known) return;
    follower.known = true;
    follower.told = upTo;
    for (const [key, { version }] of follower.owed) if (version <= upTo) this.acked(from, key, version);
    this.connected(from, nowMs, effects);
  }

  acked(from: NodeName, key: string, version: number): void {
    const follower = this.#followers.get(from);
    if (follower === undefined) return;
    follower.silence = 1;
    follower.bonds.acked(key, version);
    const owed = follower.owed.get(key);
    if (owed !== undefined && owed.version <= version) follower.owed.delete(key);
  }

  /** What was sent into a connection that has died is lost: all that is owed is due now. */
  connected(peer: NodeName, nowMs: number, effects: Effect[]): void {
    const follower = this.#followers.get(peer);
    if (follower === undefined) return;
    follower.silence = 1;
    if (!follower.known) {
      effects.push({ is: "send", to: peer, message: { is: "where" } });
      return;
    }
    for (const owed of follower.owed.values()) owed.sentMs = Number.NEGATIVE_INFINITY;
    this.#resendTo(follower, nowMs, effects);
  }

  /** Instead of a look: this node leads no more. */
  rest(): void {
    this.#armed = false;
  }

  look(nowMs: number, effects: Effect[]): void {
    this.#armed = false;
    for (const follower of this.#followers.values()) {
      this.#resendTo(follower, nowMs, effects);
      this.#tell(follower, effects);
    }
    this.#arm(effects);
  }

  #tell(follower: Follower, effects: Effect[]): void {
    let upTo = this.#versions.last;
    for (const { version } of follower.owed.values()) upTo = Math.min(upTo, version - 1);
    if (upTo < follower.told + TELL_EVERY) return;
    follower.told = upTo;
    effects.push({ is: "send", to: follower.name, message: { is: "settled", upTo } });
  }

  /** Per follower, how many keys it has not acknowledged. */
  counts(): { readonly [follower: NodeName]: number } {
    return Object.fromEntries([...this.#followers.values()].map(({ name, owed }) => [name, owed.size]));
  }

  #resendTo(follower: Follower, nowMs: number, effects: Effect[]): void {
    const due = this.#due(follower, nowMs);
    if (due.length === 0) return;
    follower.silence = Math.min(2 * follower.silence, SILENCE_FACTOR_MAX);
    for (const { key, version } of due.flat()) resent(follower.owed, key, { version, sentMs: nowMs });
    const alone = due.filter(({ length }) => length === 1).flat();
    for (let at = 0; at < alone.length; at += ENTRIES_PER_MESSAGE_MAX) {
      effects.push(this.#delay.send(follower.name, replicate(alone.slice(at, at + ENTRIES_PER_MESSAGE_MAX))));
    }
    for (const entries of due.filter(({ length }) => length > 1)) {
      effects.push(this.#delay.send(follower.name, { is: "together", entries }));
    }
  }

  /** What is due, oldest first, in groups that must not be torn: even where that is more than the look should send. */
  #due({ owed, bonds, silence }: Follower, nowMs: number): Versioned[][] {
    const due: Versioned[][] = [];
    const taken = new Set<string>();
    let groups: ReturnType<Bonds["groups"]> | null = null;
    for (const [key, { sentMs }] of owed) {
      if (taken.size >= ENTRIES_PER_LOOK_MAX || sentMs + this.#resendAfterMs * silence > nowMs) break;
      if (taken.has(key)) continue;
      groups ??= bonds.groups();
      // What was acknowledged in its latest version is there already.
      const keys = [...(groups.get(key) ?? [key])].filter((each) => owed.has(each));
      for (const each of keys) taken.add(each);
      due.push(keys.map((each) => this.#versions.get(each)).filter((entry) => entry !== undefined));
    }
    return due;
  }

  #arm(effects: Effect[]): void {
    if (this.#armed || [...this.#followers.values()].every(({ owed }) => owed.size === 0)) return;
    this.#armed = true;
    effects.push({ is: "timer", name: this.timer, afterMs: LOOK_EVERY_MS });
  }
}

/** The order of `owed` is the order of sending. */
function resent(owed: Map<string, Owed>, key: string, now: Owed): void {
  owed.delete(key);
  owed.set(key, now);
}

function replicate(entries: readonly Versioned[]): Json {
  return { is: "replicate", entries };
}
