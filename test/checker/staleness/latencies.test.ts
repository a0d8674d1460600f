import { expect, test } from "vitest";
import {
  delaysFromQuorums,
  PUBLISHED_LATENCIES,
  PUBLISHED_TABLE,
  roundTripsOf,
  uniform,
} from "../../../checker/staleness/latencies.js";
import { exponential, measured, simulate } from "../../../checker/staleness/pbs.js";
import { quantile, sorted } from "../../../checker/performance/quantile.js";
import { draws, freshSeed } from "./draws.js";

/** Half of the last digit that the paper prints, and of what its authors rounded before. */
const ROUNDED_MS = 0.05;

const TRIALS = 200_000;
/** What the paper drew for each row. */
const PAPER_TRIALS = 50_000;
/** Five standard errors of a share of 0.001, theirs and ours: a 99.9th percentile of theirs lies between ours of these. */
const LUCK = 5 * Math.sqrt(0.001 * 0.999 * (1 / PAPER_TRIALS + 1 / TRIALS));

test("every row of the paper's table comes out again, as near as so many draws can tell", () => {
  const seed = freshSeed("the table of PBS");
  for (const row of PUBLISHED_TABLE) {
    const { latencies, readQuorum, writeQuorum } = row;
    const prediction = simulate({
      ...PUBLISHED_LATENCIES[latencies],
      quorum: { replicas: 3, readQuorum, writeQuorum },
      trials: TRIALS,
      draw: draws(seed),
    });
    for (const [what, within, published] of [
      ["reads", prediction.readWithinMs, row.readMs],
      ["writes", prediction.writeWithinMs, row.writeMs],
      ["fresh after", prediction.freshAfterMs, row.freshAfterMs],
    ] as const) {
      const named = `${latencies} R=${readQuorum} W=${writeQuorum}, ${what}: ${within(0.999)}, published ${published}`;
      expect(published, named).toBeGreaterThanOrEqual(within(0.999 - LUCK) - ROUNDED_MS);
      expect(published, named).toBeLessThanOrEqual(within(0.999 + LUCK) + ROUNDED_MS);
    }
  }
  expect(PUBLISHED_TABLE).toHaveLength(24);
});

/** The quorum-th fastest of so many round trips. */
const waitsFor = (quorum: number, replicas: number, count: number, draw: () => number): number[] =>
  Array.from({ length: count }, () => {
    const trips = Array.from({ length: replicas }, () => exponential(1)(draw)).sort((a, b) => a - b);
    return trips[quorum - 1] ?? 0;
  });

test("single round trips are found again behind the latencies of a quorum; taken as they are they are not", () => {
  const seed = freshSeed("round trips behind quorums");
  const draw = draws(seed);
  for (const [quorum, replicas] of [
    [2, 3],
    [3, 5],
    [1, 1],
    [2, 2],
  ] as const) {
    // A tenth of single trips is a hundredth of those that wait for both of two: six standard errors are less than 0.1.
    const latencies = waitsFor(quorum, replicas, 120_000, draw);
    const single = roundTripsOf(latencies, quorum, replicas);
    const found = sorted(Array.from({ length: 120_000 }, () => single(draw)));
    const naive = sorted(latencies);
    for (const p of [0.1, 0.5, 0.9]) {
      const truth = -Math.log(1 - p);
      expect(Math.abs(quantile(found, p) / truth - 1), `${quorum} of ${replicas} at ${p}`).toBeLessThan(0.1);
    }
    if (replicas > 1) expect(Math.abs(quantile(naive, 0.1) / -Math.log(0.9) - 1)).toBeGreaterThan(0.5);
  }
});

test("with the quorum that was measured the prediction has the measured latencies", () => {
  const draw = draws(freshSeed("latencies again"));
  const count = 50_000;
  const [writes, reads] = [waitsFor(2, 3, count, draw), waitsFor(1, 3, count, draw)];
  const delays = delaysFromQuorums(
    { latenciesMs: writes, quorum: 2, replicas: 3 },
    { latenciesMs: reads, quorum: 1, replicas: 3 },
  );
  const quorum = { replicas: 3, readQuorum: 1, writeQuorum: 2 };
  const { readWithinMs, writeWithinMs } = simulate({ quorum, delays, trials: count, draw });
  for (const p of [0.1, 0.5, 0.9, 0.99]) {
    const luck = 5 * Math.sqrt(p * (1 - p) * (2 / count));
    for (const [within, measuredMs] of [
      [writeWithinMs, sorted(writes)],
      [readWithinMs, sorted(reads)],
    ] as const) {
      expect(within(p), `${p}`).toBeGreaterThanOrEqual(quantile(measuredMs, p - luck));
      expect(within(p), `${p}`).toBeLessThanOrEqual(quantile(measuredMs, p + luck));
    }
  }
});

test("a coordinator that is a replica has its own write at once; the others when it arrives", () => {
  const draw = draws(freshSeed("local coordinators"));
  const nothing = measured([0]);
  const delays = { write: nothing, ack: nothing, read: nothing, response: nothing };
  const quorum = { replicas: 3, readQuorum: 1, writeQuorum: 1 };
  const local = simulate({ quorum, delays, trials: 20_000, draw, local: true, heldMs: uniform(10, 10) });
  expect(local.writeWithinMs(1)).toBe(0);
  // All three answer a read at once, so it counts all of them, and one has the write.
  expect(local.freshAt(0)).toBe(1);
  const slower = { ...delays, read: measured([1]), response: measured([1]) };
  const prediction = simulate({ quorum, delays: slower, trials: 20_000, draw, local: true, heldMs: uniform(10, 10) });
  expect(prediction.freshAt(9.9)).toBeCloseTo(1 / 3, 1);
  expect(prediction.freshAt(10)).toBe(1);
});

test("no latency at all is refused", () => {
  expect(() => roundTripsOf([], 1, 3)).toThrow("no measured latencies");
});
