/** What a replica of the leader protocol holds: of every key the greatest version it was told of, and transactions whole. */

import type { Json } from "../wire.js";
import { isArray, isCount, isObject } from "./json.js";
import type { Effect } from "./protocol.js";

/** A value of a key, as the leader's log, the messages and the followers' logs hold it. */
export type Versioned = { readonly key: string; readonly version: number; readonly value: Json };

/** Several at once, all of them or none: so a log entry, and so they are replicated. */
export type Together = { readonly together: readonly Versioned[] };

/** `after`: the version that this one replaces. Without it, it may replace any smaller one. */
export type Chained = Versioned & { readonly after?: number };

/** Groups that came before what they build upon; beyond, the oldest is forgotten, for it will be sent again. */
const EARLY_MAX = 256;

/**
 * P7 whole-transactions: a replica holds, of every transaction, all keys in that version or a greater one, or none.
 *
 * Messages come in any order, so two rules are needed. What a transaction wrote comes in one message and is taken
 * whole, and no version of such a key is taken before the one that it replaces: a later write of x must not be seen by
 * somebody who does not see yet what came with the former one of x. What comes too early waits.
 */
export class Versions {
  readonly #state = new Map<string, Versioned>();
  /** By the first entry's version. */
  readonly #early = new Map<number, readonly Chained[]>();
  /** Lamport's counter: the greatest version seen. */
  #last = 0;

  get last(): number {
    return this.#last;
  }

  get size(): number {
    return this.#state.size;
  }

  keys(): Iterable<string> {
    return this.#state.keys();
  }

  get(key: string): Versioned | undefined {
    return this.#state.get(key);
  }

  valueOf(key: string): Json {
    return this.#state.get(key)?.value ?? null;
  }

  versionOf(key: string): number {
    return this.#state.get(key)?.version ?? 0;
  }

  dump(): Json {
    return Object.fromEntries([...this.#state].map(([key, { value }]) => [key, [value]]));
  }

  /** For a log that is written anew: `groups` are entries of their own. */
  entries(groups: readonly ReadonlySet<string>[]): Json[] {
    const grouped = new Set(groups.flatMap((keys) => [...keys]));
    const together = groups.map((keys) => ({
      together: [...keys].map((key) => this.#state.get(key)).filter((entry) => entry !== undefined),
    }));
    return [...together, ...[...this.#state.values()].filter(({ key }) => !grouped.has(key))];
  }

  /** The next version is the leader's to give. */
  next(): number {
    return ++this.#last;
  }

  /** Takes a version that is greater than ours; says whether it was (P5 never-older). */
  keep(entry: Versioned, whatever = false): boolean {
    this.#last = Math.max(this.#last, entry.version);
    if (!whatever && entry.version <= this.versionOf(entry.key)) return false;
    this.#state.set(entry.key, entry);
    return true;
  }

  /** Takes all that is greater than ours; says what it was. null: it comes too early, and is kept for `late`. */
  keepTogether(entries: readonly Chained[]): readonly Versioned[] | null {
    if (this.#isEarly(entries)) {
      this.#wait(entries);
      return null;
    }
    const fresh = entries.filter(({ key, version }) => version > this.versionOf(key));
    const kept = fresh.map(({ key, version, value }) => ({ key, version, value }));
    for (const entry of kept) this.keep(entry);
    return kept;
  }

  /** One group that waited and is no longer too early, taken out; null for none. Ask after every change. */
  late(): readonly Chained[] | null {
    for (const [version, entries] of this.#early) {
      if (this.#isEarly(entries)) continue;
      this.#early.delete(version);
      return entries;
    }
    return null;
  }

  #isEarly(entries: readonly Chained[]): boolean {
    return entries.some(({ key, version, after = 0 }) => {
      const held = this.versionOf(key);
      return held < version && held < after;
    });
  }

  #wait(entries: readonly Chained[]): void {
    const [first] = entries;
    if (first === undefined) return;
    this.#early.set(first.version, entries);
    const [oldest] = this.#early.keys();
    if (this.#early.size > EARLY_MAX && oldest !== undefined) this.#early.delete(oldest);
  }
}

export function persist(entries: readonly Versioned[], effects: Effect[]): void {
  const [first] = entries;
  if (first === undefined) return;
  effects.push({ is: "persist", entry: entries.length === 1 ? first : { together: entries } });
}

export function isVersioned(json: Json | undefined): json is Versioned {
  return isObject(json) && typeof json["key"] === "string" && isCount(json["version"]) && json["value"] !== undefined;
}

export function isTogether(json: Json): json is Together {
  return isObject(json) && isArray(json["together"]) && json["together"].every(isVersioned);
}

export function isChained(json: Json): json is Chained {
  return isVersioned(json) && isAfter((json as { readonly after?: Json }).after);
}

function isAfter(json: Json | undefined): boolean {
  return json === undefined || isCount(json);
}
