/** What may be claimed, and under which names. */

import { describe, expect, test } from "vitest";
import { Bundles } from "../../../checker/isolation/graph/edges.js";
import { Draws } from "./random.js";
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
  test("a valid history is valid, and an invalid one is still found", () => {
    const picture = forgetful(4200);
    expect(lists(picture, { consistency: ["serializable"] }).valid).toBe("valid");
    expect(lists(picture).details.anomalyTypes).toEqual(["G-single-item-realtime"]);
  });

  test("a cycle among those that were not kept makes the verdict unknown", () => {
    const [first, last] = ["r x, r z [1]", "append x 9999, append z 1"];
    const picture = `2 invoke ${first}\n2 ok ${first}\n${forgetful(4200)}\n2 invoke ${last}\n2 ok ${last}`;
    const verdict = lists(picture, { consistency: ["serializable"] });
    expect(verdict.valid).toBe("unknown");
    expect(verdict.because).toContain("anti-dependencies were too many to look at");
  });
});

test("a bundle joins every reader to every writer but itself, and nothing else", () => {
  const draws = new Draws(11);
  for (let round = 0; round < 200; round++) {
    const some = (): number[] => Array.from({ length: 12 }, (_, i) => i).filter(() => draws.chance(0.4));
    const [readers, writers] = [some(), some()];
    const bundles = new Bundles();
    bundles.add(readers, writers);
    const reached = (from: number): number[] => {
      const seen = new Set<number>();
      const open = [from];
      for (const at of open) {
        for (let i = 0; i < bundles.from.length; i++) {
          const next = bundles.to.buffer[i]!;
          if (bundles.from.buffer[i] !== at || seen.has(next)) continue;
          seen.add(next);
          if (next < 0) open.push(next);
        }
      }
      return [...seen].filter((at) => at >= 0).sort((a, b) => a - b);
    };
    for (let txn = 0; txn < 12; txn++) {
      const wanted = readers.includes(txn) ? writers.filter((writer) => writer !== txn) : [];
      expect(reached(txn)).toEqual(wanted);
    }
  }
});
