/** What shows each planted bug of raft under the scheduler, and how a run is judged. */

import { type Bug, BUGS, type BugName } from "../../../src/replica/protocol/bugs.js";
import { raftConfig } from "./alone.js";
import { isLinearizable } from "./linearizable.js";
import { type RaftRun, type RaftRunOptions, raftRun } from "./raft-run.js";

export type RaftOptions = Omit<RaftRunOptions, "seed" | "bug">;

const ALL: readonly (Bug & { readonly name: BugName })[] = BUGS;

/** Those that random runs show. */
export const RAFT_BUGS = ALL.filter(({ mode, shows }) => mode === "raft" && shows !== "steps");

const ORDINARY: RaftOptions = { protocol: raftConfig() };

const RECIPES: { readonly [bug in BugName]?: RaftOptions } = {
  "raft-ack-before-fsync": {
    protocol: raftConfig(),
    network: { diskMs: [5, 30] },
    faultEveryMs: 50,
    faultForMs: 60,
    faults: ["kill", "kill all"],
  },
  "raft-lease-unbounded": {
    protocol: raftConfig({ read: "lease", electionTimeoutMs: [60, 300], heartbeatMs: 20 }),
    jumpEveryMs: 15,
    faults: ["isolate", "heal"],
  },
  "raft-config-not-logged": { protocol: raftConfig(), nodes: 5, changeEveryMs: 100 },
};

export const recipeOf = (bug: BugName): RaftOptions => RECIPES[bug] ?? ORDINARY;

/** Linearizable, going on after healing, and in agreement in the end. */
export function isRight(options: RaftOptions, seed: number): boolean {
  const run = raftRun({ ...options, seed });
  return isLinearizable(run.operations) && run.progressed && doAgree(run);
}

export function doAgree({ dumps }: Pick<RaftRun, "dumps">): boolean {
  const texts = dumps.map((dump) => JSON.stringify(Object.entries(dump).sort(([a], [b]) => (a < b ? -1 : 1))));
  return new Set(texts).size === 1;
}

/** The first seed that shows what the bug is said to break; null: none of so many. */
export function seedThatShows({ name, breaks }: (typeof RAFT_BUGS)[number], seedsMax: number): number | null {
  for (let seed = 1; seed <= seedsMax; seed++) {
    const run = raftRun({ ...recipeOf(name), bug: name, seed });
    if (breaks === "converges" ? !doAgree(run) : !isLinearizable(run.operations)) return seed;
  }
  return null;
}
