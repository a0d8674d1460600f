import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { materialOf, sentence } from "../../src/report/material.js";
import { renderReport } from "../../src/report/report.js";
import * as made from "./made.js";

const KINDS = {
  invalid: made.invalidRun(),
  valid: made.validRun(),
  unknown: made.unknownRun(),
  empty: made.emptyRun(),
  foreign: made.foreignRun(),
  hostile: made.hostileRun(),
  many: made.invalidRun(48_000),
};

for (const [kind, input] of Object.entries(KINDS)) {
  test(`of ${kind}: ids are unique and every link inside the page leads somewhere, or to an event of the timeline`, async () => {
    const page = await renderReport(input);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
    expect(targets.length).toBeGreaterThan(5);
    const events = targets
      .filter((target) => !ids.includes(target))
      .map((target) => /^op-(\d+)$/.exec(target ?? "")?.[1]);
    expect(events.filter((event) => event === undefined || Number(event) >= input.history.events)).toEqual([]);
  });

  test(`of ${kind}: nothing from the run can become an element or an attribute`, async () => {
    const page = await renderReport(input);
    expect(page).not.toContain("<img");
    expect(page.match(/<script/g)?.length).toBe(3);
    expect(page.match(/<\/script/g)?.length).toBe(3);
    expect(page).not.toMatch(/ style="/);
  });
}

const hashOf = (text: string | undefined): string =>
  `'sha256-${createHash("sha256")
    .update(text ?? "")
    .digest("base64")}'`;

test("the policy allows this page's own style and script, and nothing else", async () => {
  const page = await renderReport(KINDS.invalid);
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? "";
  const style = /<style>(.*?)<\/style>/s.exec(page)?.[1];
  const script = /<script>(.*?)<\/script>/s.exec(page)?.[1];
  expect(policy).toBe(
    `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; base-uri 'none'; form-action 'none'`,
  );
});

test("the same input gives the same page, below 3 MB for a run of 30 s", async () => {
  const page = await renderReport(KINDS.invalid);
  expect(await renderReport(made.invalidRun())).toBe(page);
  expect(KINDS.invalid.history.operations.length).toBeGreaterThan(9000);
  expect(page.length).toBeLessThan(3e6);
  expect((await renderReport(KINDS.many)).length).toBeLessThan(3e6);
});

test("the verdict comes first, in words, with what was tested and how to do it again", async () => {
  const page = await renderReport(KINDS.invalid);
  const headings = [...page.matchAll(/<h[12][^>]*>(.*?)<\/h[12]>/g)].map((match) =>
    (match[1] ?? "").replace(/<[^>]*>/g, ""),
  );
  expect(headings).toEqual([
    "INVALID",
    "What broke it",
    "What was checked",
    "Over time",
    "All operations",
    "Around the violation",
    "Faults",
    "Replicas at the end",
    "Operations",
    "Setup",
    "What valid does not mean",
  ]);
  expect(page.indexOf("Not linearizable on 3 of 5 keys")).toBeLessThan(page.indexOf("R = 1, W = 1"));
  expect(page).toContain(made.CONFIG.command);
});

test("a sample says that it is one", async () => {
  const history = made.makeHistory({ operations: 130_000, seconds: 400, clients: 30, faults: made.FAULTS });
  const over = { ...made.validRun(), history };
  expect(over.history.operations.length).toBeGreaterThan(100_000);
  expect(await renderReport(over)).toMatch(
    /100,000 of [\d,]+ operations are drawn: every failed and every indefinite one/,
  );
  expect(await renderReport(KINDS.many)).toMatch(/All [\d,]+ operations that completed/);
});

test("details of a shape that nobody knows are left out, and the rest of the page stands", async () => {
  const page = await renderReport(KINDS.unknown);
  expect(page).toContain("UNKNOWN");
  expect(page).not.toContain("What broke it");
  expect(page).toContain("not checked");
});

test("differing replicas are marked with more than a colour, absent keys and siblings too", async () => {
  const page = await renderReport(KINDS.invalid);
  expect(page.match(/aria-label="differs"/g)?.length).toBe(4);
  expect(page).toContain("2 siblings");
  expect(page).toContain("absent");
});

test("a fault that did not bite and one that never began are told", async () => {
  const page = await renderReport(KINDS.invalid);
  expect(page).toContain("× no");
  expect(page).toContain("1 planned fault never began");
});

test("without a counterexample, the witness of the checker that refuted something is drawn", () => {
  const run = made.validRun();
  const stale = run.history.operations.find((op) => op.f === "read" && op.type === "ok");
  const material = materialOf({
    ...run,
    verdict: made.runVerdict("invalid", "A read was stale.", [
      made.verdict("invalid", "fresh", "A read was stale.", null, [stale?.completed ?? -1]),
    ]),
  });
  expect(
    material.counterexamples.map(({ pattern, operations }) => [pattern, operations.map((op) => op.invoked)]),
  ).toEqual([["stale read", [stale?.invoked]]]);
});

test("the indexes of a sentence lead to their drawing, and times stay words", () => {
  const anchored = new Map([
    [812, 812],
    [820, 812],
    [12, 12],
  ]);
  expect(sentence("read at 812 (done at 820) took 12 ms, at 12 ms by 99", anchored).markup).toBe(
    'Read at <a href="#op-812">#812</a> (done at <a href="#op-812">#820</a>) took 12 ms, at 12 ms by 99.',
  );
});

for (const kind of ["invalid", "valid", "foreign"] as const)
  test(`of ${kind}: the timeline shows 20 to 80 operations, all that are told among them`, () => {
    const { timeline } = materialOf(KINDS[kind]);
    expect(timeline.operations.length).toBeGreaterThanOrEqual(20);
    expect(timeline.operations.length).toBeLessThanOrEqual(80);
    const drawn = new Set(timeline.operations.map((op) => op.invoked));
    expect([...timeline.told].filter((index) => !drawn.has(index))).toEqual([]);
    expect(timeline.about).toBe({ invalid: "violation", valid: "fault", foreign: "beginning" }[kind]);
  });
