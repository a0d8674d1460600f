import { expect, test } from "vitest";
import * as fc from "fast-check";
import { layOutAxis } from "../../src/report/drawing/axis.js";

const options = { width: 800, gapMin: 10 };

test("times that are readable to scale are drawn to scale", () => {
  const axis = layOutAxis(
    [0, 10, 30, 40].map((time, index) => ({ index, time: time * 1e6 })),
    [],
    options,
  );
  expect(axis.compressed).toBe(false);
  expect([0, 1, 2, 3].map((index) => axis.at(index))).toEqual([0, 200, 600, 800]);
});

test("a microsecond beside a second compresses the axis, and the order stays visible", () => {
  const axis = layOutAxis(
    [0, 0.001, 1000, 1000.001].map((time, index) => ({ index, time: time * 1e6 })),
    [],
    options,
  );
  expect(axis.compressed).toBe(true);
  expect(axis.at(1) - axis.at(0)).toBeGreaterThanOrEqual(10);
  expect(axis.at(2) - axis.at(1)).toBeGreaterThan(axis.at(1) - axis.at(0));
});

test("two events of one instant keep their order of index", () => {
  const axis = layOutAxis(
    [
      { index: 7, time: 5 },
      { index: 3, time: 5 },
    ],
    [],
    options,
  );
  expect(axis.at(7)).toBeGreaterThan(axis.at(3));
});

test("an event that is not on the axis has the place of the last one before it", () => {
  const axis = layOutAxis(
    [
      { index: 2, time: 0 },
      { index: 8, time: 9 },
    ],
    [],
    options,
  );
  expect(axis.at(5)).toBe(axis.at(2));
  expect(axis.at(99)).toBe(axis.at(8));
});

test("an axis without events has no width", () => {
  expect(layOutAxis([], [], options)).toMatchObject({ width: 0, compressed: false });
});

test("whatever the times: order is kept, least gaps and rooms are respected", () => {
  let compressed = 0;
  let scaled = 0;
  const moments = fc.array(
    fc.record({ gap: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 1e9 })) }),
    { minLength: 2, maxLength: 40 },
  );
  fc.assert(
    fc.property(
      moments,
      fc.array(fc.tuple(fc.nat(39), fc.nat(39), fc.integer({ min: 1, max: 120 })), { maxLength: 10 }),
      (gaps, pairs) => {
        let time = 0;
        const events = gaps.map(({ gap }, index) => ({ index, time: (time += gap) }));
        const rooms = pairs
          .map(([a, b, px]) => ({ from: Math.min(a, b) % events.length, to: Math.max(a, b) % events.length, px }))
          .filter(({ from, to }) => from < to);
        const axis = layOutAxis(events, rooms, options);
        if (axis.compressed) compressed++;
        else scaled++;
        for (let i = 1; i < events.length; i++)
          expect(axis.at(i) - axis.at(i - 1)).toBeGreaterThanOrEqual(options.gapMin - 1e-6);
        for (const { from, to, px } of rooms) expect(axis.at(to) - axis.at(from)).toBeGreaterThanOrEqual(px - 1e-6);
      },
    ),
    { numRuns: 300 },
  );
  expect(compressed).toBeGreaterThan(10);
  expect(scaled).toBeGreaterThan(10);
});
