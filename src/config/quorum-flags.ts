/** The flags of the leaderless mode: what each part of it is, and which of them mean nothing together. Pure. */

import type { QuorumConfig } from "../replica/wire.js";
import { choice, integer, number } from "./parse.js";

/** As commander hands them over. */
export interface QuorumFlags {
  readonly writeQuorum?: string;
  readonly readQuorum?: string;
  readonly versioning?: string;
  readonly readRepair?: boolean;
  readonly replicas?: string;
  readonly virtualNodes?: string;
  readonly siblings?: string;
  readonly sloppyQuorum?: boolean;
  readonly hintedHandoff?: string;
  readonly antiEntropy?: string;
  readonly membership?: string;
  readonly tombstones?: boolean;
  readonly tombstoneGc?: string;
  readonly tombstoneConfirm?: boolean;
  readonly versionsMax?: string;
}

export const QUORUM_DEFAULTS = {
  writeQuorum: "majority",
  readQuorum: "majority",
  versioning: "lww",
  siblings: "client",
  hintedHandoff: "off",
  membership: "off",
  tombstoneGc: "off",
  versionsMax: "all",
} as const;

interface Asked {
  readonly flags: QuorumFlags;
  readonly nodes: number;
  readonly shared: Pick<QuorumConfig, "replicationDelayMs" | "quorumTimeoutMs">;
  readonly problems: string[];
  /** How many of so many replicas a word of the command line means. */
  readonly quorumOf: (flag: string, text: string, nodes: number, problems: string[]) => number;
}

export function quorumConfig(asked: Asked): QuorumConfig {
  const { flags, nodes, shared, problems, quorumOf } = asked;
  const replicas =
    flags.replicas === undefined
      ? undefined
      : integer("--replicas", flags.replicas, { min: 1, max: nodes, otherwise: nodes }, problems);
  const held = replicas ?? nodes;
  const versioning = choice(
    "--versioning",
    flags.versioning ?? QUORUM_DEFAULTS.versioning,
    ["lww", "vector-clock"] as const,
    problems,
  );
  checkTogether(flags, { replicas: held, nodes, versioning }, problems);
  return {
    mode: "quorum",
    readQuorum: quorumOf("--read-quorum", flags.readQuorum ?? QUORUM_DEFAULTS.readQuorum, held, problems),
    writeQuorum: quorumOf("--write-quorum", flags.writeQuorum ?? QUORUM_DEFAULTS.writeQuorum, held, problems),
    versioning,
    readRepair: flags.readRepair ?? true,
    ...shared,
    ...(replicas === undefined ? {} : { replicas }),
    ...(flags.virtualNodes === undefined
      ? {}
      : { virtualNodes: integer("--virtual-nodes", flags.virtualNodes, { min: 1, max: 1024 }, problems) }),
    ...siblingsOf(flags.siblings, problems),
    ...(flags.sloppyQuorum === true ? { sloppyQuorum: true } : {}),
    ...every("hintedHandoffMs", "--hinted-handoff", flags.hintedHandoff, problems),
    ...every("antiEntropyMs", "--anti-entropy", flags.antiEntropy, problems),
    ...every("membershipMs", "--membership", flags.membership, problems),
    ...(flags.tombstones === false ? { tombstones: false } : {}),
    ...every("tombstoneGcMs", "--tombstone-gc", flags.tombstoneGc, problems),
    ...(flags.tombstoneConfirm === false ? { tombstoneConfirm: false } : {}),
    ...(flags.versionsMax === undefined || flags.versionsMax === "all"
      ? {}
      : { versionsMax: integer("--versions-max", flags.versionsMax, { min: 1, max: 1_000_000 }, problems) }),
  };
}

function siblingsOf(text: string | undefined, problems: string[]): Pick<QuorumConfig, "siblings"> {
  const siblings = choice("--siblings", text ?? QUORUM_DEFAULTS.siblings, ["client", "lww", "merge"], problems);
  return siblings === "client" ? {} : { siblings };
}

/** Milliseconds between two rounds under the field's name; nothing where it is off. */
function every<const Field extends string>(
  field: Field,
  flag: string,
  text: string | undefined,
  problems: string[],
): { readonly [name in Field]?: number } {
  if (text === undefined || off(text)) return {};
  const ms = number(flag, text, { min: 1, max: 600_000 }, problems, 'ms, or "off"');
  return { [field]: ms } as { readonly [name in Field]: number }; // a computed name widens to string
}

const off = (text: string | undefined): boolean => text === undefined || text === "off";

interface Meaning {
  readonly replicas: number;
  readonly nodes: number;
  readonly versioning: QuorumConfig["versioning"];
}

/** What means nothing beside the rest is refused, not ignored. */
function checkTogether(flags: QuorumFlags, { replicas, nodes, versioning }: Meaning, problems: string[]): void {
  const refuse = (holds: boolean, words: string): void => void (holds && problems.push(words));
  const places = replicas < nodes;
  refuse(
    flags.virtualNodes !== undefined && !places,
    `--virtual-nodes ${flags.virtualNodes}: means nothing where every node holds every key; expected --replicas below ${nodes}`,
  );
  refuse(
    flags.sloppyQuorum === true && !places,
    `--sloppy-quorum: nobody is left to stand in where every node holds every key; expected --replicas below ${nodes}`,
  );
  const clocks = versioning === "vector-clock";
  refuse(
    flags.siblings !== undefined && !clocks,
    `--siblings ${flags.siblings}: only means something with --versioning vector-clock`,
  );
  refuse(
    flags.versionsMax !== undefined && !clocks,
    `--versions-max ${flags.versionsMax}: only means something with --versioning vector-clock`,
  );
  refuse(
    flags.tombstones === false && !off(flags.tombstoneGc),
    `--tombstone-gc ${flags.tombstoneGc}: there is nothing to collect with --no-tombstones`,
  );
  refuse(
    flags.tombstoneConfirm === false && off(flags.tombstoneGc),
    "--no-tombstone-confirm: nothing is collected without --tombstone-gc",
  );
}
