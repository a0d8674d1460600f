/** The flags that say which protocol the nodes run: one entry of `MODES` a mode. Pure. */

import type { GossipConfig, LeaderConfig, ProtocolConfig, RaftConfig, SequencerConfig } from "../replica/wire.js";
import { findBug } from "../replica/protocol/bugs.js";
import { ISOLATIONS } from "./config.js";
import { choice, integer, number, range } from "./parse.js";
import { QUORUM_DEFAULTS, quorumConfig, type QuorumFlags } from "./quorum-flags.js";

/** As commander hands them over: strings, booleans for switches, absent where the user said nothing. */
export interface ProtocolFlags extends QuorumFlags {
  readonly mode?: string;
  readonly readFrom?: string;
  readonly reads?: string;
  readonly propagation?: string;
  readonly isolation?: string;
  readonly failover?: string;
  readonly replicationDelay?: string;
  readonly quorumTimeout?: string;
  readonly electionTimeout?: string;
  readonly heartbeat?: string;
  readonly preVote?: boolean;
  readonly leaseClockBound?: string;
  readonly snapshotEvery?: string;
  readonly voters?: string;
  readonly bug?: string;
}

export const PROTOCOL_DEFAULTS = {
  mode: "leader",
  ...QUORUM_DEFAULTS,
  readFrom: "leader",
  failover: "none",
  reads: "linearizable",
  propagation: "eventual",
  gossipVersioning: "timestamp",
  antiEntropy: "off",
  quorumTimeout: "500",
  electionTimeout: "300..600",
  heartbeat: "50",
  raftReads: "index",
  leaseClockBound: "0.1",
  snapshotEvery: "1000",
} as const;

type Mode = ProtocolConfig["mode"];
type Shared = Pick<LeaderConfig, "replicationDelayMs" | "quorumTimeoutMs">;

/** What a mode makes of its flags. */
interface Asked {
  readonly flags: ProtocolFlags;
  readonly nodes: number;
  readonly shared: Shared;
  readonly problems: string[];
}

const MODES: { readonly [mode in Mode]: (asked: Asked) => ProtocolConfig } = {
  leader: leaderConfig,
  quorum: (asked) => quorumConfig({ ...asked, quorumOf }),
  gossip: gossipConfig,
  sequencer: sequencerConfig,
  abd: ({ shared }) => ({ mode: "abd", ...shared }),
  raft: raftConfig,
};

/** Flags that mean something to some modes only, as they are written, and to which. */
const OWN: { readonly [flag in keyof ProtocolFlags]?: readonly [written: string, modes: readonly Mode[]] } = {
  writeQuorum: ["--write-quorum", ["leader", "quorum", "sequencer"]],
  readQuorum: ["--read-quorum", ["leader", "quorum", "sequencer"]],
  readFrom: ["--read-from", ["leader"]],
  isolation: ["--isolation", ["leader"]],
  failover: ["--failover", ["leader"]],
  reads: ["--reads", ["sequencer", "raft"]],
  propagation: ["--propagation", ["gossip"]],
  versioning: ["--versioning", ["quorum", "gossip"]],
  antiEntropy: ["--anti-entropy", ["quorum", "gossip"]],
  readRepair: ["--[no-]read-repair", ["quorum"]],
  electionTimeout: ["--election-timeout", ["raft"]],
  heartbeat: ["--heartbeat", ["raft"]],
  preVote: ["--[no-]pre-vote", ["raft"]],
  leaseClockBound: ["--lease-clock-bound", ["raft"]],
  snapshotEvery: ["--snapshot-every", ["raft"]],
  voters: ["--voters", ["raft"]],
  replicas: ["--replicas", ["quorum"]],
  virtualNodes: ["--virtual-nodes", ["quorum"]],
  siblings: ["--siblings", ["quorum"]],
  sloppyQuorum: ["--[no-]sloppy-quorum", ["quorum"]],
  hintedHandoff: ["--hinted-handoff", ["quorum"]],
  membership: ["--membership", ["quorum"]],
  tombstones: ["--[no-]tombstones", ["quorum"]],
  tombstoneGc: ["--tombstone-gc", ["quorum"]],
  tombstoneConfirm: ["--[no-]tombstone-confirm", ["quorum"]],
  versionsMax: ["--versions-max", ["quorum"]],
};

