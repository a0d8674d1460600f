/** Something that is done again and again while a fault lasts: flapping links, crash loops, strobes. */

import { sleepUntil, wordsOf } from "./patience.js";
import { REAL_TIME, type Time } from "./time.js";

export interface CycleStep {
  /** After the end of the step before it, or of the start of the cycle. */
  readonly afterMs: number;
  readonly act: () => Promise<void>;
}

export class Cycle {
  /** Acts that were done. */
  acts = 0;
  /** Why it came to an end before it was stopped. */
  failure: string | null = null;
  readonly #end = new AbortController();
  readonly #done: Promise<void>;
  readonly #time: Time;

  /** Begins at once. With `isOnce` the steps are gone through a single time. */
  constructor(steps: readonly CycleStep[], isOnce = false, time: Time = REAL_TIME) {
    this.#time = time;
    this.#done = this.#run(steps, isOnce);
  }

  /** Resolves when nothing is being done any more, and nothing will be. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#done;
  }

  async #run(steps: readonly CycleStep[], isOnce: boolean): Promise<void> {
    try {
      for (;;) {
        for (const { afterMs, act } of steps) {
          if (!(await sleepUntil(this.#time.nowMs() + afterMs, this.#end.signal, this.#time))) return;
          await act();
          this.acts += 1;
        }
        if (isOnce) return;
      }
    } catch (error) {
      this.failure = wordsOf(error);
    }
  }
}
