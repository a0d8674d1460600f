/** Which seeds give a run under the scheduler that has a property. */

import { type Recipe, simulate, type SimulatedRun } from "../../../src/hunt/simulated.js";
import type { BugName } from "../../../src/replica/protocol/bugs.js";
import { isLinearizable, registerOps } from "./linearizable.js";

export interface Seeds {
  readonly held: number[];
  readonly failed: number[];
  readonly counts: { readonly [what: string]: number };
}

/** Whatever a run is made of. `runOf` gives that of a seed. */
export function sorted<Run extends { readonly counts: { readonly [what: string]: number } }>(
  runs: number,
  runOf: (seed: number) => Run,
  holds: (run: Run) => boolean,
): Seeds {
  const [held, failed]: [number[], number[]] = [[], []];
  const counts: { [what: string]: number } = {};
  for (let seed = 1; seed <= runs; seed++) {
    const run = runOf(seed);
    (holds(run) ? held : failed).push(seed);
    for (const [what, n] of Object.entries(run.counts)) counts[what] = (counts[what] ?? 0) + n;
  }
  return { held, failed, counts };
}

export const seedsWhere = (
  runs: number,
  recipe: Recipe & { readonly bug?: BugName },
  holds: (run: SimulatedRun) => boolean,
): Seeds => sorted(runs, (seed) => simulate({ ...recipe, seed }), holds);

/** By the slow check of this folder, which also asks whether a cas that found something else could have. */
export const linearizable = ({ events }: SimulatedRun): boolean => isLinearizable(registerOps(events));

/** Do all replicas hold the same? */
export function agree({ dumps }: SimulatedRun): boolean {
  const texts = dumps.map((dump) => JSON.stringify(Object.entries(dump).sort(([a], [b]) => (a < b ? -1 : 1))));
  return new Set(texts).size === 1;
}
