/** Which core runs a protocol configuration: one line a mode, in each of the two tables. */

import type { GossipConfig, Json, ProtocolConfig, QuorumConfig } from "../wire.js";
import { AbdCore } from "./abd.js";
import { bugsOf } from "./bugs.js";
import { GossipCore } from "./gossip.js";
import { lastWriteWins } from "./last-write-wins.js";
import { LeaderCore } from "./leader.js";
import { FencedLeaderCore } from "./leader-fenced.js";
import { countedVersions, noVersions } from "./no-versions.js";
import type { Core, Members } from "./protocol.js";
import { QuorumCore } from "./quorum.js";
import { RaftCore } from "./raft/raft.js";
import { SequencerCore } from "./sequencer.js";
import { lossyVectorClock, vectorClock, vectorClocks } from "./vector-clock.js";
import type { Versioning } from "./versioning.js";

export function createCore(config: ProtocolConfig, members: Members): Core {
  switch (config.mode) {
    case "leader":
      return config.failover === "fenced" || config.failover === "manual"
        ? new FencedLeaderCore(config, members)
        : new LeaderCore(config, members);
    case "quorum":
      return quorumCore(config, members);
    case "gossip":
      return gossipCore(config, members);
    case "sequencer":
      return new SequencerCore(config, members);
    case "abd":
      return new AbdCore(config, members);
    case "raft":
    default:
      return new RaftCore(config, members);
  }
}

function quorumCore(config: QuorumConfig, members: Members): Core {
  if (config.versioning === "lww") return new QuorumCore(config, members, lastWriteWins);
  const { siblings = "client", versionsMax: entriesMax = null } = config;
  const versioning = vectorClocks({ siblings, entriesMax });
  const drops = bugsOf(members)("quorum-sibling-dropped");
  return new QuorumCore(config, members, drops ? withoutNewSiblings(versioning) : versioning);
}

/** What is concurrent with what is held is taken for old news. */
function withoutNewSiblings<State extends Json>(versioning: Versioning<State>): Versioning<State> {
  return {
    ...versioning,
    merge: (a, b) => {
      const merged = versioning.merge(a, b);
      return versioning.values(merged).length > versioning.values(a).length ? a : merged;
    },
  };
}

function gossipCore(config: GossipConfig, members: Members): Core {
  if (config.versioning === "none") return new GossipCore(config, members, noVersions);
  if (config.versioning === "counter") return new GossipCore(config, members, countedVersions);
  return config.versioning === "timestamp"
    ? new GossipCore(config, members, lastWriteWins)
    : new GossipCore(config, members, siblingsOf(members));
}

function siblingsOf(members: Members): typeof vectorClock {
  return bugsOf(members)("gossip-sibling-dropped") ? lossyVectorClock : vectorClock;
}

/** What a log must have been written by for this configuration to read it: its entries mean nothing to another. */
export function logFormat(config: ProtocolConfig): string {
  if (config.mode === "leader" && (config.failover === "fenced" || config.failover === "manual"))
    return "leader, one sequence";
  if (config.mode === "quorum" || config.mode === "gossip") return `${config.mode} ${config.versioning}`;
  return config.mode;
}
