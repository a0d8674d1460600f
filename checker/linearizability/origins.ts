/**
 * What an operation that saw a value may have seen it from, as far as a counterexample needs to know.
 *
 * To what intervals of writes tell (`sources.ts`) this adds what reads tell: between a write of 1 and a read of 1 that
 * began after a whole read of 2, the 1 was overwritten. So that write is not where the read has it from, in no order of
 * the history, and a part of the history that leaves it out proves as much. Where values are few and repeat, that is
 * most of what was ever written.
 */

import { INIT, NONE, type RegisterHistory } from "./register-history.js";
import { Sources } from "./sources.js";

export class Origins {
  readonly #history: RegisterHistory;
  readonly #sources: Sources;
  readonly #until: number;
  readonly #required = new Map<number, readonly number[]>();
  #seen: Seen | null = null;

  /** `until`: what begins after this index is no source of anything in the story, for the story ends there. */
  constructor(history: RegisterHistory, sources: Sources, until: number) {
    this.#history = history;
    this.#sources = sources;
    this.#until = until;
  }

  /**
   * Operations that must stay as long as it counts what the one at `position` saw. Where all are ruled out, the one that
   * came nearest: what rules it out is then the reason, and belongs to the part.
   */
  required(position: number): readonly number[] {
    let known = this.#required.get(position);
    if (known === undefined) {
      known = this.#candidates(position);
      this.#required.set(position, known);
    }
    return known;
  }

  #candidates(position: number): readonly number[] {
    const { start, end, from } = this.#history;
    const all = this.#sources.required(position);
    if (all.length < 2) return all;
    const begun = all.filter((i) => (start[i] ?? 0) < this.#until);
    this.#seen ??= new Seen(this.#history);
    const other = this.#seen.latestOther(from[position] ?? NONE, start[position] ?? 0);
    const possible = begun.filter((i) => (end[i] ?? 0) >= other);
    if (possible.length > 0 || from[position] === INIT) return possible;
    const nearest = begun.reduce((a, b) => ((end[b] ?? 0) > (end[a] ?? 0) ? b : a), begun[0] ?? NONE);
    return nearest === NONE ? [] : [nearest];
  }
}

/** Observations with a known end, so that one can ask for the latest of another value before a moment. */
class Seen {
  readonly #ends: number[] = [];
  /** Up to each: the latest beginning and its value, and the latest beginning of any other value. */
  readonly #latest: number[] = [];
  readonly #value: number[] = [];
  readonly #second: number[] = [];

  constructor({ from, start, end }: RegisterHistory) {
    const order: number[] = [];
    for (let i = 0; i < from.length; i++) if (from[i] !== NONE && end[i] !== Number.POSITIVE_INFINITY) order.push(i);
    order.sort((a, b) => (end[a] ?? 0) - (end[b] ?? 0));
    let [latest, value, second] = [Number.NEGATIVE_INFINITY, NONE, Number.NEGATIVE_INFINITY];
    for (const i of order) {
      const [begun, seen] = [start[i] ?? 0, from[i] ?? NONE];
      if (seen === value) latest = Math.max(latest, begun);
      else if (begun > latest) [latest, value, second] = [begun, seen, latest];
      else second = Math.max(second, begun);
      this.#ends.push(end[i] ?? 0);
      this.#latest.push(latest);
      this.#value.push(value);
      this.#second.push(second);
    }
  }

  /** When the last began of those that saw another value than `value` and were over before `moment`. */
  latestOther(value: number, moment: number): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) < moment) low = middle + 1;
      else high = middle;
    }
    const at = low - 1;
    if (at < 0) return Number.NEGATIVE_INFINITY;
    return (this.#value[at] === value ? this.#second[at] : this.#latest[at]) ?? Number.NEGATIVE_INFINITY;
  }
}
