/**
 * How long a write takes until it shows on another replica, told from how long its round trip takes and how long of that
 * is waiting that no reader waits for.
 *
 * The round trip is a sum: the way there, and then the disk and the way back. Its distribution is known, and that of the
 * second part too (a write that waits for nobody else tells of the disk, a read of the ways). So the first part is what
 * must be added to the second to get the sum: a deconvolution, here the most likely one, found by expectation
 * maximisation (Richardson 1972, Lucy 1974). To take off an average would count slow disks as slow ways.
 *
 * Pure. It is taken for granted that the two parts are independent.
 */

import { countAtMost, type RoundTrip } from "./round-trips.js";

const SLICES = 100;
const ROUNDS = 200;
/** Chance of a round trip that the parts do not explain: nothing that was measured is impossible. */
const FLOOR = 1e-9;

/** `back`: draws of disk and way back, ascending. The inverse of the distribution of the way there. */
export function wayThere(trip: RoundTrip, back: Float64Array): RoundTrip {
  const centres = Float64Array.from({ length: SLICES }, (_, i) => trip((i + 0.5) / SLICES));
  const inner = Array.from({ length: SLICES - 1 }, (_, i) => trip((i + 1) / SLICES));
  // Many round trips may take exactly as long: what lies between two bounds is counted, not taken to be a slice.
  const bounds = [...new Set([0, ...inner, Number.POSITIVE_INFINITY])].sort((x, y) => x - y);
  const seen = bounds
    .slice(1)
    .map((bound, i) => countAtMost(centres, bound) - (i === 0 ? 0 : countAtMost(centres, bounds[i] ?? 0)));
  // It may take no time at all, and no longer than the whole round trip.
  const ways = [...new Set([0, ...centres])].sort((a, b) => a - b);
  const chance = (below: number): number => (below < 0 ? 0 : countAtMost(back, below) / back.length);
  /** For each way there, the chance that such a round trip falls into each bin. */
  const chances = ways.map((way) =>
    Float64Array.from(
      seen,
      (_, i) => FLOOR + chance((bounds[i + 1] ?? 0) - way) - (i === 0 ? 0 : chance((bounds[i] ?? 0) - way)),
    ),
  );
  const shares = mostLikely(chances, seen);
  let sum = 0;
  const ascending = shares.map((share) => (sum += share));
  return (u) => ways[Math.min(ways.length - 1, countAtMost(ascending, u * sum))] ?? 0;
}

/** The mixture of rows (the chance of each bin) under which what was seen in the bins is most likely. */
function mostLikely(rows: readonly Float64Array[], seen: readonly number[]): Float64Array {
  const all = seen.reduce((sum, count) => sum + count, 0);
  let shares = new Float64Array(rows.length).fill(1 / rows.length);
  for (let round = 0; round < ROUNDS; round++) {
    const expected = new Float64Array(seen.length);
    for (const [i, row] of rows.entries())
      for (let bin = 0; bin < seen.length; bin++)
        expected[bin] = (expected[bin] ?? 0) + (shares[i] ?? 0) * (row[bin] ?? 0);
    shares = shares.map((share, i) => {
      let hits = 0;
      for (const [bin, count] of seen.entries()) hits += (count * (rows[i]?.[bin] ?? 0)) / (expected[bin] ?? 1);
      return (share * hits) / all;
    });
  }
  return shares;
}
