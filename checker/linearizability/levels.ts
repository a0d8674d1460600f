/**
 * The moments at which a search has to decide: one *level* for each completion of an operation whose outcome is known.
 *
 * Just in time (Lowe, "Testing for linearizability", 2017): an operation only has to take effect when it is about to
 * complete, together with those that must come before it. So between two completions nothing is chosen. What is open at a level is the same for
 * every configuration there, and is kept here once.
 */

import type { Automaton } from "./automaton.js";
import type { Foresight } from "./foresight.js";

/** Operations in order of invocation, by position. */
export interface SearchInput {
  readonly automaton: Automaton;
  readonly start: ArrayLike<number>;
  /** +Infinity where the outcome is unknown. */
  readonly end: ArrayLike<number>;
  /** By class: no operation that completes after this index can see its effect. Absent: nothing is known. */
  readonly seenUntil?: ArrayLike<number>;
  /** Absent: nothing is known of what has to become of a state. */
  readonly foresight?: Foresight | null;
}

/** Plain arrays: a level has many, each of a few numbers, and typed arrays of that size are dear to make. */
export interface Level {
  /** Position of the operation that completes here, its class, and its slot among the open ones. */
  readonly position: number;
  readonly cls: number;
  readonly slot: number;
  /** Index of the completion. */
  readonly end: number;
  readonly isRead: boolean;
  /** Bits of the operations invoked since the level before: all of them, and those that are no reads. */
  readonly newOwed: readonly number[];
  readonly newAvailable: readonly number[];
  readonly hasNew: boolean;
  /** Bits of the open blind operations. */
  readonly blind: readonly number[];
  /** Open reads: slot, class, slot, class, ... */
  readonly reads: readonly number[];
  /** Open operations that are no reads, by class, earliest completion first. */
  readonly open: readonly { readonly cls: number; readonly slots: readonly number[] }[];
  /** Crashed operations invoked so far, by their place in `crashedClasses`. */
  readonly crashed: readonly number[];
}

interface Slots {
  readonly byPosition: Map<number, number>;
  readonly free: number[];
}

/** Makes levels one by one, in order, as a search reaches them. */
export class Levels {
  readonly count: number;
  readonly words: number;
  /** The classes of crashed operations that change something. */
  readonly crashedClasses: readonly number[];
  readonly #input: SearchInput;
  readonly #made: Level[] = [];
  /** Positions with a known outcome, by completion. */
  readonly #byEnd: number[];
  readonly #crashedPlace = new Map<number, number>();
  readonly #slots: Slots = { byPosition: new Map(), free: [] };
  readonly #reads: { slot: number; cls: number }[] = [];
  /** By class: open positions, earliest completion first. */
  readonly #open = new Map<number, number[]>();
  readonly #blind: number[];
  #crashed: number[];
  #next = 0;
  /** Roughly how much all levels made hold, in numbers of 4 bytes. */
  weight = 0;

  constructor(input: SearchInput) {
    this.#input = input;
    const { automaton, end } = input;
    const byEnd: number[] = [];
    for (let i = 0; i < automaton.classOf.length; i++) {
      const cls = automaton.classOf[i] ?? 0;
      if (end[i] !== Number.POSITIVE_INFINITY) byEnd.push(i);
      else if (automaton.effects[cls] !== "read" && !this.#crashedPlace.has(cls)) {
        this.#crashedPlace.set(cls, this.#crashedPlace.size);
      }
    }
    this.#byEnd = byEnd.sort((a, b) => (end[a] ?? 0) - (end[b] ?? 0));
    this.count = byEnd.length;
    this.crashedClasses = [...this.#crashedPlace.keys()];
    const widest = openAtOnce(input, byEnd);
    this.words = Math.max(1, Math.ceil(widest / 32));
    for (let slot = widest - 1; slot >= 0; slot--) this.#slots.free.push(slot);
    this.#blind = zeros(this.words);
    this.#crashed = zeros(this.crashedClasses.length);
  }

  /** Level `i`, which must be one already made or the one after. */
  at(i: number): Level {
    const known = this.#made[i];
    if (known !== undefined) return known;
    const level = this.#make(this.#byEnd[i] ?? 0);
    this.#made.push(level);
    return level;
  }

  /** Position of the operation that completes at level `i`. */
  positionAt(i: number): number {
    return this.#byEnd[i] ?? 0;
  }

  #make(position: number): Level {
    const { automaton, start, end } = this.#input;
    const previous = this.#made.at(-1);
    if (previous !== undefined) this.#close(previous);
    const newOwed = zeros(this.words);
    const newAvailable = zeros(this.words);
    const moment = end[position] ?? 0;
    const before = this.#next;
    for (; this.#next < automaton.classOf.length && (start[this.#next] ?? 0) < moment; this.#next++) {
      this.#invoke(this.#next, newOwed, newAvailable);
    }
    const cls = automaton.classOf[position] ?? 0;
    this.weight += 100 + 4 * this.words + 2 * this.#reads.length + 24 * this.#open.size;
    return {
      position,
      cls,
      slot: this.#slots.byPosition.get(position) ?? 0,
      end: moment,
      isRead: automaton.effects[cls] === "read",
      newOwed,
      newAvailable,
      hasNew: this.#next > before,
      blind: this.#blind.slice(),
      reads: this.#openReads(),
      open: this.#openByClass(),
      crashed: this.#crashed,
    };
  }

