/** What was tested, in words; what was done to it is in fault-words. */

import type { RunConfig } from "../config/config.js";
import type { GossipConfig, LeaderConfig, ProtocolConfig, QuorumConfig, RaftConfig } from "../replica/wire.js";
import { isRegister } from "../workload/options.js";
import { capital, count, counted, duration, list } from "./words.js";

export { describeRecord } from "./fault-words.js";

/** `leader n1; a write waits for 2 of 4 followers; reads from any replica`. */
export const describeProtocol = (protocol: RunConfig["protocol"], nodes: number): string => {
  if (protocol.mode === "own") return `${protocol.database}, a database of its own`;
  const parts = [...settingsOf(protocol, nodes)];
  if (protocol.replicationDelayMs !== null) {
    const [from, to] = protocol.replicationDelayMs;
    parts.push(`replication delayed by ${from} to ${to} ms`);
  }
  return parts.join("; ");
};

const VERSIONING = {
  none: "no versions: what comes last is newest",
  counter: "a version counter for each key and replica",
  lww: "the last write wins",
  timestamp: "the last write wins",
  "vector-clock": "vector clocks with siblings",
} as const;

const settingsOf = (protocol: ProtocolConfig, nodes: number): readonly string[] => {
  if (protocol.mode === "leader") return leaderSettings(protocol, nodes);
  if (protocol.mode === "gossip") return gossipSettings(protocol, nodes);
  if (protocol.mode === "sequencer") {
    const { sequencer, writeQuorum, readQuorum, consistency } = protocol;
    return [
      `sequencer ${sequencer}`,
      `a write waits for ${writeQuorum} of ${nodes} replicas`,
      consistency === "linearizable" ? "reads wait for the order" : `reads from ${readQuorum} of ${nodes} replicas`,
    ];
  }
  if (protocol.mode === "abd") return [`abd: an atomic register over majorities of ${nodes}`];
  if (protocol.mode === "raft") return raftSettings(protocol, nodes);
  return quorumSettings(protocol, nodes);
};

const quorumSettings = (protocol: QuorumConfig, nodes: number): readonly string[] => {
  const { replicas, siblings, hintedHandoffMs, antiEntropyMs, membershipMs, tombstoneGcMs, versionsMax } = protocol;
  return [
    `leaderless, N = ${replicas ?? nodes}${replicas === undefined ? "" : ` of ${nodes}`}, R = ${protocol.readQuorum}, W = ${protocol.writeQuorum}`,
    VERSIONING[protocol.versioning],
    ...(siblings === undefined ? [] : [siblings === "lww" ? "of siblings the latest is read" : "siblings are merged"]),
    protocol.readRepair ? "read repair on" : "read repair off",
    ...(protocol.sloppyQuorum === true ? ["sloppy quorum"] : []),
    ...said(hintedHandoffMs, "hinted handoff every"),
    ...said(antiEntropyMs, "anti-entropy every"),
    ...said(membershipMs, "gossip every"),
    ...(protocol.tombstones === false ? ["no tombstones"] : said(tombstoneGcMs, "tombstones collected after")),
    ...(protocol.tombstoneConfirm === false ? ["whatever others hold"] : []),
    ...(versionsMax === undefined ? [] : [`version vectors of at most ${versionsMax}`]),
  ];
};

const said = (ms: number | undefined, words: string): readonly string[] =>
  ms === undefined ? [] : [`${words} ${duration(ms)}`];

const gossipSettings = ({ propagation, versioning, antiEntropyMs }: GossipConfig, nodes: number): readonly string[] => [
  "gossip",
  propagation === "strong" ? `a write waits for all ${nodes} replicas` : "a write waits for nobody",
  VERSIONING[versioning],
  antiEntropyMs === null ? "no anti-entropy" : `anti-entropy every ${duration(antiEntropyMs)}`,
];

