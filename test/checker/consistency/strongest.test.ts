import { expect, test } from "vitest";
import { checkConsistency } from "../../../checker/consistency/check.js";
import {
  CONSISTENCY_MODELS,
  CONSISTENCY_NAMES,
  type ConsistencyName,
  consistencyNamed,
  strongerThan,
  weakerThan,
} from "../../../checker/consistency/models.js";
import { checkStrongest, strongestConsistency } from "../../../checker/consistency/strongest.js";
import type { History } from "../../../checker/history/operation.js";
import { freshSeed } from "../staleness/draws.js";
import { history, r, randomHistory, w } from "../staleness/histories.js";
import { BRUTE } from "../session/brute.js";
import { bruteSequential, programs, randomPrograms, textOf } from "./programs.js";

const strongest = (...texts: readonly string[]) => {
  const { holds, possible, violated, unknown } = strongestConsistency(programs(...texts));
  return { holds, possible, violated, unknown };
};

test("every name and alias is understood, in any spelling, and an unknown one is told what is known", () => {
  for (const name of CONSISTENCY_NAMES) {
    for (const alias of [name, ...CONSISTENCY_MODELS[name].aliases]) {
      expect(consistencyNamed(alias.toUpperCase())).toEqual({ is: "model", model: name });
    }
  }
  expect(consistencyNamed("read your writes")).toEqual({ is: "model", model: "read-your-writes" });
  expect(consistencyNamed("7-atomic")).toEqual({ is: "k-atomic", k: 7 });
  const unknown = consistencyNamed("eventual");
  expect(unknown.is === "problem" && unknown.problem).toMatch(/"eventual": expected linearizable or .*CCv.*k-atomic/);
  expect(() => checkConsistency(programs("wx1 rx1"), "eventual")).toThrow(TypeError);
});

test("what a model implies comes after it, and nothing implies itself", () => {
  for (const [at, name] of CONSISTENCY_NAMES.entries()) {
    expect(weakerThan(name).has(name)).toBe(false);
    for (const weaker of weakerThan(name)) {
      expect(CONSISTENCY_NAMES.indexOf(weaker)).toBeGreaterThan(at);
      expect(strongerThan(weaker).has(name)).toBe(true);
    }
  }
  expect([...weakerThan("linearizable")]).toHaveLength(CONSISTENCY_NAMES.length - 1);
});

test("a linearizable history keeps everything, and only linearizability need be named", () => {
  const given = history([w(0, 1, 1, { process: 0 }), r(2, 3, 1, { process: 1 })]);
  expect(strongestConsistency(given)).toMatchObject({
    holds: ["linearizable"],
    possible: ["linearizable"],
    violated: [],
    unknown: [],
  });
  expect(checkStrongest(given)).toMatchObject({ valid: "valid", because: "Holds: linearizable.", witness: [] });
});

test("a stale read of another process is sequential, and no safe register", () => {
  const stale = history([w(0, 1, 1, { process: 0 }), w(2, 3, 2, { process: 0 }), r(4, 5, 1, { process: 1 })]);
  expect(strongestConsistency(stale)).toMatchObject({
    holds: ["sequential", "2-atomic"],
    violated: ["safe"],
    unknown: [],
  });
});

test("store buffering is causal in every sense, and not sequential", () => {
  const { holds, violated } = strongest("wx1 ry_", "wy1 rx_");
  expect(holds).toEqual(expect.arrayContaining(["causal-convergence", "causal-memory"]));
  expect(violated).toContain("sequential");
});

test("independent reads of independent writes are causal, and not sequential", () => {
  const { holds, violated } = strongest("wx1", "wy1", "rx1 ry_", "ry1 rx_");
  expect(holds).toEqual(expect.arrayContaining(["causal-convergence", "causal-memory"]));
  expect(violated).toContain("sequential");
});

test("the answer without the question is PRAM, and not causal", () => {
  const { holds, violated } = strongest("wx1", "rx1 wy1", "ry1 rx_");
  expect(holds).toContain("pram");
  expect(violated).toEqual(expect.arrayContaining(["causal", "writes-follow-reads"]));
});

test("two writers that each read the other's value keep causal memory, and break read-your-writes", () => {
  const { holds, violated } = strongest("wx1 rx2", "wx2 rx1");
  expect(holds).toContain("causal-memory");
  expect(violated).toContain("read-your-writes");
});

test("going back and forth between two concurrent writes is causal, and neither PRAM nor monotonic", () => {
  const { holds, violated } = strongest("wx1", "wx2", "rx1 rx2 rx1");
  expect(holds).toContain("causal");
  expect(violated).toEqual(expect.arrayContaining(["pram", "monotonic-reads"]));
});

test("the sentence names what holds, and the weakest that does not with its reason and indexes", () => {
  const verdict = checkStrongest(programs("wx1", "wx2", "rx1 rx2 rx1"));
  expect(verdict.valid).toBe("invalid");
  expect(verdict.because).toMatch(
    /^Holds: .*causal.*The weakest that is violated: pram: .* at \d+ .*Violated too: monotonic-reads/,
  );
  expect(verdict.details.models.map(({ model }) => model)).toEqual(CONSISTENCY_NAMES);
});

