/** The staleness of every setting of a sweep in quorum mode: predicted from latencies that the sweep itself measured. */

import { quantile, sorted } from "../../checker/performance/quantile.js";
import { wilson } from "../../checker/staleness/wilson.js";
import type { RunConfig } from "../config/config.js";
import type { RunFigures } from "./figures.js";
import type { SweepPlan } from "./plan.js";
import { predictStale } from "./prediction.js";
import { type OrderStatistic, roundTripOf } from "./round-trips.js";

/** Of reads that began after a write of their key was acknowledged. */
export interface Predicted {
  readonly reads: number;
  /** Shares of stale reads, 0..1; null: cannot be said, and `why` tells. */
  readonly predicted: number | null;
  readonly measured: number | null;
  /** 95 %, Wilson, of the measured. */
  readonly interval: readonly [number, number] | null;
  /** What the prediction takes for granted and this setting does not give; empty: nothing. */
  readonly broken: readonly string[];
  readonly why: string | null;
}

/** Fewer reads than this say little. */
const READS_MIN = 200;

type QuorumRun = RunFigures & {
  readonly config: { readonly protocol: { readonly mode: "quorum" } & RunConfig["protocol"] };
};

const isQuorum = (run: RunFigures): run is QuorumRun => run.config.protocol.mode === "quorum";

/** `figures[n]`: the runs of setting n. null where a setting is not of the quorum mode, or has no run. */
export function predictAll(
  plan: SweepPlan,
  figures: readonly (readonly RunFigures[])[],
): readonly (Predicted | null)[] {
  const all = figures.map((runs) => runs.filter(isQuorum));
  return all.map((runs) => {
    const [first] = runs;
    if (first === undefined) return null;
    // Latencies are those of calm runs of the same cluster, whatever the quorums.
    const alike = all
      .flat()
      .filter(({ config }) => config.nemesis.faults.length === 0 && clusterOf(config) === clusterOf(first.config));
    return predictedOf(runs, first, alike, plan.seed);
  });
}

/** All that shapes latency, but quorums. */
const clusterOf = ({ nodes, protocol, fsync, concurrency, rate }: RunConfig): string =>
  JSON.stringify([
    nodes.length,
    "replicationDelayMs" in protocol ? protocol.replicationDelayMs : null,
    fsync,
    concurrency,
    rate,
  ]);

function predictedOf(
  runs: readonly QuorumRun[],
  { config }: QuorumRun,
  alike: readonly QuorumRun[],
  seed: number,
): Predicted {
  const reads = runs.flatMap(({ afterWrites }) => afterWrites);
  const stale = reads.filter(({ fresh }) => !fresh).length;
  const measured = reads.length === 0 ? null : stale / reads.length;
  const interval = reads.length === 0 ? null : wilson(stale, reads.length);
  const base = { reads: reads.length, measured, interval, broken: brokenBy(config, reads.length) };
  const { protocol, nodes } = config;
  const { readQuorum, writeQuorum } = protocol;
  if (reads.length === 0) return { ...base, predicted: null, why: "no read came after a write" };
  const writeTrip = roundTripOf(groupsOf(alike, "write"));
  if (writeTrip === null) {
    return {
      ...base,
      predicted: null,
      why: "no calm run with a write quorum of 2 or more tells how long a replica takes",
    };
  }
  // Where nobody ever asked a second replica, the way there and back of a read counts as nothing.
  const readTrip = roundTripOf(groupsOf(alike, "read")) ?? (() => 0);
  const hopMs = hopOf(alike, "read");
  // The coordinator's own disk tells how long a replica's takes: a write that waits for nobody else waits for that.
  const disks = sorted(aloneIn(alike, "write").map((ms) => Math.max(0, ms - hopMs)));
  const disk = (u: number): number => (disks.length === 0 ? 0 : quantile(disks, u));
  const predicted = predictStale(
    { replicas: nodes.length, readQuorum, writeQuorum, writeTrip, readTrip, hopMs, disk, seed },
    reads,
  );
  return { ...base, predicted, why: null };
}

function brokenBy({ nemesis, protocol, workload }: QuorumRun["config"], reads: number): readonly string[] {
  return [
    ...(nemesis.faults.length === 0 ? [] : ["faults"]),
    ...(protocol.readRepair ? ["read repair"] : []),
    ...(workload.name === "unique-register" ? [] : ["values that repeat: not every stale read shows"]),
    ...(reads >= READS_MIN ? [] : [`only ${reads} reads`]),
  ];
}

/** Latencies with the client's own way taken off, by how many other replicas were waited for. */
function groupsOf(runs: readonly QuorumRun[], f: "read" | "write"): readonly OrderStatistic[] {
  const hopMs = hopOf(runs, f);
  return runs.map(({ config: { protocol, nodes }, readsMs, writesMs }) => ({
    // The coordinator is a replica itself, and one of the quorum.
    fastest: (f === "read" ? protocol.readQuorum : protocol.writeQuorum) - 1,
    of: nodes.length - 1,
    latenciesMs: (f === "read" ? readsMs : writesMs).map((ms) => Math.max(0, ms - hopMs)),
  }));
}

/** Between client and coordinator: what an operation takes that waits for no other replica; its median, ms. */
function hopOf(runs: readonly QuorumRun[], f: "read" | "write"): number {
  const alone = aloneIn(runs, f);
  return alone.length === 0 ? 0 : quantile(sorted(alone), 0.5);
}

/** Latencies of operations that waited for no other replica, ms. */
const aloneIn = (runs: readonly QuorumRun[], f: "read" | "write"): readonly number[] =>
  runs.flatMap(({ config: { protocol }, readsMs, writesMs }) => {
    const quorum = f === "read" ? protocol.readQuorum : protocol.writeQuorum;
    return quorum === 1 ? (f === "read" ? readsMs : writesMs) : [];
  });
