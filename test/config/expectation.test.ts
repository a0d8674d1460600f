import { expect, test } from "vitest";
import { type Limit, parseExpectation } from "../../src/config/expectation.js";

const limitOf = (text: string): Limit => {
  const parsed = parseExpectation(text);
  if (parsed.is !== "limit") throw new Error(JSON.stringify(parsed));
  return parsed;
};

test("the names of claims are claims", () => {
  expect(parseExpectation(" linearizable ")).toEqual({ is: "claim", text: "linearizable", claim: "linearizable" });
  expect(parseExpectation("bank")).toMatchObject({ is: "claim", claim: "bank" });
});

test("limits are read with their unit, kind of operation and part of the run", () => {
  expect(limitOf("p99 < 50ms during partition")).toEqual({
    is: "limit",
    text: "p99 < 50ms during partition",
    measure: "p99",
    f: null,
    comparison: "<",
    bound: 50,
    during: "partition",
  });
  expect(limitOf("p95 of reads <= 1.5 s outside faults")).toMatchObject({ f: "read", bound: 1500, during: "calm" });
  expect(limitOf("max of cas<2m")).toMatchObject({ measure: "max", f: "cas", bound: 120_000, during: null });
  expect(limitOf("stale reads < 1 %")).toMatchObject({ measure: "stale reads", bound: 0.01 });
  expect(limitOf("availability > 99.5% during faults")).toMatchObject({ bound: 0.995, during: "faults" });
  expect(limitOf("throughput >= 200/s")).toMatchObject({ comparison: ">=", bound: 200 });
  expect(limitOf("lost writes = 0")).toMatchObject({ comparison: "=", bound: 0 });
  expect(limitOf("converges within 5s")).toMatchObject({ measure: "converges within", comparison: "<=", bound: 5000 });
  expect(limitOf("outage < 2s")).toMatchObject({ measure: "outage", bound: 2000 });
});

test("what is neither says what was expected", () => {
  for (const [text, why] of [
    ["linearisable", "neither a claim"],
    ["", "neither a claim"],
    ["p99", "neither a claim"],
    ["speed < 3 ms", 'nobody measures "speed"'],
    ["p99 < 3", '"3" is not a time'],
    ["p99 < 3 parsecs", "is not a time"],
    ["stale reads < 200 %", "is not a share"],
    ["lost writes = 1.5", "is not a whole number"],
    ["p99 < 3ms during lunch", 'during "lunch"'],
    ["stale reads < 1 % during partition", "is of the whole run"],
    ["throughput of reads > 3/s", "is not of a kind"],
    ["p99 < 3ms outside partition", "outside faults"],
    ["p99 < 1.2.3ms", "is not a time"],
  ] as const) {
    const parsed = parseExpectation(text);
    expect(parsed.is === "problem" ? parsed.problem : parsed, text).toContain(why);
  }
});