  #openReads(): number[] {
    const reads: number[] = [];
    for (const { slot, cls } of this.#reads) reads.push(slot, cls);
    return reads;
  }

  #openByClass(): Level["open"] {
    const open: { cls: number; slots: number[] }[] = [];
    for (const [cls, positions] of this.#open) {
      const slots: number[] = [];
      for (const at of positions) slots.push(this.#slots.byPosition.get(at) ?? 0);
      open.push({ cls, slots });
    }
    return open;
  }

  #invoke(position: number, newOwed: number[], newAvailable: number[]): void {
    const { automaton, end } = this.#input;
    const cls = automaton.classOf[position] ?? 0;
    const effect = automaton.effects[cls];
    if (end[position] === Number.POSITIVE_INFINITY) {
      const place = this.#crashedPlace.get(cls);
      if (place === undefined) return;
      // Levels share the array while nothing crashes.
      this.#crashed = this.#crashed.slice();
      this.#crashed[place] = (this.#crashed[place] ?? 0) + 1;
      return;
    }
    const slot = this.#slots.free.pop() ?? 0;
    this.#slots.byPosition.set(position, slot);
    mark(newOwed, slot);
    if (effect === "read") {
      this.#reads.push({ slot, cls });
      return;
    }
    mark(newAvailable, slot);
    if (effect === "blind") mark(this.#blind, slot);
    const peers = this.#open.get(cls);
    if (peers === undefined) this.#open.set(cls, [position]);
    else {
      const after = peers.findIndex((peer) => (end[peer] ?? 0) > (end[position] ?? 0));
      peers.splice(after === -1 ? peers.length : after, 0, position);
    }
  }

  /** The operation of a level is over: its slot is free again. */
  #close({ position, cls, slot, isRead }: Level): void {
    this.#slots.byPosition.delete(position);
    this.#slots.free.push(slot);
    this.#blind[slot >> 5] = (this.#blind[slot >> 5] ?? 0) & ~(1 << (slot & 31));
    if (isRead) {
      this.#reads.splice(
        this.#reads.findIndex((read) => read.slot === slot),
        1,
      );
      return;
    }
    const peers = this.#open.get(cls) ?? [];
    peers.splice(peers.indexOf(position), 1);
    if (peers.length === 0) this.#open.delete(cls);
  }
}

/** The largest number of operations with known outcome that are open at the same time. */
function openAtOnce({ automaton, start, end }: SearchInput, byEnd: readonly number[]): number {
  let [open, widest, ended] = [0, 0, 0];
  for (let i = 0; i < automaton.classOf.length; i++) {
    if (end[i] === Number.POSITIVE_INFINITY) continue;
    for (; ended < byEnd.length && (end[byEnd[ended] ?? 0] ?? 0) < (start[i] ?? 0); ended++) open--;
    widest = Math.max(widest, ++open);
  }
  return widest;
}

export const hasBit = (words: Int32Array, slot: number, offset = 0): boolean =>
  ((words[offset + (slot >> 5)] ?? 0) & (1 << (slot & 31))) !== 0;

export function clearBit(words: Int32Array, slot: number, offset = 0): void {
  words[offset + (slot >> 5)] = (words[offset + (slot >> 5)] ?? 0) & ~(1 << (slot & 31));
}

function mark(words: number[], slot: number): void {
  words[slot >> 5] = (words[slot >> 5] ?? 0) | (1 << (slot & 31));
}

function zeros(count: number): number[] {
  const words: number[] = [];
  for (let i = 0; i < count; i++) words.push(0);
  return words;
}
