import { expect, test } from "vitest";
import { historyOfPicture } from "../../../checker/history/picture.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { shownOperation } from "../../../checker/linearizability/counterexample.js";
import { drawIntervals } from "../../../checker/linearizability/picture.js";
import { drawsOf, operationsOf, randomEvents } from "./random.js";

const drawn = (picture: string, columns?: number): string => {
  const [found] = checkLinearizable(historyOfPicture(picture)).details.counterexamples;
  return `\n${drawIntervals(found!, columns)}\n`;
};

const inversion = `0: |-------w1-------?
                   1:   |-r1-|
                   2:          |-r_-|`;

test("a counterexample is drawn as intervals, a row for each process, in the order of events", () => {
  expect(drawn(inversion)).toBe(`
process 0  |-----------write 1------------->
process 1   |-read -> 1-|
process 2                |-read -> nothing-|
event      0            2                  4
`);
});

test("where there is little room the labels get shorter, and at last letters with a legend", () => {
  expect(drawn(inversion, 40)).toMatch(/w 1/);
  const narrow = drawn(inversion, 24);
  expect(narrow).toContain("|---a----->");
  expect(narrow).toContain("  c: read -> nothing,\n     event 3");
});

test("no line is longer than asked for", () => {
  const long = `0: |-wa_rather_long_value_that_nobody_wants_to_read-| |-w2-|
                1:                                                           |-ra_rather_long_value_that_nobody_wants_to_read-|`;
  for (const columns of [60, 80, 120]) {
    expect(
      Math.max(
        ...drawn(long, columns)
          .split("\n")
          .map((row) => row.length),
      ),
    ).toBeLessThanOrEqual(columns);
  }
});

test("a drawing that is too wide goes on below, and no line is longer than asked for, whatever the history", () => {
  const draw = drawsOf(5);
  let windows = 0;
  for (let round = 0; round < 400; round++) {
    const width = 2 + Math.floor(draw() * 40);
    const shape = { processes: 1 + Math.floor(draw() * 9), operations: width, values: "distinct" as const, cas: true };
    const events = randomEvents(draw, { ...shape, info: 0.1, fail: 0.1, lies: 0 });
    const value = ["漢字かな交じり文", "\u001b[2J", "e\u0301", { a: [1, 2] }][round % 4]!;
    const operations = operationsOf(events).map((op) => ({ ...op, value: round % 3 === 0 ? value : op.value }));
    const shown = operations.map(shownOperation);
    const columns = 8 + Math.floor(draw() * 120);
    const lines = drawIntervals({ key: null, because: "", pattern: "", operations: shown }, columns).split("\n");
    if (lines.filter((line) => line.startsWith("event")).length > 1) windows++;
    for (const line of lines)
      expect(line.length, `round ${round}, ${columns} columns: ${line}`).toBeLessThanOrEqual(columns);
    expect(lines.join("")).toMatch(/^[\u0020-\u024f]*$/);
  }
  expect(windows).toBeGreaterThan(100);
});

/** Ends of bars. */
const bars = (text: string): number =>
  text
    .split("\n")
    .filter((line) => line.startsWith("process"))
    .join("")
    .split("|").length;

test("windows hold every bar once: put side by side they are the drawing", () => {
  const operations = operationsOf(
    randomEvents(drawsOf(8), {
      processes: 3,
      operations: 14,
      values: "distinct",
      cas: false,
      info: 0,
      fail: 0,
      lies: 0,
    }),
  ).map(shownOperation);
  const whole = drawIntervals({ key: null, because: "", pattern: "", operations }, 400);
  const pieces = drawIntervals({ key: null, because: "", pattern: "", operations }, 40);
  expect(whole).not.toContain("\n\n");
  expect(pieces).toContain("\n\n");
  expect(bars(pieces)).toBe(bars(whole));
});
