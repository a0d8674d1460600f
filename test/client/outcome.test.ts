import { expect, test } from "vitest";
import { ERRORS, type ErrorName, outcomeOf } from "../../src/client/outcome.js";

const names = Object.keys(ERRORS) as ErrorName[];

test("a write that may have happened is info, never fail", () => {
  for (const name of ["timeout", "reset", "partial", "no-quorum", "crash"] as const) {
    expect([name, outcomeOf(name, "write"), outcomeOf(name, "cas")]).toEqual([name, "info", "info"]);
  }
});

test("a write that was never sent, or was refused, is fail", () => {
  for (const name of ["unreachable", "not-leader", "mismatch", "bad-request", "unsupported"] as const) {
    expect([name, outcomeOf(name, "write"), outcomeOf(name, "cas")]).toEqual([name, "fail", "fail"]);
  }
});

test("a read that got no answer is fail: it changed nothing", () => {
  for (const name of names) expect([name, outcomeOf(name, "read")]).toEqual([name, "fail"]);
});
