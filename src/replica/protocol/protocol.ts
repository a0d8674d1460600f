/**
 * What every replication protocol is: a core that is told what happened and answers with what is to be done.
 *
 * A core owns its state and nothing else: no socket, no file, no clock, no randomness. It is run by a shell: the
 * replica program (`../node.ts`), or the deterministic scheduler (`simulate.ts`). Two shells, one core, so that what
 * was tried message by message is what runs.
 */

import type { Json, NodeName, Reply, Request } from "../wire.js";
import type { BugName } from "./bugs.js";

/** Both times come from the shell with every input. */
export interface Now {
  /** Milliseconds since some moment, never backwards: for time-outs. */
  readonly nowMs: number;
  /** The wall clock, ms since 1970, with fractions. It may jump and differ between nodes: for timestamps only. */
  readonly clockMs: number;
}

export type Input = Now &
  (
    | {
        /** The first input of every life: what the log kept, oldest first. */
        readonly is: "start";
        readonly entries: readonly Json[];
      }
    | { readonly is: "request"; readonly id: number; readonly request: Request }
    /** From a peer. It may come out of order, twice, never, or from an earlier life of the sender (P3). */
    | { readonly is: "message"; readonly from: NodeName; readonly message: Json }
    | { readonly is: "timer"; readonly name: string }
    /** A connection to this peer was made (again): a hint, which may never come. */
    | { readonly is: "connected"; readonly peer: NodeName }
  );

/**
 * All effects of all steps of a node are one sequence. P1 durable-first: nothing that comes after a `persist` leaves
 * the node before that entry is durable, so a core may act on an entry the moment it asked for it to be kept.
 */
export type Effect =
  | { readonly is: "persist"; readonly entry: Json }
  /** A persist of everything at once: from here on the log is these entries, and none of those before. */
  | { readonly is: "compact"; readonly entries: readonly Json[] }
  /** Sent and forgotten: the shell may lose it. `delayMs` holds this one message back (the injected delay). */
  | { readonly is: "send"; readonly to: NodeName; readonly message: Json; readonly delayMs?: number }
  | { readonly is: "reply"; readonly id: number; readonly reply: Reply }
  /** One `timer` input of this name after so long; asking again for a name moves it. */
  | { readonly is: "timer"; readonly name: string; readonly afterMs: number };

/** P2 pure-step: the same inputs in the same order give the same effects. */
export interface Core {
  step(input: Input): readonly Effect[];
  /** Somebody wants this node to lead; `id` is answered with a `reply`. Absent: leaders do not change. */
  promote?(id: number, now: Now): readonly Effect[];
}

/** Who a core is, and who else there is. */
export interface Members {
  readonly self: NodeName;
  /** Every other replica. */
  readonly peers: readonly NodeName[];
  /** Source of the injected delays, and of every other draw. */
  readonly seed: number;
  /** How often it was started before, as far as whoever starts it knows. Absent: nobody has counted. */
  readonly lives?: number;
  /** What is wrong with this node on purpose; absent: nothing. */
  readonly bug?: BugName;
}
