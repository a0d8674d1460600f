/** What shows each planted bug of raft under the scheduler, and how a run is judged. */

import { type Bug, BUGS, type BugName } from "../../../src/replica/protocol/bugs.js";
import { raftConfig } from "./alone.js";
import { isLinearizable } from "./linearizable.js";
import { type RaftRun, type RaftRunOptions, raftRun } from "./raft-run.js";

export type RaftOptions = Omit<RaftRunOptions, "seed" | "bug">;

const ALL: readonly (Bug & { readonly name: BugName })[] = BUGS;

export const RAFT_BUGS = ALL.filter(({ mode }) => mode === "raft");

const ORDINARY: RaftOptions = { protocol: raftConfig() };

/** Elections come often, and nobody asks before it stands. */
const RESTLESS = { preVote: false, heartbeatMs: 15, snapshotEvery: 1000 } as const;

const RECIPES: { readonly [bug in BugName]?: RaftOptions } = {
  // Whoever hears both sides restarts between their two elections.
  "raft-vote-not-durable": {
    protocol: raftConfig({ ...RESTLESS, electionTimeoutMs: [30, 40] }),
    faults: ["bridge", "crash loop", "crash loop", "crash loop", "isolate one"],
    faultEveryMs: 25,
    faultForMs: 20,
    network: { latencyMs: [0.1, 5], lossRate: 0.5 },
    thinkMs: 40,
    clientTimeoutMs: 1500,
    durationMs: 1000,
  },
  "raft-term-not-durable": {
    protocol: raftConfig({ ...RESTLESS, electionTimeoutMs: [30, 40], quorumTimeoutMs: 50 }),
    nodes: 5,
    faults: ["bridge", "crash loop", "crash loop"],
    faultEveryMs: 60,
    faultForMs: 60,
    network: { latencyMs: [0.1, 5], lossRate: 0 },
    clientTimeoutMs: 1500,
  },
  // Leaders come and go with entries that few have; many keys, so that what was overwritten stays to be seen.
  "raft-commits-earlier-term": {
    protocol: raftConfig({ ...RESTLESS, electionTimeoutMs: [30, 60] }),
    faults: ["isolate one"],
    faultEveryMs: 40,
    faultForMs: 60,
    network: { latencyMs: [0.1, 5], lossRate: 0.5 },
    keys: 20,
    thinkMs: 40,
  },
  "raft-no-log-matching": {
    protocol: raftConfig({ ...RESTLESS, electionTimeoutMs: [30, 60] }),
    faults: ["isolate one"],
    faultEveryMs: 40,
    faultForMs: 60,
    network: { latencyMs: [0.1, 5], lossRate: 0.3 },
    keys: 20,
  },
  "raft-config-before-own-term": {
    protocol: raftConfig({ ...RESTLESS, electionTimeoutMs: [100, 110] }),
    nodes: 5,
    changeEveryMs: 50,
    faults: ["halves"],
    faultEveryMs: 60,
    network: { latencyMs: [0.1, 1], lossRate: 0.3 },
    keys: 20,
    thinkMs: 40,
    clientTimeoutMs: 1500,
    durationMs: 1000,
  },
  "raft-config-not-logged": {
    protocol: raftConfig({ electionTimeoutMs: [40, 80], heartbeatMs: 15 }),
    nodes: 4,
    changeEveryMs: 30,
    faults: ["halves", "kill", "kill"],
    faultEveryMs: 60,
    faultForMs: 20,
    network: { latencyMs: [0.1, 2], lossRate: 0.2 },
    thinkMs: 5,
  },
  // Followers write long after they have acknowledged, and the leader is back last.
  "raft-ack-before-fsync": {
    protocol: raftConfig({ electionTimeoutMs: [40, 80], heartbeatMs: 15 }),
    faults: ["kill all"],
    faultEveryMs: 150,
    faultForMs: 150,
    network: { latencyMs: [0.1, 1], diskMs: [1, 50] },
    keys: 1,
    thinkMs: 20,
    durationMs: 3000,
  },
  // The new leader may be there long before the old one gives up.
  "raft-lease-unbounded": {
    protocol: raftConfig({ read: "lease", electionTimeoutMs: [50, 400], heartbeatMs: 20 }),
    jumpEveryMs: 12,
    faults: ["isolate one"],
    faultEveryMs: 200,
    network: { latencyMs: [0.1, 1], lossRate: 0 },
  },
  "raft-snapshot-drops-sessions": {
    protocol: raftConfig({ snapshotEvery: 2, electionTimeoutMs: [40, 80], heartbeatMs: 10 }),
    faults: ["kill", "kill all", "kill between effects", "kill between effects"],
    faultEveryMs: 40,
    faultForMs: 15,
    network: { latencyMs: [0.1, 5], diskMs: [0.1, 2] },
    keys: 1,
    thinkMs: 5,
    clientTimeoutMs: 1500,
    durationMs: 1500,
  },
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
