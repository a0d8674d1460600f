/** The flags that say which cluster: `run` and `nodes` share them. */

import type { Command } from "commander";
import { DEFAULTS } from "../config/flags.js";
import { addQuorumOptions } from "./quorum-options.js";

const or = (value: string): string => `(default: ${value})`;

export function addClusterOptions(command: Command): Command {
  const shared = command
    .option(
      "--mode <mode>",
      `replication protocol: leader, quorum, gossip, sequencer, abd or raft ${or(DEFAULTS.mode)}`,
    )
    .option("--nodes <n>", `how many replicas ${or(DEFAULTS.nodes)}`)
    .option(
      "--write-quorum <n>",
      `leader: follower acknowledgements that a write waits for, 0 (asynchronous) to all; quorum and sequencer: replicas, W; a number, majority or all ${or(DEFAULTS.writeQuorum)}`,
    )
    .option(
      "--read-quorum <n>",
      `replicas that a read asks: R in quorum mode, with --read-from quorum or --reads eventual ${or(DEFAULTS.readQuorum)}`,
    )
    .option(
      "--read-from <whom>",
      `leader mode: leader, any (the client's own node; of transactions those that only read) or quorum ${or(DEFAULTS.readFrom)}`,
    )
    .option(
      "--failover <how>",
      `leader mode: none (n1 leads for ever), manual (a node leads when it is told to: kvtest promote), fenced (also by itself, elected, with epochs) or naive (by itself, asking nobody; known to be bad) ${or(DEFAULTS.failover)}`,
    )
    .option(
      "--isolation <level>",
      "leader mode: what transactions see of each other: serializable, snapshot, read-committed or read-uncommitted (default: serializable)",
    )
    .option(
      "--versioning <how>",
      `quorum mode: lww (last write wins) or vector-clock (siblings) ${or(DEFAULTS.versioning)}; gossip mode: none, counter, timestamp or vector-clock ${or(DEFAULTS.gossipVersioning)}`,
    )
    .option(
      "--propagation <when>",
      `gossip mode: strong (a write waits for all replicas) or eventual (for none) ${or(DEFAULTS.propagation)}`,
    )
    .option(
      "--anti-entropy <ms>",
      `gossip and quorum mode: how often replicas compare what they hold (quorum: by Merkle trees), or off ${or(DEFAULTS.antiEntropy)}`,
    )
    .option(
      "--reads <how>",
      `sequencer mode: linearizable (wait for the order) or eventual (R = 1 by default) ${or(DEFAULTS.reads)}; raft mode: index (each asks a majority who leads) or lease (not while nobody else can lead) ${or(DEFAULTS.raftReads)}`,
    )
    .option("--read-repair", "quorum mode: a read brings stale replicas up to date (default: on)")
    .option("--no-read-repair", "quorum mode: stale replicas stay stale")
    .option(
      "--lease-clock-bound <part>",
      `raft mode: how far the rate of a clock may be off, 0.1 for 10 %; off: leases go by the wall clock, known to be bad ${or(DEFAULTS.leaseClockBound)}`,
    )
    .option(
      "--election-timeout <ms>",
      `raft mode: who hears no leader for so long stands for election, MIN..MAX ${or(DEFAULTS.electionTimeout)}`,
    )
    .option("--heartbeat <ms>", `raft mode: how often a leader is heard ${or(DEFAULTS.heartbeat)}`)
    .option("--pre-vote", "raft mode: ask before standing whether it could be won (default: on)")
    .option("--no-pre-vote", "raft mode: stand at once")
    .option("--snapshot-every <n>", `raft mode: committed entries between two snapshots ${or(DEFAULTS.snapshotEvery)}`)
    .option("--voters <n>", "raft mode: only the first n nodes vote, the others follow (default: all)")
    .option(
      "--replication-delay <ms>",
      "injected before every replication message, uniform: MIN..MAX in ms, such as 0.1..1000 (default: none)",
    )
    .option("--quorum-timeout <ms>", `how long a node waits for its quorum ${or(DEFAULTS.quorumTimeout)}`)
    .option("--fsync <on|off>", `off: acknowledge before the log is on the disk ${or(DEFAULTS.fsync)}`)
    .option("--bug <name>", "plant a bug into every node; kvtest bugs lists them (default: none)")
    .option("--seed <n>", "makes schedule and operations repeatable (default: drawn, and printed)");
  return addQuorumOptions(shared);
}
