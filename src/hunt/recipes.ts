/** What shows a planted bug under the scheduler where leaders change: how long elections take, what breaks, how often. */

import type { BugName } from "../replica/protocol/bugs.js";
import type { LEADER_BUGS } from "../replica/protocol/leader-bugs.js";
import type { RAFT_BUGS } from "../replica/protocol/raft/bugs.js";
import type { LeaderConfig, RaftConfig } from "../replica/wire.js";
import type { FaultKind } from "./random-faults.js";
import type { Recipe } from "./simulated.js";

/** Raft, a few times faster than on a real cluster, as everything is under the scheduler. */
export const raftConfig = (settings: Partial<RaftConfig> = {}): RaftConfig => ({
  mode: "raft",
  electionTimeoutMs: [100, 200],
  heartbeatMs: 25,
  preVote: true,
  read: "index",
  leaseClockBound: 0.1,
  snapshotEvery: 20,
  replicationDelayMs: null,
  quorumTimeoutMs: 200,
  ...settings,
});

const leader = (settings: Partial<LeaderConfig>): LeaderConfig => ({
  mode: "leader",
  leader: "n1",
  writeQuorum: 1,
  readFrom: "leader",
  readQuorum: 2,
  replicationDelayMs: null,
  quorumTimeoutMs: 120,
  compactAfter: 20,
  ...settings,
});

const ORDINARY: Recipe = { protocol: raftConfig(), durationMs: 2000 };

/** Elections come often, and nobody asks before it stands. */
const RESTLESS = { preVote: false, heartbeatMs: 15, snapshotEvery: 1000 } as const;

const RAFT: { readonly [bug in (typeof RAFT_BUGS)[number]["name"]]: Recipe } = {
  "raft-no-election-restriction": ORDINARY,
  "raft-ack-before-quorum": ORDINARY,
  "raft-read-no-index": ORDINARY,
  "raft-read-before-own-term": ORDINARY,
  "raft-conflict-kept": ORDINARY,
  "raft-snapshot-loses-last": { ...ORDINARY, keys: 20 },
  "raft-retry-twice": ORDINARY,
  // Two stand in the same term, and whoever hears both restarts between its votes.
  "raft-vote-not-durable": {
    protocol: raftConfig({ ...RESTLESS, electionTimeoutMs: [30, 40] }),
    faults: { kinds: ["failing bridge"], everyMs: 200, forMs: 150 },
    network: { latencyMs: [0.1, 5], lossRate: 0 },
    durationMs: 1000,
  },
  "raft-term-not-durable": {
    protocol: raftConfig({ ...RESTLESS, electionTimeoutMs: [30, 40], quorumTimeoutMs: 50 }),
    nodes: 5,
    faults: { kinds: ["bridge", "crash loop", "crash loop"], everyMs: 60, forMs: 60 },
    network: { latencyMs: [0.1, 5], lossRate: 0 },
    clientTimeoutMs: 1500,
    durationMs: 2000,
  },
  // Leaders come and go with entries that few have; many keys, so that what was overwritten stays to be seen.
  "raft-commits-earlier-term": {
    protocol: raftConfig({ ...RESTLESS, electionTimeoutMs: [30, 60] }),
    faults: { kinds: ["isolate one"], everyMs: 40, forMs: 60 },
    network: { latencyMs: [0.1, 5], lossRate: 0.5 },
    keys: 20,
    thinkMs: 40,
    durationMs: 2000,
  },
  "raft-no-log-matching": {
    protocol: raftConfig({ ...RESTLESS, electionTimeoutMs: [30, 60] }),
    faults: { kinds: ["isolate one"], everyMs: 40, forMs: 60 },
    network: { latencyMs: [0.1, 5], lossRate: 0.3 },
    keys: 20,
    durationMs: 2000,
  },
  // Of four, two leaders change who votes before either change is known to the other side; votes are quicker than entries.
  "raft-config-before-own-term": {
    protocol: raftConfig({ ...RESTLESS, electionTimeoutMs: [40, 60], heartbeatMs: 12, replicationDelayMs: [0, 60] }),
    nodes: 4,
    changeEveryMs: 20,
    faults: { kinds: ["halves"], everyMs: 70 },
    network: { latencyMs: [0.1, 2], lossRate: 0.05 },
    keys: 20,
    thinkMs: 20,
    clientTimeoutMs: 600,
    durationMs: 2000,
  },
  "raft-config-not-logged": {
    protocol: raftConfig({ electionTimeoutMs: [40, 80], heartbeatMs: 15 }),
    nodes: 4,
    changeEveryMs: 30,
    faults: { kinds: ["halves", "kill", "kill"], everyMs: 60, forMs: 20 },
    network: { latencyMs: [0.1, 2], lossRate: 0.2 },
    thinkMs: 5,
    durationMs: 2000,
  },
  // Followers write long after they have acknowledged, and the leader is back last.
  "raft-ack-before-fsync": {
    protocol: raftConfig({ electionTimeoutMs: [40, 80], heartbeatMs: 15 }),
    faults: { kinds: ["kill all"], everyMs: 400, forMs: 150 },
    network: { latencyMs: [0.1, 1], diskMs: [1, 50] },
    keys: 1,
    thinkMs: 20,
    durationMs: 3000,
  },
  // The new leader may be there long before the old one gives up.
  "raft-lease-unbounded": {
    protocol: raftConfig({ read: "lease", electionTimeoutMs: [50, 400], heartbeatMs: 20 }),
    jumpEveryMs: 12,
    faults: { kinds: ["isolate one"], everyMs: 200 },
    network: { latencyMs: [0.1, 1], lossRate: 0 },
    durationMs: 2000,
  },
  "raft-snapshot-drops-sessions": {
    protocol: raftConfig({ snapshotEvery: 2, electionTimeoutMs: [40, 80], heartbeatMs: 10 }),
    faults: { kinds: ["kill", "kill all", "kill between effects", "kill between effects"], everyMs: 40, forMs: 15 },
    network: { latencyMs: [0.1, 5], diskMs: [0.1, 2] },
    keys: 1,
    thinkMs: 5,
    clientTimeoutMs: 1500,
  },
};

