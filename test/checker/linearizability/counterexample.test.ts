import { expect, test } from "vitest";
import type { Json, OpEvent } from "../../../checker/history/event.js";
import type { Operation } from "../../../checker/history/operation.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { bruteForce, drawsOf, operationsOf, randomEvents } from "./random.js";

const SEED = 404;
const ROUNDS = 3000;

/** What the oracle makes of a part of a history: legal, illegal, or senseless, because it lacks every source of a read. */
function judge(part: readonly Operation[]): "legal" | "illegal" | "senseless" {
  const written = new Set<unknown>([null]);
  for (const op of part)
    if (op.f !== "read") written.add(op.f === "cas" ? (op.value as [unknown, unknown])[1] : op.value);
  const senseless = part.some(
    (op) => op.f !== "write" && !written.has(op.f === "cas" ? (op.value as [unknown, unknown])[0] : op.result),
  );
  return senseless ? "senseless" : bruteForce(part) ? "legal" : "illegal";
}

test("counterexamples of random histories are illegal, made of real operations, and small", () => {
  const draw = drawsOf(SEED);
  const sizes: number[] = [];
  let minimal = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const events = randomEvents(draw, {
      processes: 4,
      operations: 10,
      values: ([2, 3, "distinct"] as const)[round % 3]!,
      cas: round % 2 === 0,
      info: 0.1,
      fail: 0.05,
      lies: 0.15,
    });
    const operations = operationsOf(events);
    const verdict = checkLinearizable(pairEvents(events));
    if (verdict.valid !== "invalid") continue;
    const [found] = verdict.details.counterexamples;
    const part = operations.filter((op) => found!.operations.some((shown) => shown.invoked === op.invoked));
    const context = `seed ${SEED}, round ${round}`;
    expect(part.length, context).toBe(found!.operations.length);
    expect(bruteForce(part), `${context}: still not linearizable`).toBe(false);
    expect(verdict.witness, context).toEqual(
      part.flatMap((op) => (op.completed === null ? [op.invoked] : [op.invoked, op.completed])).sort((a, b) => a - b),
    );
    // Without any one operation: legal, or a read is left whose value nobody wrote. "illegal" happens only where every
    // possible source of a value has to be shown to rule each of them out.
    const rests = part.map((op) => judge(part.filter((other) => other !== op)));
    if (rests.every((rest) => rest !== "illegal")) minimal++;
    sizes.push(part.length);
  }
  sizes.sort((a, b) => a - b);
  // Not vacuous, and what people see is short.
  expect(sizes.length).toBeGreaterThan(ROUNDS / 5);
  expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(4);
  expect(minimal / sizes.length).toBeGreaterThan(0.9);
});

test("a long chain of cas is not dragged in to explain one stale read", () => {
  let process = 0;
  const events: OpEvent[] = [];
  const push = (f: string, value: Json, result: Json = value): void => {
    for (const type of ["invoke", "ok"] as const) {
      events.push({ index: events.length, time: 0, process, type, f, key: "k", value: type === "ok" ? result : value });
    }
    process = (process + 1) % 3;
  };
  push("write", 0);
  for (let n = 0; n < 300; n++) push("cas", [n, n + 1]);
  push("read", null, 299);
  const verdict = checkLinearizable(pairEvents(events));
  expect(verdict.because).toBe(
    "key k: read at 602 returned 299, but cas from 299 to 300 at 600 (done at 601) had overwritten it before the read began",
  );
  expect(verdict.details.counterexamples[0]?.operations).toHaveLength(3);
});
