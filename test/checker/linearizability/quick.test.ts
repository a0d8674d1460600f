import { describe, expect, test } from "vitest";
import type { OpEvent } from "../../../checker/history/event.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { readHistory } from "../../../checker/history/read.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { objectsOf } from "../../../checker/linearizability/quick/objects.js";
import { findsOrder } from "../../../checker/linearizability/quick/order.js";
import { QuickCheck } from "../../../checker/linearizability/quick/quick.js";
import { QuickRest } from "../../../checker/linearizability/quick/rest.js";
import { splitByKey } from "../../../checker/linearizability/register-history.js";
import type { LinearizabilityDetails } from "../../../checker/linearizability/details.js";
import type { Verdict } from "../../../checker/verdict.js";
import { bruteForce, drawsOf, operationsOf, randomEvents } from "./random.js";

const seed = Number(process.env["SEED"] ?? 1907);

/** The text in pieces of whole lines. */
function piecesOf(text: string, draw: () => number): string[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const pieces: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const end = at + 1 + Math.floor(draw() * 20);
    pieces.push(lines.slice(at, end).join(""));
    at = end;
  }
  return pieces;
}

/** null: declined. */
function quickly(
  text: string,
  draw: () => number,
): { by: "order" | "rest"; verdict: Verdict<LinearizabilityDetails> } | null {
  const check = new QuickCheck();
  for (const piece of piecesOf(text, draw)) if (!check.push(piece)) break;
  const answer = check.end();
  if (answer.is === "declined") return null;
  if (answer.is === "valid") return { by: "order", verdict: answer.verdict };
  const rest = new QuickRest(answer.open);
  for (const piece of piecesOf(text, draw)) rest.push(piece);
  return { by: "rest", verdict: rest.end() };
}

/** Keys and values of several kinds, lines as other tools write them, faults in between. */
function textOf(events: readonly OpEvent[], draw: () => number): string {
  const kind = Math.floor(draw() * 3);
  const keys = 1 + Math.floor(draw() * 3);
  const bare = draw() < 0.3;
  const value = (v: unknown): unknown =>
    typeof v === "number"
      ? [v, `é${v}`, v % 2 === 0 ? v / 4 : v === 1 ? true : "1"][kind]
      : Array.isArray(v)
        ? v.map(value)
        : v;
  let index = 0;
  const numbered = (line: object): string =>
    `${JSON.stringify(bare ? line : { index, time: 1000 * index++, ...line })}\n`;
  const fault = { process: "nemesis", type: "info", f: "partition", phase: "begin", fault: "f1", value: null };
  return events
    .map(({ index: _i, time: _t, key: _k, ...event }) => {
      const key = [undefined, 7, "7", "ключ"][event.process % keys];
      const line = numbered({ ...event, ...(key === undefined ? {} : { key }), value: value(event.value) });
      return draw() < 0.03 ? line + numbered(fault) : line;
    })
    .join("");
}

describe("text comes to the verdict of the history that is in it:", () => {
  test.each([
    [2, 0, 0],
    [4, 0.15, 0.1],
    ["distinct", 0.15, 0.1],
  ] as const)("values %s, unknown outcomes %s, failures %s", (values, info, fail) => {
    const draw = drawsOf(seed);
    const seen = { order: 0, rest: 0, invalid: 0 };
    for (let round = 0; round < 600; round++) {
      const shape = {
        processes: 4,
        operations: 14,
        values,
        cas: draw() < 0.5,
        info,
        fail,
        lies: draw() < 0.5 ? 0 : 0.1,
      };
      const text = textOf(randomEvents(draw, shape), draw);
      const context = `seed ${seed}, round ${round}\n${text}`;
      const read = readHistory(text);
      if (!read.ok) throw new Error(context);
      const whole = checkLinearizable(read.history);
      const answer = quickly(text, draw);
      if (answer === null) throw new Error(`declined: ${context}`);
      seen[answer.by]++;
      if (answer.verdict.valid === "invalid") seen.invalid++;
      const { details, ...said } = answer.verdict;
      const { details: wholeDetails, ...wholeSaid } = whole;
      expect(said, context).toEqual(wholeSaid);
      // What was found in order by another way took no steps.
      expect({ ...details, steps: 0 }, context).toEqual({ ...wholeDetails, steps: 0 });
    }
    expect(Math.min(seen.order, seen.invalid)).toBeGreaterThan(60);
  });
});

