import { expect, test } from "vitest";
import { draw } from "../../../nemesis/draw.js";
import { DISTRIBUTIONS, type Distribution } from "../../../nemesis/fault.js";
import { sampleMs } from "../../../nemesis/network/latency.js";

const seed = Number(process.env["SEED"] ?? Date.now() % 1e6);
console.log(`latency: SEED=${seed}`);

const COUNT = 50_000;

function samples(distribution: Distribution, latencyMs: number, jitterMs: number): number[] {
  let index = 0;
  const next = (): number => draw(seed, index++, distribution);
  return Array.from({ length: COUNT }, () => sampleMs({ latencyMs, jitterMs, distribution }, next)).sort(
    (a, b) => a - b,
  );
}

const mean = (list: readonly number[]): number => list.reduce((sum, one) => sum + one, 0) / list.length;
const deviation = (list: readonly number[]): number => {
  const middle = mean(list);
  return Math.sqrt(mean(list.map((one) => (one - middle) ** 2)));
};

/** Largest distance between the share of samples up to a place and what it should be (Kolmogorov and Smirnov). */
function distance(sorted: readonly number[], cumulative: (ms: number) => number): number {
  return Math.max(
    ...sorted.map((ms, i) =>
      Math.max(Math.abs((i + 1) / COUNT - cumulative(ms)), Math.abs(i / COUNT - cumulative(ms))),
    ),
  );
}

/** At this distance fewer than one of 10,000,000 sets of samples of the right distribution is refused. */
const BOUND = 3 / Math.sqrt(COUNT);

test("constant is what it says", () => {
  expect(new Set(samples("constant", 80, 30))).toEqual(new Set([80]));
});

test("uniform is even between latency - jitter and latency + jitter", () => {
  expect(distance(samples("uniform", 100, 40), (ms) => (ms - 60) / 80)).toBeLessThan(BOUND);
});

test("normal has the latency as its mean and the jitter as its deviation, and no latency below 0", () => {
  const wide = samples("normal", 100, 20);
  expect(mean(wide)).toBeCloseTo(100, 0);
  expect(deviation(wide)).toBeCloseTo(20, 0);
  const within = (deviations: number): number =>
    wide.filter((ms) => Math.abs(ms - 100) < 20 * deviations).length / COUNT;
  expect(within(1)).toBeCloseTo(0.6827, 1);
  expect(within(2)).toBeCloseTo(0.9545, 1);
  expect(samples("normal", 10, 50)[0]).toBe(0);
});

test("exponential and pareto begin at the latency, and add a tail whose mean is the jitter", () => {
  const exponential = samples("exponential", 50, 30);
  expect(distance(exponential, (ms) => 1 - Math.exp(-(ms - 50) / 30))).toBeLessThan(BOUND);
  const pareto = samples("pareto", 50, 30);
  expect(distance(pareto, (ms) => 1 - (1 + (ms - 50) / 60) ** -3)).toBeLessThan(BOUND);
  for (const list of [exponential, pareto]) {
    expect(list[0]).toBeGreaterThanOrEqual(50);
    expect(mean(list)).toBeGreaterThan(78);
    expect(mean(list)).toBeLessThan(82);
  }
  const place = Math.floor(0.999 * COUNT);
  expect(pareto[place]).toBeGreaterThan(1.5 * exponential[place]!);
});

test("no two distributions are alike, and the test of distance tells them apart", () => {
  for (const distribution of DISTRIBUTIONS.filter((name) => name !== "uniform"))
    expect(
      distance(samples(distribution, 100, 40), (ms) => (ms - 60) / 80),
      distribution,
    ).toBeGreaterThan(10 * BOUND);
});

test("jitter of 0 leaves the latency alone in every distribution", () => {
  for (const distribution of DISTRIBUTIONS) expect(new Set(samples(distribution, 25, 0))).toEqual(new Set([25]));
});
