/** Anomalies of list-append that need no cycle: what single reads and transactions prove. */

import { describe, expect, test } from "vitest";
import type { Json } from "../../../checker/history/event.js";
import { checkIsolation } from "../../../checker/isolation/check.js";
import type { TxnHistory } from "../../../checker/isolation/history/columns.js";
import { fromEvents } from "../../../checker/isolation/history/events.js";
import { lists, summary } from "./txns.js";

describe("list-append: what single reads prove", () => {
  test("a read of an aborted append is G1a and refutes read committed", () => {
    const verdict = lists(`
      0 invoke append x 1
      0 fail   append x 1
      1 invoke r x
      1 ok     r x [1]`);
    expect(summary(verdict)).toMatchObject({ valid: "invalid", not: ["read-committed"] });
    expect(verdict.details.anomalyTypes).toContain("G1a");
    expect(verdict.because).toContain("T1 read 1 from x, which T2 wrote and aborted");
    expect(verdict.witness).toEqual([0, 1, 2, 3]);
  });

  test("a read of a list that its writer was still appending to is G1b", () => {
    const verdict = lists(`
      0 invoke append x 1, append x 2
      1 invoke r x
      0 ok     append x 1, append x 2
      1 ok     r x [1]`);
    expect(verdict.details.anomalyTypes).toContain("G1b");
    expect(verdict.details.not).toEqual(["read-committed"]);
  });

  test("a transaction may read its own unfinished appends", () => {
    expect(
      lists(`
      0 invoke append x 1, r x, append x 2
      0 ok     append x 1, r x [1], append x 2
      1 invoke r x
      1 ok     r x [1 2]`).valid,
    ).toBe("valid");
  });

  test("an element read twice in one list is a duplicate and refutes read uncommitted", () => {
    const verdict = lists(`
      0 invoke append x 1
      0 ok     append x 1
      1 invoke r x
      1 ok     r x [1 1]`);
    expect(verdict.details.anomalyTypes).toContain("duplicate-elements");
    expect(verdict.details.not).toContain("read-uncommitted");
  });

  test("two reads that disagree on the order are incompatible", () => {
    const verdict = lists(`
      0 invoke append x 1
      1 invoke append x 2
      2 invoke r x
      3 invoke r x
      0 ok     append x 1
      1 ok     append x 2
      2 ok     r x [1 2]
      3 ok     r x [2 1]`);
    expect(verdict.details.anomalyTypes).toContain("incompatible-order");
    expect(verdict.details.anomalies[0]?.because).toMatch(/T2 read x = \[., .\] but T3 read x = \[., .\]/);
  });

  test("a list that holds what nobody appended is a garbage read, where Elle crashes", () => {
    const picture = `
      0 invoke append x 1
      0 ok     append x 1
      1 invoke r x
      1 ok     r x [1 99]`;
    expect(summary(lists(picture))).toMatchObject({
      valid: "invalid",
      types: ["garbage-read"],
      not: ["read-committed"],
    });
    expect(lists(picture).because).toContain("no transaction ever wrote 99 to it");
  });

  test("an append whose completion the history lacks may well have happened", () => {
    expect(
      lists(`
      0 invoke append x 1
      1 invoke r x
      1 ok     r x [1]`).valid,
    ).toBe("valid");
  });
});

describe("list-append: transactions that contradict themselves", () => {
  test("two different reads of one key are internal", () => {
    const verdict = lists(`
      0 invoke r x, r x
      1 invoke append x 1
      0 ok     r x, r x [1]
      1 ok     append x 1`);
    expect(verdict.details.anomalyTypes).toContain("internal");
  });

  test("a read that misses the transaction's own append is internal", () => {
    expect(
      lists(`
      0 invoke append x 1, r x
      0 ok     append x 1, r x`).details.anomalyTypes,
    ).toContain("internal");
  });

  test("null and the empty list are the same observation, except to Elle", () => {
    const picture = `
      0 invoke r x, r x
      0 ok     r x, r x []
      1 invoke append x 1
      1 ok     append x 1`;
    expect(lists(picture).valid).toBe("valid");
    expect(lists(picture, { asElle: true }).details.anomalyTypes).toEqual(["internal"]);
  });

  test("reading an own later append is a future read", () => {
    const verdict = lists(`
      0 invoke r x, append x 1
      0 ok     r x [1], append x 1`);
    expect(verdict.details.anomalyTypes).toContain("future-read");
    expect(verdict.details.not).toEqual(["read-committed"]);
  });
});

describe("list-append: updates", () => {
  test("a commit on top of an aborted append is a dirty update", () => {
    const verdict = lists(`
      0 invoke append x 1
      1 invoke append x 2
      0 fail   append x 1
      1 ok     append x 2
      2 invoke r x
      2 ok     r x [1 2]`);
    expect(verdict.details.anomalyTypes).toEqual(["G1a", "dirty-update"]);
  });

  test("two updates of the same version are lost updates", () => {
    const verdict = lists(`
      0 invoke r x, append x 1
      1 invoke r x, append x 2
      0 ok     r x, append x 1
      1 ok     r x, append x 2`);
    expect(verdict.details.anomalyTypes).toContain("lost-update");
    expect(verdict.details.not).toEqual(["cursor-stability", "update-atomic"]);
  });
});

test("where the reads of every key disagree, each key is an incompatible order, and none where they agree", () => {
  const keys = 2_500;
  const made = (other: readonly number[]): TxnHistory => {
    const values = Array.from({ length: keys }, (_, key): readonly Json[] => [
      [["append", key, 1]],
      [["append", key, 2]],
      [["r", key, [1, 2]]],
      [["r", key, other]],
    ]).flat();
    return fromEvents(
      values.map((value, process) => ({ process, type: "ok", value })),
      "list-append",
    );
  };
  const claim = { workload: "list-append", consistency: ["read-committed"] } as const;
  const [agreed, disagreed] = [made([1]), made([2, 1])];
  expect(checkIsolation(disagreed, claim).details.counts["incompatible-order"]).toBe(keys);
  expect(checkIsolation(agreed, claim).valid).toBe("valid");
});
