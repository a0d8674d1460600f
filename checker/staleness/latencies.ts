/** Where the delays of a prediction come from: production systems, as published, or latencies that clients saw. */

import { sorted } from "../performance/quantile.js";
import { type Delay, type Delays, exponential, mixture, pareto, thereAndBack } from "./pbs.js";

export interface Latencies {
  readonly delays: Delays;
  /** What every message to and from another data centre takes besides, ms; see `Simulation`. */
  readonly remoteMs: number;
}

const alike = (write: Delay, others: Delay): Delays => ({ write, ack: others, read: others, response: others });

const SSD = mixture(0.9122, pareto(0.235, 10), exponential(1.66));
const DISK = alike(mixture(0.38, pareto(1.05, 1.51), exponential(0.183)), SSD);
const YAMMER_WRITE = mixture(0.939, pareto(3, 3.35), exponential(0.0028));
const YAMMER_OTHER = mixture(0.982, pareto(1.5, 3.8), exponential(0.0217));

/** Bailis et al., VLDB 2012, table 3 and section 5.5: fits of one-way delays at LinkedIn and Yammer, ms. */
export const PUBLISHED_LATENCIES = {
  "lnkd-ssd": { delays: alike(SSD, SSD), remoteMs: 0 },
  "lnkd-disk": { delays: DISK, remoteMs: 0 },
  ymmr: { delays: alike(YAMMER_WRITE, YAMMER_OTHER), remoteMs: 0 },
  wan: { delays: DISK, remoteMs: 75 },
} as const satisfies { readonly [name: string]: Latencies };

export type PublishedName = keyof typeof PUBLISHED_LATENCIES;

export interface PublishedRow {
  readonly latencies: PublishedName;
  readonly readQuorum: number;
  readonly writeQuorum: number;
  /** 99.9th percentiles, ms. */
  readonly readMs: number;
  readonly writeMs: number;
  /** From so long after a write on 99.9 % of reads see it, ms. */
  readonly freshAfterMs: number;
  /** Whether `freshAfterMs` was compared with a text of the paper. None of the latencies was. */
  readonly confirmed: boolean;
}

const row = (
  latencies: PublishedName,
  [readQuorum, writeQuorum]: readonly [number, number],
  [readMs, writeMs, freshAfterMs]: readonly [number, number, number],
  confirmed = false,
): PublishedRow => ({ latencies, readQuorum, writeQuorum, readMs, writeMs, freshAfterMs, confirmed });

const CONFIRMED = true;

/**
 * The same paper, table 4: three replicas. Five numbers were compared with a text of the paper (`CONFIRMED`). The others,
 * all latencies and all of WAN among them, were noted from its table without that, and agree with our own simulation.
 */
export const PUBLISHED_TABLE: readonly PublishedRow[] = [
  row("lnkd-ssd", [1, 1], [0.66, 0.66, 1.85], CONFIRMED),
  row("lnkd-ssd", [1, 2], [0.66, 1.63, 1.79]),
  row("lnkd-ssd", [2, 1], [1.63, 0.65, 0]),
  row("lnkd-ssd", [2, 2], [1.62, 1.64, 0]),
  row("lnkd-ssd", [3, 1], [4.14, 0.65, 0]),
  row("lnkd-ssd", [1, 3], [0.65, 4.09, 0]),
  row("lnkd-disk", [1, 1], [0.66, 10.99, 45.5], CONFIRMED),
  row("lnkd-disk", [1, 2], [0.65, 20.97, 43.3]),
  row("lnkd-disk", [2, 1], [1.63, 10.9, 13.6], CONFIRMED),
  row("lnkd-disk", [2, 2], [1.64, 20.96, 0]),
  row("lnkd-disk", [3, 1], [4.14, 10.89, 0]),
  row("lnkd-disk", [1, 3], [0.65, 112.65, 0]),
  row("ymmr", [1, 1], [5.58, 10.83, 1364], CONFIRMED),
  row("ymmr", [1, 2], [5.61, 427.12, 1352]),
  row("ymmr", [2, 1], [32.6, 10.73, 202], CONFIRMED),
  row("ymmr", [2, 2], [33.18, 428.11, 0]),
  row("ymmr", [3, 1], [219.27, 10.79, 0]),
  row("ymmr", [1, 3], [5.63, 1870.86, 0]),
  row("wan", [1, 1], [3.4, 55.12, 113]),
  row("wan", [1, 2], [3.4, 167.64, 0]),
  row("wan", [2, 1], [151.3, 56.36, 30.2]),
  row("wan", [2, 2], [151.31, 167.72, 0]),
  row("wan", [3, 1], [153.86, 55.19, 0]),
  row("wan", [1, 3], [3.44, 241.55, 0]),
];

/**
 * Round trips to single replicas from the latencies, ms, of a quorum of them: the model run backwards.
 *
 * What a client saw is the `quorum`-th fastest of `replicas` round trips. If one round trip is below x with probability
 * v, that one is below x with probability P(at least `quorum` of `replicas` such draws are). So a round trip at share v
 * of all is found among the measured at that share, and with the same quorum the prediction has the measured latencies
 * again. What it cannot know is how slow the replicas are that nobody waited for: none comes out slower than the slowest
 * answer that was measured.
 */
export const roundTripsOf = (latenciesMs: readonly number[], quorum: number, replicas: number): Delay => {
  if (latenciesMs.length === 0) throw new RangeError("no measured latencies to draw from");
  const ascending = sorted(latenciesMs);
  return (draw) => {
    const share = atLeast(quorum, replicas, draw());
    return ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? 0;
  };
};

/** P(at least `wanted` of `count` independent draws succeed, each with probability p). */
const atLeast = (wanted: number, count: number, p: number): number => {
  let [share, term] = [0, (1 - p) ** count];
  for (let hits = 0; hits <= count; hits++) {
    if (hits >= wanted) share += term;
    term *= ((count - hits) / (hits + 1)) * (p / (1 - p));
  }
  return share;
};

/** Latencies, ms, that clients saw of operations which waited for so many of so many replicas. */
export interface Measured {
  readonly latenciesMs: readonly number[];
  readonly quorum: number;
  readonly replicas: number;
}

/** Delays from what clients saw: half of a round trip is each way. */
export const delaysFromQuorums = (writes: Measured, reads: Measured): Delays =>
  thereAndBack(tripOf(writes), tripOf(reads));

const tripOf = ({ latenciesMs, quorum, replicas }: Measured): Delay => roundTripsOf(latenciesMs, quorum, replicas);

/** Each delay between the two alike, ms. */
export const uniform =
  (fromMs: number, toMs: number): Delay =>
  (draw) =>
    fromMs + draw() * (toMs - fromMs);
