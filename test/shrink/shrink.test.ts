import { describe, expect, test } from "vitest";
import type { TimedFault } from "../../nemesis/index.js";
import { parseRunFlags } from "../../src/config/flags.js";
import { subjectOf, wholeOf, type Subject } from "../../src/shrink/candidate.js";
import { shrink, type Try } from "../../src/shrink/shrink.js";

const kill = (i: number): TimedFault => ({
  id: `f${i}`,
  atMs: 400 * i,
  forMs: 1600,
  fault: { f: "kill", who: [`n${i}`] },
});

function subjectWith(faults: number): Subject {
  const parsed = parseRunFlags({ timeLimit: "10", concurrency: "12", nodes: "8", seed: "1" }, 0);
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  return { test: parsed.value, plan: { format: 1, faults: Array.from({ length: faults }, (_, i) => kill(i + 1)) } };
}

/**
 * Shown where the third fault lasts half a second, and the fifth is there, with three clients, until 2.5 s; 40 operations a
 * second on three nodes.
 */
const isPicky: Try = async ({ test: { concurrency, timeLimitMs, rate, nodes }, plan: { faults } }) => {
  const [third, fifth] = ["f3", "f5"].map((id) => faults.find((fault) => fault.id === id));
  const hasFaults = (third?.forMs ?? 0) >= 500 && fifth !== undefined;
  const isShown = hasFaults && concurrency >= 3 && timeLimitMs >= 2500 && (rate ?? 0) >= 40 && nodes.length >= 3;
  return isShown ? 7 : null;
};

const never = new AbortController().signal;
const names = ({ plan }: Subject): readonly string[] => plan.faults.map(({ id }) => id);

describe("shrinking", () => {
  test("leaves the two faults that are needed, as short as they may be, with the fewest clients and the least time", async () => {
    const subject = subjectWith(8);
    const counts: number[] = [];
    const found = await shrink({
      subject,
      attempt: isPicky,
      signal: never,
      onCandidate: ({ count }) => counts.push(count),
    });
    expect(found).toMatchObject({ seed: 7, isSmallest: true });
    if (found === null) return;
    expect(names(found.subject)).toEqual(["f3", "f5"]);
    expect(found.subject.plan.faults.map(({ forMs }) => forMs)).toEqual([500, 100]);
    expect(found.subject.test).toMatchObject({
      concurrency: 3,
      timeLimitMs: 2500,
      // Of 500, 334, 223, 149, 100, 67, 45, 30, ...
      rate: 45,
      nodes: ["n1", "n2", "n3"],
      workload: { keys: 1 },
    });
    // The leader, and the two that are killed, under their new names.
    expect(found.subject.plan.faults.map(({ fault }) => fault)).toEqual([
      { f: "kill", who: ["n2"] },
      { f: "kill", who: ["n3"] },
    ]);
    expect(counts.length).toBeLessThan(160);
  });

  test("asks no candidate twice, and goes on with the seed that showed the last one", async () => {
    const asked = new Set<string>();
    const seeds: number[] = [];
    const attempt: Try = async ({ test: { seed, ...test }, plan }) => {
      const name = JSON.stringify([test, plan.faults]);
      expect(asked.has(name)).toBe(false);
      asked.add(name);
      seeds.push(seed);
      return plan.faults.length >= 2 ? 42 : null;
    };
    await shrink({ subject: subjectWith(6), attempt, signal: never, onCandidate: () => undefined });
    expect(seeds[0]).toBe(1);
    expect(new Set(seeds.slice(1))).toEqual(new Set([42]));
  });

  test("says that nothing shows it, after asking the whole run alone", async () => {
    let asked = 0;
    const attempt: Try = async () => {
      asked++;
      return null;
    };
    expect(await shrink({ subject: subjectWith(3), attempt, signal: never, onCandidate: () => undefined })).toBeNull();
    expect(asked).toBe(1);
  });

  test("where each costs a real run, what is below something sound is not asked, and the answer is the same", async () => {
    const counts: number[] = [];
    const onCandidate = ({ count }: { readonly count: number }) => void counts.push(count);
    const subject = subjectWith(8);
    const cheap = await shrink({ subject, attempt: isPicky, signal: never, onCandidate });
    const asked = counts.splice(0).length;
    const costly = await shrink({ subject, attempt: isPicky, signal: never, onCandidate, isCostly: true });
    expect(costly?.subject).toEqual(cheap?.subject);
    expect(counts.length).toBeLessThan(0.6 * asked);
  });

  test("ends when its time is up, with the smallest so far", async () => {
    const enough = new AbortController();
    const found = await shrink({
      subject: subjectWith(8),
      attempt: async () => 1,
      signal: enough.signal,
      onCandidate: ({ count }) => (count === 2 ? enough.abort() : undefined),
    });
    expect(found).toMatchObject({ isSmallest: false, tried: 2 });
  });
});

test("the whole candidate is the run as it was, and faults that would begin after the end are none", () => {
  const subject = subjectWith(4);
  expect(subjectOf(subject, wholeOf(subject))).toEqual(subject);
  expect(names(subjectOf(subject, { ...wholeOf(subject), tenths: 9 })!)).toEqual(["f1", "f2"]);
});
