/** How long a chunk of bytes is on its way: draws from the distributions that a delay may have. Pure. */

import type { Delay } from "../inject.js";

/** Shape of the Pareto part. 3 is the least whole number with a mean and a variance. */
const PARETO_SHAPE = 3;

/** A tail has no end, and a message that arrives next year helps nobody: so many times the mean part is the most. */
const TAIL_MAX = 100;

/** ms, never below 0. `draw` gives numbers in [0, 1). See DISTRIBUTIONS for what the parameters mean. */
export function sampleMs({ latencyMs, jitterMs, distribution = "uniform" }: Delay, draw: () => number): number {
  if (distribution === "constant") return latencyMs;
  if (distribution === "uniform") return Math.max(0, latencyMs + jitterMs * (2 * draw() - 1));
  if (distribution === "normal") return Math.max(0, latencyMs + jitterMs * standardNormal(draw));
  // Lomax is a Pareto that begins at 0. Its mean is scale / (shape - 1), so this scale makes it 1.
  const tail =
    distribution === "exponential"
      ? -Math.log(1 - draw())
      : (PARETO_SHAPE - 1) * ((1 - draw()) ** (-1 / PARETO_SHAPE) - 1);
  return latencyMs + jitterMs * Math.min(TAIL_MAX, tail);
}

/** Box and Muller's transform. */
function standardNormal(draw: () => number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - draw()));
  return radius * Math.cos(2 * Math.PI * draw());
}
