import { describe, expect, test } from "vitest";
import type { HistoryEvent, Json } from "../../checker/history/event.js";
import { pairEvents } from "../../checker/history/pair.js";
import { draw } from "../../src/generator/random.js";
import { predictStale, type QuorumModel, readsAfterWrites } from "../../src/sweep/prediction.js";
import { atLeast, roundTripOf } from "../../src/sweep/round-trips.js";

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

const model = (over: Partial<QuorumModel>): QuorumModel => ({
  replicas: 3,
  readQuorum: 1,
  writeQuorum: 1,
  writeTrip: (x) => 100 * x,
  readTrip: () => 0,
  hopMs: 0,
  diskMs: 0,
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
    expect(predictStale(model({ diskMs: 50 }), [read(0)])).toBeCloseTo(0.5, 1);
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