test("a claim decides: the same history is valid for what it keeps and invalid for what it breaks", () => {
  const given = programs("wx1 ry_", "wy1 rx_");
  expect(checkStrongest(given, { claimed: ["CCv", "PRAM"] })).toMatchObject({ valid: "valid", witness: [] });
  const broken = checkStrongest(given, { claimed: ["CCv", "sequential"] });
  expect(broken.valid).toBe("invalid");
  expect(broken.witness.length).toBeGreaterThan(0);
  expect(() => checkStrongest(given, { claimed: ["eventual"] })).toThrow("no consistency model is named");
  expect(checkStrongest(given, { claimed: ["3-atomic"] }).valid).toBe("valid");
});

test("the witness proves what the sentence says: the operations that it names", () => {
  const { because, witness } = checkStrongest(programs("wx1 wy2", "ry2 rx_"), { claimed: ["linearizable"] });
  const named = [...because.matchAll(/ at (\d+)/g)].map(([, index]) => Number(index));
  expect(named.length).toBeGreaterThan(1);
  for (const index of named) expect(witness).toContain(index);
});

test("what is no register, and what read nothing, is unknown in every model", () => {
  const queue = history([{ from: 0, to: 1, f: "enqueue", value: 1 }, r(2, 3, 1)]);
  expect(strongestConsistency(queue).unknown).toEqual(CONSISTENCY_NAMES);
  expect(checkStrongest(queue)).toMatchObject({ valid: "unknown" });
  expect(checkStrongest(programs("wx1")).because).toContain("nothing to judge");
});

test("a spent budget leaves unknown what it did not reach, and says so", () => {
  const found = checkStrongest(programs("wx1 ry_", "wy1 rx_"), { stepsMax: 1, claimed: ["sequential"] });
  expect(found.valid).toBe("unknown");
  expect(found.because).toContain("Not decided");
});

/** The definitions, by trying every order; those of the session folder know reads and writes of distinct values only. */
const definitions: { readonly [model in ConsistencyName]?: (given: History) => boolean } = {
  ...BRUTE,
  sequential: bruteSequential,
};

test("each implication of the lattice holds by the definitions, and each model is told from those it implies", () => {
  const seed = freshSeed("lattice");
  const apart = new Map<string, number>();
  for (let i = 0; i < 3000; i++) {
    const given = randomPrograms(seed + i * 7919, {
      operations: 7,
      processes: 3,
      keys: 2,
      values: 0,
      cas: 0,
      info: 0,
      lies: i % 2 === 0 ? 0.5 : 1,
    });
    const holds = new Map(Object.entries(definitions).map(([name, definition]) => [name, definition(given)]));
    for (const name of CONSISTENCY_NAMES) {
      if (!holds.has(name)) continue;
      for (const weaker of weakerThan(name)) {
        if (!holds.has(weaker)) continue;
        if (holds.get(name)!) expect(holds.get(weaker), `${name} implies ${weaker}: ${textOf(given)}`).toBe(true);
        else if (holds.get(weaker)!) apart.set(`${name} ${weaker}`, (apart.get(`${name} ${weaker}`) ?? 0) + 1);
      }
    }
  }
  console.log(Object.fromEntries(apart));
  for (const [name, weaker] of [
    ["sequential", "causal-convergence"],
    ["causal-convergence", "monotonic-reads"],
    ["sequential", "pram"],
  ] as const) {
    expect(apart.get(`${name} ${weaker}`) ?? 0, `${name} and ${weaker}`).toBeGreaterThan(0);
  }
});

const given = (seed: number, i: number): History =>
  i % 2 === 0
    ? randomPrograms(seed, {
        operations: 6 + (i % 12),
        processes: 3,
        keys: 1 + (i % 3),
        values: i % 4 === 0 ? 0 : 3,
        cas: 0.1,
        info: 0.2,
        lies: 0.3,
      })
    : randomHistory(seed, {
        operations: 6 + (i % 20),
        processes: 3,
        values: i % 3 === 0 ? 3 : 0,
        casShare: 0.1,
        infoShare: 0.1,
        honest: 0.9,
      });

test("the checkers never contradict the lattice, whatever the history: repeated values, cas, unknown outcomes", () => {
  const seed = freshSeed("checkers and lattice");
  const tally = { valid: 0, invalid: 0, unknown: 0 };
  for (let i = 0; i < 600; i++) {
    const one = given(seed + i * 7919, i);
    const valid = new Map(
      CONSISTENCY_NAMES.map((name) => [name, checkConsistency(one, name, { stepsMax: 2e6 }).valid]),
    );
    const wrong: string[] = [];
    for (const name of CONSISTENCY_NAMES) {
      tally[valid.get(name)!]++;
      if (valid.get(name) !== "valid") continue;
      for (const weaker of weakerThan(name)) if (valid.get(weaker) === "invalid") wrong.push(`${name}, not ${weaker}`);
    }
    const found = strongestConsistency(one, { stepsMax: 2e7 });
    for (const { model, valid: told } of found.models) {
      const asked = valid.get(model)!;
      // By implication more may be known than the model's own checker can tell, never something else.
      if (asked !== "unknown" && told !== "unknown" && told !== asked) wrong.push(`${model} is ${asked}, told ${told}`);
    }
    for (const name of found.holds) {
      for (const other of found.violated) if (weakerThan(name).has(other)) wrong.push(`holds ${name}, not ${other}`);
    }
    if (wrong.length > 0) expect.fail(`${wrong.join("; ")}: ${textOf(one)}`);
  }
  console.log(tally);
  expect(Math.min(tally.valid, tally.invalid)).toBeGreaterThan(500);
});