test("an order that was found is one, and one is found nearly always where there is one", () => {
  const draw = drawsOf(seed);
  const seen = { found: 0, missed: 0, none: 0 };
  for (let round = 0; round < 4000; round++) {
    const shape = { processes: 4, operations: 8, values: 2, cas: true, info: 0.2, fail: 0.1, lies: 0.2 };
    const events = randomEvents(draw, shape);
    const legal = bruteForce(operationsOf(events));
    const found = splitByKey(pairEvents(events).operations).every(findsOrder);
    if (found && !legal)
      expect.fail(`seed ${seed}, round ${round}\n${events.map((e) => JSON.stringify(e)).join("\n")}`);
    seen[found ? "found" : legal ? "missed" : "none"]++;
  }
  expect(seen.none).toBeGreaterThan(400);
  expect(seen.found).toBeGreaterThan(400);
  expect(seen.missed).toBeLessThan(seen.found / 20);
});

test("an order is not looked for longer than operations are many", () => {
  // Twenty writes at once of which each must come right before its read, in an order that the first try has wrong.
  const n = 20;
  const ops = Array.from({ length: n }, (_, i) => i);
  const events: OpEvent[] = [];
  const push = (process: number, type: OpEvent["type"], f: string, value: number | null): void => {
    events.push({ index: events.length, time: 0, process, type, f, key: null, value });
  };
  for (const i of ops) push(i, "invoke", "write", i % 2);
  for (const i of ops.toReversed()) {
    push(n, "invoke", "read", null);
    push(n, "ok", "read", i % 3 === 0 ? 1 : 0);
  }
  push(n, "invoke", "read", null);
  push(n, "ok", "read", 5);
  for (const i of ops) push(i, "ok", "write", i % 2);
  expect(splitByKey(pairEvents(events).operations).map(findsOrder)).toEqual([false]);
});

describe("lines that mean something only together are not taken for lines:", () => {
  test.each([
    ["an object over two lines", `{"a":1\n,"b":2}\n`],
    ["an object over two lines that begin and end as objects do", `{"a":[{}\n{"b":1}]}\n`],
    ["two objects on a line, and one on two", `{"c":1},{"d":2}\n{"a":[{}\n{"b":1}]}\n`],
    ["a text with a newline in it", `{"a":"x\n"}\n`],
    ["a text with the end and the beginning of a line in it", `{"a":"x}\n{y"}\n`],
    ["an object in an object", `{"a":{"b":1}}\n`],
    ["an empty line", `{"a":1}\n\n{"b":2}\n`],
    ["a list", `[1]\n`],
    ["nothing", ""],
    ["half a line", `{"a":1}\n{"b"`],
  ])("%s", (_, text) => {
    expect(objectsOf(text)).toBeNull();
  });

  test("lines with an object each are taken, also where the last has no newline", () => {
    expect(objectsOf(`{"a":1}\n{"b":[2,"\\n"]}`)).toEqual([{ a: 1 }, { b: [2, "\n"] }]);
    expect(objectsOf(`{"a":1}\n`)).toEqual([{ a: 1 }]);
  });
});

const line = (event: object): string => `${JSON.stringify(event)}\n`;

describe("declined is", () => {
  const begin = { index: 0, time: 5, process: 0, type: "invoke", f: "write", key: "k", value: 1 };
  const end = { ...begin, index: 1, type: "ok" };
  test.each([
    ["an index that is not the next", line(begin) + line({ ...end, index: 2 })],
    ["time that runs backwards", line(begin) + line({ ...end, time: 4 })],
    ["a missing time", line(begin) + line({ ...end, time: undefined })],
    ["a second operation of a process", line(begin) + line({ ...begin, index: 1 })],
    ["a completion of nothing", line({ ...begin, type: "ok" })],
    ["a completion of something else", line(begin) + line({ ...end, key: "j" })],
    ["an operation of a retired process", line(begin) + line({ ...end, type: "info" }) + line({ ...begin, index: 2 })],
    ["an unknown type", line({ ...begin, type: "okay" })],
    ["an unknown operation", line({ ...begin, f: "append" })],
    ["a cas of one value", line({ ...begin, f: "cas", value: [1] })],
    ["a value that is a list", line({ ...begin, value: [1, 2] })],
    ["a number that may have been rounded", line({ ...begin, value: 2 ** 53 })],
    ["no value", line({ ...begin, value: undefined })],
    ["siblings", line(begin) + line({ ...end, siblings: [1] })],
    ["a process that is no number", line({ ...begin, process: 1.5 })],
    ["a key that is a list", line({ ...begin, key: [1] })],
  ])("%s", (_, text) => {
    const check = new QuickCheck();
    check.push(text);
    expect(check.end().is).toBe("declined");
  });
});
