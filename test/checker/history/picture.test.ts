import { expect, test } from "vitest";
import { eventsOfPicture, historyOfPicture } from "../../../checker/history/picture.js";

test("a picture is a history: columns are time, rows are processes", () => {
  const events = eventsOfPicture(`
    0: |--x.w1--| |-r_-?
    1:    |-c1,two-!
   10:          |-r5`);
  expect(events.map(({ index, process, type, f, key, value }) => [index, process, type, f, key, value])).toEqual([
    [0, 0, "invoke", "write", "x", 1],
    [1, 1, "invoke", "cas", null, [1, "two"]],
    [2, 10, "invoke", "read", null, null],
    [3, 0, "ok", "write", "x", 1],
    [4, 0, "invoke", "read", null, null],
    [5, 1, "fail", "cas", null, [1, "two"]],
    [6, 0, "info", "read", null, null],
  ]);
  expect(events[0]?.time).toBe(1_000_000);
});

test("what is no drawing is refused", () => {
  expect(() => historyOfPicture("|-w1-|")).toThrow("no process number");
  expect(() => historyOfPicture("0: |-x1-|")).toThrow('"x1" is no operation');
  expect(() => historyOfPicture("0: |-w1-? |-r1-|")).toThrow("retired");
});