export function protocolConfig(flags: ProtocolFlags, nodes: number, problems: string[]): ProtocolConfig {
  const modes = Object.keys(MODES) as [Mode, ...Mode[]]; // the keys of a table with an entry for every mode
  const mode = choice("--mode", flags.mode ?? PROTOCOL_DEFAULTS.mode, modes, problems);
  for (const [name, [written, meaningful]] of Object.entries(OWN)) {
    const value = flags[name as keyof ProtocolFlags];
    if (value === undefined || meaningful.includes(mode)) continue;
    const last = meaningful.at(-1);
    const known = meaningful.length === 1 ? last : `${meaningful.slice(0, -1).join(", ")} or ${last}`;
    problems.push(`${written} ${String(value)}: only means something with --mode ${known}`);
  }
  const shared = {
    replicationDelayMs:
      flags.replicationDelay === undefined ? null : range("--replication-delay", flags.replicationDelay, problems),
    quorumTimeoutMs: number(
      "--quorum-timeout",
      flags.quorumTimeout ?? PROTOCOL_DEFAULTS.quorumTimeout,
      { min: 1, max: 600_000 },
      problems,
      "ms",
    ),
  };
  return MODES[mode]({ flags, nodes, shared, problems });
}

/** The planted bug, if one is asked for and there is one of that name in this mode. */
export function bugConfig(name: string | undefined, { mode }: ProtocolConfig, problems: string[]): { bug?: string } {
  if (name === undefined) return {};
  const bug = findBug(name);
  if (bug === null) problems.push(`--bug ${name}: there is none of that name; kvtest bugs lists them`);
  else if (bug.mode !== mode) problems.push(`--bug ${name}: is a bug of --mode ${bug.mode}, and the mode is ${mode}`);
  return { bug: name };
}

function leaderConfig({ flags, nodes, shared, problems }: Asked): LeaderConfig {
  const followers = nodes - 1;
  const readFrom = choice(
    "--read-from",
    flags.readFrom ?? PROTOCOL_DEFAULTS.readFrom,
    ["leader", "any", "quorum"] as const,
    problems,
  );
  if (flags.readQuorum !== undefined && readFrom !== "quorum") {
    problems.push(`--read-quorum ${flags.readQuorum}: only means something with --read-from quorum (or --mode quorum)`);
  }
  const failover = choice(
    "--failover",
    flags.failover ?? PROTOCOL_DEFAULTS.failover,
    ["none", "manual", "naive", "fenced"] as const,
    problems,
  );
  // The leader counts as one of the majority: of five nodes, two followers must acknowledge.
  const majority = majorityOf(nodes) - 1;
  const writeQuorum = quorum(
    "--write-quorum",
    flags.writeQuorum ?? PROTOCOL_DEFAULTS.writeQuorum,
    { min: 0, all: followers, majority, of: "follower acknowledgements" },
    problems,
  );
  if (failover === "manual" || failover === "fenced") {
    if (writeQuorum < majority)
      problems.push(
        `--write-quorum ${writeQuorum}: with --failover ${failover} at least ${majority}, for whoever leads next must know of what was acknowledged`,
      );
    if (readFrom === "quorum")
      problems.push(`--read-from quorum: not with --failover ${failover}; expected leader or any`);
  }
  return {
    mode: "leader",
    leader: "n1",
    writeQuorum,
    readFrom,
    readQuorum: quorumOf("--read-quorum", flags.readQuorum ?? PROTOCOL_DEFAULTS.readQuorum, nodes, problems),
    ...shared,
    ...(flags.isolation === undefined
      ? {}
      : { isolation: choice("--isolation", flags.isolation, ISOLATIONS, problems) }),
    ...(failover === "none" ? {} : { failover }),
  };
}

