/** The check of one register: at once where its values are distinct or an operation contradicts itself, else by search. */

import { RegisterAutomaton } from "./automaton.js";
import type { Counterexample } from "./details.js";
import { checkDistinct } from "./distinct.js";
import { explain } from "./explain.js";
import { type KeyCheck, SearchPair } from "./key-check.js";
import { NONE, type RegisterHistory, relevant } from "./register-history.js";
import { type Answer, Search } from "./search.js";
import { Shrinker } from "./shrink.js";
import { Sources } from "./sources.js";

export class RegisterKey implements KeyCheck {
  readonly #history: RegisterHistory;
  answer: Answer = "unknown";
  steps = 0;
  reached = 0;
  isOpen: boolean;
  /** What contradicts itself, where no search was needed. */
  #clash: readonly number[] = [];
  /** Where no order got past, where a search found that. */
  #stuckAt = NONE;
  #pair: SearchPair | null = null;
  #positions: readonly number[] = [];

  constructor(history: RegisterHistory) {
    this.#history = history;
    this.#tryFast();
    this.isOpen = this.answer === "unknown";
  }

  get key(): string | null {
    return this.#history.key;
  }

  get operations(): number {
    return this.#history.operations.length;
  }

  search(stepsMax: number): void {
    this.#pair ??= this.#searches();
    this.#pair.run(stepsMax);
    this.answer = this.#pair.answer;
    this.steps = this.#pair.steps;
    this.isOpen = this.#pair.isOpen;
    if (this.answer === "unknown") {
      this.reached = this.#pair.reached;
      if (this.isOpen) return;
    } else {
      this.#stuckAt = this.#positions[this.#pair.stuckAt] ?? NONE;
    }
    // The tables of a search are large and were only needed to get here.
    this.#pair = null;
  }

  explain(stepsMax: number): Counterexample {
    const shrinker = new Shrinker(this.#history, stepsMax);
    const story = this.#stuckAt === NONE ? shrinker.smallestOf(this.#clash) : shrinker.smallestEndingAt(this.#stuckAt);
    return explain(this.#history, story);
  }

  /** The two checks that need no search. */
  #tryFast(): void {
    const answer = checkDistinct(this.#history);
    if (answer.is !== "declined") this.answer = answer.is;
    if (answer.is === "valid") return;
    // What contradicts itself alone makes the shortest story, whichever check said so first.
    const impossible = new Sources(this.#history).impossible();
    if (impossible.length > 0) [this.answer, this.#clash] = ["invalid", impossible];
    else if (answer.is === "invalid") this.#clash = answer.positions;
  }

  #searches(): SearchPair {
    const { from, to, start, end } = this.#history;
    const keep = relevant(this.#history);
    const positions: number[] = [];
    for (let i = 0; i < keep.length; i++) if (keep[i] === 1) positions.push(i);
    this.#positions = positions;
    const automaton = new RegisterAutomaton(
      positions.map((i) => from[i] ?? NONE),
      positions.map((i) => to[i] ?? NONE),
    );
    const ends = positions.map((i) => end[i] ?? 0);
    const input = {
      automaton,
      start: positions.map((i) => start[i] ?? 0),
      end: ends,
      seenUntil: seenUntil(this.#history, positions, automaton),
    };
    const exact = new Search(input);
    const crashed = ends.includes(Number.POSITIVE_INFINITY);
    return new SearchPair(exact, crashed ? new Search(input, { unlimited: true, levels: exact.levels }) : null);
  }
}

/**
 * By class: the last index at which what it writes can still be seen. A crashed cas is no last witness: it may never
 * have happened, and matters only as long as what it writes itself can be seen.
 */
function seenUntil(
  { from, to, end, values }: RegisterHistory,
  positions: readonly number[],
  automaton: RegisterAutomaton,
): Float64Array {
  const byValue = new Float64Array(values.length).fill(Number.NEGATIVE_INFINITY);
  for (const i of positions) {
    const seen = from[i] ?? NONE;
    const until = end[i] ?? 0;
    if (seen !== NONE && until !== Number.POSITIVE_INFINITY) byValue[seen] = Math.max(byValue[seen] ?? 0, until);
  }
  const crashed = positions.filter((i) => from[i] !== NONE && end[i] === Number.POSITIVE_INFINITY);
  for (let changed = true; changed; ) {
    changed = false;
    for (const i of crashed) {
      const [seen, made] = [from[i] ?? NONE, to[i] ?? NONE];
      if ((byValue[made] ?? 0) <= (byValue[seen] ?? 0)) continue;
      byValue[seen] = byValue[made] ?? 0;
      changed = true;
    }
  }
  const byClass = new Float64Array(automaton.effects.length);
  for (const [at, i] of positions.entries()) {
    byClass[automaton.classOf[at] ?? 0] = byValue[to[i] ?? NONE] ?? Number.NEGATIVE_INFINITY;
  }
  return byClass;
}
