import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig, readVerdict } from "../../src/archive/archive.js";
import { changeInWords, type ComparedFigure, type ComparedRun, compareRuns } from "../../src/report/compare.js";
import { renderComparison } from "../../src/report/compare-page.js";
import { repoRoot } from "../cli/kvtest.js";
import { HOSTILE } from "./made.js";

const runIn = (name: string): ComparedRun => {
  const dir = join(repoRoot, "runs/gallery", name);
  const config = readConfig(dir);
  const verdict = readVerdict(dir);
  if (!config.ok || verdict === null) throw new Error(name);
  return { name, config: config.value, verdict };
};
const [LEADER, QUORUM] = [runIn("stale-read-from-a-follower"), runIn("one-to-read-one-to-write")];

test("only settings that differ are told, and of the checkers those that judge", () => {
  const { settings, checkers } = compareRuns(LEADER, QUORUM);
  expect(settings).toContainEqual({ name: "protocol.mode", a: '"leader"', b: '"quorum"' });
  expect(settings).toContainEqual({ name: "protocol.readFrom", a: '"any"', b: null });
  const names = settings.map(({ name }) => name);
  for (const same of ["concurrency", "id", "startedAt", "command"]) expect(names).not.toContain(same);
  expect(checkers[0]).toMatchObject({ name: "the run", a: { valid: "invalid" }, b: { valid: "invalid" } });
  expect(checkers.map(({ name }) => name)).not.toContain("statistics");
});

test("less staleness is better, more throughput is, and of the number of operations nobody knows", () => {
  const { figures } = compareRuns(LEADER, QUORUM);
  const named = (name: string): ComparedFigure => figures.find((each) => each.name === name)!;
  const stale = named("stale reads");
  expect(stale).toMatchObject({ unit: "share", better: "b" });
  expect(stale.difference).toBeCloseTo((stale.b ?? 0) - (stale.a ?? 0));
  expect(stale.ratio).toBeCloseTo((stale.b ?? 0) / (stale.a ?? 1));
  expect(changeInWords(stale)).toMatch(/^−\d+\.\d points$/);
  expect(named("ok operations a second").better).toBe("a");
  expect(named("operations").better).toBeNull();
});

test("a run compared with itself differs in nothing, and nobody is better", () => {
  const { settings, checkers, figures } = compareRuns(LEADER, LEADER);
  expect(settings).toEqual([]);
  for (const { a, b } of checkers) expect(a).toEqual(b);
  expect(figures.length).toBeGreaterThan(10);
  for (const { difference, better } of figures) expect([difference, better]).toEqual([0, null]);
});

test("the other way round, better is the other one and differences are the opposite", () => {
  const there = compareRuns(LEADER, QUORUM).figures;
  const back = compareRuns(QUORUM, LEADER).figures;
  expect(there.some(({ better }) => better === "a")).toBe(true);
  expect(there.some(({ better }) => better === "b")).toBe(true);
  for (const [i, one] of there.entries()) {
    expect(back[i]?.difference ?? 0).toBeCloseTo(-(one.difference ?? 0));
    expect(back[i]?.better).toBe(one.better === null ? null : one.better === "a" ? "b" : "a");
  }
});

const change = (unit: ComparedFigure["unit"], a: number | null, b: number | null): string => {
  const difference = a === null || b === null ? null : b - a;
  const ratio = a === null || b === null || a === 0 ? null : b / a;
  return changeInWords({ name: "any", unit, a, b, difference, ratio, better: null });
};

test("changes are told in points, in per cent, and in multiples where they are large", () => {
  expect(change("share", 0.5, 0.25)).toBe("−25.0 points");
  expect(change("share", 0, 0.031)).toBe("+3.1 points");
  expect(change("ms", 2, 3)).toBe("+50 %");
  expect(change("ms", 100, 97.5)).toBe("−2.5 %");
  expect(change("ms", 2, 50)).toBe("× 25.0");
  expect(change("count", 0, 4)).toBe("");
  expect(change("count", 4, 4)).toBe("=");
  expect(change("count", null, 4)).toBe("");
});

test("what was not measured is no figure, and what a run brings with it is text", () => {
  const because = `${HOSTILE} is wrong`;
  const verdicts = [{ checker: HOSTILE, valid: "unknown", because, witness: [], details: null }] as const;
  const bare: ComparedRun = {
    name: HOSTILE,
    config: null,
    verdict: { format: 1, valid: "unknown", because, claims: [], verdicts },
  };
  const { settings, figures } = compareRuns(bare, LEADER);
  expect(settings.every(({ a }) => a === null)).toBe(true);
  expect(figures.every(({ a, difference, better }) => a === null && difference === null && better === null)).toBe(true);
  const page = renderComparison(bare, LEADER);
  expect(page).not.toContain("<img");
  expect(page).not.toContain("<script");
  expect(page).toContain("&lt;img");
});
