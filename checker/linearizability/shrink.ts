/**
 * From a history that has no order to its smallest part that has none.
 *
 * Operations are taken away in ever smaller pieces (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing
 * input", 2002), oldest first, and after every piece the search itself says whether what is left still has no order.
 * A piece takes with it every operation that could have seen what it wrote (`sources.ts`), so each part on the way is a
 * proof. The result is minimal: taking away any one more operation, with those that need it, leaves something legal.
 *
 * A chain of cas can need all that ever happened, each link the one before. Where the result is long, a cas is taken only
 * for what it wrote: that it also saw something is then no part of the proof, and what it saw need not be kept. Less is
 * claimed, so it stays a proof.
 */

import { RegisterAutomaton } from "./automaton.js";
import { type RegisterHistory, NONE } from "./register-history.js";
import { type Answer, Search } from "./search.js";
import { Sources } from "./sources.js";

/** A story of more operations than this is worth telling with less of what came before. */
const LONG = 8;

/** First guess at how many operations around the end of the story tell it; four times as many at each next guess. */
const WINDOW = 16;

export class Shrinker {
  readonly #history: RegisterHistory;
  readonly #sources: Sources;
  /** Steps that may still be spent. When they are gone the smallest part so far stands. */
  #stepsLeft: number;
  readonly #stepsMax: number;
  /** Positions of cas of which only the effect counts. */
  readonly #justWrites = new Set<number>();

  constructor(history: RegisterHistory, stepsMax: number) {
    this.#history = history;
    this.#sources = new Sources(history);
    this.#stepsMax = stepsMax;
    this.#stepsLeft = stepsMax;
  }

  get steps(): number {
    return this.#stepsMax - this.#stepsLeft;
  }

  /** The smallest part of the operations at `positions` and of those that they need. */
  smallestOf(positions: readonly number[]): readonly number[] {
    const whole = this.#closure(positions);
    if (whole.length <= LONG) return this.#shrink(whole, new Set());
    // First as if every cas were a write, then every cas that only gives a value to see.
    for (const kept of [[], positions]) {
      this.#takeAsWrites(whole, kept);
      const part = this.#closure(positions);
      if (this.#answer(part) === "invalid") return this.#shrink(part, new Set());
    }
    this.#justWrites.clear();
    return this.#shorten(this.#shrink(whole, new Set()));
  }

  /** The smallest part of a history in which no order gets past the completion of the operation at `stuckAt`. */
  smallestEndingAt(stuckAt: number): readonly number[] {
    const story = this.#storyUntil(stuckAt);
    const fixed = this.#closure([stuckAt]);
    for (let size = WINDOW; size < story.length; size *= 4) {
      const recent = story.slice(-size);
      if (fixed.length > LONG) {
        this.#takeAsWrites(story, [stuckAt]);
        const part = this.#supported([...this.#closure([stuckAt]), ...recent]);
        if (this.#answer(part) === "invalid") return this.#shrink(part, new Set());
        this.#justWrites.clear();
      }
      const part = this.#supported([...fixed, ...recent]);
      if (this.#answer(part) === "invalid") return this.#shorten(this.#shrink(part, new Set(fixed)));
    }
    return this.#shorten(this.#shrink(this.#supported([...fixed, ...story]), new Set(fixed)));
  }

  #takeAsWrites(positions: readonly number[], except: readonly number[]): void {
    this.#justWrites.clear();
    const { from, to } = this.#history;
    for (const i of positions) if (from[i] !== NONE && to[i] !== NONE) this.#justWrites.add(i);
    for (const i of except) this.#justWrites.delete(i);
  }

  /** `positions` and all that they require, in order of invocation. */
  #closure(positions: readonly number[]): number[] {
    const all = new Set<number>();
    const open = [...positions];
    for (let position = open.pop(); position !== undefined; position = open.pop()) {
      if (all.has(position)) continue;
      all.add(position);
      open.push(...this.#required(position));
    }
    return [...all].sort((a, b) => a - b);
  }

  /** Forgets what the cas of a long story saw, wherever that leaves a proof. */
  #shorten(part: readonly number[]): readonly number[] {
    if (part.length <= LONG) return part;
    const { from, to } = this.#history;
    for (const i of part) {
      if (from[i] === NONE || to[i] === NONE || this.#stepsLeft <= 0) continue;
      this.#justWrites.add(i);
      if (this.#answer(part) !== "invalid") this.#justWrites.delete(i);
    }
    return this.#shrink(part, new Set());
  }

  /** What had begun when the operation completed; of reads only those completed, the others say nothing yet. */
  #storyUntil(stuckAt: number): number[] {
    const { start, end, to } = this.#history;
    const moment = end[stuckAt] ?? 0;
    const story: number[] = [];
    for (let i = 0; i < start.length && (start[i] ?? 0) < moment; i++) {
      if (to[i] !== NONE || (end[i] ?? 0) <= moment) story.push(i);
    }
    return story;
  }

  #shrink(part: readonly number[], fixed: ReadonlySet<number>): readonly number[] {
    let smallest = part;
    for (let size = Math.ceil(part.length / 2); size >= 1; ) {
      let shrunk = false;
      for (let at = 0; at < smallest.length; ) {
        const piece = new Set(smallest.slice(at, at + size).filter((i) => !fixed.has(i)));
        const rest = piece.size === 0 ? smallest : this.#supported(smallest.filter((i) => !piece.has(i)));
        if (piece.size > 0 && rest.length > 0 && this.#answer(rest) === "invalid") {
          smallest = rest;
          shrunk = true;
        } else {
          at += size;
        }
        if (this.#stepsLeft <= 0) return smallest;
      }
      if (size === 1 && !shrunk) break;
      size = size === 1 ? 1 : Math.ceil(Math.min(size, smallest.length) / 2);
    }
    return smallest;
  }

  /** The operations of a part all of whose sources are in it, again and again until nothing has to go. */
  #supported(positions: readonly number[]): number[] {
    let part = new Set(positions);
    for (let before = -1; before !== part.size; ) {
      before = part.size;
      const current = part;
      part = new Set([...current].filter((i) => this.#required(i).every((source) => current.has(source))));
    }
    return [...part].sort((a, b) => a - b);
  }

  #required(position: number): readonly number[] {
    return this.#justWrites.has(position) ? [] : this.#sources.required(position);
  }

  #answer(part: readonly number[]): Answer {
    const { start, end, from, to } = this.#history;
    const seen = part.map((i) => (this.#justWrites.has(i) ? NONE : (from[i] ?? NONE)));
    const search = new Search({
      automaton: new RegisterAutomaton(
        seen,
        part.map((i) => to[i] ?? NONE),
      ),
      start: part.map((i) => start[i] ?? 0),
      end: part.map((i) => end[i] ?? 0),
    });
    const answer = search.run(this.#stepsLeft);
    this.#stepsLeft -= search.steps + part.length;
    return answer;
  }
}
