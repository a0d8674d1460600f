/** What the parts of one leaderless replica share. */

import type { Json, NodeName, QuorumConfig } from "../../wire.js";
import type { BugName } from "../bugs.js";
import type { ReplicationDelay } from "../delay.js";
import type { Lives } from "../lives.js";
import type { Effect, Members } from "../protocol.js";
import type { Versioning } from "../versioning.js";
import type { Holdings } from "./holdings.js";
import type { Message } from "./message.js";
import type { Placement } from "./placement.js";

export interface Kit<State extends Json> {
  readonly config: QuorumConfig;
  readonly members: Members;
  readonly versioning: Versioning<State>;
  readonly delay: ReplicationDelay;
  readonly lives: Lives;
  readonly holdings: Holdings<State>;
  readonly placement: Placement;
  readonly bug: (name: BugName) => boolean;
}

export function tell<State extends Json>(to: NodeName, message: Message<State>, effects: Effect[]): void {
  effects.push({ is: "send", to, message });
}
