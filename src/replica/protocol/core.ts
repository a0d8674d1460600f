/** Which core runs a protocol configuration. */

import type { GossipConfig, ProtocolConfig } from "../wire.js";
import { GossipCore } from "./gossip.js";
import { lastWriteWins } from "./last-write-wins.js";
import { LeaderCore } from "./leader.js";
import { countedVersions, noVersions } from "./no-versions.js";
import type { Core, Members } from "./protocol.js";
import { QuorumCore } from "./quorum.js";
import { SequencerCore } from "./sequencer.js";
import { vectorClock } from "./vector-clock.js";

export function createCore(config: ProtocolConfig, members: Members): Core {
  if (config.mode === "leader") return new LeaderCore(config, members);
  if (config.mode === "sequencer") return new SequencerCore(config, members);
  if (config.mode === "gossip") return gossipCore(config, members);
  return config.versioning === "lww"
    ? new QuorumCore(config, members, lastWriteWins)
    : new QuorumCore(config, members, vectorClock);
}

function gossipCore(config: GossipConfig, members: Members): Core {
  if (config.versioning === "none") return new GossipCore(config, members, noVersions);
  if (config.versioning === "counter") return new GossipCore(config, members, countedVersions);
  return config.versioning === "timestamp"
    ? new GossipCore(config, members, lastWriteWins)
    : new GossipCore(config, members, vectorClock);
}

/** What a log must have been written by for this configuration to read it: its entries mean nothing to another. */
export function logFormat(config: ProtocolConfig): string {
  if (config.mode === "leader" || config.mode === "sequencer") return config.mode;
  return `${config.mode} ${config.versioning}`;
}
