/** The capabilities that a system under test offers to the nemesis. A capability is a method that is present. */

import type { CutMode, Damage, DiskTrouble, Distribution, NodeName, PacketEffects, StarvingBy } from "./fault.js";

/** One node: a process group that can be killed, started again, stopped and continued. */
export interface Target {
  readonly name: NodeName;
  kill?(): Promise<void>;
  /** SIGTERM; resolves when the node has ended by itself. */
  terminate?(): Promise<void>;
  /** Resolves when the node answers again. */
  start?(): Promise<void>;
  pause?(): Promise<void>;
  resume?(): Promise<void>;
  /** State as the operating system tells it, to prove that a fault bit. */
  state?(): Promise<"running" | "stopped" | "gone">;
  /** Its processes as they are now, so that who comes after a crash of ours can tell them from strangers. */
  processes?(): Promise<readonly ProcessId[]>;
  /** Keeps processor time from it; null takes that back. Rejects when the means is not there. */
  starve?(starving: Starving | null): Promise<void>;
  /** For how long it was kept from running so far, ms, to prove that it starved. */
  starvedMs?(): Promise<number>;
  /** Its wall clock from now on; null: the true one. */
  setClock?(clock: ClockSetting | null): Promise<void>;
  /** Its wall clock as the node itself reads it, ms since 1970. */
  readClock?(): Promise<number>;
  /** What `setDisk` can do. Default: all of it. */
  readonly diskTroubles?: readonly DiskTrouble["is"][];
  /** What its disk does from now on; null: nothing wrong. */
  setDisk?(trouble: DiskTrouble | null): Promise<void>;
  /** Calls to its disk that met a trouble so far. */
  diskHits?(): Promise<number>;
  /** What `damage` can do. Default: all of it. */
  readonly damages?: readonly Damage["is"][];
  /** While it is down: damages its files. */
  damage?(damage: Damage): Promise<Damaged>;
  /** While it is down: empties its disk. Tells how many bytes there were. */
  wipe?(): Promise<number>;
}

/** A process, and when it started (field 22 of /proc/PID/stat): its number may be given to a stranger later. */
export interface ProcessId {
  readonly pid: number;
  readonly startTicks: number;
}

/** How much of a processor is left (0..1), and how the rest is taken; see STARVING. */
export interface Starving {
  readonly cpuShare: number;
  readonly by: StarvingBy;
}

/** The wall clock is true time + `offsetMs` now, and gains or loses from now on: 1 is the true rate. */
export interface ClockSetting {
  readonly offsetMs: number;
  readonly rate: number;
}

export interface Damaged {
  /** What was done, in words: file, place, bytes. Null: there was nothing to damage. */
  readonly done: string | null;
  /** While the node is down: the files as they were before. Safe to repeat. */
  readonly putBack: () => Promise<void>;
}

/** Counters of one directed link since it was opened. Those that are absent the network can't count. */
export interface LinkCounters {
  readonly from: NodeName;
  readonly to: NodeName;
  readonly passedBytes: number;
  /** Bytes that arrived while the link was cut (they wait, as with TCP, or are dropped when the connection dies). */
  readonly heldBytes: number;
  /** Connections asked for while the link was cut. */
  readonly heldConnections: number;
  readonly delayedBytes: number;
  /** Connections refused by a cut. */
  readonly refusedConnections?: number;
  /** Connections reset by a cut, at one end or both. */
  readonly resetConnections?: number;
  /** Bytes that waited for their turn under a limit of bandwidth. */
  readonly throttledBytes?: number;
  /** Ends and resets that were made to wait. */
  readonly slowCloses?: number;
  readonly corruptedBytes?: number;
  readonly lostMessages?: number;
  readonly duplicatedMessages?: number;
  readonly reorderedMessages?: number;
}

/** Latency of a link; see DISTRIBUTIONS for what the two numbers mean. Default: uniform. */
export interface Delay {
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly distribution?: Distribution;
}

/** Everything on directed links. null takes an effect away; every method is safe to repeat. */
export interface Network {
  /** What `cut` can do beside drop. */
  readonly cutModes?: readonly CutMode[];
  /** Bytes from -> to stop arriving. Default: drop, silently. */
  cut(from: NodeName, to: NodeName, mode?: CutMode): Promise<void>;
  heal(from: NodeName, to: NodeName): Promise<void>;
  /** What `delay` can draw from. Default: all of them. */
  readonly distributions?: readonly Distribution[];
  /** Order of bytes is kept. */
  delay?(from: NodeName, to: NodeName, latency: Delay | null): Promise<void>;
  bandwidth?(from: NodeName, to: NodeName, bytesPerSecond: number | null): Promise<void>;
  slowClose?(from: NodeName, to: NodeName, delayMs: number | null): Promise<void>;
  corrupt?(from: NodeName, to: NodeName, probability: number | null): Promise<void>;
  /** What `packet` can do. Default: all of it. */
  readonly packetEffects?: readonly (keyof PacketEffects)[];
  packet?(from: NodeName, to: NodeName, effects: PacketEffects | null): Promise<void>;
  counters(): Promise<readonly LinkCounters[]>;
}

export interface System {
  readonly targets: readonly Target[];
  readonly network?: Network;
  /** Who leads now, null when nobody knows. */
  leader?(): Promise<NodeName | null>;
  /** Takes a member out, by the system's own means; resolves when the others agree. */
  remove?(node: NodeName): Promise<void>;
  /** Takes a node in that is no member. */
  add?(node: NodeName): Promise<void>;
  /** Who is a member now, as the system says. */
  members?(): Promise<readonly NodeName[]>;
  /** Makes a node lead in the place of whoever does, by the system's own means; resolves when it leads. */
  promote?(node: NodeName): Promise<void>;
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
