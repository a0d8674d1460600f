/** Registers by hand: what reads prove, and what the order of versions rests on. */

import { describe, expect, test } from "vitest";
import { registers, summary } from "./txns.js";

const types = (picture: string) => registers(picture).details.anomalyTypes;

describe("rw-register", () => {
  test("aborted, intermediate, garbage and future reads", () => {
    expect(
      types(`
      0 invoke w x 1
      0 fail   w x 1
      1 invoke r x
      1 ok     r x 1`),
    ).toContain("G1a");
    expect(
      types(`
      0 invoke w x 1, w x 2
      0 ok     w x 1, w x 2
      1 invoke r x
      1 ok     r x 1`),
    ).toContain("G1b");
    expect(
      types(`
      0 invoke w x 1
      0 ok     w x 1
      1 invoke r x
      1 ok     r x 7`),
    ).toEqual(["garbage-read"]);
    expect(
      types(`
      0 invoke r x, w x 1
      0 ok     r x 1, w x 1`),
    ).toContain("future-read");
  });

  test("Elle passes over garbage and future reads of registers", () => {
    const future = `
      0 invoke r x, w x 1
      0 ok     r x 1, w x 1`;
    expect(registers(future, { asElle: true }).valid).toBe("valid");
    const garbage = `
      0 invoke w x 1
      0 ok     w x 1
      1 invoke r x
      1 ok     r x 7`;
    expect(registers(garbage, { asElle: true }).valid).toBe("valid");
  });

  test("what a transaction of unknown outcome wrote counts once it was read, except to Elle", () => {
    const picture = `
      0 invoke w x 1
      0 info   w x 1
      1 invoke r x
      1 ok     r x 1
      1 invoke r x
      1 ok     r x`;
    expect(registers(picture).details.anomalyTypes).toEqual(["G-single-item-realtime"]);
    expect(registers(picture, { asElle: true }).valid).toBe("valid");
  });

  test("the order of versions is what the assumptions make it", () => {
    const picture = `
      0 invoke w x 1
      0 ok     w x 1
      0 invoke w x 2
      0 ok     w x 2
      1 invoke r x
      1 ok     r x 1`;
    expect(registers(picture, { assumeClaim: false }).valid).toBe("valid");
    expect(registers(picture, { linearizableKeys: true }).details.anomalyTypes).toEqual(["cyclic-versions"]);
    expect(registers(picture, { sequentialKeys: true }).details.anomalyTypes).toEqual(["G-single-item-realtime"]);
    expect(registers(picture, { transactionOrder: { "1": 1, "3": 2 } }).details.anomalyTypes).toEqual([
      "G-single-item-realtime",
    ]);
  });

  test("a stale read contradicts strict serializability, and no model without real time", () => {
    const picture = `
      0 invoke w x 1
      0 ok     w x 1
      0 invoke w x 2
      0 ok     w x 2
      1 invoke r x
      1 ok     r x 1`;
    const strict = registers(picture);
    expect(summary(strict)).toEqual({
      valid: "invalid",
      types: ["G-single-item-realtime"],
      not: ["strong-serializable"],
      edges: ["T1 rw T2", "T2 realtime T1"],
    });
    expect(strict.details.alsoNot).toEqual([]);
    expect(strict.details.anomalies[0]?.edges[0]?.because).toBe(
      "T1 read x = 1, and T2 wrote x = 2, a later version: a transaction with 1 completed at event 1, before one with 2 was invoked at event 2",
    );
    expect(registers(picture, { consistency: ["strong-session-serializable"] }).valid).toBe("valid");
    expect(registers(picture, { consistency: ["serializable"] }).valid).toBe("valid");
  });

  test("a process that goes back to an older version contradicts the order of sessions", () => {
    const picture = `
      0 invoke w x 1
      1 invoke w x 2
      0 ok     w x 1
      1 ok     w x 2
      2 invoke r x
      2 ok     r x 1
      2 invoke r x
      2 ok     r x 2
      2 invoke r x
      2 ok     r x 1`;
    const session = registers(picture, { consistency: ["strong-session-serializable"] });
    expect([session.valid, session.details.not]).toEqual(["invalid", ["strong-session-serializable"]]);
    expect(registers(picture, { consistency: ["serializable"] }).valid).toBe("valid");
  });

  test("two readers that each see the other's past contradict real time, whoever wrote first", () => {
    const picture = `
      0 invoke w x 1
      1 invoke w x 2
      0 ok     w x 1
      1 ok     w x 2
      2 invoke r x
      2 ok     r x 2
      3 invoke r x
      3 ok     r x 1
      4 invoke r x
      4 ok     r x 2`;
    expect([registers(picture).valid, registers(picture).details.not]).toEqual(["invalid", ["strong-serializable"]]);
  });

  test("writes follow reads orders the two versions of a read-modify-write", () => {
    const picture = `
      0 invoke w x 1
      0 ok     w x 1
      1 invoke r x, w x 2
      2 invoke r x, w y 1
      3 invoke r y
      1 ok     r x 1, w x 2
      2 ok     r x 1, w y 1
      3 ok     r y 1
      4 invoke r x, r y
      4 ok     r x 2, r y`;
    const serializable = { consistency: ["serializable"] };
    expect(registers(picture, { ...serializable, assumeClaim: false }).valid).toBe("valid");
    for (const options of [{ wfrKeys: true, assumeClaim: false }, {}]) {
      const inferred = registers(picture, { ...serializable, ...options });
      expect(summary(inferred).edges).toEqual(["T1 rw T2", "T2 rw T3", "T3 wr T1"]);
    }
    expect(registers(picture, serializable).details.anomalies[0]?.edges[1]?.because).toContain("T3 had read 1 before");
  });

  test("contradictory assumptions about versions name the versions and who had them", () => {
    const verdict = registers(
      `
      0 invoke w x 2
      0 ok     w x 2
      0 invoke r x
      0 ok     r x 3
      0 invoke r x
      0 ok     r x 2
      1 invoke w x 3
      1 info   w x 3`,
      { sequentialKeys: true },
    );
    expect(verdict.details.anomalyTypes).toContain("cyclic-versions");
    const shown = verdict.details.anomalies.find(({ type }) => type === "cyclic-versions");
    expect(shown?.because).toContain("by initial-state, sequential-keys");
    expect(shown?.transactions.length).toBeGreaterThan(0);
  });

  test("lost update on the initial state", () => {
    expect(
      registers(`
      0 invoke r x, w x 1
      1 invoke r x, w x 2
      0 ok     r x, w x 1
      1 ok     r x, w x 2`).details.anomalyTypes,
    ).toEqual(["G2-item", "lost-update"]);
  });
});

test("a transaction may read what it wrote itself and then replaced", () => {
  const verdict = registers(`
    0 invoke w x 1, r x, w x 2
    0 ok     w x 1, r x 1, w x 2
    1 invoke r x
    1 ok     r x 2`);
  expect([verdict.valid, verdict.details.anomalyTypes]).toEqual(["valid", []]);
});
