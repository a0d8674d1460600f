/**
 * One try at an order of a register's operations, where it is easy to find: depth first, reads of the current value at
 * once, everything else in the order of invocation, and without remembering what was tried. Most registers that are in
 * order need no more, and to prepare the search that can do anything (`search.ts`) takes longer than this takes.
 *
 * Sound: the order that it found is a proof. Anything but complete: it gives up after few steps for each operation.
 */

import { NONE, INIT, relevant, type RegisterColumns } from "../register-history.js";

/** Operations looked at, for each that there is, before it gives up. */
const LOOKS_PER_OPERATION = 30;

/** Whether it found one. */
export function findsOrder(columns: RegisterColumns): boolean {
  const moments = momentsOf(columns);
  return moments !== null && new Attempt(columns, moments).succeeds();
}

/** Invocations (by position) and completions (by position + n) in the order in which they happened; null: too far apart. */
interface Moments {
  readonly order: Int32Array;
  /** Operations that completed. */
  readonly completed: number;
}

function momentsOf(columns: RegisterColumns): Moments | null {
  const { start, end } = columns;
  const n = start.length;
  const keep = relevant(columns);
  const byEnd = new Int32Array(n);
  let [completed, left, kept] = [0, LOOKS_PER_OPERATION * n, 0];
  for (let i = 0; i < n; i++) {
    const until = end[i] ?? 0;
    kept += keep[i] ?? 0;
    if (until === Number.POSITIVE_INFINITY) continue;
    // They come nearly in order: only what was open at the same time is passed.
    let at = completed++;
    for (; at > 0 && (end[byEnd[at - 1] ?? 0] ?? 0) > until; at--) {
      byEnd[at] = byEnd[at - 1] ?? 0;
      if (--left < 0) return null;
    }
    byEnd[at] = i;
  }
  const order = new Int32Array(kept + completed);
  let [at, ended] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (; ended < completed && (end[byEnd[ended] ?? 0] ?? 0) < (start[i] ?? 0); ended++) {
      order[at++] = n + (byEnd[ended] ?? 0);
    }
    if (keep[i] === 1) order[at++] = i;
  }
  for (; ended < completed; ended++) order[at++] = n + (byEnd[ended] ?? 0);
  return { order, completed };
}

/** The moments as a list, from which an operation is taken when it gets its place, and to which it comes back. */
class Attempt {
  readonly #from: Int32Array;
  readonly #to: Int32Array;
  readonly #end: Float64Array;
  readonly #n: number;
  /** Before the first moment. */
  readonly #head: number;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** The operations in order so far, and the state before each. */
  readonly #placed: Int32Array;
  readonly #before: Int32Array;
  #depth = 0;
  #state = INIT;
  /** Operations that completed and have no place yet. */
  #owed: number;
  #looks: number;

  constructor({ from, to, end }: RegisterColumns, { order, completed }: Moments) {
    [this.#from, this.#to, this.#end] = [from, to, end];
    const n = (this.#n = from.length);
    this.#head = 2 * n;
    this.#next = new Int32Array(2 * n + 1);
    this.#previous = new Int32Array(2 * n + 1);
    let last = this.#head;
    // By place: to iterate over a typed array is slow until the engine has made it fast, and most are short.
    for (let at = 0; at < order.length; at++) {
      const moment = order[at] ?? 0;
      this.#next[last] = moment;
      this.#previous[moment] = last;
      last = moment;
    }
    this.#next[last] = this.#head;
    this.#previous[this.#head] = last;
    this.#placed = new Int32Array(n);
    this.#before = new Int32Array(n);
    this.#owed = completed;
    this.#looks = LOOKS_PER_OPERATION * n;
  }

  succeeds(): boolean {
    let after = this.#head;
    while (this.#owed > 0 && this.#looks > 0) {
      let chosen = after === this.#head ? this.#read() : NONE;
      if (chosen === NONE) chosen = this.#change(after);
      if (chosen !== NONE) {
        this.#place(chosen);
        after = this.#head;
        continue;
      }
      // A read of the current value is no choice: what comes after it can come after it as well.
      do {
        if (this.#depth === 0) return false;
        after = this.#takeBack();
      } while (this.#to[after] === NONE);
    }
    return this.#owed === 0;
  }

  /** The first open read of the current value. */
  #read(): number {
    for (let i = this.#next[this.#head] ?? 0; i < this.#n; i = this.#next[i] ?? 0) {
      this.#looks--;
      if (this.#to[i] === NONE && this.#from[i] === this.#state) return i;
    }
    return NONE;
  }

  /** The first open write, or cas that fits, beyond `after`. */
  #change(after: number): number {
    for (let i = this.#next[after] ?? 0; i < this.#n; i = this.#next[i] ?? 0) {
      this.#looks--;
      if (this.#to[i] === NONE) continue;
      if (this.#from[i] === NONE || this.#from[i] === this.#state) return i;
    }
    return NONE;
  }

  #place(i: number): void {
    this.#placed[this.#depth] = i;
    this.#before[this.#depth++] = this.#state;
    const made = this.#to[i] ?? NONE;
    if (made !== NONE) this.#state = made;
    this.#remove(i);
    if (this.#end[i] === Number.POSITIVE_INFINITY) return;
    this.#remove(this.#n + i);
    this.#owed--;
  }

  /** The operation that had its place last. What was taken out last is put back first, so it comes to where it was. */
  #takeBack(): number {
    const i = this.#placed[--this.#depth] ?? 0;
    this.#state = this.#before[this.#depth] ?? INIT;
    if (this.#end[i] !== Number.POSITIVE_INFINITY) {
      this.#putBack(this.#n + i);
      this.#owed++;
    }
    this.#putBack(i);
    return i;
  }

  #remove(moment: number): void {
    const previous = this.#previous[moment] ?? 0;
    const next = this.#next[moment] ?? 0;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  #putBack(moment: number): void {
    this.#next[this.#previous[moment] ?? 0] = moment;
    this.#previous[this.#next[moment] ?? 0] = moment;
  }
}
