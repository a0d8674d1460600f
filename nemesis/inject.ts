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

/** What was really done, for the history: JSON, with the nodes and the grudge as they were resolved. */
export type Told = { readonly [name: string]: ToldJson };
export type ToldJson = null | boolean | number | string | readonly ToldJson[] | { readonly [name: string]: ToldJson };

/** Whether a fault did anything, and the counters or states read back that say so. */
export interface Evidence {
  readonly bit: boolean;
  readonly evidence: string;
}

export type Injected =
  | {
      readonly is: "done";
      readonly value: Told;
      /** Puts back what this fault broke, as far as no other fault wants it broken. Safe to repeat. */
      readonly undo: () => Promise<void>;
      /** What is proven so far; whole once the undo is done. */
      readonly evidence: () => Promise<Evidence>;
    }
  /** A capability, a node or a leader is missing; nothing was touched. */
  | { readonly is: "unsupported"; readonly why: string }
  /** A hand failed. What it had done was put back, or is known to the hands and put back by `healAll`. */
  | { readonly is: "failed"; readonly why: string };
