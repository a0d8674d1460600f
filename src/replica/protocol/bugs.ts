/**
 * Planted bugs: what can be wrong with a replicated store, on purpose, so that a test can be seen to find it.
 *
 * Each is a mistake that somebody really makes, in one place of one core, off unless the node's configuration names it.
 * A core asks `const bug = bugsOf(members)` once and then `if (bug("abd-no-write-back"))` where the mistake is made.
 * A new bug is an entry here and such an `if`; the compiler holds the two together.
 */

import type { ProtocolConfig } from "../wire.js";
import type { Members } from "./protocol.js";
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
   * false: the clients and faults of the hunt's scheduler do not bring it about, for they never delete, there are three
   * nodes, and nodes are killed with what they kept for others. Absent: they do.
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
  {
    name: "leader-no-fence",
    mode: "leader",
    breaks: "linearizable",
    words:
      "nobody minds epochs once they lead or follow: an earlier leader goes on, and followers acknowledge what it sends",
    workload: "register",
    nemesis: "partition",
    flags: "--failover fenced",
    shows: "cluster",
  },
  {
    name: "leader-unconfirmed-read",
    mode: "leader",
    breaks: "linearizable",
    words: "a leader answers reads at once, without asking whether anybody still obeys it",
    workload: "register",
    nemesis: "partition",
    flags: "--failover fenced",
    shows: "cluster",
  },
  {
    name: "leader-ack-before-quorum",
    mode: "leader",
    breaks: "linearizable",
    words: "a write is acknowledged when the leader has it, and the next leader may not",
    workload: "register",
    nemesis: "partition",
    flags: "--failover fenced",
    shows: "cluster",
  },
  {
    name: "leader-votes-for-anybody",
    mode: "leader",
    breaks: "linearizable",
    words: "nodes vote for a candidate that lacks what they have stored",
    workload: "register",
    nemesis: "partition,kill",
    flags: "--failover fenced",
    shows: "cluster",
  },
  {
    name: "leader-vote-not-durable",
    mode: "leader",
    breaks: "linearizable",
    words: "a node that restarts has forgotten its vote, and votes for another in the same epoch",
    workload: "register",
    nemesis: "partition,kill",
    flags: "--failover fenced",
    shows: "scheduler",
  },
  {
    name: "leader-compact-forgets-vote",
    mode: "leader",
    breaks: "linearizable",
    words: "a compacted log has the keys and not the vote",
    workload: "register",
    nemesis: "partition,kill",
    flags: "--failover fenced",
    shows: "scheduler",
  },
  {
    name: "leader-reply-before-disk",
    mode: "leader",
    breaks: "linearizable",
    words: "a node answers and acknowledges before what it tells is on its disk",
    workload: "register",
    nemesis: "kill",
    shows: "scheduler",
  },
  {
    name: "leader-cas-in-two-steps",
    mode: "leader",
    breaks: "linearizable",
    words: "a compare-and-set compares at once and sets a moment later, whatever came in between",
    workload: "register",
    nemesis: "none",
    shows: "cluster",
  },
  {
    name: "leader-older-replaces",
    mode: "leader",
    breaks: "converges",
    words: "a follower takes what comes last for the newest, and does not compare versions",
    workload: "register",
    nemesis: "none",
    flags: "--replication-delay 0..60",
    shows: "cluster",
  },
  {
    name: "leader-restart-owes-nothing",
    mode: "leader",
    breaks: "converges",
    words: "a leader that restarts takes its followers for up to date",
    workload: "register",
    nemesis: "partition,kill",
    shows: "scheduler",
  },
  {
    name: "leader-compact-loses-last",
    mode: "leader",
    breaks: "linearizable",
    words: "a log that is compacted loses its last key",
    workload: "register",
    nemesis: "kill",
    shows: "scheduler",
  },
  {
    name: "leader-short-snapshot",
    mode: "leader",
    breaks: "converges",
    words: "a snapshot for a follower that is far behind leaves out the last change",
    workload: "register",
    nemesis: "partition",
    flags: "--failover fenced",
    shows: "cluster",
  },
  {
    name: "raft-vote-not-durable",
    mode: "raft",
    breaks: "linearizable",
    words: "a node that restarts has forgotten whom it voted for, and votes again in the same term",
    workload: "register",
    nemesis: "kill",
    shows: "scheduler",
  },
  {
    name: "raft-term-not-durable",
    mode: "raft",
    breaks: "linearizable",
    words: "a node that restarts is back in the term of its last entry, and takes part in one that it has left",
    workload: "register",
    nemesis: "kill",
    shows: "scheduler",
  },
  {
    name: "raft-commits-earlier-term",
    mode: "raft",
    breaks: "converges",
    words: "a leader commits an entry of an earlier term because a majority has it (figure 8 of the paper)",
    workload: "register",
    nemesis: "partition,kill",
    shows: "scheduler",
  },
  {
    name: "raft-no-election-restriction",
    mode: "raft",
    breaks: "linearizable",
    words: "nodes vote for a candidate whose log lacks what theirs has",
    workload: "register",
    nemesis: "partition,kill",
    shows: "cluster",
  },
  {
    name: "raft-ack-before-quorum",
    mode: "raft",
    breaks: "linearizable",
    words: "a leader commits and answers as soon as its own log has the entry",
    workload: "register",
    nemesis: "partition",
    shows: "cluster",
  },
  {
    name: "raft-ack-before-fsync",
    mode: "raft",
    breaks: "linearizable",
    words: "a node answers, votes and acknowledges before what it says is on its disk",
    workload: "register",
    nemesis: "kill",
    shows: "scheduler",
  },
  {
    name: "raft-read-no-index",
    mode: "raft",
    breaks: "linearizable",
    words: "a leader answers reads from its own state without asking whether it still leads",
    workload: "register",
    nemesis: "partition",
    shows: "cluster",
  },
  {
    name: "raft-lease-unbounded",
    mode: "raft",
    breaks: "linearizable",
    words: "a leader's lease is as long as the election time-out and goes by the wall clock, which somebody sets back",
    workload: "register",
    nemesis: "partition",
    flags: "--reads lease",
    shows: "scheduler",
  },
  {
    name: "raft-conflict-kept",
    mode: "raft",
    breaks: "converges",
    words: "a follower keeps its own entry where the leader has another one, and says that it has the leader's",
    workload: "register",
    nemesis: "partition,kill",
    shows: "cluster",
  },
  {
    name: "raft-snapshot-loses-last",
    mode: "raft",
    breaks: "linearizable",
    words: "a snapshot claims to hold the last entry that was applied, and was taken before it",
    workload: "register",
    nemesis: "kill",
    flags: "--snapshot-every 20",
    shows: "cluster",
  },
  {
    name: "raft-no-log-matching",
    mode: "raft",
    breaks: "converges",
    words: "a follower takes entries after one of its own that has the right place and another term",
    workload: "register",
    nemesis: "partition,kill",
    shows: "cluster",
  },
  {
    name: "raft-read-before-own-term",
    mode: "raft",
    breaks: "linearizable",
    words: "a new leader answers reads before it knows all that earlier leaders have committed",
    workload: "register",
    nemesis: "kill",
    shows: "cluster",
  },
  {
    name: "raft-snapshot-drops-sessions",
    mode: "raft",
    breaks: "linearizable",
    words: "a snapshot forgets which requests were done, and one that is asked again is done again",
    workload: "register",
    nemesis: "kill,pause",
    flags: "--snapshot-every 20",
    shows: "scheduler",
  },
  {
    name: "raft-retry-twice",
    mode: "raft",
    breaks: "linearizable",
    words: "a request that a client asks again, because nobody answered, is done again",
    workload: "register",
    nemesis: "kill,pause",
    shows: "cluster",
  },
  {
    name: "raft-config-not-logged",
    mode: "raft",
    breaks: "linearizable",
    words: "a change of who votes is told around instead of logged: not all know it, and nobody after a restart",
    workload: "register",
    nemesis: "partition,kill",
    shows: "scheduler",
  },
  {
    name: "raft-config-before-own-term",
    mode: "raft",
    breaks: "converges",
    words: "a leader changes who votes before an entry of its own term is committed (Ongaro's correction of 2015)",
    workload: "register",
    nemesis: "partition,kill",
    shows: "scheduler",
  },
  ...QUORUM_BUGS,
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
