import { describe, expect, test } from "vitest";
import type { HistoryEvent, Json } from "../../checker/history/event.js";
import { pairEvents } from "../../checker/history/pair.js";
import { draw } from "../../src/generator/random.js";
import { predictStale, type QuorumModel, readsAfterWrites } from "../../src/sweep/prediction.js";
import { atLeast, roundTripOf } from "../../src/sweep/round-trips.js";
import { wayThere } from "../../src/sweep/way-there.js";

const SEED = 5;
const u = (i: number, label: string): number => draw(SEED, i, label);

/** What clients see who wait for the k-th fastest of n round trips. */
const waits = (fastest: number, of: number, trip: (u: number) => number, count = 3000) => ({
  fastest,
  of,
  latenciesMs: Array.from(
    { length: count },
    (_, i) =>
      Array.from({ length: of }, (__, j) => trip(u(i, `${fastest} ${j}`))).toSorted((a, b) => a - b)[fastest - 1]!,
  ),
});

describe("round trips from latencies of quorums", () => {
  test.each([
    ["uniform", (x: number) => 100 * x],
    ["exponential", (x: number) => -20 * Math.log(1 - x)],
    ["two kinds", (x: number) => (x < 0.8 ? 5 + x : 200 + x)],
  ])("the distribution of one replica comes out again: %s", (_, trip) => {
    const found = roundTripOf([waits(1, 4, trip), waits(2, 4, trip), waits(4, 4, trip)]);
    for (const share of [0.1, 0.25, 0.5, 0.75, 0.9]) {
      // By the share that it stands for: where nothing lies, a time says little.
      const at = found?.(share) ?? -1;
      const really =
        Array.from({ length: 10_000 }, (__, i) => trip(i / 10_000)).filter((ms) => ms <= at).length / 10_000;
      expect(Math.abs(really - share), `${share}: ${at} ms`).toBeLessThan(0.04);
    }
  });

  test("one quorum alone tells where its own answers lie", () => {
    const fastest = roundTripOf([waits(1, 4, (x) => 100 * x)]);
    expect(fastest?.(0.2)).toBeGreaterThan(15);
    expect(fastest?.(0.2)).toBeLessThan(25);
  });

  test("nobody who waited for nobody knows anything", () => {
    expect(roundTripOf([])).toBeNull();
    expect(roundTripOf([{ fastest: 0, of: 4, latenciesMs: [1, 2] }])).toBeNull();
  });

  test("the k-th of n", () => {
    expect(atLeast(1, 4, 0.5)).toBeCloseTo(15 / 16);
    expect(atLeast(4, 4, 0.5)).toBeCloseTo(1 / 16);
  });
});

const slices = (trip: (u: number) => number): Float64Array =>
  Float64Array.from({ length: 4000 }, (_, i) => trip((i + 0.5) / 4000)).sort();
const exponential = (x: number): number => -8 * Math.log(1 - x);
/** A round trip whose parts are drawn by themselves. */
const sumOf = (one: (u: number) => number, other: (u: number) => number): ((u: number) => number) => {
  const all = Float64Array.from({ length: 4000 }, (_, i) => one(u(i, "one")) + other(u(i, "other"))).sort();
  return (share) => all[Math.floor(share * 4000)] ?? 0;
};
/** A tenth of all takes most of the time. */
const heavy = (x: number): number => (x < 0.9 ? 1 : 60 * x);

describe("the way there, of a round trip", () => {
  test.each([
    ["takes no time, where all of it is waiting", () => 0, 0.5],
    ["always takes as long", () => 30, 4],
    ["is uniform", (x: number) => 100 * x, 8],
    ["is short or long", (x: number) => (x < 0.5 ? 2 : 90), 12],
  ])("%s", (_, way, tolerance) => {
    const found = wayThere(sumOf(way, exponential), slices(exponential));
    for (const share of [0.1, 0.3, 0.7, 0.9]) expect(Math.abs(found(share) - way(share))).toBeLessThan(tolerance);
  });

  test("slow disks are not taken for slow ways, as they would be if an average were taken off", () => {
    const found = wayThere(
      sumOf(() => 0, heavy),
      slices(heavy),
    );
    expect(found(0.95)).toBeLessThan(2);
  });
});

