import { expect, test } from "vitest";
import { readAnyHistory } from "../../../checker/history/formats/any.js";

type Event = readonly [process: number, type: string, f: string, value: unknown, key?: string];

const written = (...events: Event[]): string =>
  events
    .map(([process, type, f, value, key]) => `${JSON.stringify({ process, type, f, value, ...(key && { key }) })}\n`)
    .join("");

const problemsIn = (text: string): readonly string[] => {
  const read = readAnyHistory(text, { distinctValues: true });
  return read.ok ? [] : read.problems.map(({ line, message }) => `${line}: ${message}`);
};

test("a value written twice under a key is a problem, with both lines, only where it was promised", () => {
  const text = written(
    [0, "invoke", "write", 1, "x"],
    [0, "ok", "write", 1, "x"],
    [0, "invoke", "write", 1, "y"],
    [0, "ok", "write", 1, "y"],
    [0, "invoke", "cas", [1, 2], "x"],
    [1, "invoke", "write", 2, "x"],
    [0, "info", "cas", [1, 2], "x"],
    [1, "ok", "write", 2, "x"],
    [1, "invoke", "cas", [2, 1], "x"],
  );
  expect(problemsIn(text)).toEqual([
    '6: 2 is written to key "x" although line 5 wrote it before: every value must be written once',
    '9: 1 is written to key "x" although line 1 wrote it before: every value must be written once',
  ]);
  expect(readAnyHistory(text).ok).toBe(true);
});

test("the initial value counts as written; a failed write, a read and a cas that only looks do not", () => {
  const text = written(
    [0, "invoke", "write", 1],
    [0, "fail", "write", 1],
    [0, "invoke", "write", 1],
    [0, "ok", "write", 1],
    [0, "invoke", "cas", [1, 1]],
    [0, "ok", "cas", [1, 1]],
    [0, "invoke", "read", null],
    [0, "ok", "read", 1],
    [0, "invoke", "write", "1"],
    [0, "ok", "write", "1"],
    [0, "invoke", "write", null],
  );
  expect(problemsIn(text)).toEqual([
    "11: null is written although it is the initial value: every value must be written once",
  ]);
});

test("it holds in every format, whose lines are not their events", () => {
  const again = "is written although line 2 wrote it before: every value must be written once";
  expect(
    problemsIn(
      "; two writes\n{:process 0, :type :invoke, :f :write, :value 3}\n\n{:process 1, :type :invoke, :f :write, :value 3}\n",
    ),
  ).toEqual([`4: 3 ${again}`]);
  expect(
    problemsIn("\nINFO  jepsen.util - 0\t:invoke\t:write\t3\nINFO  jepsen.util - 1\t:invoke\t:cas\t[4 3]\n"),
  ).toEqual([`3: 3 ${again}`]);
  const independent = [0, 1].flatMap((process) => [
    `{:process ${process}, :type :invoke, :f :write, :value ["k" 3]}`,
    `{:process ${process}, :type :ok, :f :write, :value ["k" 3]}`,
  ]);
  expect(problemsIn(`{:process 9, :type :invoke, :f :read, :value ["j" nil]}\n${independent.join("\n")}\n`)).toEqual([
    '4: 3 is written to key "k" although line 2 wrote it before: every value must be written once',
  ]);
});
