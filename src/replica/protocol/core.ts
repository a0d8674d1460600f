/** Which core runs a protocol configuration: one line a mode, in each of the two tables. */

import type { GossipConfig, ProtocolConfig } from "../wire.js";
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
import { lossyVectorClock, vectorClock } from "./vector-clock.js";

export function createCore(config: ProtocolConfig, members: Members): Core {
  switch (config.mode) {
    case "leader":
      return config.failover === "fenced" || config.failover === "manual"
        ? new FencedLeaderCore(config, members)
        : new LeaderCore(config, members);
    case "quorum":
      return config.versioning === "lww"
        ? new QuorumCore(config, members, lastWriteWins)
        : new QuorumCore(config, members, siblingsOf(members));
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

function gossipCore(config: GossipConfig, members: Members): Core {
  if (config.versioning === "none") return new GossipCore(config, members, noVersions);
  if (config.versioning === "counter") return new GossipCore(config, members, countedVersions);
  return config.versioning === "timestamp"
    ? new GossipCore(config, members, lastWriteWins)
    : new GossipCore(config, members, siblingsOf(members));
}

function siblingsOf(members: Members): typeof vectorClock {
  const bug = bugsOf(members);
  return bug("gossip-sibling-dropped") || bug("quorum-sibling-dropped") ? lossyVectorClock : vectorClock;
}

/** What a log must have been written by for this configuration to read it: its entries mean nothing to another. */
export function logFormat(config: ProtocolConfig): string {
  if (config.mode === "leader" && (config.failover === "fenced" || config.failover === "manual"))
    return "leader, one sequence";
  if (config.mode === "quorum" || config.mode === "gossip") return `${config.mode} ${config.versioning}`;
  return config.mode;
}
