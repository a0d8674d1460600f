/**
 * What an operation that saw a value may have seen it from.
 *
 * A part of a history proves something about the whole only if it keeps, for every value seen in it, every write that
 * may have been the source. Then an order of the whole, restricted to the part, is an order of the part: what comes last
 * before a read in the one comes last before it in the other. So a part that has no order proves that the whole has none.
 */

import { INIT, NONE, type RegisterHistory } from "./register-history.js";

export class Sources {
  readonly #history: RegisterHistory;
  /** By value: positions of the operations that set it, in order of invocation. */
  readonly #setters: number[][] = [];
  /** Completions of writes and cas in ascending order, and the latest invocation among those up to each. */
  readonly #ends: number[] = [];
  readonly #latest: number[] = [];
  readonly #latestAt: number[] = [];
  readonly #required = new Map<number, readonly number[]>();

  constructor(history: RegisterHistory) {
    this.#history = history;
    const { to, start, end } = history;
    const changes: number[] = [];
    for (let i = 0; i < to.length; i++) {
      const made = to[i] ?? NONE;
      if (made === NONE) continue;
      (this.#setters[made] ??= []).push(i);
      if (end[i] !== Number.POSITIVE_INFINITY) changes.push(i);
    }
    changes.sort((a, b) => (end[a] ?? 0) - (end[b] ?? 0));
    let [latest, latestAt] = [Number.NEGATIVE_INFINITY, NONE];
    for (const i of changes) {
      if ((start[i] ?? 0) > latest) [latest, latestAt] = [start[i] ?? 0, i];
      this.#ends.push(end[i] ?? 0);
      this.#latest.push(latest);
      this.#latestAt.push(latestAt);
    }
  }

  /** Operations that set the value which `position` saw; none for a write. */
  settersOf(position: number): readonly number[] {
    return this.#setters[this.#history.from[position] ?? NONE] ?? [];
  }

  /**
   * Of the writes and cas that had completed before `position` began, the one that began last. Whatever completed
   * before that one began was overwritten by then.
   */
  lastBefore(position: number): number {
    const at = this.#countEndedBefore(this.#history.start[position] ?? 0) - 1;
    return at < 0 ? NONE : (this.#latestAt[at] ?? NONE);
  }

  /** Whether the initial state may be what `position` saw. */
  initialPossible(position: number): boolean {
    return this.#history.from[position] === INIT && this.lastBefore(position) === NONE;
  }

  /** Operations whose value `position` may have seen in some order: begun before it ended, not provably overwritten. */
  candidates(position: number): readonly number[] {
    const { start, end } = this.#history;
    const count = this.#countEndedBefore(start[position] ?? 0);
    const overwrittenBefore = count === 0 ? Number.NEGATIVE_INFINITY : (this.#latest[count - 1] ?? 0);
    const found: number[] = [];
    for (const i of this.settersOf(position)) {
      if ((start[i] ?? 0) > (end[position] ?? 0)) break;
      if (i !== position && (end[i] ?? 0) >= overwrittenBefore) found.push(i);
    }
    return found;
  }

  /**
   * Operations that must stay as long as `position` does: its candidates. Where there are none, the writer that came
   * nearest: without it the reader of the proof would only see a value that nobody wrote, which is not the reason.
   */
  required(position: number): readonly number[] {
    let known = this.#required.get(position);
    if (known === undefined) {
      known = this.candidates(position);
      if (known.length === 0 && !this.initialPossible(position)) known = this.#nearest(position);
      this.#required.set(position, known);
    }
    return known;
  }

  /**
   * Of the operations that cannot have seen what they say, the one that completed first, together with what shows it:
   * the nearest source, and what overwrote that. None of the others is needed, so this is a proof of two or three
   * operations, found without any search. Empty where every operation has some possible source.
   */
  impossible(): readonly number[] {
    const { from, start, end } = this.#history;
    let [earliest, at] = [Number.POSITIVE_INFINITY, NONE];
    for (let i = 0; i < from.length; i++) {
      if (from[i] === NONE || (end[i] ?? 0) >= earliest || this.initialPossible(i)) continue;
      if (!this.#hasCandidate(i)) [earliest, at] = [end[i] ?? 0, i];
    }
    if (at === NONE) return [];
    const over = this.lastBefore(at);
    const isLate = over === NONE || this.settersOf(at).every((i) => (start[i] ?? 0) > (end[at] ?? 0));
    return isLate && from[at] !== INIT ? [at] : [over, at];
  }

  #hasCandidate(position: number): boolean {
    const { start, end } = this.#history;
    const setters = this.settersOf(position);
    const over = this.lastBefore(position);
    const overwrittenBefore = over === NONE ? Number.NEGATIVE_INFINITY : (start[over] ?? 0);
    // From the latest that had begun backwards: nearly always the first or second is one.
    let [low, high] = [0, setters.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((start[setters[middle] ?? NONE] ?? 0) < (end[position] ?? 0)) low = middle + 1;
      else high = middle;
    }
    for (let place = low - 1; place >= 0; place--) {
      const i = setters[place] ?? NONE;
      if (i !== position && (end[i] ?? 0) >= overwrittenBefore) return true;
    }
    return false;
  }

  #nearest(position: number): readonly number[] {
    if (this.#history.from[position] === INIT) return [];
    const { start, end } = this.#history;
    let [nearest, reached] = [NONE, Number.NEGATIVE_INFINITY];
    for (const i of this.settersOf(position)) {
      if (i === position) continue;
      if ((start[i] ?? 0) > (end[position] ?? 0)) {
        // All begin too late: the first of them.
        if (nearest === NONE) nearest = i;
        break;
      }
      if ((end[i] ?? 0) > reached) [nearest, reached] = [i, end[i] ?? 0];
    }
    return nearest === NONE ? [] : [nearest];
  }

  /** How many writes and cas completed before index `moment`. */
  #countEndedBefore(moment: number): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) < moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
