/** Which core runs a protocol configuration. */

import type { ProtocolConfig } from "../wire.js";
import { lastWriteWins } from "./last-write-wins.js";
import { LeaderCore } from "./leader.js";
import type { Core, Members } from "./protocol.js";
import { QuorumCore } from "./quorum.js";
import { vectorClock } from "./vector-clock.js";

export function createCore(config: ProtocolConfig, members: Members): Core {
  if (config.mode === "leader") return new LeaderCore(config, members);
  return config.versioning === "lww"
    ? new QuorumCore(config, members, lastWriteWins)
    : new QuorumCore(config, members, vectorClock);
}

/** What a log must have been written by for this configuration to read it: its entries mean nothing to another. */
export function logFormat(config: ProtocolConfig): string {
  return config.mode === "leader" ? "leader" : `quorum ${config.versioning}`;
}
