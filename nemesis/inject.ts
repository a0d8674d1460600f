/** The capabilities that a system under test offers to the nemesis. A capability is a method that is present. */

import type { NodeName } from "./fault.js";

/** One node: a process group that can be killed, started again, stopped and continued. */
export interface Target {
  readonly name: NodeName;
  kill?(): Promise<void>;
  /** Resolves when the node answers again. */
  start?(): Promise<void>;
  pause?(): Promise<void>;
  resume?(): Promise<void>;
  /** State as the operating system tells it, to prove that a fault bit. */
  state?(): Promise<"running" | "stopped" | "gone">;
}

/** Counters of one directed link since it was opened. */
export interface LinkCounters {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly passedBytes: number;
  /** Bytes that arrived while the link was cut (they wait, as with TCP, or are dropped when the connection dies). */
  readonly heldBytes: number;
  /** Connections asked for while the link was cut. */
  readonly heldConnections: number;
  readonly delayedBytes: number;
}

export interface Network {
  /** Bytes from -> to stop arriving, silently. Idempotent. */
  cut(from: NodeName, to: NodeName): Promise<void>;
  heal(from: NodeName, to: NodeName): Promise<void>;
  /** null takes the delay away. Uniform in latencyMs ± jitterMs. Order of bytes is kept. */
  delay(
    from: NodeName,
    to: NodeName,
    latency: { readonly latencyMs: number; readonly jitterMs: number } | null,
  ): Promise<void>;
  counters(): Promise<readonly LinkCounters[]>;
}

export interface System {
  readonly targets: readonly Target[];
  readonly network?: Network;
  /** Who leads now, null when nobody knows. */
  leader?(): Promise<NodeName | null>;
}
