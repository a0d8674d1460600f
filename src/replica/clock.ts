/** The two times that every input of a core carries. */

import { skewedClock } from "./hardware.js";
import type { Now } from "./protocol/protocol.js";

let offsetMs = 0;

export function now(): Now {
  const nowMs = performance.now();
  return { nowMs, clockMs: skewed(wallClock(nowMs, Date.now())) };
}

/** What a clock shows that is off, or runs at another rate. */
function skewed(trueMs: number): number {
  const clock = skewedClock();
  if (clock === null) return trueMs;
  return trueMs + clock.offsetMs + (clock.rate - 1) * (trueMs - clock.sinceMs);
}

/**
 * `Date.now()` counts whole milliseconds, and a node writes many times in one. So the fraction is taken from the
 * monotonic clock, corrected whenever the two disagree about the millisecond: it follows every jump of the wall clock.
 */
function wallClock(nowMs: number, dateMs: number): number {
  const estimateMs = nowMs + offsetMs;
  if (estimateMs >= dateMs && estimateMs < dateMs + 1) return estimateMs;
  const correctedMs = estimateMs < dateMs ? dateMs : dateMs + 0.999;
  offsetMs = correctedMs - nowMs;
  return correctedMs;
}
