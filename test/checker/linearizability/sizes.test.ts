import { describe, expect, test } from "vitest";
import type { OpEvent } from "../../../checker/history/event.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { modelNamed, type ModelName, MODELS } from "../../../checker/model/models.js";
import { randomObjectEvents } from "./objects.js";
import { proof } from "./proof.js";
import { drawsOf, randomEvents } from "./random.js";

const seed = Number(process.env["SEED"] ?? 77);
const ROUNDS = 200;
const initialOf = (name: ModelName, round: number) =>
  name === "multi-register" && round % 2 === 0 ? { x: 0, y: 0 } : undefined;

const CONTAINERS: ReadonlySet<string> = new Set(["queue", "stack", "priority-queue", "max-priority-queue", "list"]);

function eventsOf(name: ModelName, draw: () => number, round: number): OpEvent[] {
  const values = ([3, "distinct"] as const)[round % 2]!;
  const info = round % 4 < 2 ? 0 : 0.1;
  if (name === "register" || name === "cas-register") {
    const shape = { processes: 5, operations: 30, values, cas: name === "cas-register", info, fail: 0.05, lies: 0.06 };
    return randomEvents(draw, shape);
  }
  // Where elements go in at once nobody knows their order until they are seen: what has to be looked at grows exponentially.
  const operations = CONTAINERS.has(name) ? 16 : 30;
  const shape = { processes: operations === 16 ? 4 : 5, operations, values, info, lies: 0.06 };
  return randomObjectEvents(draw, name, shape);
}

describe("counterexamples are proofs, minimal, and small:", () => {
  test.each(MODELS)(
    "%s",
    (name) => {
      const draw = drawsOf(seed);
      const sizes: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const initial = initialOf(name, round);
        const history = pairEvents(eventsOf(name, draw, round));
        const verdict = checkLinearizable(history, { model: name, ...(initial === undefined ? {} : { initial }) });
        if (verdict.valid !== "invalid") continue;
        const [found] = verdict.details.counterexamples;
        const model = modelNamed(name, initial);
        const context = `seed ${seed}, round ${round}: ${found!.because}`;
        expect(proof(model, history.operations, found!), context).toEqual([]);
        sizes.push(found!.operations.length);
        if (process.env["SHOW"] !== undefined && found!.operations.length >= Number(process.env["SHOW"]))
          console.log(context);
      }
      sizes.sort((a, b) => a - b);
      const quantile = (q: number): number => sizes[Math.min(sizes.length - 1, Math.floor(q * sizes.length))]!;
      console.log(
        `${name.padEnd(20)} ${sizes.length} invalid: median ${quantile(0.5)}, 95 % ${quantile(0.95)}, largest ${sizes.at(-1)}`,
      );
      expect(sizes.length).toBeGreaterThan(ROUNDS / 20);
      expect(quantile(0.5)).toBeLessThanOrEqual(5);
      expect(quantile(0.95)).toBeLessThanOrEqual(8);
    },
    60_000,
  );
});
