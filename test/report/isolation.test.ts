import { expect, test } from "vitest";
import { meaningOf } from "../../src/report/anomaly-words.js";
import { allAnomalies } from "../../checker/isolation/lattice/lattice.js";
import { CYCLE_SPECS } from "../../checker/isolation/cycles/specs.js";
import { findingsOf } from "../../src/report/findings.js";
import { materialOf } from "../../src/report/material.js";
import { renderReport, type ReportInput } from "../../src/report/report.js";
import { brokenRun, hostileTransactions, type Kind, manyRun, PICTURES, ringRun, toleratedRun } from "./transactions.js";
import { hostileSet, WORKLOADS } from "./workloads.js";

/** A section of the page, without its markup. */
const section = async (input: ReportInput, id: string): Promise<string> => {
  const page = await renderReport(input);
  const found = new RegExp(`<section id="${id}".*?</section>`, "s").exec(page)?.[0] ?? "";
  return found
    .replaceAll(/<title>.*?<\/title>/gs, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .replaceAll("&#39;", "'");
};

const RUNS: { readonly [name: string]: () => ReportInput } = {
  ...Object.fromEntries((Object.keys(PICTURES) as Kind[]).map((kind) => [kind, () => brokenRun(kind)])),
  many: manyRun,
  ring: () => ringRun(40),
  tolerated: toleratedRun,
  "hostile transactions": hostileTransactions,
  "hostile set": hostileSet,
  ...WORKLOADS,
};

for (const [name, input] of Object.entries(RUNS))
  test(`of ${name}: ids are unique, links lead somewhere, nothing has a style or a script of its own`, async () => {
    const page = await renderReport(input());
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1] ?? "");
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...page.matchAll(/(?:href="#|url\(#)([^")]+)/g)].map((match) => match[1] ?? "");
    // Events that no drawing shows are in the timeline, which a script draws.
    expect(targets.filter((target) => !ids.includes(target) && !/^op-\d+$/.test(target))).toEqual([]);
    expect(page).not.toContain("<img");
    expect(page.match(/<script/g)?.length).toBe(3);
    expect(page).not.toMatch(/ style="/);
    expect(page).not.toContain("\u202e");
  });

for (const kind of Object.keys(PICTURES) as Kind[])
  test(`${kind}: what broke it is named, explained, drawn, and told transaction by transaction`, async () => {
    const input = brokenRun(kind);
    const { anomalies, findings } = materialOf(input);
    expect(input.verdict.valid).toBe("invalid");
    const found = anomalies.find(({ anomaly }) => anomaly.type === kind)?.anomaly;
    if (found === undefined) throw new Error(`no ${kind} among ${findings.isolation?.anomalyTypes.join(", ")}`);
    const words = await section(input, "broke");
    expect(words).toContain(`${kind} ${meaningOf(kind)}`);
    for (const { from, to, kind: edge, because } of found.edges) {
      // A lone arrow is what the sentence says already: it has its name in the drawing.
      expect(words).toContain(found.edges.length === 1 ? `${edge} ` : `${from} ${edge} ${to}`);
      // Events in a sentence are links, so their number is set apart.
      expect(words).toContain(because.split(" (event")[0]);
    }
    if (found.edges.length === 0) expect(words).toContain(found.because);
    for (const txn of found.transactions)
      expect(words).toContain(`${txn.name} process ${txn.process}, ${txn.type}, #${txn.invoked} to #${txn.completed}`);
    const page = await renderReport(input);
    expect(page.match(/<svg [^>]*role="img"/g)?.length).toBe(anomalies.length);
  });

test("the models are told: claimed, ruled out, left", async () => {
  const words = await section(brokenRun("G2-item"), "isolation");
  expect(words).toContain("4 transactions (4 ok, 0 info, 0 fail)");
  expect(words).toContain("Claimed strong-serializable");
  expect(words).toContain("Ruled out repeatable-read and with it serializable, strong-serializable");
  expect(words).toContain("Strongest left strong-snapshot-isolation and update-serializable");
  expect(words).toContain("G2-item 1 broken");
});

test("what nothing forbade is told, and breaks nothing", async () => {
  const input = toleratedRun();
  expect(input.verdict.valid).toBe("valid");
  expect(await section(input, "broke")).toBe("");
  expect(await section(input, "isolation")).toContain("G2-item 1 tolerated");
});

test("of several anomalies the first three are open, and at most ten are there", async () => {
  const input = manyRun();
  const page = await renderReport(input);
  expect(materialOf(input).anomalies.length).toBe(10);
  expect(page.match(/<details class="example anomaly" open/g)?.length).toBe(3);
  expect(page.match(/<details class="example anomaly"/g)?.length).toBe(10);
});

