/** One register while the run goes on: of each value when it was first there, and when it was last asked for. */

import { Interner } from "../history/canonical.js";
import type { Json } from "../history/event.js";

/** The index of what comes before all events: the initial state. */
export const FIRST = -1;

/** An operation that touched a value. Of a write known only by what was seen of it, `completed` is its invocation. */
export interface Seen {
  readonly f: string;
  readonly value: Json;
  readonly invoked: number;
  readonly completed: number;
}

/** A value: the operation on it that completed first, the one that began last, and its write. */
export interface Held {
  readonly value: Json;
  first: Seen | null;
  last: Seen | null;
  /** Invocation of its write; null: none, or it failed. */
  wrote: number | null;
  isListed: boolean;
  replacedBy: { readonly invoked: number; readonly completed: number } | null;
}

/** Two values that contradict each other; `now` is the one touched last. */
export interface Clash {
  readonly now: Held;
  readonly other: Held;
}

/** Values kept in order beyond this many are let go, the longest unasked first: then a clash with them is missed here. */
const LISTED_MAX = 1000;

export class OnlineKey {
  /** A value was written twice: nothing is said of this key any more. */
  isLeft = false;
  readonly #interner = new Interner();
  readonly #held: Held[] = [];
  /** Values with something completed, those whose latest operation began last first. */
  #listed: Held[] = [];
  /** Invocations of operations that are open, ascending. */
  readonly #open: number[] = [];

  constructor() {
    const initial = this.#of(null);
    initial.wrote = FIRST;
    initial.first = { f: "initial", value: null, invoked: FIRST, completed: FIRST };
  }

  /** Values that the next event may have to be compared with. */
  get kept(): number {
    return this.#listed.length;
  }

  begins(index: number): void {
    this.#open.push(index);
  }

  ends(index: number): void {
    this.#open.splice(this.#open.indexOf(index), 1);
  }

  /** A write of `value` begins. */
  invoked(value: Json, index: number): void {
    const held = this.#of(value);
    if (held.wrote === null) held.wrote = index;
    else this.isLeft = true;
  }

  isWritten(value: Json): boolean {
    return this.#of(value).wrote !== null;
  }

  /** The write of `value` failed. Returns who had seen it all the same. */
  failed(value: Json): Seen | null {
    const held = this.#of(value);
    held.wrote = null;
    return held.first;
  }

  /** A cas replaced `value`. Returns the one that had done so before. */
  replaced(value: Json, by: { readonly invoked: number; readonly completed: number }): Held["replacedBy"] {
    const held = this.#of(value);
    const before = held.replacedBy;
    held.replacedBy = by;
    return before;
  }

  /** An operation on `value` completed. Returns what now contradicts it. */
  completed(value: Json, span: Seen): Clash | null {
    const held = this.#of(value);
    held.first ??= span;
    let { last } = held;
    // That it was seen proves that its write happened, even one that began later and never answered.
    if (last === null && held.wrote !== null && held.wrote > span.invoked) {
      last = { f: "write", value, invoked: held.wrote, completed: held.wrote };
    }
    if (last === null || last.invoked < span.invoked) last = span;
    if (last === held.last) return null;
    this.#list(held, last);
    return this.#clash(held);
  }

  /** Another value that was there before the latest operation of this one began, and began after this one was there. */
  #clash(held: Held): Clash | null {
    const began = held.last?.invoked ?? FIRST;
    const there = held.first?.completed ?? FIRST;
    for (const other of this.#listed) {
      if ((other.last?.invoked ?? FIRST) <= there) return null;
      if (other !== held && (other.first?.completed ?? Number.POSITIVE_INFINITY) < began) return { now: held, other };
    }
    return null;
  }

  #list(held: Held, last: Seen): void {
    if (held.isListed) this.#listed.splice(this.#listed.indexOf(held), 1);
    held.last = last;
    held.isListed = true;
    let place = 0;
    while (place < this.#listed.length && (this.#listed[place]?.last?.invoked ?? FIRST) > last.invoked) place++;
    this.#listed.splice(place, 0, held);
    if (this.#listed.length > 8) this.#letGo();
  }

  /** Two values that were there before anything still open began outlast all that come after them in the list. */
  #letGo(): void {
    const oldest = this.#open[0] ?? Number.POSITIVE_INFINITY;
    let certain = 0;
    let kept = 0;
    for (; kept < this.#listed.length && kept < LISTED_MAX && certain < 2; kept++) {
      if ((this.#listed[kept]?.first?.completed ?? Number.POSITIVE_INFINITY) < oldest) certain++;
    }
    for (let place = kept; place < this.#listed.length; place++) {
      const gone = this.#listed[place];
      if (gone !== undefined) gone.isListed = false;
    }
    this.#listed.length = Math.min(kept, this.#listed.length);
  }

  #of(value: Json): Held {
    const id = this.#interner.intern(value);
    let held = this.#held[id];
    if (held === undefined) {
      held = { value, first: null, last: null, wrote: null, isListed: false, replacedBy: null };
      this.#held[id] = held;
    }
    return held;
  }
}
