/**
 * From a history that has no order to its smallest part that has none.
 *
 * What operations saw and what they wrote is taken away in ever smaller pieces (`minimize.ts`), and after every piece the
 * search itself says whether what is left (`part.ts`) still has no order. Nothing seen stays without everything that it may have been seen from (`origins.ts`), so each part
 * on the way is a proof. The result is minimal: taking away any one more, with what saw it, leaves something legal.
 *
 * Of a cas what it saw goes alone, if what it wrote is needed: so a chain of cas, or one that never completed and may have
 * seen anything, does not drag in all that ever happened.
 */

import { type Cut, Cutter } from "./context.js";
import { minimize } from "./minimize.js";
import { Origins } from "./origins.js";
import { type Budget, isIllegal, type Part, positionsOf } from "./part.js";
import { NONE, type RegisterHistory } from "./register-history.js";
import { Sources } from "./sources.js";

/** First guess at how many operations around the end of the story tell it; twice as many at each next guess. */
const WINDOW = 16;
/** Larger parts are made small once more in another order. */
const SMALL = 4;
/**
 * What one attempt at leaving something out may cost, in steps and in times the last proof: without what made a search
 * short it can be hopeless.
 */
const TRY_STEPS_MAX = 20_000;
const TRY_FACTOR = 2;

/** Longer stories are told in two, if that makes them shorter. */
const LONG = 8;

/** A story: a part without an order, and the index at which it ends. */
export interface Story {
  readonly part: Part;
  readonly until: number;
  /** Where it is best cut in two; null: it is short, or nowhere. */
  readonly cut: Cut | null;
}

export class Shrinker {
  readonly #history: RegisterHistory;
  readonly #sources: Sources;
  readonly #budget: Budget;
  readonly #stepsMax: number;
  /** Steps of the last proof. */
  #proofSteps = 0;

  constructor(history: RegisterHistory, stepsMax: number) {
    this.#history = history;
    this.#sources = new Sources(history);
    this.#stepsMax = stepsMax;
    this.#budget = { left: stepsMax };
  }

  get steps(): number {
    return this.#stepsMax - this.#budget.left;
  }

  /** The smallest part of the operations at `positions` and of those that they need. */
  smallestOf(positions: readonly number[]): Story {
    const { end, from } = this.#history;
    const ends = positions.map((i) => end[i] ?? 0).filter((moment) => moment !== Number.POSITIVE_INFINITY);
    const until = ends.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...ends);
    const origins = new Origins(this.#history, this.#sources, until);
    const plain = this.#withSources(positions, origins);
    if (this.#proves(plain, until)) return this.#story(plain, until, origins);
    // What the sources saw themselves is needed too.
    const all = new Set<number>();
    const open = [...positions];
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      if (all.has(i)) continue;
      all.add(i);
      if (from[i] !== NONE) open.push(...origins.required(i));
    }
    const whole = this.#withSources([...all], origins);
    return this.#story(whole, until, origins);
  }

  /** The smallest part of a history in which no order gets past the completion of the operation at `stuckAt`. */
  smallestEndingAt(stuckAt: number): Story {
    const until = this.#history.end[stuckAt] ?? 0;
    const origins = new Origins(this.#history, this.#sources, until);
    const story = this.#storyUntil(until);
    let part = this.#withSources(story, origins);
    for (let size = WINDOW; size < story.length; size *= 2) {
      const recent = this.#withSources([stuckAt, ...story.slice(-size)], origins);
      if (!this.#proves(recent, until)) continue;
      part = recent;
      break;
    }
    return this.#story(part, until, origins);
  }

  #proves(part: Part, until: number, stepsMax = this.#budget.left / 4): boolean {
    const before = this.#budget.left;
    const proven = isIllegal(this.#history, { part, until, stepsMax }, this.#budget);
    if (proven) this.#proofSteps = before - this.#budget.left;
    return proven;
  }

  /** All of the operations at `positions`, and the effects of what they may have seen. */
  #withSources(positions: readonly number[], origins: Origins): Part {
    const { from, to } = this.#history;
    const seen = new Set(positions.filter((i) => from[i] !== NONE));
    const made = new Set(positions.filter((i) => to[i] !== NONE));
    for (const i of seen) for (const source of origins.required(i)) made.add(source);
    return { made, seen };
  }

  /** What had begun when the operation completed; of reads only those completed, the others say nothing yet. */
  #storyUntil(moment: number): number[] {
    const { start, end, to } = this.#history;
    const story: number[] = [];
    for (let i = 0; i < start.length && (start[i] ?? 0) < moment; i++) {
      if (to[i] !== NONE || (end[i] ?? 0) <= moment) story.push(i);
    }
    return story;
  }

  #story(whole: Part, until: number, origins: Origins): Story {
    const part = this.#smallest(whole, until, origins);
    if (positionsOf(part).length <= LONG) return { part, until, cut: null };
    const required = (position: number): readonly number[] => origins.required(position);
    const cutter = new Cutter(this.#history, { part, until, required, budget: this.#budget });
    return { part, until, cut: cutter.best() };
  }

  #smallest(part: Part, until: number, origins: Origins): Part {
    const shrunk = (order: "oldest first" | "newest first"): Part =>
      minimize(part, {
        order,
        required: (position) => origins.required(position),
        proves: (rest) =>
          rest.seen.size > 0 && this.#proves(rest, until, Math.max(TRY_STEPS_MAX, TRY_FACTOR * this.#proofSteps)),
      });
    const first = shrunk("oldest first");
    if (positionsOf(first).length <= SMALL) return first;
    const second = shrunk("newest first");
    return positionsOf(second).length < positionsOf(first).length ? second : first;
  }
}
