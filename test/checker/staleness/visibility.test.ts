import { expect, test } from "vitest";
import { measureVisibility } from "../../../checker/staleness/visibility.js";
import { history, type Line, r, w } from "./histories.js";

test("a read's age is the time since the latest completed write to its key", () => {
  // One event is one millisecond.
  const { bins, reads } = measureVisibility(
    history([w(0, 1, 1), w(2, 3, 2), r(4, 5, 1), r(6, 7, 2), r(1000, 1001, 2), w(2000, 2001, 1, { key: "y" })]),
  );
  expect(reads).toBe(3);
  expect(bins).toMatchObject([
    { fromMs: 1, toMs: 2, reads: 1, fresh: 0, share: 0 },
    { fromMs: 2, toMs: 5, reads: 1, fresh: 1, share: 1 },
    { fromMs: 500, toMs: 1000, reads: 1, fresh: 1, share: 1 },
  ]);
  expect(bins[0]?.interval[1]).toBeCloseTo(0.793, 3);
});

test("reads before any completed write, and of values that nobody wrote, are left out", () => {
  expect(measureVisibility(history([r(0, 1, null), w(2, 3, 1), r(4, 5, 9)])).bins).toEqual([]);
});

test("fresh from the first bin after which none falls short", () => {
  const lines: Line[] = [];
  let index = 0;
  for (let i = 0; i < 40; i++) {
    const key = { key: `k${i}` };
    const at = (index += 1000);
    lines.push(w(at, at + 1, 1, key), w(at + 2, at + 3, 2, key));
    // Stale until 100 ms after, fresh from then on.
    for (const [after, value] of [
      [1, 1],
      [8, 1],
      [60, 1],
      [150, 2],
      [300, 2],
    ] as const) {
      lines.push(r(at + 3 + after, at + 4 + after, value, key));
    }
  }
  const found = measureVisibility(history(lines));
  expect(found.freshAfterMs).toBe(100);
  expect(found.reads).toBe(200);
  expect(measureVisibility(history([w(0, 1, 1), w(2, 3, 2), r(4, 5, 1)])).freshAfterMs).toBeNull();
});
