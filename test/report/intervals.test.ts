import { expect, test } from "vitest";
import { drawIntervals } from "../../src/report/drawing/intervals.js";
import { shown } from "../../src/report/words.js";
import { historyOfPicture } from "../../checker/history/picture.js";

const drawn = (withTimes: boolean) => {
  const { operations } = historyOfPicture(`
    0: |-w1-| |-w2-|
    1:               |-r1-|`);
  const timed = operations.map((op) => ({
    ...shown(op),
    start: withTimes ? op.invoked * 1e6 : 0,
    end: withTimes ? (op.completed ?? 0) * 1e6 : 0,
  }));
  const { figure, scale } = drawIntervals({
    operations: timed,
    faults: [],
    told: new Set(),
    anchors: new Set(),
    size: "large",
    alternative: "three operations",
  });
  return { scale, ticks: [...figure.markup.matchAll(/class="time"[^>]*>([^<]*)</g)].map(([, label]) => label) };
};

test("a history without times is drawn by the numbers of its events, and says so", () => {
  const { scale, ticks } = drawn(false);
  expect(scale).toBe("none");
  expect(ticks[0]).toBe("#0");
  expect(ticks.every((label) => /^#\d$/.test(label!))).toBe(true);
});

test("one with times is drawn by these", () => {
  const { scale, ticks } = drawn(true);
  expect(scale).toBe("true");
  expect(ticks[0]).toMatch(/^0\.00000.s$/);
  expect(ticks[1]).toMatch(/^\+1(\.0)?.ms$/);
});
