import { describe, expect, test } from "vitest";
import { type Done, type SweepPlan, tasksLeft } from "../../src/sweep/plan.js";
import { wordsOf } from "../../src/sweep/conduct-sweep.js";
import { labelOf, product, shortLabelOf, valuesOf } from "../../src/sweep/settings.js";

describe("the values of a flag", () => {
  test("a range counts, a comma separates, and a plus joins what belongs together", () => {
    expect(valuesOf("1..4", false)).toEqual(["1", "2", "3", "4"]);
    expect(valuesOf("100..350/100,max", false)).toEqual(["100", "200", "300", "max"]);
    expect(valuesOf("none,partition,partition+kill", false)).toEqual(["none", "partition", "partition,kill"]);
    expect(valuesOf("2, 2..3", false)).toEqual(["2", "3"]);
  });

  test("a flag that is a range itself keeps it", () => {
    expect(valuesOf("0..10,0.5..100", true)).toEqual(["0..10", "0.5..100"]);
  });

  test("what makes no sense is said", () => {
    for (const [text, why] of [
      ["5..1", "upwards"],
      ["1..9/0", "steps of 1"],
      ["1..", "range of whole numbers"],
      ["0.5..2", "range of whole numbers"],
      ["1,,2", "empty value"],
      ["0..1000000", "more than"],
    ] as const) {
      const values = valuesOf(text, false);
      expect("problem" in values ? values.problem : values, text).toContain(why);
    }
  });
});

test("every combination comes once, the first flag varying slowest", () => {
  const settings = product([
    { flag: "nemesis", values: ["none", "partition,kill"] },
    { flag: "readQuorum", values: ["1", "2"] },
  ]);
  expect(settings.map(labelOf)).toEqual([
    "nemesis none, read-quorum 1",
    "nemesis none, read-quorum 2",
    "nemesis partition,kill, read-quorum 1",
    "nemesis partition,kill, read-quorum 2",
  ]);
  expect(settings.map(shortLabelOf)).toEqual(["calm R1", "calm R2", "partition,kill R1", "partition,kill R2"]);
  expect(product([])).toEqual([{}]);
});

const plan: SweepPlan = {
  format: 1,
  id: "x",
  version: "0",
  startedAt: "",
  command: "",
  fixed: ["--mode", "leader", "--no-read-repair"],
  axes: ["writeQuorum"],
  settings: [{ writeQuorum: "1" }, { writeQuorum: "2" }],
  repeat: 2,
  seed: 7,
};

test("a sweep goes on with what is left, and tries again what failed", () => {
  expect(tasksLeft(plan, [])).toEqual([
    { setting: 0, repeat: 0 },
    { setting: 1, repeat: 0 },
    { setting: 0, repeat: 1 },
    { setting: 1, repeat: 1 },
  ]);
  const done: readonly Done[] = [
    { setting: 0, repeat: 0, dir: "a", tookMs: 1 },
    { setting: 1, repeat: 0, dir: null, tookMs: 1, error: "no" },
    { setting: 1, repeat: 1, dir: "b", tookMs: 1 },
  ];
  expect(tasksLeft(plan, done)).toEqual([
    { setting: 1, repeat: 0 },
    { setting: 0, repeat: 1 },
  ]);
});

test("a run of a sweep is a kvtest run, with the same seeds for every setting", () => {
  const words = ["--mode", "leader", "--no-read-repair", "--write-quorum"];
  expect(wordsOf(plan, { setting: 1, repeat: 1 })).toEqual([...words, "2", "--seed", "8"]);
  expect(wordsOf(plan, { setting: 0, repeat: 1 })).toEqual([...words, "1", "--seed", "8"]);
});