const raftSettings = (protocol: RaftConfig, nodes: number): readonly string[] => {
  const { voters, read, leaseClockBound, snapshotEvery, preVote } = protocol;
  return [
    `raft, ${counted(voters?.length ?? nodes, "voter")}${voters === undefined ? "" : ` of ${nodes} nodes`}`,
    read === "index"
      ? "reads ask a majority who leads"
      : leaseClockBound === null
        ? "reads by a lease on the wall clock, without a bound"
        : `reads by a lease, clocks at most ${100 * leaseClockBound} % off`,
    `a snapshot every ${count(snapshotEvery)} entries`,
    ...(preVote ? [] : ["no pre-votes"]),
  ];
};

const FAILOVER = {
  manual: "a leader that is changed by hand",
  naive: "naive failover: whoever hears no leader leads",
  fenced: "an elected leader, fenced by epochs",
} as const;

const leaderSettings = (protocol: LeaderConfig, nodes: number): readonly string[] => {
  const followers = nodes - 1;
  const { writeQuorum, readFrom, readQuorum, isolation } = protocol;
  return [
    protocol.failover === undefined ? `leader ${protocol.leader}` : FAILOVER[protocol.failover],
    writeQuorum === 0
      ? "a write waits for no follower (asynchronous)"
      : writeQuorum >= followers
        ? `a write waits for all ${followers} followers (synchronous)`
        : `a write waits for ${writeQuorum} of ${followers} followers`,
    readFrom === "leader"
      ? "reads from the leader"
      : readFrom === "any"
        ? "reads from any replica"
        : `reads from ${readQuorum} of ${nodes} replicas`,
    ...(isolation === undefined ? [] : [`isolation ${isolation}`]),
  ];
};

/** `register over 5 keys, values 0 to 4`. */
export const describeWorkload = (config: RunConfig): string => {
  const { workload } = config;
  if (!isRegister(workload)) return [workload.name, ...Object.entries(workload).flatMap(setting)].join(", ");
  const { name, keys, values, skew, opsPerKey } = workload;
  return [
    `${name} over ${counted(keys, "key")}`,
    ...(name === "register" ? [`values 0 to ${values - 1}`] : ["every written value distinct"]),
    ...(workload.cas === false ? ["no cas"] : []),
    ...(workload.deleteRate === undefined ? [] : [`${workload.deleteRate * 100} % of the writes delete`]),
    ...(skew === 0 ? [] : [`skew ${skew}`]),
    ...(opsPerKey === null ? [] : [`a fresh key after ${count(opsPerKey)} operations`]),
  ].join(", ");
};

/** `maxTxnLength: 4` -> `max txn length 4`. */
const setting = ([name, value]: readonly [string, unknown]): readonly string[] =>
  name === "name" ? [] : [`${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${String(value)}`];

export const describeNemesis = (config: RunConfig): string => {
  const { faults, partitions, intervalMs } = config.nemesis;
  if (faults.length === 0) return "no faults";
  const names = faults.map((f) =>
    f === "partition" && partitions.length > 0 ? `partition (${partitions.join(", ")})` : f,
  );
  return `${list(names)}, one of a kind about every ${duration(intervalMs)}`;
};

/** The one line under the verdict. */
export const describeRun = (config: RunConfig): readonly string[] => [
  `${config.workload.name} on ${counted(config.nodes.length, "node")}`,
  ...describeProtocol(config.protocol, config.nodes.length).split("; "),
  ...(config.bug === undefined ? [] : [`planted bug ${config.bug}`]),
  config.nemesis.faults.length === 0 ? "no faults" : `faults: ${list(config.nemesis.faults)}`,
  counted(config.concurrency, "client"),
  ...(config.rate === null ? [] : [`${count(config.rate)} operations/s offered`]),
  duration(config.timeLimitMs),
  `seed ${config.seed}`,
];

/** Heading of the page: `register on a leader store`. */
export const titleOf = (config: RunConfig | null, title: string): string => {
  if (config === null) return title;
  const { protocol, nemesis } = config;
  if (protocol.mode === "own")
    return `${capital(config.workload.name)}, ${[protocol.database, ...nemesis.faults].join(" + ")}`;
  const what = protocol.mode === "quorum" ? `quorum R${protocol.readQuorum} W${protocol.writeQuorum}` : protocol.mode;
  return `${capital(config.workload.name)}, ${what}${nemesis.faults.length === 0 ? "" : `, ${nemesis.faults.join(" + ")}`}`;
};
