/** Which seeds give a run that has a property. */

import { isLinearizable } from "./linearizable.js";
import { type RandomRun, type RandomRunOptions, randomRun } from "./random-run.js";

export function seedsWhere(
  runs: number,
  options: Omit<RandomRunOptions, "seed">,
  holds: (run: RandomRun) => boolean,
): { readonly held: number[]; readonly failed: number[]; readonly counts: { [what: string]: number } } {
  const result = { held: [] as number[], failed: [] as number[], counts: {} as { [what: string]: number } };
  for (let seed = 1; seed <= runs; seed++) {
    const run = randomRun({ ...options, seed });
    (holds(run) ? result.held : result.failed).push(seed);
    for (const [what, n] of Object.entries(run.counts)) result.counts[what] = (result.counts[what] ?? 0) + n;
  }
  return result;
}

export const linearizable = (run: RandomRun): boolean => isLinearizable(run.operations);

export { agree } from "./random-run.js";