/** A node is silent for up to 600 ms before another one wants to lead. */
const FAILOVER_MS = 4000;
const KINDS: readonly FaultKind[] = ["kill", "kill between effects", "pause", "cut", "isolate", "isolate", "heal"];

const ELECTIONS: Recipe = {
  protocol: leader({ failover: "fenced", quorumTimeoutMs: 200 }),
  faults: { kinds: KINDS },
  durationMs: FAILOVER_MS,
};
/** Nobody but the leader acknowledges. */
const FIXED: Recipe = { protocol: leader({ writeQuorum: 0 }) };

const LEADER: { readonly [bug in (typeof LEADER_BUGS)[number]["name"]]: Recipe } = {
  // Both that lead are heard for a while, and asked.
  "leader-no-fence": { ...ELECTIONS, faults: { kinds: ["isolate one"], everyMs: 600 } },
  "leader-unconfirmed-read": ELECTIONS,
  "leader-ack-before-quorum": ELECTIONS,
  "leader-votes-for-anybody": ELECTIONS,
  "leader-vote-not-durable": ELECTIONS,
  "leader-compact-forgets-vote": ELECTIONS,
  "leader-short-snapshot": { ...ELECTIONS, keys: 20 },
  // The leader is killed while its disk is still busy with what it told.
  "leader-reply-before-disk": { ...FIXED, network: { diskMs: [5, 30] } },
  "leader-cas-in-two-steps": FIXED,
  "leader-older-replaces": { ...FIXED, keys: 20 },
  "leader-restart-owes-nothing": { ...FIXED, keys: 20 },
  "leader-compact-loses-last": FIXED,
};

const RECIPES: { readonly [bug in BugName]?: Recipe } = { ...RAFT, ...LEADER };

/** Absent: the cluster that the bug's flags describe, and the usual faults. */
export const recipeOf = (bug: BugName): Recipe | undefined => RECIPES[bug];
