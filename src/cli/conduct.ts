/** What `kvtest sweep` and `kvtest matrix` have in common: many runs, each a process of its own, until Ctrl-C. */

import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { conductSweep, type ConductSweepOptions } from "../sweep/conduct-sweep.js";
import type { Done } from "../sweep/plan.js";
import { lifeline } from "./lifeline.js";

export interface ConductOptions extends Pick<ConductSweepOptions, "dir" | "plan" | "tasks" | "jobs"> {
  readonly say: (text: string) => void;
  /** Waited for at the end, not before the next run begins. */
  readonly onEnd: (done: Done) => Promise<void>;
}

/** Resolves when all runs are done, or those in progress are ended after the first signal. */
export async function conduct({ say, onEnd, ...what }: ConductOptions): Promise<void> {
  const life = lifeline((name) => say(`\n${name}: ending the runs in progress (once more: end at once)`));
  const ends: Promise<void>[] = [];
  try {
    await conductSweep({
      ...what,
      program: fileURLToPath(new URL("./main.js", import.meta.url)),
      signal: life.signal,
      onEnd: (done) => void ends.push(onEnd(done)),
    });
    await Promise.all(ends);
  } finally {
    life.release();
  }
}

/** How far a conduct is, and how long the rest takes if it goes on like that. */
export class Pace {
  readonly #jobs: number;
  readonly #tookMs: number[];

  constructor(jobs: number, earlier: readonly Done[] = []) {
    this.#jobs = jobs;
    this.#tookMs = earlier.filter(({ dir }) => dir !== null).map(({ tookMs }) => tookMs);
  }

  get finished(): number {
    return this.#tookMs.length;
  }

  /** Counts one more; "" when it was the last of so many. */
  left({ tookMs }: Done, all: number): string {
    this.#tookMs.push(tookMs);
    const mean = this.#tookMs.reduce((sum, ms) => sum + ms, 0) / this.#tookMs.length;
    const left = Math.max(0, all - this.finished);
    return left === 0 ? "" : `, about ${inWords((mean * left) / this.#jobs)} left`;
  }
}

export const shown = (path: string): string => relative(process.cwd(), resolve(path)) || ".";

const inWords = (ms: number): string => {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
};
