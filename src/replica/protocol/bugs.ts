/**
 * Planted bugs: what can be wrong with a replicated store, on purpose, so that a test can be seen to find it.
 *
 * Each is a mistake that somebody really makes, in one place of one core, off unless the node's configuration names it.
 * A core asks `const bug = bugsOf(members)` once and then `if (bug("abd-no-write-back"))` where the mistake is made.
 * A new bug is an entry here and such an `if`; the compiler holds the two together.
 */

import type { ProtocolConfig } from "../wire.js";
import type { Members } from "./protocol.js";

export interface Bug {
  readonly name: string;
  readonly mode: ProtocolConfig["mode"];
  /** The property that it takes away, by the name of the checker that finds it. */
  readonly breaks: "linearizable" | "converges" | "strict-serializable";
  /** What is wrong, in a line of words. */
  readonly words: string;
  /** The `--workload` and the `--nemesis` that show it. */
  readonly workload: string;
  readonly nemesis: string;
  /** Other flags without which it does not show. */
  readonly flags?: string;
  /** `cluster`: real processes show it in a few runs. `scheduler`: it takes a rare order of events, or a power cut. */
  readonly shows: "cluster" | "scheduler";
}

export const BUGS = [
  {
    name: "abd-no-write-back",
    mode: "abd",
    breaks: "linearizable",
    words: "a read answers with the greatest value it found and does not bring a majority up to it",
    workload: "register",
    nemesis: "kill",
    flags: "--replication-delay 0..60",
    shows: "cluster",
  },
  {
    name: "abd-no-query",
    mode: "abd",
    breaks: "linearizable",
    words: "a write takes the next version of what its coordinator holds, without asking a majority",
    workload: "register",
    nemesis: "partition",
    shows: "cluster",
  },
] as const satisfies readonly Bug[];

export type BugName = (typeof BUGS)[number]["name"];

/** null: there is none of that name. */
export function findBug(name: string): (Bug & { readonly name: BugName }) | null {
  return BUGS.find((bug) => bug.name === name) ?? null;
}

/** Whether this node has the bug. */
export function bugsOf({ bug }: Members): (name: BugName) => boolean {
  return (name) => bug === name;
}
