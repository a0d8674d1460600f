/**
 * How stale will reads be? Probabilistically bounded staleness: Bailis, Venkataraman, Franklin, Hellerstein and Stoica,
 * Probabilistically bounded staleness for practical partial quorums, VLDB 2012.
 *
 * Pure: randomness comes in as `draw`, uniform in [0, 1). The same draws give the same prediction.
 */

import type { Quantiles } from "../performance/details.js";
import { quantile, quantiles } from "../performance/quantile.js";
import { countBelow } from "./registers.js";

export type Draw = () => number;
/** One delay in ms. */
export type Delay = (draw: Draw) => number;

/** One-way delays between a coordinator and one replica: the four letters of WARS. */
export interface Delays {
  /** W: the write on its way to the replica. */
  readonly write: Delay;
  /** A: its acknowledgement on its way back. */
  readonly ack: Delay;
  /** R: the read on its way to the replica. */
  readonly read: Delay;
  /** S: the answer on its way back. */
  readonly response: Delay;
}

export interface Quorum {
  readonly replicas: number;
  /** Answers that a read waits for; 1 .. replicas. */
  readonly readQuorum: number;
  /** Acknowledgements that a write waits for; 1 .. replicas. */
  readonly writeQuorum: number;
}

export interface Prediction {
  /** Share of reads, 0..1, that see a write when they begin `afterMs` after it was acknowledged. */
  readonly freshAt: (afterMs: number) => number;
  /** How long after the acknowledgement reads must begin so that the share `p` of them (0..1) sees the write; ms. */
  readonly freshAfterMs: (p: number) => number;
  readonly readMs: Quantiles | null;
  readonly writeMs: Quantiles | null;
}

export interface Simulation {
  readonly quorum: Quorum;
  readonly delays: Delays;
  readonly trials: number;
  readonly draw: Draw;
}

/**
 * Monte Carlo over the WARS model: a write is sent to all replicas and acknowledged once `writeQuorum` answers are back;
 * a read is sent to all and answered by the first `readQuorum`. It is fresh if one of those got the write before the
 * read: W <= acknowledged + t + R. So every trial yields one number, the smallest t for which its read is fresh, and
 * these, sorted, are the whole curve. (No repair, no failures, one write at a time: a lower bound on staleness in
 * trouble, an upper bound where reads repair.)
 */
export const simulate = ({ quorum, delays, trials, draw }: Simulation): Prediction => {
  const { replicas, readQuorum, writeQuorum } = quorum;
  assertQuorum(quorum);
  const needed = new Float64Array(trials);
  const readMs = new Float64Array(trials);
  const writeMs = new Float64Array(trials);
  const arrival = new Float64Array(replicas);
  const acknowledged = new Float64Array(replicas);
  const asked = new Float64Array(replicas);
  const answered = new Float64Array(replicas);
  for (let trial = 0; trial < trials; trial++) {
    for (let i = 0; i < replicas; i++) {
      const written = delays.write(draw);
      arrival[i] = written;
      acknowledged[i] = written + delays.ack(draw);
      const reached = delays.read(draw);
      asked[i] = reached;
      answered[i] = reached + delays.response(draw);
    }
    const done = smallest(acknowledged, writeQuorum);
    const answer = smallest(answered, readQuorum);
    let wait = Number.POSITIVE_INFINITY;
    for (let i = 0; i < replicas; i++) {
      if ((answered[i] ?? 0) <= answer) wait = Math.min(wait, (arrival[i] ?? 0) - done - (asked[i] ?? 0));
    }
    needed[trial] = Math.max(0, wait);
    readMs[trial] = answer;
    writeMs[trial] = done;
  }
  needed.sort();
  return {
    freshAt: (afterMs) => countAtMost(needed, afterMs) / trials,
    freshAfterMs: (p) => quantile(needed, p),
    readMs: quantiles(readMs),
    writeMs: quantiles(writeMs),
  };
};

const assertQuorum = ({ replicas, readQuorum, writeQuorum }: Quorum): void => {
  for (const quorum of [readQuorum, writeQuorum]) {
    if (!Number.isInteger(quorum) || quorum < 1 || quorum > replicas) {
      throw new RangeError(
        `a quorum of ${quorum} out of ${replicas} replicas: expected a whole number from 1 to ${replicas}`,
      );
    }
  }
};

/** The n-th smallest. */
const smallest = (values: Float64Array, n: number): number => values.toSorted()[n - 1] ?? Number.NaN;

const countAtMost = (ascending: Float64Array, bound: number): number => {
  const below = countBelow(ascending, bound);
  let equal = below;
  while (equal < ascending.length && ascending[equal] === bound) equal++;
  return equal;
};

/** Share of reads, 0..1, that miss the last write when quorums do not grow: C(N - W, R) / C(N, R). */
export const missShare = (quorum: Quorum): number => {
  assertQuorum(quorum);
  const { replicas, readQuorum, writeQuorum } = quorum;
  let share = 1;
  for (let i = 0; i < readQuorum; i++) share *= Math.max(0, replicas - writeQuorum - i) / (replicas - i);
  return share;
};

/** Share of reads, 0..1, that return one of the last `k` versions: all k write quorums would have to be missed. */
export const withinVersions = (quorum: Quorum, k: number): number => 1 - missShare(quorum) ** k;

/** Mean 1 / `rate` ms. */
export const exponential =
  (rate: number): Delay =>
  (draw) =>
    -Math.log(1 - draw()) / rate;

/** At least `least` ms; the smaller `shape`, the heavier the tail. */
export const pareto =
  (least: number, shape: number): Delay =>
  (draw) =>
    least * (1 - draw()) ** (-1 / shape);

/** `first` with probability `p`, else `second`. */
export const mixture =
  (p: number, first: Delay, second: Delay): Delay =>
  (draw) =>
    draw() < p ? first(draw) : second(draw);

/** One of the measured values, each as likely as it was frequent. There has to be at least one. */
export const measured = (valuesMs: readonly number[]): Delay => {
  if (valuesMs.length === 0) throw new RangeError("no measured delays to draw from");
  const values = Float64Array.from(valuesMs);
  return (draw) => values[Math.floor(draw() * values.length)] ?? 0;
};

const halfOf =
  (delay: Delay): Delay =>
  (draw) =>
    delay(draw) / 2;

/**
 * Delays from measured round trips between a coordinator and a replica, halved: the two ways are taken to be alike.
 * Where they are not, staleness comes out wrong although latency comes out right.
 */
export const delaysFromRoundTrips = (writesMs: readonly number[], readsMs: readonly number[]): Delays => {
  const [write, read] = [halfOf(measured(writesMs)), halfOf(measured(readsMs))];
  return { write, ack: write, read, response: read };
};
