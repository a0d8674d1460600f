/** Every cycle of list-append by hand, smallest first: its name, what it refutes, its edges. */

import { describe, expect, test } from "vitest";
import { lists, registers, summary } from "./txns.js";

const staleRead = (reader: number): string => `
      0 invoke append x 1
      0 ok     append x 1
      ${reader} invoke r x
      ${reader} ok     r x
      2 invoke r x
      2 ok     r x [1]`;

describe("list-append: cycles", () => {
  test("G0: two transactions append in opposite orders", () => {
    expect(
      summary(
        lists(
          `
      0 invoke append x 1, append y 1
      1 invoke append x 2, append y 2
      2 invoke r x, r y
      0 ok     append x 1, append y 1
      1 ok     append x 2, append y 2
      2 ok     r x [1 2], r y [2 1]`,
          { consistency: ["read-uncommitted"] },
        ),
      ),
    ).toEqual({
      valid: "invalid",
      types: ["G0"],
      not: ["read-uncommitted"],
      edges: ["T1 ww T2", "T2 ww T1"],
    });
  });

  test("G1c: each of two transactions read the other's append", () => {
    expect(
      summary(
        lists(`
      0 invoke append x 1, r y
      1 invoke append y 1, r x
      0 ok     append x 1, r y [1]
      1 ok     append y 1, r x [1]`),
      ),
    ).toEqual({
      valid: "invalid",
      types: ["G1c"],
      not: ["read-committed"],
      edges: ["T1 wr T2", "T2 wr T1"],
    });
  });

  test("G-single-item: a fractured read", () => {
    expect(
      summary(
        lists(`
      0 invoke append x 1, append y 1
      1 invoke r y, r x
      0 ok     append x 1, append y 1
      1 ok     r y [1], r x`),
      ),
    ).toEqual({
      valid: "invalid",
      types: ["G-single-item"],
      not: ["consistent-view", "repeatable-read"],
      edges: ["T1 rw T2", "T2 wr T1"],
    });
  });

  test("G-nonadjacent-item: a long fork", () => {
    expect(
      summary(
        lists(`
      0 invoke append x 1
      1 invoke append y 1
      2 invoke r x, r y
      3 invoke r x, r y
      0 ok     append x 1
      1 ok     append y 1
      2 ok     r x [1], r y
      3 ok     r x, r y [1]`),
      ),
    ).toEqual({
      valid: "invalid",
      types: ["G-nonadjacent-item"],
      not: ["repeatable-read", "snapshot-isolation"],
      edges: ["T1 rw T2", "T2 wr T3", "T3 rw T4", "T4 wr T1"],
    });
  });

  const writeSkew = `
      0 invoke r x, append y 1
      1 invoke r y, append x 1
      0 ok     r x, append y 1
      1 ok     r y, append x 1`;

  test("G2-item: a write skew, which snapshot isolation allows", () => {
    expect(summary(lists(writeSkew))).toEqual({
      valid: "invalid",
      types: ["G2-item"],
      not: ["repeatable-read"],
      edges: ["T1 rw T2", "T2 rw T1"],
    });
    const tolerant = lists(writeSkew, { consistency: ["snapshot-isolation"] });
    expect(tolerant.valid).toBe("valid");
    expect(tolerant.details.tolerated).toEqual({ "G2-item": 1 });
    expect(tolerant.details.strongest).toContain("strong-snapshot-isolation");
  });

  test("G-single-item-realtime: a stale read in another process refutes only the strong models", () => {
    expect(summary(lists(staleRead(1)))).toEqual({
      valid: "invalid",
      types: ["G-single-item-realtime"],
      not: ["strong-snapshot-isolation"],
      edges: ["T1 rw T2", "T2 realtime T1"],
    });
    expect(lists(staleRead(1), { consistency: ["strong-session-serializable"] }).valid).toBe("valid");
    expect(lists(staleRead(1), { consistency: ["serializable"] }).details.strongest).toEqual([
      "strong-read-committed",
      "strong-session-serializable",
    ]);
  });

  test("G-single-item-process: a stale read in the same process", () => {
    expect(summary(lists(staleRead(0), { consistency: ["strong-session-snapshot-isolation"] }))).toEqual({
      valid: "invalid",
      types: ["G-single-item-process"],
      not: ["strong-session-snapshot-isolation"],
      edges: ["T1 rw T2", "T2 process T1"],
    });
  });

  test("G0-realtime and G1c-realtime: an append or a read that reaches back in time", () => {
    const g0 = lists(`
      0 invoke append x 1
      0 ok     append x 1
      1 invoke append x 2
      1 ok     append x 2
      2 invoke r x
      2 ok     r x [2 1]`);
    expect(summary(g0)).toMatchObject({ types: ["G0-realtime"], not: ["strong-read-uncommitted"] });
    const g1c = lists(`
      0 invoke r x
      0 ok     r x [1]
      1 invoke append x 1
      1 ok     append x 1`);
    expect(summary(g1c)).toMatchObject({ types: ["G1c-realtime"], not: ["strong-read-committed"] });
    expect(g1c.details.anomalies[0]?.edges.map(({ because }) => because)).toEqual([
      "T2 read x with 1 as its last element, which T1 appended",
      "T2 completed (event 1) 1.000 ms before T1 was invoked (event 2)",
    ]);
  });

  test("a step of real time that jumps over other transactions is one step", () => {
    const verdict = lists(`
      0 invoke append x 1
      0 ok     append x 1
      0 invoke r x
      0 ok     r x [1]
      0 invoke r x
      0 ok     r x [1]
      1 invoke r x
      1 ok     r x`);
    expect(verdict.details.anomalies[0]?.edges).toHaveLength(2);
  });

  test("an unread transaction of unknown outcome proves nothing", () => {
    expect(
      lists(`
      0 invoke append x 1, append y 1
      0 info   append x 1, append y 1
      1 invoke r x
      1 ok     r x
      1 invoke r y
      1 ok     r y`).valid,
    ).toBe("valid");
  });
});

test("of completions alone, what a process did one after the other contradicts a claim about real time", () => {
  const completions = `
    0 ok append x 1
    0 ok r x
    1 ok r x [1]`;
  for (const consistency of ["strong-session-serializable", "strict-serializable"]) {
    expect(lists(completions, { consistency: [consistency] }).valid).toBe("invalid");
  }
  const tolerant = lists(completions, { consistency: ["serializable"] });
  expect(tolerant.valid).toBe("valid");
  expect(tolerant.details.strongest).not.toContain("strong-session-serializable");
  expect(registers(completions.replaceAll("append", "w").replace("[1]", "1")).valid).toBe("invalid");
});

test("what other processes did before a completion precedes what its process did afterwards", () => {
  const anomaly = lists(`
    0 ok append x 1
    1 ok append y 1
    1 ok r x
    2 ok r x [1]`).details.anomalies[0]!;
  expect(anomaly.edges.map(({ because }) => because)).toContain(
    "T2 completed (event 0) before process 1 ended what it did before T1 (event 1)",
  );
});
