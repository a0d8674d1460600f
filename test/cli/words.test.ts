import { expect, test } from "vitest";
import { verdictInWords } from "../../src/cli/words.js";
import { brokenRun, hostileTransactions, manyRun, ringRun, toleratedRun } from "../report/transactions.js";

const STYLE = { colour: false, columns: 100 };

test("broken isolation is drawn below the verdicts, with the models that it leaves", () => {
  const words = verdictInWords(brokenRun("G2-item").verdict, STYLE);
  expect(words.slice(words.indexOf("  G2-item\n"))).toBe(`  G2-item
  Write skew and its like: each of several transactions missed what another of them wrote.

  T1 ─rw→ T2 ─rw→ T1

  T1  process 1, ok, events 2 to 4: r x [1] · r y [1] · append x 2
  T2  process 2, ok, events 3 to 5: r x [1] · r y [1] · append y 2

  T1 < T2  T1 read y as [1], without 2, which T2 appended to that
  T2 < T1  T2 read x as [1], without 2, which T1 appended to that: a contradiction

  rules out: repeatable-read (and 3 stronger)
  strongest that nothing found refutes: strong-snapshot-isolation, update-serializable`);
});

test("the types beside the one that is drawn are counted", () => {
  const words = verdictInWords(manyRun().verdict, STYLE);
  expect(words).toContain(
    "  also found: G-single-item 2, G-single-item-realtime 1, G1c 1, G2-item 1, dirty-update 1,\n",
  );
  expect(words).toContain("  duplicate-elements 1, future-read 1, incompatible-order 1 and 2 more\n");
});

test("a long cycle is printed in thirty lines, its contradiction among them", () => {
  const words = verdictInWords(ringRun(60).verdict, STYLE);
  const drawn = words.slice(words.indexOf("  G2-item\n"), words.indexOf("\n\n  rules out")).split("\n");
  expect(drawn.length).toBe(2 + 30);
  expect(drawn.some((line) => /^  \.\.\. \d+ more lines: see the report$/.test(line))).toBe(true);
  expect(drawn.at(-1)).toContain("a contradiction");
});

test("nothing is drawn where the claim holds", () => {
  expect(verdictInWords(toleratedRun().verdict, STYLE)).not.toContain("G2-item");
});

test("lines are as long as the terminal is wide, where words are", () => {
  const lines = verdictInWords(brokenRun("G1c").verdict, { colour: false, columns: 64 }).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(64);
});

test("a store cannot move the cursor or turn the text around", () => {
  const run = JSON.parse(JSON.stringify(hostileTransactions().verdict).replaceAll("script", "\\u001b[2Jscript"));
  const words = verdictInWords(run, STYLE);
  expect(words).toContain("\\u001b[2Jscript");
  for (const character of ["\u001b", "\u202e"]) expect(words).not.toContain(character);
});
