/** The flags that say which protocol, and how it is set -> its configuration, or every problem. Pure. */

import type { GossipConfig, LeaderConfig, ProtocolConfig, QuorumConfig, SequencerConfig } from "../replica/wire.js";
import { ISOLATIONS } from "./config.js";
import { choice, number, range } from "./parse.js";

/** As commander hands them over: strings, booleans for switches, absent where the user said nothing. */
export interface ProtocolFlags {
  readonly mode?: string;
  readonly writeQuorum?: string;
  readonly readQuorum?: string;
  readonly readFrom?: string;
  readonly reads?: string;
  readonly propagation?: string;
  readonly versioning?: string;
  readonly antiEntropy?: string;
  readonly readRepair?: boolean;
  readonly replicationDelay?: string;
  readonly quorumTimeout?: string;
  readonly isolation?: string;
}

export const PROTOCOL_DEFAULTS = {
  mode: "leader",
  writeQuorum: "majority",
  readQuorum: "majority",
  readFrom: "leader",
  reads: "linearizable",
  propagation: "eventual",
  /** In quorum mode. */
  versioning: "lww",
  gossipVersioning: "timestamp",
  antiEntropy: "off",
  quorumTimeout: "500",
} as const;

export const MODES = ["leader", "quorum", "gossip", "sequencer"] as const satisfies readonly ProtocolConfig["mode"][];
type Mode = (typeof MODES)[number];

/** Which modes a flag means something in; those that are not here mean something in all. */
const ONLY_IN: { readonly [flag in keyof ProtocolFlags]?: readonly [name: string, ...modes: Mode[]] } = {
  writeQuorum: ["--write-quorum", "leader", "quorum", "sequencer"],
  readQuorum: ["--read-quorum", "leader", "quorum", "sequencer"],
  readFrom: ["--read-from", "leader"],
  isolation: ["--isolation", "leader"],
  reads: ["--reads", "sequencer"],
  propagation: ["--propagation", "gossip"],
  versioning: ["--versioning", "quorum", "gossip"],
  antiEntropy: ["--anti-entropy", "gossip"],
  readRepair: ["--[no-]read-repair", "quorum"],
};

interface Common {
  readonly nodes: number;
  readonly replicationDelayMs: readonly [number, number] | null;
  readonly quorumTimeoutMs: number;
  readonly problems: string[];
}

export function protocolConfig(flags: ProtocolFlags, nodes: number, problems: string[]): ProtocolConfig {
  const mode = choice("--mode", flags.mode ?? PROTOCOL_DEFAULTS.mode, MODES, problems);
  refuseStrangers(flags, mode, problems);
  const replicationDelayMs =
    flags.replicationDelay === undefined ? null : range("--replication-delay", flags.replicationDelay, problems);
  const quorumTimeoutMs = number(
    "--quorum-timeout",
    flags.quorumTimeout ?? PROTOCOL_DEFAULTS.quorumTimeout,
    { min: 1, max: 600_000 },
    problems,
    "ms",
  );
  const common = { nodes, replicationDelayMs, quorumTimeoutMs, problems };
  return CONFIG_OF[mode](flags, common);
}

const CONFIG_OF: { readonly [mode in Mode]: (flags: ProtocolFlags, common: Common) => ProtocolConfig } = {
  leader: leaderConfig,
  quorum: quorumConfig,
  gossip: gossipConfig,
  sequencer: sequencerConfig,
};

function leaderConfig(flags: ProtocolFlags, { nodes, problems, ...times }: Common): LeaderConfig {
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
  return {
    mode: "leader",
    leader: "n1",
    // The leader counts as one of the majority: of five nodes, two followers must acknowledge.
    writeQuorum: quorum(
      "--write-quorum",
      flags.writeQuorum ?? PROTOCOL_DEFAULTS.writeQuorum,
      { min: 0, all: followers, majority: majorityOf(nodes) - 1, of: "follower acknowledgements" },
      problems,
    ),
    readFrom,
    readQuorum: quorumOf("--read-quorum", flags.readQuorum ?? PROTOCOL_DEFAULTS.readQuorum, nodes, problems),
    ...timesOf(times),
    ...(flags.isolation === undefined
      ? {}
      : { isolation: choice("--isolation", flags.isolation, ISOLATIONS, problems) }),
  };
}

function quorumConfig(flags: ProtocolFlags, { nodes, problems, ...times }: Common): QuorumConfig {
  return {
    mode: "quorum",
    readQuorum: quorumOf("--read-quorum", flags.readQuorum ?? PROTOCOL_DEFAULTS.readQuorum, nodes, problems),
    writeQuorum: quorumOf("--write-quorum", flags.writeQuorum ?? PROTOCOL_DEFAULTS.writeQuorum, nodes, problems),
    versioning: choice(
      "--versioning",
      flags.versioning ?? PROTOCOL_DEFAULTS.versioning,
      ["lww", "vector-clock"] as const,
      problems,
    ),
    readRepair: flags.readRepair ?? true,
    ...timesOf(times),
  };
}

function gossipConfig(flags: ProtocolFlags, { problems, ...times }: Common): GossipConfig {
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
    ...timesOf(times),
  };
}

function sequencerConfig(flags: ProtocolFlags, { nodes, problems, ...times }: Common): SequencerConfig {
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
    ...timesOf(times),
  };
}

const timesOf = ({
  replicationDelayMs,
  quorumTimeoutMs,
}: Pick<Common, "replicationDelayMs" | "quorumTimeoutMs">): Pick<
  LeaderConfig,
  "replicationDelayMs" | "quorumTimeoutMs"
> => ({ replicationDelayMs, quorumTimeoutMs });

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

function refuseStrangers(flags: ProtocolFlags, mode: Mode, problems: string[]): void {
  for (const [name, only] of Object.entries(ONLY_IN)) {
    const [flag, ...modes] = only;
    const value = flags[name as keyof ProtocolFlags]; // the names of ONLY_IN
    if (value === undefined || modes.includes(mode)) continue;
    const last = modes.at(-1);
    const known = modes.length === 1 ? last : `${modes.slice(0, -1).join(", ")} or ${last}`;
    problems.push(`${flag} ${String(value)}: only means something with --mode ${known}`);
  }
}
