/**
 * Registers with distinct values, event by event, in a few numbers a value: when its write began and ended, when it was
 * first seen, and when somebody who saw it began last. Nothing is kept of an operation once it completed.
 *
 * The rules are those of `distinct.ts` and `sources.ts`, which see the whole history at once. What is particular here:
 * - An operation that saw a value provably overwritten before it began is found the moment it completes.
 * - Values are listed in the order of their first completions, so the sweep over zones needs no sort.
 * - Whether a write failed, and whether a crashed cas matters, is known only at the end; so is what depends on it.
 */

import { widened } from "./values.js";

/** No event: later than all. */
export const NEVER = 0x7fffffff;
export const NONE = -1;

/** By value. `wrote`, `done`: invocation (NONE: no write) and completion of its write. */
export interface ValueColumns {
  readonly wrote: Int32Array;
  readonly done: Int32Array;
  /** What the write had to find, where it is a cas. */
  readonly from: Int32Array;
  /** First completion of a read of it, and last invocation of one. */
  readonly readFirst: Int32Array;
  readonly readLast: Int32Array;
  /** First completion of anything that saw it, reads and cas. */
  readonly seenFirst: Int32Array;
  /** Values in the order in which something of theirs first completed: `count` of them. */
  readonly order: Int32Array;
  readonly ordered: number;
  readonly count: number;
}

export class RegisterColumns implements ValueColumns {
  wrote = new Int32Array(1024).fill(NONE);
  done = new Int32Array(1024).fill(NEVER);
  from = new Int32Array(1024).fill(NONE);
  readFirst = new Int32Array(1024).fill(NEVER);
  readLast = new Int32Array(1024).fill(NONE);
  seenFirst = new Int32Array(1024).fill(NEVER);
  order = new Int32Array(1024);
  ordered = 0;
  count = 0;
  /** By key: of the writes and cas that completed, the latest invocation, and which value that one wrote. */
  #latest = new Int32Array(64).fill(NONE);
  #latestValue = new Int32Array(64).fill(NONE);
  /** By key: the number of its initial value. */
  #initial = new Int32Array(64).fill(NONE);

  /** Must come before the first operation on the key. */
  addKey(key: number, initial: number): void {
    if (key >= this.#latest.length) {
      const size = 2 * this.#latest.length;
      this.#latest = widened(this.#latest, size, NONE);
      this.#latestValue = widened(this.#latestValue, size, NONE);
      this.#initial = widened(this.#initial, size, NONE);
    }
    this.#initial[key] = initial;
    this.#room(initial);
  }

  initialOf(key: number): number {
    return this.#initial[key] ?? NONE;
  }

  /** The latest invocation among changes of the key that completed by now; NONE: none did. */
  latest(key: number): number {
    return this.#latest[key] ?? NONE;
  }

  latestValue(key: number): number {
    return this.#latestValue[key] ?? NONE;
  }

  /** A write (`from` NONE) or cas of `to` begins. False: something else writes that value, or it is the initial one. */
  invoke(key: number, from: number, to: number, moment: number): boolean {
    this.#room(Math.max(from, to));
    if (to === this.#initial[key] || this.wrote[to] !== NONE) return false;
    this.wrote[to] = moment;
    this.from[to] = from;
    this.done[to] = NEVER;
    return true;
  }

  /** It definitely failed: as if it had never been. */
  retract(to: number): void {
    this.wrote[to] = NONE;
    this.from[to] = NONE;
  }

  /** A write or cas completed. */
  changed(key: number, to: number, moment: number): void {
    this.done[to] = moment;
    this.#list(to);
    const began = this.wrote[to] ?? NONE;
    if (began > (this.#latest[key] ?? NONE)) {
      this.#latest[key] = began;
      this.#latestValue[key] = to;
    }
  }

  /** A read of `value` that began at `began` completed. */
  read(value: number, began: number, moment: number): void {
    this.#room(value);
    if ((this.readFirst[value] ?? 0) === NEVER) this.readFirst[value] = moment;
    if ((this.readLast[value] ?? 0) < began) this.readLast[value] = began;
    this.#list(value);
    this.saw(value, moment);
  }

  /** Something that saw `value` completed. */
  saw(value: number, moment: number): void {
    if ((this.seenFirst[value] ?? 0) === NEVER) this.seenFirst[value] = moment;
  }

  /**
   * Whether what saw `value`, and began when `latest` was the latest invocation of a change already completed, cannot
   * have: nobody had begun to write it, or that was over before that change began.
   */
  isImpossible(key: number, value: number, latest: number): boolean {
    if (value === this.#initial[key]) return latest !== NONE;
    return this.wrote[value] === NONE || (this.done[value] ?? 0) < latest;
  }

  #list(value: number): void {
    // The first time: neither its write nor a read of it had completed. `done` or `readFirst` was set just now.
    if (this.#listed[value] === 1) return;
    this.#listed[value] = 1;
    if (this.ordered >= this.order.length) this.order = widened(this.order, 2 * this.order.length);
    this.order[this.ordered++] = value;
  }

  #listed = new Uint8Array(1024);

  #room(value: number): void {
    if (value >= this.count) this.count = value + 1;
    if (value < this.wrote.length) return;
    const size = Math.max(2 * this.wrote.length, value + 1);
    this.wrote = widened(this.wrote, size, NONE);
    this.done = widened(this.done, size, NEVER);
    this.from = widened(this.from, size, NONE);
    this.readFirst = widened(this.readFirst, size, NEVER);
    this.readLast = widened(this.readLast, size, NONE);
    this.seenFirst = widened(this.seenFirst, size, NEVER);
    const listed = new Uint8Array(size);
    listed.set(this.#listed);
    this.#listed = listed;
  }
}
