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
/** One delay in ms. On a way back `thereMs` is what the way there took. */
export type Delay = (draw: Draw, thereMs?: number) => number;

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
  /** Latency below which the share `p` of reads, or of writes, stays; ms. */
  readonly readWithinMs: (p: number) => number;
  readonly writeWithinMs: (p: number) => number;
}

export interface Simulation {
  readonly quorum: Quorum;
  readonly delays: Delays;
  readonly trials: number;
  readonly draw: Draw;
  /**
   * Replicas far apart: the write has its coordinator beside one of them, the read beside another or the same, and each
   * message to or from the others takes so much longer, ms. Default 0: they are all alike.
   */
  readonly remoteMs?: number;
  /**
   * Coordinators are replicas themselves, a write's and a read's drawn each time: to itself a message takes no time.
   * Default: they stand apart. Latencies are then those between replicas; a client's way to its coordinator comes on top.
   */
  readonly local?: boolean;
  /** What holds up a write besides, on its way to each replica but the coordinator's own; default: nothing. */
  readonly heldMs?: Delay;
}

/**
 * Monte Carlo over the WARS model: a write is sent to all replicas and acknowledged once `writeQuorum` answers are back;
 * a read is sent to all and answered by the first `readQuorum`. It is fresh if one of those got the write before the
 * read: W <= acknowledged + t + R. So every trial yields one number, the smallest t for which its read is fresh, and
 * these, sorted, are the whole curve. (No repair, no failures, one write at a time: a lower bound on staleness in
 * trouble, an upper bound where reads repair.)
 */
export const simulate = (simulation: Simulation): Prediction => {
  const { quorum, trials } = simulation;
  assertQuorum(quorum);
  const needed = new Float64Array(trials);
  const readMs = new Float64Array(trials);
  const writeMs = new Float64Array(trials);
  const { replicas, readQuorum, writeQuorum } = quorum;
  const trips = tripsOf(simulation);
  const [write, read] = [new Trips(replicas), new Trips(replicas)];
  for (let trial = 0; trial < trials; trial++) {
    trips(write, read);
    const done = smallest(write.back, writeQuorum);
    const answer = smallest(read.back, readQuorum);
    let wait = Number.POSITIVE_INFINITY;
    for (let i = 0; i < replicas; i++) {
      if ((read.back[i] ?? 0) <= answer) wait = Math.min(wait, (write.there[i] ?? 0) - done - (read.there[i] ?? 0));
    }
    needed[trial] = Math.max(0, wait);
    readMs[trial] = answer;
    writeMs[trial] = done;
  }
  for (const column of [needed, readMs, writeMs]) column.sort();
  return {
    freshAt: (afterMs) => countAtMost(needed, afterMs) / trials,
    freshAfterMs: (p) => quantile(needed, p),
    readMs: quantiles(readMs),
    writeMs: quantiles(writeMs),
    readWithinMs: (p) => quantile(readMs, p),
    writeWithinMs: (p) => quantile(writeMs, p),
  };
};

/** Per replica when a message arrives, and when the answer is back; ms. */
class Trips {
  readonly there: Float64Array;
  readonly back: Float64Array;
  constructor(replicas: number) {
    this.there = new Float64Array(replicas);
    this.back = new Float64Array(replicas);
  }
}

const tripsOf = ({ quorum, delays, draw, ...where }: Simulation): ((write: Trips, read: Trips) => void) => {
  const { remoteMs = 0, local = false, heldMs = () => 0 } = where;
  // Where all are alike nobody has to stand anywhere.
  const placed = remoteMs > 0 || local;
  const place = (): number => (placed ? Math.floor(draw() * quorum.replicas) : -1);
  return (write, read) => {
    const [writer, reader] = [place(), place()];
    for (let i = 0; i < quorum.replicas; i++) {
      if (local && i === writer) write.there[i] = write.back[i] = 0;
      else {
        const far = i === writer ? 0 : remoteMs;
        const there = delays.write(draw);
        write.there[i] = far + there + heldMs(draw);
        write.back[i] = (write.there[i] ?? 0) + far + delays.ack(draw, there);
      }
      if (local && i === reader) read.there[i] = read.back[i] = 0;
      else {
        const far = i === reader ? 0 : remoteMs;
        const there = delays.read(draw);
        read.there[i] = far + there;
        read.back[i] = 2 * far + there + delays.response(draw, there);
      }
    }
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

/** Of each round trip one half, both ways. */
export const thereAndBack = (writeTrip: Delay, readTrip: Delay): Delays => ({
  write: (draw) => writeTrip(draw) / 2,
  ack: back,
  read: (draw) => readTrip(draw) / 2,
  response: back,
});

const back: Delay = (_, thereMs = 0) => thereMs;

/**
 * Delays from measured round trips between a coordinator and a replica, halved: the two ways are taken to be alike.
 * Where they are not, staleness comes out wrong although latency comes out right.
 */
export const delaysFromRoundTrips = (writesMs: readonly number[], readsMs: readonly number[]): Delays => {
  return thereAndBack(measured(writesMs), measured(readsMs));
};
