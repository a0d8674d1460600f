/**
 * What a replica holds where leaders may follow each other: one sequence of changes, and the state that it makes.
 *
 * Each change has a place: the epoch of the leader that made it and its number, 1, 2, 3 ... without gaps over all
 * epochs. A place is given once, so two replicas that have the same change at a number have the same before it, and a
 * replica is described by the place of its last change. The latest changes are kept, for others that lack them; of what
 * is older only the state is left.
 */

import type { Json } from "../wire.js";
import { isArray, isCount, isObject } from "./json.js";

export type Place = readonly [epoch: number, n: number];

export type Written = { readonly key: string; readonly value: Json };

/** All of its writes or none; none at all in the first change of a leader, which only says that it leads. */
export type Change = { readonly epoch: number; readonly n: number; readonly writes: readonly Written[] };

/** A key of a snapshot, and the number of the change that wrote it. */
export type Held = readonly [key: string, value: Json, n: number];

/** So many changes are kept for who lacks them; who lacks more gets a snapshot. */
const TAIL_MAX = 512;
/** Changes that came before what they follow; beyond, they are forgotten, and will be sent again. */
const EARLY_MAX = 1024;

export class Sequence {
  #state = new Map<string, { readonly value: Json; readonly n: number }>();
  /** Without gaps, up to the last one. */
  #tail: Change[] = [];
  /** The place before the tail. */
  #before: Place = [0, 0];
  /** By number; `after` is the epoch of the change that it follows. */
  readonly #early = new Map<number, { readonly change: Change; readonly after: number }>();

  get last(): Place {
    const change = this.#tail.at(-1);
    return change === undefined ? this.#before : [change.epoch, change.n];
  }

  get size(): number {
    return this.#state.size;
  }

  valueOf(key: string): Json {
    return this.#state.get(key)?.value ?? null;
  }

  /** The number of the change that wrote it; 0: none. */
  numberOf(key: string): number {
    return this.#state.get(key)?.n ?? 0;
  }

  dump(): Json {
    return Object.fromEntries([...this.#state].map(([key, { value }]) => [key, [value]]));
  }

  /** In the order of keys' first writes. */
  held(): Held[] {
    return [...this.#state].map(([key, { value, n }]) => [key, value, n]);
  }

  /** Whether a replica whose last change has this place has nothing but what is here. null: too long ago to tell. */
  includes([epoch, n]: Place): boolean | null {
    if (n > this.last[1]) return false;
    if (n === 0) return this.#before[1] === 0 ? true : null;
    if (n === this.#before[1]) return epoch === this.#before[0];
    const first = this.#tail[0];
    if (first === undefined || n < first.n) return null;
    return this.#tail[n - first.n]?.epoch === epoch;
  }

  /** The changes after this number, at most so many; null: no longer kept. */
  since(n: number, max: number): readonly Change[] | null {
    if (n < this.#before[1]) return null;
    const at = n - this.#before[1];
    return this.#tail.slice(at, at + max);
  }

  placeOf(n: number): Place | null {
    if (n === this.#before[1]) return this.#before;
    const change = this.#tail[n - this.#before[1] - 1];
    return change === undefined ? null : [change.epoch, n];
  }

  /** The next one. */
  push(change: Change): void {
    for (const { key, value } of change.writes) this.#state.set(key, { value, n: change.n });
    this.#tail.push(change);
    if (this.#tail.length <= 2 * TAIL_MAX) return;
    const gone = this.#tail[this.#tail.length - TAIL_MAX - 1];
    this.#tail = this.#tail.slice(-TAIL_MAX);
    if (gone !== undefined) this.#before = [gone.epoch, gone.n];
  }

  /** Changes that follow `from`, in whatever order messages come: what could be taken now, from earlier ones too. */
  take(from: Place, changes: readonly Change[]): readonly Change[] {
    const { last } = this;
    let after = from[0];
    for (const change of changes) {
      if (change.n > last[1]) this.#early.set(change.n, { change, after });
      after = change.epoch;
    }
    const taken: Change[] = [];
    for (let [epoch, n] = last; ; [epoch, n] = this.last) {
      const next = this.#early.get(n + 1);
      // One that follows something else than what is here says that this replica went astray: a snapshot will come.
      if (next === undefined || next.after !== epoch) break;
      this.#early.delete(n + 1);
      this.push(next.change);
      taken.push(next.change);
    }
    if (this.#early.size > EARLY_MAX) this.#early.clear();
    return taken;
  }

  /** What came early from one leader is not to be put behind another's. */
  forgetEarly(): void {
    this.#early.clear();
  }

  /** One key of a snapshot that is in a log. */
  restore([key, value, n]: Held): void {
    this.#state.set(key, { value, n });
  }

  /** Instead of all that is here. */
  replace(place: Place, held: readonly Held[]): void {
    this.#state = new Map(held.map(([key, value, n]) => [key, { value, n }]));
    this.#tail = [];
    this.#before = place;
    this.#early.clear();
  }
}

/** -1, 0, 1: the first is before, at, after the second. */
export function compare([epochA, a]: Place, [epochB, b]: Place): number {
  return Math.sign(epochA - epochB) || Math.sign(a - b);
}

export function isPlace(json: Json | undefined): json is Place {
  return isArray(json) && json.length === 2 && isCount(json[0]) && isCount(json[1]);
}

export function isChange(json: Json | undefined): json is Change {
  return (
    isObject(json) &&
    isCount(json["epoch"]) &&
    isCount(json["n"]) &&
    isArray(json["writes"]) &&
    json["writes"].every(isWritten)
  );
}

export function isHeld(json: Json | undefined): json is Held {
  return isArray(json) && json.length === 3 && typeof json[0] === "string" && isCount(json[2]);
}

function isWritten(json: Json): json is Written {
  return isObject(json) && typeof json["key"] === "string" && json["value"] !== undefined;
}
