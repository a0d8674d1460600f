import { expect, test } from "vitest";
import type { Json, OpEvent } from "../../../checker/history/event.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { INCONSISTENT } from "../../../checker/model/model.js";
import { modelOf } from "../../../checker/model/user.js";
import { bruteForceOf } from "./objects.js";
import { drawsOf } from "./random.js";

const SEED = 12;

/** Reports raise a maximum, asking returns it. Several boards side by side. */
const maximum = modelOf<{ readonly best: number }>({
  name: "maximum",
  init: { best: 0 },
  fs: ["report", "ask"],
  step: ({ best }, op) => {
    if (op.f === "report") return { best: Math.max(best, Number(op.value)) };
    return op.type !== "ok" || op.result === best ? { best } : INCONSISTENT;
  },
  equal: (a, b) => a.best === b.best,
  hash: ({ best }) => best % 3,
  partition: (op) => op.node,
  readonly: (op) => op.f === "ask",
});

function randomEvents(draw: () => number): OpEvent[] {
  const best = [0, 0];
  const events: OpEvent[] = [];
  const open = new Map<number, { f: string; value: Json; node: string; result: Json }>();
  for (let i = 0; i < 14; i++) {
    const process = Math.floor(draw() * 3);
    const base = { index: i, time: i, process, key: null };
    const op = open.get(process);
    if (op === undefined) {
      const board = Math.floor(draw() * 2);
      const value = 1 + Math.floor(draw() * 9);
      const f = draw() < 0.5 ? "report" : "ask";
      if (f === "report") best[board] = Math.max(best[board]!, value);
      const result = draw() < 0.2 ? value : best[board]!;
      open.set(process, { f, value: f === "report" ? value : null, node: `n${board}`, result });
      events.push({ ...base, type: "invoke", f, value: f === "report" ? value : null, node: `n${board}` });
    } else {
      open.delete(process);
      events.push({ ...base, type: "ok", f: op.f, value: op.f === "ask" ? op.result : op.value, node: op.node });
    }
  }
  return events;
}

test("a model of one's own is decided as the definition says, in its own parts", () => {
  const draw = drawsOf(SEED);
  const counts = { valid: 0, invalid: 0, unknown: 0 };
  for (let round = 0; round < 600; round++) {
    const history = pairEvents(randomEvents(draw));
    const legal = ["n0", "n1"].every((node) =>
      bruteForceOf(
        maximum,
        history.operations.filter((op) => op.node === node),
      ),
    );
    const { valid } = checkLinearizable(history, { model: maximum });
    counts[valid]++;
    expect(valid, `seed ${SEED}, round ${round}`).toBe(legal ? "valid" : "invalid");
  }
  expect(Math.min(counts.valid, counts.invalid)).toBeGreaterThan(50);
});

test("an operation that a model does not know makes the answer unknown, never valid", () => {
  const history = pairEvents([{ index: 0, time: 0, process: 0, type: "invoke", f: "explode", key: null, value: null }]);
  expect(checkLinearizable(history, { model: maximum })).toMatchObject({
    valid: "unknown",
    because: "the model maximum knows no explode, as at 0",
  });
  expect(checkLinearizable(history)).toMatchObject({
    valid: "unknown",
    because: "no model has all of these operations: explode; name one",
  });
});

test("a name that no model has is the caller's mistake", () => {
  const history = pairEvents([]);
  expect(() => checkLinearizable(history, { model: "regsiter" as "register" })).toThrow("no model is named regsiter");
});
