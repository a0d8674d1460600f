import { expect, test } from "vitest";
import { now } from "../../src/replica/clock.js";

test("the wall clock agrees with the system's to the millisecond, and tells events within one apart", () => {
  const times = Array.from({ length: 20_000 }, () => {
    const before = Date.now();
    const { clockMs } = now();
    expect(clockMs).toBeGreaterThanOrEqual(before);
    expect(clockMs).toBeLessThan(Date.now() + 1);
    return clockMs;
  });
  expect(new Set(times).size).toBeGreaterThan(5000);
});
