/**
 * How long a round trip to one replica takes, told from what clients saw.
 *
 * A coordinator that waits for k of n others is done with the k-th fastest of n round trips. So the latencies of writes
 * under several quorums are order statistics of one and the same distribution F, and P(k-th fastest <= x) is the chance
 * that at least k of n fall below x, each with chance F(x). At every x that was seen, F(x) is the one under which all
 * measured shares together are most likely. Small quorums tell of its lower end, large ones of its upper.
 *
 * Pure. It is taken for granted that replicas are alike, and their delays independent.
 */

import { quantile, sorted } from "../../checker/performance/quantile.js";

/** Latencies, ms, of operations that waited for the `fastest`-th of `of` other replicas; without the client's own way. */
export interface OrderStatistic {
  readonly fastest: number;
  readonly of: number;
  readonly latenciesMs: readonly number[];
}

/** The inverse of F: a uniform draw in [0, 1) -> a round trip, ms. */
export type RoundTrip = (u: number) => number;

const POINTS = 200;
const BISECTIONS = 40;

/** null where nobody waited for anybody. */
export function roundTripOf(groups: readonly OrderStatistic[]): RoundTrip | null {
  const told = groups.filter(({ latenciesMs, fastest }) => latenciesMs.length > 0 && fastest >= 1);
  if (told.length === 0) return null;
  const ascending = told.map((group) => ({ ...group, sorted: sorted(group.latenciesMs) }));
  const points = [
    ...new Set(
      ascending.flatMap((group) => Array.from({ length: POINTS }, (_, i) => quantile(group.sorted, (i + 1) / POINTS))),
    ),
  ].sort((a, b) => a - b);
  const shares: number[] = [];
  let least = 0;
  for (const x of points) {
    const seen = ascending.map(({ fastest, of, sorted: all }) => ({
      fastest,
      of,
      hits: countAtMost(all, x),
      all: all.length,
    }));
    // A distribution does not fall; what is estimated point by point may, by a little.
    least = Math.max(least, mostLikely(seen));
    shares.push(least);
  }
  const ascendingShares = Float64Array.from(shares);
  // Nobody waited for those that were slower still: they count as slow as the slowest that was seen.
  return (u) => points[Math.min(points.length - 1, countAtMost(ascendingShares, u))] ?? 0;
}

interface Seen {
  readonly fastest: number;
  readonly of: number;
  readonly hits: number;
  readonly all: number;
}

/** Where the slope of the log likelihood changes its sign: it falls throughout. */
function mostLikely(seen: readonly Seen[]): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (slope(seen, middle) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const slope = (seen: readonly Seen[], p: number): number =>
  seen.reduce((sum, { fastest, of, hits, all }) => {
    const share = Math.min(1 - 1e-12, Math.max(1e-12, atLeast(fastest, of, p)));
    // d/dp P(at least k of n) = k C(n, k) p^(k-1) (1-p)^(n-k)
    const density = fastest * choose(of, fastest) * p ** (fastest - 1) * (1 - p) ** (of - fastest);
    return sum + density * (hits / share - (all - hits) / (1 - share));
  }, 0);

/** P(at least `wanted` of `count` fall below, each with chance p). */
export function atLeast(wanted: number, count: number, p: number): number {
  let share = 0;
  for (let hits = wanted; hits <= count; hits++) share += choose(count, hits) * p ** hits * (1 - p) ** (count - hits);
  return share;
}

function choose(n: number, k: number): number {
  let ways = 1;
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i;
  return ways;
}

/** How many of the ascending values are no greater. */
export function countAtMost(ascending: Float64Array, bound: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