const model = (over: Partial<QuorumModel>): QuorumModel => ({
  replicas: 3,
  readQuorum: 1,
  writeQuorum: 1,
  writeTrip: (x) => 100 * x,
  readTrip: () => 0,
  hopMs: 0,
  disk: () => 0,
  seed: SEED,
  ...over,
});
const read = (sinceMs: number, sameNode = false) => ({ sinceMs, sameNode, fresh: true });

describe("how many reads miss the last acknowledged write", () => {
  test("with one of each and uniform delays, as many as have not been reached yet", () => {
    for (const since of [0, 10, 50, 90]) {
      expect(predictStale(model({}), [read(since)])).toBeCloseTo(1 - since / 100, 1);
    }
    expect(predictStale(model({}), [read(100)])).toBe(0);
    expect(predictStale(model({ hopMs: 50 }), [read(0)])).toBeCloseTo(0.5, 1);
    // Of a round trip that long the disk had a part that no reader waits for.
    const slow = { writeTrip: (x: number) => 50 + 50 * x, disk: () => 50 };
    expect(predictStale(model(slow), [read(25)])).toBeCloseTo(0.5, 1);
  });

  test("a coordinator sees its own write, and a prediction is of the reads that there were", () => {
    expect(predictStale(model({}), [read(0, true)])).toBe(0);
    expect(predictStale(model({}), [read(0, true), read(0), read(1000), read(1000)])).toBeCloseTo(0.25, 2);
    expect(predictStale(model({}), [])).toBe(0);
  });

  test("quorums that overlap miss nothing", () => {
    for (const [readQuorum, writeQuorum] of [
      [2, 2],
      [1, 3],
      [3, 1],
    ] as const) {
      const trips = { writeTrip: (x: number) => 100 * x, readTrip: (x: number) => 10 * x };
      expect(predictStale(model({ readQuorum, writeQuorum, ...trips }), [read(0)])).toBe(0);
    }
  });

  test("waiting for a second replica halves it, asking a second one too", () => {
    // W = 2: the other of the two arrives first with chance 1/2, and else at a time after it.
    const second = predictStale(model({ writeQuorum: 2 }), [read(0)]);
    expect(second).toBeGreaterThan(0.47);
    expect(second).toBeLessThan(0.53);
    const asked = predictStale(model({ readQuorum: 2, readTrip: (x) => 0.02 * x }), [read(0)]);
    expect(asked).toBeGreaterThan(0.46);
    expect(asked).toBeLessThan(0.53);
  });
});

test("a read is judged by the last acknowledged write, where that overlapped no other", () => {
  const lines: readonly (readonly [number, string, Json, number, number, string])[] = [
    [0, "write", 1, 0, 1, "n1"],
    [1, "read", 1, 2, 3, "n1"],
    [0, "write", 2, 4, 5, "n2"],
    [1, "read", 1, 7, 8, "n1"],
    [2, "read", 2, 9, 10, "n2"],
    // These two overlap: nobody knows which is the later one.
    [0, "write", 3, 11, 14, "n1"],
    [2, "write", 4, 12, 13, "n2"],
    [1, "read", 3, 15, 16, "n1"],
    // Seen before it was acknowledged, and missed again.
    [0, "write", 5, 20, 30, "n1"],
    [1, "read", 5, 21, 22, "n1"],
    [1, "read", 4, 23, 24, "n1"],
    [1, "read", 4, 31, 32, "n3"],
  ];
  const events = lines
    .flatMap(([process, f, value, from, to, node]) => [
      { time: from, process, type: "invoke", f, key: "k", value: f === "read" ? null : value, node },
      { time: to, process, type: "ok", f, key: "k", value, node },
    ])
    .toSorted((a, b) => a.time - b.time)
    .map((event, index) => ({ ...event, index, time: event.time * 1e6 }) as HistoryEvent);
  expect(readsAfterWrites(pairEvents(events))).toEqual([
    { sinceMs: 1, sameNode: true, fresh: true },
    { sinceMs: 2, sameNode: false, fresh: false },
    { sinceMs: 4, sameNode: true, fresh: true },
    { sinceMs: 1, sameNode: false, fresh: false },
  ]);
});
