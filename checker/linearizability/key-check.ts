/** One independent part of an object, usually a key, on its way to an answer. */

import type { Counterexample } from "./details.js";
import type { Answer, Search } from "./search.js";

export interface KeyCheck {
  readonly key: string | null;
  /** How many operations count. */
  readonly operations: number;
  readonly answer: Answer;
  /** Steps of search so far. */
  readonly steps: number;
  /** Whether going on can be of any use. */
  readonly isOpen: boolean;
  /** The event up to which some order is known; meaningful while the answer is unknown. */
  readonly reached: number;
  /** Spends up to about `stepsMax` steps. */
  search(stepsMax: number): void;
  /** The smallest part that is illegal in itself. Only of an invalid one. */
  explain(stepsMax: number): Counterexample;
}

/** What a check of one part found, as plain data. */
export interface KeyResult {
  readonly key: string | null;
  readonly operations: number;
  readonly answer: Answer;
  readonly steps: number;
  readonly reached: number;
  /** Of an invalid one, if it was asked for. */
  readonly counterexample: Counterexample | null;
}

/**
 * Two searches of one history side by side: the exact one, and where operations crashed one that lets them happen again
 * and again. That one allows more, so only its "invalid" counts; but it has far less to remember.
 */
export class SearchPair {
  readonly #exact: Search;
  readonly #searches: readonly Search[];
  answer: Answer = "unknown";
  stuckAt = -1;
  #steps = 0;

  constructor(exact: Search, unlimited: Search | null) {
    this.#exact = exact;
    this.#searches = unlimited === null ? [exact] : [exact, unlimited];
  }

  get steps(): number {
    return this.#steps;
  }

  get isOpen(): boolean {
    return this.answer === "unknown" && !this.#exact.exhausted;
  }

  get reached(): number {
    return this.#exact.reached;
  }

  run(stepsMax: number): void {
    for (const search of this.#searches) {
      const before = search.steps;
      const answer = search.answer === "unknown" ? search.run(stepsMax) : search.answer;
      this.#steps += search.steps - before;
      if (answer === "unknown" || (answer === "valid" && search !== this.#exact)) continue;
      this.answer = answer;
      this.stuckAt = search.stuckAt;
      return;
    }
  }
}
