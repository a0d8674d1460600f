/**
 * Planted bugs: what can be wrong with a replicated store, on purpose, so that a test can be seen to find it.
 *
 * Each is a mistake that somebody really makes, in one place of one core, off unless the node's configuration names it.
 * A core asks `const bug = bugsOf(members)` once and then `if (bug("abd-no-write-back"))` where the mistake is made.
 * A new bug is an entry here and such an `if`; the compiler holds the two together.
 */

import type { ProtocolConfig } from "../wire.js";
import type { Members } from "./protocol.js";
import { LEADER_BUGS } from "./leader-bugs.js";
import { RAFT_BUGS } from "./raft/bugs.js";
import { QUORUM_BUGS } from "./quorum/bugs.js";

export interface Bug {
  readonly name: string;
  readonly mode: ProtocolConfig["mode"];
  /** The property that it takes away, by the name of the checker that finds it. */
  readonly breaks: "linearizable" | "regular" | "fresh" | "converges" | "strict-serializable";
  /** What is wrong, in a line of words. */
  readonly words: string;
  /** The `--workload` and the `--nemesis` that show it. */
  readonly workload: string;
  readonly nemesis: string;
  /** Other flags without which it does not show. */
  readonly flags?: string;
  /** `cluster`: real processes show it in a few runs. `scheduler`: it takes a rare order of events, or a power cut. */
  readonly shows: "cluster" | "scheduler";
  /**
   * false: the hunt's scheduler does not tell it from a store without it, for its clients never delete, its three nodes
   * hold every key and are killed with what they kept for others, and two cas in quorum mode may both succeed without it.
   * Absent: it does.
   */
  readonly hunted?: false;
}

export const BUGS = [
  {
    name: "gossip-ack-before-fsync",
    mode: "gossip",
    breaks: "converges",
    words: "a write is answered before it is in the log, and told to the others only after that",
    workload: "unique-register",
    nemesis: "kill",
    flags: "--anti-entropy 200 --replication-delay 0..60",
    shows: "scheduler",
  },
  {
    name: "gossip-first-is-enough",
    mode: "gossip",
    breaks: "regular",
    words: "a write with strong propagation is answered when the first of the other replicas has it",
    workload: "unique-register",
    nemesis: "none",
    flags: "--propagation strong --replication-delay 0..60",
    shows: "cluster",
  },
  {
    name: "gossip-late-wins",
    mode: "gossip",
    breaks: "converges",
    words: "whatever comes from another replica is taken for newer than what is held",
    workload: "unique-register",
    nemesis: "none",
    flags: "--anti-entropy 200 --replication-delay 0..60",
    shows: "cluster",
  },
  {
    name: "gossip-sibling-dropped",
    mode: "gossip",
    breaks: "converges",
    words: "of siblings that meet only one is kept, also where the other was written later",
    workload: "unique-register",
    nemesis: "partition",
    flags: "--versioning vector-clock --anti-entropy 200",
    shows: "cluster",
  },
  {
    name: "sequencer-read-behind",
    mode: "sequencer",
    breaks: "linearizable",
    words: "a read asks how far the order has come and does not wait until its replica has come there",
    workload: "register",
    nemesis: "none",
    flags: "--replication-delay 0..60",
    shows: "cluster",
  },
  {
    name: "sequencer-orders-twice",
    mode: "sequencer",
    breaks: "linearizable",
    words: "a change without an answer is sent again, and what reaches the sequencer twice is given two places",
    workload: "register",
    nemesis: "partition,delay",
    flags: "--replication-delay 0..60",
    shows: "cluster",
  },
  {
    name: "sequencer-cas-on-stale-copy",
    mode: "sequencer",
    breaks: "linearizable",
    words: "a compare-and-set is decided on what the asked replica holds, and ordered as a write",
    workload: "register",
    nemesis: "none",
    flags: "--replication-delay 0..60",
    shows: "cluster",
  },
  {
    name: "sequencer-skips-gap",
    mode: "sequencer",
    breaks: "converges",
    words: "a replica that missed a part of the order applies what follows it",
    workload: "unique-register",
    nemesis: "partition,kill",
    shows: "scheduler",
  },
  {
    name: "sequencer-early-answer",
    mode: "sequencer",
    breaks: "regular",
    words: "a write is answered when one replica has it, whatever the write quorum is",
    workload: "unique-register",
    nemesis: "none",
    flags: "--reads eventual --read-quorum majority --replication-delay 0..60",
    shows: "cluster",
  },
  {
    name: "abd-late-answer",
    mode: "abd",
    breaks: "linearizable",
    words: "a late answer to the first round is counted as one to the second",
    workload: "register",
    nemesis: "none",
    flags: "--replication-delay 0..60",
    shows: "cluster",
  },
  {
    name: "abd-no-tie-break",
    mode: "abd",
    breaks: "linearizable",
    words: "of two writes with the same count a replica keeps the one that came first",
    workload: "register",
    nemesis: "none",
    flags: "--replication-delay 0..60",
    shows: "cluster",
  },
  {
    name: "abd-half-is-enough",
    mode: "abd",
    breaks: "linearizable",
    words: "a majority is computed one too small",
    workload: "register",
    nemesis: "partition",
    flags: "--replication-delay 0..60",
    shows: "cluster",
  },
  {
    name: "abd-ack-before-fsync",
    mode: "abd",
    breaks: "linearizable",
    words: "a replica says that it has a value before the value is in its log",
    workload: "register",
    nemesis: "kill",
    shows: "scheduler",
  },
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
  ...QUORUM_BUGS,
  ...LEADER_BUGS,
  ...RAFT_BUGS,
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
