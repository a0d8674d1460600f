import { describe, expect, test } from "vitest";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { bruteForce, drawsOf, operationsOf, randomEvents, type Shape } from "./random.js";

const shapes: readonly (Shape & { name: string; rounds: number })[] = (
  [
    ["registers, distinct values", "distinct", false],
    ["registers, two values", 2, false],
    ["registers, three values", 3, false],
    ["cas-registers, distinct values", "distinct", true],
    ["cas-registers, two values", 2, true],
    ["cas-registers, three values", 3, true],
  ] as const
).flatMap(([name, values, cas]) =>
  [0, 0.25].map((info) => ({
    name: `${name}${info > 0 ? ", outcomes unknown" : ""}`,
    rounds: 1500,
    processes: 4,
    operations: 8,
    values,
    cas,
    info,
    fail: 0.05,
    lies: 0.15,
  })),
);

describe("the checker agrees with the definition", () => {
  const seed = Number(process.env["SEED"] ?? 20261);
  test.each(shapes)("$name", (shape) => {
    const draw = drawsOf(seed);
    const counts = { valid: 0, invalid: 0 };
    for (let round = 0; round < shape.rounds; round++) {
      const events = randomEvents(draw, shape);
      const expected = bruteForce(operationsOf(events)) ? "valid" : "invalid";
      const { valid } = checkLinearizable(pairEvents(events));
      counts[expected]++;
      if (valid !== expected) {
        expect.fail(
          `seed ${seed}, round ${round}: ${valid}, expected ${expected}\n${events.map((e) => JSON.stringify(e)).join("\n")}`,
        );
      }
    }
    // Not vacuous: both answers are common.
    expect(Math.min(counts.valid, counts.invalid)).toBeGreaterThan(shape.rounds / 20);
  });
});