function gossipConfig({ flags, shared, problems }: Asked): GossipConfig {
  const versioning = choice(
    "--versioning",
    flags.versioning ?? PROTOCOL_DEFAULTS.gossipVersioning,
    ["timestamp", "none", "counter", "vector-clock"] as const,
    problems,
  );
  const antiEntropy = flags.antiEntropy ?? PROTOCOL_DEFAULTS.antiEntropy;
  if (versioning === "none" && antiEntropy !== "off") {
    problems.push(
      `--anti-entropy ${antiEntropy}: means nothing with --versioning none, for of two values nobody knows the newer`,
    );
  }
  return {
    mode: "gossip",
    propagation: choice(
      "--propagation",
      flags.propagation ?? PROTOCOL_DEFAULTS.propagation,
      ["strong", "eventual"] as const,
      problems,
    ),
    versioning,
    antiEntropyMs:
      antiEntropy === "off"
        ? null
        : number("--anti-entropy", antiEntropy, { min: 1, max: 600_000 }, problems, 'ms between two rounds, or "off"'),
    ...shared,
  };
}

function sequencerConfig({ flags, nodes, shared, problems }: Asked): SequencerConfig {
  const consistency = choice(
    "--reads",
    flags.reads ?? PROTOCOL_DEFAULTS.reads,
    ["linearizable", "eventual"] as const,
    problems,
  );
  if (flags.readQuorum !== undefined && consistency === "linearizable") {
    problems.push(
      `--read-quorum ${flags.readQuorum}: with --mode sequencer only means something with --reads eventual`,
    );
  }
  return {
    mode: "sequencer",
    sequencer: "n1",
    consistency,
    writeQuorum: quorumOf("--write-quorum", flags.writeQuorum ?? PROTOCOL_DEFAULTS.writeQuorum, nodes, problems),
    // The order is one, so a prefix of it at a single replica is what an eventual read is about.
    readQuorum: quorumOf("--read-quorum", flags.readQuorum ?? "1", nodes, problems),
    ...shared,
  };
}

function raftConfig({ flags, nodes, shared, problems }: Asked): RaftConfig {
  const read = choice("--reads", flags.reads ?? PROTOCOL_DEFAULTS.raftReads, ["index", "lease"] as const, problems);
  const bound = flags.leaseClockBound ?? PROTOCOL_DEFAULTS.leaseClockBound;
  if (flags.leaseClockBound !== undefined && read !== "lease") {
    problems.push(`--lease-clock-bound ${bound}: only means something with --reads lease`);
  }
  const electionTimeout = flags.electionTimeout ?? PROTOCOL_DEFAULTS.electionTimeout;
  const electionTimeoutMs = range("--election-timeout", electionTimeout, problems);
  const heartbeat = flags.heartbeat ?? PROTOCOL_DEFAULTS.heartbeat;
  const heartbeatMs = number("--heartbeat", heartbeat, { min: 1, max: 60_000 }, problems, "ms");
  if (heartbeatMs * 2 > electionTimeoutMs[0]) {
    problems.push(`--heartbeat ${heartbeat}: expected at most half of --election-timeout, which is ${electionTimeout}`);
  }
  const voting =
    flags.voters === undefined ? nodes : integer("--voters", flags.voters, { min: 1, max: nodes }, problems);
  return {
    mode: "raft",
    electionTimeoutMs,
    heartbeatMs,
    preVote: flags.preVote ?? true,
    read,
    leaseClockBound:
      bound === "off"
        ? null
        : number("--lease-clock-bound", bound, { min: 0, max: 0.9 }, problems, 'or "off" for the wall clock'),
    snapshotEvery: integer(
      "--snapshot-every",
      flags.snapshotEvery ?? PROTOCOL_DEFAULTS.snapshotEvery,
      { min: 1, max: 1e9 },
      problems,
    ),
    ...(voting === nodes ? {} : { voters: Array.from({ length: voting }, (_, i) => `n${i + 1}`) }),
    ...shared,
  };
}

const majorityOf = (nodes: number): number => Math.floor(nodes / 2) + 1;

/** Of all replicas, one at least. */
const quorumOf = (flag: string, text: string, nodes: number, problems: string[]): number =>
  quorum(flag, text, { min: 1, all: nodes, majority: majorityOf(nodes), of: "replicas" }, problems);

function quorum(
  flag: string,
  text: string,
  bounds: { readonly min: number; readonly all: number; readonly majority: number; readonly of: string },
  problems: string[],
): number {
  const { min, all, majority, of } = bounds;
  if (text === "majority") return Math.max(min, majority);
  if (text === "all") return all;
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < min || value > all) {
    problems.push(`${flag} ${text}: expected ${min}..${all} ${of}, "majority" or "all"`);
    return min;
  }
  return value;
}
