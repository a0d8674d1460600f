/**
 * From a history that has no order to its smallest part that has none.
 *
 * What operations saw and what they wrote is taken away in ever smaller pieces (Zeller and Hildebrandt, "Simplifying and
 * isolating failure-inducing input", 2002), and after every piece the search itself says whether what is left (`part.ts`)
 * still has no order. Nothing seen stays without everything that it may have been seen from (`origins.ts`), so each part
 * on the way is a proof. The result is minimal: taking away any one more, with what saw it, leaves something legal.
 *
 * Of a cas what it saw goes alone, if what it wrote is needed: so a chain of cas, or one that never completed and may have
 * seen anything, does not drag in all that ever happened.
 */

import { Origins } from "./origins.js";
import { type Budget, isIllegal, type Part, positionsOf } from "./part.js";
import { NONE, type RegisterHistory } from "./register-history.js";
import { Sources } from "./sources.js";

/** First guess at how many operations around the end of the story tell it; four times as many at each next guess. */
const WINDOW = 16;
/** Larger parts are made small once more in another order. */
const SMALL = 4;
/** What one attempt at leaving something out may cost: without what made a search short it can be hopeless. */
const TRY_STEPS_MAX = 20_000;

/** A story: a part without an order, and the index at which it ends. */
export interface Story {
  readonly part: Part;
  readonly until: number;
}

export class Shrinker {
  readonly #history: RegisterHistory;
  readonly #sources: Sources;
  readonly #budget: Budget;
  readonly #stepsMax: number;

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
    if (this.#proves(plain, until)) return { part: this.#smallest({ part: plain, until }, origins), until };
    // What the sources saw themselves is needed too.
    const all = new Set<number>();
    const open = [...positions];
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      if (all.has(i)) continue;
      all.add(i);
      if (from[i] !== NONE) open.push(...origins.required(i));
    }
    const whole = this.#withSources([...all], origins);
    return { part: this.#smallest({ part: whole, until }, origins), until };
  }

  /** The smallest part of a history in which no order gets past the completion of the operation at `stuckAt`. */
  smallestEndingAt(stuckAt: number): Story {
    const until = this.#history.end[stuckAt] ?? 0;
    const origins = new Origins(this.#history, this.#sources, until);
    const story = this.#storyUntil(until);
    let part = this.#withSources(story, origins);
    for (let size = WINDOW; size < story.length; size *= 4) {
      const recent = this.#withSources([stuckAt, ...story.slice(-size)], origins);
      if (!this.#proves(recent, until)) continue;
      part = recent;
      break;
    }
    return { part: this.#smallest({ part, until }, origins), until };
  }

  #proves(part: Part, until: number): boolean {
    const stepsMax = Math.max(TRY_STEPS_MAX, this.#budget.left / 4);
    return isIllegal(this.#history, { part, until, stepsMax }, this.#budget);
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

  #smallest(story: Story, origins: Origins): Part {
    const oldestFirst = this.#shrink(story, origins, 1);
    if (positionsOf(oldestFirst).length <= SMALL) return oldestFirst;
    const newestFirst = this.#shrink(story, origins, -1);
    return positionsOf(newestFirst).length < positionsOf(oldestFirst).length ? newestFirst : oldestFirst;
  }

  #shrink({ part, until }: Story, origins: Origins, direction: 1 | -1): Part {
    let smallest = part;
    let halves = halvesOf(part, direction);
    for (let size = Math.ceil(halves.length / 2); size >= 1; ) {
      let shrunk = false;
      for (let at = 0; at < halves.length; ) {
        const rest = without(smallest, halves.slice(at, at + size), origins);
        const stepsMax = TRY_STEPS_MAX;
        if (rest.seen.size > 0 && isIllegal(this.#history, { part: rest, until, stepsMax }, this.#budget)) {
          smallest = rest;
          halves = halvesOf(smallest, direction);
          shrunk = true;
        } else {
          at += size;
        }
        if (this.#budget.left <= 0) return smallest;
      }
      if (size === 1 && !shrunk) break;
      size = size === 1 ? 1 : Math.ceil(Math.min(size, halves.length) / 2);
    }
    return smallest;
  }
}

/** What can be taken away alone: what was seen at a position, or the effect of it. */
interface Half {
  readonly position: number;
  readonly is: "seen" | "made";
}

function halvesOf({ made, seen }: Part, direction: 1 | -1): readonly Half[] {
  return [
    ...[...seen].map((position): Half => ({ position, is: "seen" })),
    ...[...made].map((position): Half => ({ position, is: "made" })),
  ].sort((a, b) => direction * (a.position - b.position));
}

/** Takes halves away, and whatever saw what is no longer there. A cas without its effect is nothing. */
function without(part: Part, halves: readonly Half[], origins: Origins): Part {
  const made = new Set(part.made);
  const seen = new Set(part.seen);
  for (const { position, is } of halves) {
    seen.delete(position);
    if (is === "made") made.delete(position);
  }
  for (const position of seen) {
    if (!origins.required(position).every((source) => made.has(source))) seen.delete(position);
  }
  return { made, seen };
}
