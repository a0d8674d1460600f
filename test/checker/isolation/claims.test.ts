/** What may be claimed, and under which names. */

import { describe, expect, test } from "vitest";
import { lists } from "./txns.js";

describe("claims", () => {
  const valid = `
      0 invoke append x 1
      0 ok     append x 1
      1 invoke r x
      1 ok     r x [1]`;

  test("a model that no anomaly refutes is neither confirmed nor denied, except by Elle", () => {
    const verdict = lists(valid, { consistency: ["causal"] });
    expect(verdict.valid).toBe("unknown");
    expect(verdict.details.untestable).toEqual(["causal"]);
    expect(lists(valid, { consistency: ["causal"], asElle: true }).valid).toBe("valid");
  });

  test("all names of a model mean the same", () => {
    for (const name of ["PL-SS", "strict-serializable", "strong-serializable"]) {
      expect(lists(valid, { consistency: [name] }).details.models).toEqual(["strong-serializable"]);
    }
  });

  test("an unknown name is the caller's mistake", () => {
    expect(() => lists(valid, { consistency: ["serialisable"] })).toThrow(
      "serialisable: no consistency model of that name",
    );
    expect(() => lists(valid, { anomalies: ["G9"] })).toThrow("G9: no anomaly of that name");
  });

  test("nothing to check is not valid", () => {
    expect(lists("").valid).toBe("unknown");
    expect(lists("").details.strongest).toEqual([]);
  });

  test("an anomaly may be forbidden by itself", () => {
    const verdict = lists(
      `
      0 invoke append x 1
      0 fail   append x 1
      1 invoke r x
      1 ok     r x [1]`,
      { consistency: [], anomalies: ["G1a"] },
    );
    expect(verdict.details.anomalyTypes).toContain("G1a");
    expect(verdict.because).toContain("not the absence of G1a");
  });
});

/** A store that forgets everything: half append to one key, half find it empty. */
const forgetful = (pairs: number): string =>
  Array.from({ length: pairs }, (_, i) => {
    const [a, r] = [`append x ${i}`, "r x"];
    return `0 invoke ${a}\n0 ok ${a}\n1 invoke ${r}\n1 ok ${r}`;
  }).join("\n");

describe("more dependencies than can be held", () => {
  test("what would be valid is unknown, and what is invalid is still found", () => {
    const picture = forgetful(4200);
    const serializable = lists(picture, { consistency: ["serializable"] });
    expect(serializable.valid).toBe("unknown");
    expect(serializable.because).toContain("anti-dependencies were too many to look at");
    expect(lists(picture).details.anomalyTypes).toEqual(["G-single-item-realtime"]);
  });
});