test("a cycle that is too long to draw is told by its beginning", async () => {
  const words = await section(ringRun(40), "broke");
  expect(words).toContain("40 transactions: too many to draw.");
  expect(words).toContain("And 24 more steps, back to T1.");
  expect(words).toContain("24 more transactions belong to it.");
});

test("the timeline shows the transactions of the first anomaly, and links lead to where they are listed", () => {
  const { timeline, anomalies, anchored } = materialOf(brokenRun("G2-item"));
  const invoked = anomalies[0]?.anomaly.transactions.map((txn) => txn.invoked);
  expect(timeline.about).toBe("violation");
  expect([...timeline.told]).toEqual(invoked);
  expect(invoked?.every((index) => index !== null && anchored.get(index) === index)).toBe(true);
});

test("details of another shape are left out, and the witness is drawn instead", () => {
  const run = brokenRun("G2-item");
  const verdicts = run.verdict.verdicts.map((each) =>
    each.checker === "isolation" ? { ...each, details: { anomalies: [{ type: "G0" }] } } : each,
  );
  const { anomalies, counterexamples, findings } = materialOf({ ...run, verdict: { ...run.verdict, verdicts } });
  expect([findings.isolation, anomalies]).toEqual([null, []]);
  expect(counterexamples.map(({ pattern, operations }) => [pattern, operations.length])).toEqual([
    ["not isolation", 2],
  ]);
});

test("an arrow of a kind that nobody knows is no arrow: it could be markup", () => {
  const run = JSON.parse(JSON.stringify(brokenRun("G1c").verdict).replaceAll('"kind":"wr"', '"kind":"\\"><img>"'));
  expect(findingsOf(run).isolation).toBe(null);
});

test("every anomaly that the checker can report has a meaning in words", () => {
  const reported = [...CYCLE_SPECS.map(({ type }) => type), ...allAnomalies.filter((name) => name.endsWith("-exists"))];
  for (const type of [
    ...reported,
    "G1a",
    "G1b",
    "internal",
    "lost-update",
    "dirty-update",
    "duplicate-elements",
    "incompatible-order",
    "cyclic-versions",
    "future-read",
    "garbage-read",
    "empty-transaction-graph",
  ])
    expect(meaningOf(type), type).toMatch(/\.$/);
  expect(meaningOf("G2-item-realtime")).toContain("real time");
  expect(meaningOf("constructor")).toBe(null);
});

for (const [name, input] of Object.entries(WORKLOADS))
  test(`an invalid ${name} is told in the headline, among the checks, and with the operations of its witness`, async () => {
    const run = input();
    const [found] = run.verdict.verdicts;
    expect([found?.checker, found?.valid]).toEqual([name, "invalid"]);
    const { counterexamples, timeline } = materialOf(run);
    expect(counterexamples.length).toBe(1);
    const events = new Set(found?.witness);
    expect(counterexamples[0]?.operations.every((op) => events.has(op.invoked))).toBe(true);
    expect(timeline.about).toBe("violation");
    const page = await renderReport(run);
    expect(page).toContain(`<p class="because">Not ${name}: `);
    expect(await section(run, "checkers")).toMatch(new RegExp(`${name} [A-Z].*\\? invalid claim`));
  });

test("of a witness with many operations the first and the last are drawn, and the others counted", async () => {
  const run = (WORKLOADS["set"] as () => ReportInput)();
  const [example] = materialOf(run).counterexamples;
  expect(example?.operations.at(-1)?.f).toBe("read");
  expect(example?.operations.length).toBe(16);
  expect(await section(run, "broke")).toContain("The checker names 5 more operations");
});

test("what the sentence speaks about is drawn, whether the bounded witness has it or not", () => {
  const run = (WORKLOADS["set"] as () => ReportInput)();
  const [found] = run.verdict.verdicts;
  if (found === undefined) throw new Error("no verdict");
  const verdicts = [{ ...found, because: "the element added at 62 is gone; it took 12 ms, at 70 ms" }];
  const [example] = materialOf({ ...run, verdict: { ...run.verdict, verdicts } }).counterexamples;
  expect(found.witness).not.toContain(62);
  const drawn = example?.operations.map(({ invoked }) => invoked) ?? [];
  expect(drawn).toEqual([0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 62, 68, 72, 76, 80]);
});

test("what was refuted without having been claimed is told in the headline", async () => {
  const run = (WORKLOADS["bank"] as () => ReportInput)();
  const unclaimed = { ...run, verdict: { ...run.verdict, valid: "valid" as const, claims: [] } };
  expect(await renderReport(unclaimed)).toContain('<p class="also">Not claimed, and refuted: bank.');
  expect(await renderReport(run)).not.toContain('<p class="also">');
});
