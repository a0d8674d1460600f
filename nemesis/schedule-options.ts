/** What a schedule is drawn from, as plain data, and every problem with it. */

import type { CutMode, Damage, DiskTrouble, Distribution, FaultKind, NodeName, PartitionShape, Skew } from "./fault.js";
import { NODES_MIN } from "./grudge.js";

/** See windows for what each of them does. */
export const PLANS = ["intervals", "phases", "cycle", "mix", "swarm"] as const;
export type Plan = (typeof PLANS)[number];

export interface ScheduleOptions {
  readonly kinds: readonly FaultKind[];
  /** Shapes that `partition` takes in turn, in drawn order. */
  readonly partitions: readonly PartitionShape[];
  readonly nodes: readonly NodeName[];
  readonly seed: number;
  /** Length of the run, ms. The last fault ends before it, with some calm after it. */
  readonly durationMs: number;
  /** Mean time between the starts of two faults of a kind, ms. Shortened to 60 % of a run that is shorter than that. */
  readonly intervalMs: number;
  /** Whether the system can say who leads. Without it nothing is aimed at the leader, and shape `leader` is left out. */
  readonly hasLeader: boolean;
  /**
   * The node that all traffic between nodes goes through, where there is one: a fixed leader. A partition then always
   * cuts a link of it, and it is neither stopped nor down for the whole of a partition: a cut between silent nodes
   * breaks nothing.
   */
  readonly hub?: NodeName;
  /** The nodes that take writes, where that is known before: for the shape `primaries`. */
  readonly primaries?: readonly NodeName[];
  /** Default: intervals. */
  readonly plan?: Plan;
  /** Everything that can be aimed at the leader is. */
  readonly target?: "leader";
  /** Each fault waits for the first change of leader after its time. */
  readonly after?: "election";
  /** Who is hit by kills and pauses; see SHARES. */
  readonly shares?: Shares;
  /** How hard faults are. Each is drawn from its range or list; those that are absent from USUAL_PARAMS. */
  readonly params?: Partial<FaultParams>;
}

/** The part of the faults on nodes that take the leader, a minority, or (of those that lose nothing) a majority. */
export interface Shares {
  readonly leader: number;
  readonly minority: number;
  readonly majority: number;
}

export type Range = readonly [low: number, high: number];

export interface FaultParams {
  /** partition: how cut links behave. */
  readonly cutModes: readonly CutMode[];
  /** partition, pause: the part of them that flap, 0..1, and for how long they are broken and whole in turn. */
  readonly flapRate: number;
  readonly flapMs: Range;
  readonly killSignals: readonly ("SIGKILL" | "SIGTERM")[];
  readonly latencyMs: Range;
  readonly distributions: readonly Distribution[];
  readonly bytesPerSecond: Range;
  readonly closeMs: Range;
  readonly corruptRate: Range;
  readonly lossRate: Range;
  readonly duplicateRate: Range;
  readonly reorderRate: Range;
  /** crash-loop: how long the node is up and down in turn. */
  readonly upMs: Range;
  readonly downMs: Range;
  readonly cpuShare: Range;
  readonly skews: readonly Skew["is"][];
  /** clock: how far off, either way. */
  readonly offsetMs: Range;
  readonly periodMs: Range;
  readonly clockRate: Range;
  readonly troubles: readonly DiskTrouble["is"][];
  readonly diskMs: Range;
  readonly diskErrorRate: Range;
  readonly damages: readonly Damage["is"][];
  readonly bits: Range;
  readonly bytes: Range;
}

/** Ranges that lie within one order of magnitude are drawn evenly, wider ones with small values as likely as large ones. */
export const USUAL_PARAMS: FaultParams = {
  cutModes: ["drop"],
  flapRate: 0,
  flapMs: [50, 500],
  killSignals: ["SIGKILL"],
  latencyMs: [5, 200],
  distributions: ["uniform"],
  bytesPerSecond: [1_000, 100_000],
  closeMs: [20, 1_000],
  corruptRate: [0.01, 0.2],
  lossRate: [0.05, 0.4],
  duplicateRate: [0.05, 0.4],
  reorderRate: [0.05, 0.4],
  upMs: [50, 500],
  downMs: [50, 500],
  cpuShare: [0.02, 0.3],
  skews: ["bump", "strobe", "rate"],
  offsetMs: [10, 300_000],
  periodMs: [5, 500],
  clockRate: [0.5, 2],
  troubles: ["full", "read-only", "errors", "slow"],
  diskMs: [10, 500],
  diskErrorRate: [0.2, 1],
  damages: ["lose-unsynced", "torn", "flip", "truncate"],
  bits: [1, 8],
  bytes: [1, 512],
};

/** Kinds that break links. */
const ON_LINKS: readonly FaultKind[] = ["partition", "delay", "bandwidth", "slow-close", "corrupt", "packet"];

/** Shorter runs have no room for a fault that a timer can hit. */
const DURATION_MIN_MS = 100;

/** Every problem in words; empty when a schedule can be drawn. */
export function problemsOf(options: ScheduleOptions, drawn: readonly FaultKind[]): string[] {
  const { kinds, nodes, durationMs, intervalMs, seed } = options;
  if (kinds.length === 0) return [];
  const problems: string[] = [];
  for (const kind of kinds)
    if (!drawn.includes(kind)) problems.push(`kinds: "${kind}" is not a fault that can be drawn`);
  if (nodes.length === 0) problems.push("nodes: there is nothing to break");
  if (new Set(nodes).size !== nodes.length) problems.push(`nodes: a name is there twice (${nodes.join(", ")})`);
  if (!Number.isFinite(seed)) problems.push(`seed: ${seed} is not a number`);
  if (!(durationMs >= DURATION_MIN_MS && Number.isFinite(durationMs)))
    problems.push(`durationMs: ${durationMs} is too short for a fault, ${DURATION_MIN_MS} is the least`);
  if (!(intervalMs > 0 && Number.isFinite(intervalMs))) problems.push(`intervalMs: ${intervalMs} is not above 0`);
  for (const kind of kinds)
    if (kind !== "partition" && ON_LINKS.includes(kind) && nodes.length < 2)
      problems.push(`${kind}: there is no link with fewer than 2 nodes`);
  if (kinds.includes("partition")) problems.push(...partitionProblems(options));
  if (options.after === "election" && !options.hasLeader)
    problems.push("after: elections need a system that can say who leads");
  if (options.target === "leader" && !options.hasLeader)
    problems.push("target: the leader needs a system that can say who leads");
  return problems;
}

function partitionProblems(options: ScheduleOptions): string[] {
  const { partitions, nodes } = options;
  if (partitions.length === 0) return ["partitions: no shape to draw from"];
  const problems: string[] = [];
  for (const shape of partitions) {
    const least = NODES_MIN[shape];
    if (least === undefined) problems.push(`partitions: "${shape}" is not a shape`);
    else if (nodes.length < least)
      problems.push(`partitions: "${shape}" cuts nothing with ${nodes.length} nodes, it takes ${least}`);
  }
  if (shapesOf(options).length === 0)
    problems.push(`partitions: "${partitions[0]}" needs a system that can say who leads`);
  return problems;
}

/** Those that can be drawn here. */
export const shapesOf = (options: ScheduleOptions): readonly PartitionShape[] => {
  const { partitions, hasLeader, primaries = [], target } = options;
  if (target === "leader") return ["leader"];
  return partitions.filter(
    (shape) => hasLeader || (shape !== "leader" && (shape !== "primaries" || primaries.length > 0)),
  );
};
