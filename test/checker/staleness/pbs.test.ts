import { expect, test } from "vitest";
import {
  type Delay,
  type Delays,
  delaysFromRoundTrips,
  exponential,
  measured,
  missShare,
  mixture,
  pareto,
  type Prediction,
  type Quorum,
  simulate,
  withinVersions,
} from "../../../checker/staleness/pbs.js";
import { draws } from "./draws.js";

const nrw = (replicas: number, readQuorum: number, writeQuorum: number): Quorum => ({
  replicas,
  readQuorum,
  writeQuorum,
});

test("quorums that do not grow, as published", () => {
  expect(withinVersions(nrw(3, 1, 1), 1)).toBeCloseTo(0.333, 3);
  expect(withinVersions(nrw(3, 1, 1), 2)).toBeCloseTo(0.556, 3);
  expect(withinVersions(nrw(3, 1, 1), 3)).toBeCloseTo(0.704, 3);
  expect(withinVersions(nrw(3, 1, 1), 5)).toBeGreaterThan(0.868);
  expect(withinVersions(nrw(3, 1, 1), 10)).toBeGreaterThan(0.98);
  for (const quorum of [nrw(3, 1, 2), nrw(3, 2, 1)]) {
    expect(withinVersions(quorum, 1)).toBeCloseTo(0.667, 3);
    expect(withinVersions(quorum, 2)).toBeCloseTo(0.889, 3);
    expect(withinVersions(quorum, 5)).toBeGreaterThan(0.995);
  }
  expect(missShare(nrw(100, 30, 30))).toBeCloseTo(1.88e-6, 8);
  expect(missShare(nrw(3, 2, 2))).toBe(0);
});

// The fits of the paper's production latencies, ms.
const ssd = mixture(0.9122, pareto(0.235, 10), exponential(1.66));
const same = (write: Delay, other: Delay): Delays => ({ write, ack: other, read: other, response: other });
const LNKD_SSD = same(ssd, ssd);
const LNKD_DISK = same(mixture(0.38, pareto(1.05, 1.51), exponential(0.183)), ssd);
const YMMR = same(
  mixture(0.939, pareto(3, 3.35), exponential(0.0028)),
  mixture(0.982, pareto(1.5, 3.8), exponential(0.0217)),
);

const SEED = 7;
const predict = (delays: Delays, quorum: Quorum): Prediction =>
  simulate({ quorum, delays, trials: 200_000, draw: draws(SEED) });
const within = (actual: number, published: number, share: number): void => {
  expect(actual).toBeGreaterThan(published * (1 - share));
  expect(actual).toBeLessThan(published * (1 + share));
};
const onePoint = (actual: number, published: number): void => expect(Math.abs(actual - published)).toBeLessThan(0.01);

test("LinkedIn on SSD, as published: 97.4 % at once, all after 5 ms, 99.9 % after 1.85 ms", () => {
  const prediction = predict(LNKD_SSD, nrw(3, 1, 1));
  onePoint(prediction.freshAt(0), 0.974);
  expect(prediction.freshAt(5)).toBeGreaterThan(0.9999);
  within(prediction.freshAfterMs(0.999), 1.85, 0.2);
});

test("LinkedIn on disk, as published: 43.9 % at once, 92.5 % after 10 ms, 99.9 % after 45.5 ms", () => {
  const prediction = predict(LNKD_DISK, nrw(3, 1, 1));
  onePoint(prediction.freshAt(0), 0.439);
  onePoint(prediction.freshAt(10), 0.925);
  within(prediction.freshAfterMs(0.999), 45.5, 0.2);
  within(predict(LNKD_DISK, nrw(3, 2, 1)).freshAfterMs(0.999), 13.6, 0.2);
});

test("LinkedIn on disk with more replicas, as published: 57.5 % with 2, 21.1 % with 10", () => {
  onePoint(predict(LNKD_DISK, nrw(2, 1, 1)).freshAt(0), 0.575);
  onePoint(predict(LNKD_DISK, nrw(10, 1, 1)).freshAt(0), 0.211);
});

test("Yammer, as published: 89.3 % at once, 99.9 % after 1364 ms; with R = 2 after 202 ms", () => {
  const prediction = predict(YMMR, nrw(3, 1, 1));
  onePoint(prediction.freshAt(0), 0.893);
  within(prediction.freshAfterMs(0.999), 1364, 0.2);
  within(predict(YMMR, nrw(3, 2, 1)).freshAfterMs(0.999), 202, 0.2);
});

test("exponential delays, as published: 94 % at once for λ = 4; 41 % for λ = 0.1, and 99.9 % after 65 ms", () => {
  const one = exponential(1);
  onePoint(predict(same(exponential(4), one), nrw(3, 1, 1)).freshAt(0), 0.94);
  const slow = predict(same(exponential(0.1), one), nrw(3, 1, 1));
  onePoint(slow.freshAt(0), 0.41);
  within(slow.freshAfterMs(0.999), 65, 0.2);
});

test("overlapping quorums are always fresh", () => {
  const prediction = predict(LNKD_DISK, nrw(3, 2, 2));
  expect(prediction.freshAt(0)).toBe(1);
  expect(prediction.freshAfterMs(1)).toBe(0);
});

test("the same draws give the same prediction", () => {
  const once = simulate({ quorum: nrw(3, 1, 1), delays: YMMR, trials: 1000, draw: draws(1) });
  const again = simulate({ quorum: nrw(3, 1, 1), delays: YMMR, trials: 1000, draw: draws(1) });
  const other = simulate({ quorum: nrw(3, 1, 1), delays: YMMR, trials: 1000, draw: draws(2) });
  expect(again.readMs).toEqual(once.readMs);
  expect(other.readMs).not.toEqual(once.readMs);
});

test("measured round trips are halved, and drawn as often as they were seen", () => {
  const delays = delaysFromRoundTrips([10], [4]);
  const prediction = simulate({ quorum: nrw(3, 1, 1), delays, trials: 10, draw: draws(1) });
  expect(prediction.writeMs?.max).toBe(10);
  expect(prediction.readMs?.max).toBe(4);
  expect(prediction.freshAt(0)).toBe(1);
  const draw = draws(3);
  const ones = Array.from({ length: 10_000 }, () => measured([1, 1, 1, 2])(draw)).filter((ms) => ms === 1).length;
  expect(ones / 10_000).toBeCloseTo(0.75, 1);
  expect(() => measured([])).toThrow("no measured delays");
});

test("an impossible quorum is refused", () => {
  expect(() => missShare(nrw(3, 4, 1))).toThrow("a quorum of 4 out of 3 replicas");
  expect(() => simulate({ quorum: nrw(3, 1, 0), delays: YMMR, trials: 1, draw: draws(1) })).toThrow("a quorum of 0");
});
