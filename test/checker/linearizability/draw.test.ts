import { expect, test } from "vitest";
import { historyOfPicture } from "../../../checker/history/picture.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { drawIntervals } from "../../../checker/linearizability/picture.js";

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
  expect(narrow).toContain("  c: read -> nothing, event 3");
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
