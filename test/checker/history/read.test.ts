import { describe, expect, test } from "vitest";
import { HistoryReader, readHistory } from "../../../checker/history/read.js";
import { drawsOf } from "../linearizability/random.js";

const line = (event: object): string => `${JSON.stringify(event)}\n`;
const op = (index: number, type: string, more: object = {}): object => ({
  index,
  time: index * 10,
  process: 0,
  type,
  f: "write",
  key: "x",
  value: 1,
  ...more,
});
const problemsOf = (text: string): readonly { line: number; message: string }[] => {
  const read = readHistory(text);
  return read.ok ? [] : read.problems;
};

describe("a well-formed history", () => {
  test("becomes operations and faults", () => {
    const read = readHistory(
      [
        op(0, "invoke", { node: "n1" }),
        { index: 1, time: 10, process: "nemesis", type: "info", f: "kill", phase: "begin", fault: "f0", value: ["n1"] },
        { index: 2, time: 20, process: 1, type: "invoke", f: "read", key: "y", value: null },
        op(3, "info", { value: null, error: "timeout: no reply" }),
        { index: 4, time: 40, process: 2, type: "invoke", f: "dump", value: null },
      ]
        .map(line)
        .join(""),
    );
    expect(read).toMatchObject({ ok: true, truncated: false });
    if (!read.ok) return;
    expect(read.history.events).toBe(5);
    expect(read.history.faults).toMatchObject([{ index: 1, f: "kill", fault: "f0" }]);
    expect(read.history.operations).toEqual([
      {
        process: 0,
        f: "write",
        key: "x",
        type: "info",
        value: 1,
        result: null,
        invoked: 0,
        completed: 3,
        invokedTime: 0,
        completedTime: 30,
        node: "n1",
        error: "timeout: no reply",
        siblings: null,
      },
      expect.objectContaining({ process: 1, f: "read", key: "y", type: "info", invoked: 2, completed: null }),
      expect.objectContaining({ process: 2, f: "dump", key: null, type: "info", completed: null, completedTime: null }),
    ]);
  });

  test("of another tool needs no index, time or key; its nemesis is passed over", () => {
    const read = readHistory(
      `{"process":0,"type":"invoke","f":"read","value":null}
       {"process":"nemesis","type":"info","f":"start-partition","value":null}
       {"process":0,"type":"ok","f":"read","value":3,"key":null}\n\n`,
    );
    expect(read).toMatchObject({ ok: true });
    if (!read.ok) return;
    expect(read.history.operations).toMatchObject([{ invoked: 0, completed: 2, result: 3, key: null }]);
    expect(read.history.faults).toEqual([]);
  });

  test("may name its keys by numbers", () => {
    const read = readHistory(line({ process: 0, type: "invoke", f: "read", key: 7, value: null }));
    expect(read.ok && read.history.operations[0]?.key).toBe("7");
  });

  test("may be empty", () => {
    expect(readHistory("")).toEqual({ ok: true, history: { operations: [], faults: [], events: 0 }, truncated: false });
  });

  test("may begin with a byte order mark and end its lines as Windows does", () => {
    expect(readHistory(`\uFEFF${line(op(0, "invoke"))}${line(op(1, "ok"))}`.replaceAll("\n", "\r\n")).ok).toBe(true);
  });
});

describe("every broken promise is a problem with its line:", () => {
  const invoke = line(op(0, "invoke"));
  test.each<[name: string, text: string, line: number, message: string]>([
    ["no JSON", `${invoke}hello\n`, 2, 'is not a JSON object: "hello"'],
    ["no object", `${invoke}[1]\n`, 2, 'is not a JSON object: "[1]"'],
    ["an unknown type", line(op(0, "invoked")), 1, '"type" is "invoked", expected invoke, ok, fail or info'],
    ["no type", line({ process: 0, f: "read", value: null }), 1, '"type" is missing'],
    ["no process", line({ type: "invoke", f: "read", value: null }), 1, '"process" is missing'],
    ["a process that is no number", line(op(0, "invoke", { process: "3" })), 1, '"process" is "3", expected a number'],
    ["half a process", line(op(0, "invoke", { process: 0.5 })), 1, '"process" is 0.5, expected a whole number'],
    ["no f", line({ process: 0, type: "invoke", value: null }), 1, '"f" is missing'],
    ["an f that is no name", line(op(0, "invoke", { f: 3 })), 1, '"f" is 3, expected the name of an operation'],
    ["no value", line({ process: 0, type: "invoke", f: "read" }), 1, '"value" is missing (null where there is none)'],
    ["a key that is no name", line(op(0, "invoke", { key: {} })), 1, '"key" is {}, expected a string'],
    ["siblings that are no list", line(op(0, "invoke", { siblings: 1 })), 1, '"siblings" is 1, expected a list'],
    [
      "a gap in the index",
      `${invoke}${line(op(2, "ok"))}`,
      2,
      '"index" is 2, expected 1: lines are missing, doubled or out of order',
    ],
    [
      "an index that ends",
      `${invoke}${line(op(0, "ok", { index: undefined }))}`,
      2,
      '"index" is missing, although the lines before have one',
    ],
    ["an index that is no number", `${invoke}${line(op(1, "ok", { index: "1" }))}`, 2, '"index" is "1", expected 1'],
    [
      "time running backwards",
      `${line(op(0, "invoke", { time: 9 }))}${line(op(1, "ok", { time: 8 }))}`,
      2,
      "time runs backwards: 8 after 9",
    ],
    [
      "a time that ends",
      `${invoke}${line(op(1, "ok", { time: undefined }))}`,
      2,
      '"time" is missing, although the lines before have one',
    ],
    [
      "a time that is no number",
      `${invoke}${line(op(1, "ok", { time: "2" }))}`,
      2,
      '"time" is "2", expected a number of nanoseconds',
    ],
    [
      "two open operations of one process",
      `${invoke}${line(op(1, "invoke"))}`,
      2,
      "process 0 invokes write while its write of event 0 is still open: one at a time (H1)",
    ],
    [
      "a process that goes on after info",
      `${invoke}${line(op(1, "info"))}${line(op(2, "invoke"))}`,
      3,
      "process 0 invokes write although an operation of it ended info: such a process is retired (H2)",
    ],
    [
      "a completion without invocation",
      line(op(0, "ok")),
      1,
      "process 0 completes write (ok) without having invoked it",
    ],
    [
      "two completions",
      `${invoke}${line(op(1, "ok"))}${line(op(2, "ok"))}`,
      3,
      "process 0 completes write (ok) without having invoked it",
    ],
    [
      "a completion of something else",
      `${invoke}${line(op(1, "ok", { f: "read" }))}`,
      2,
      'process 0 completes read of "x" but had invoked write of "x" at event 0',
    ],
    [
      "a completion elsewhere",
      `${invoke}${line(op(1, "ok", { key: "y" }))}`,
      2,
      'process 0 completes write of "y" but had invoked write of "x" at event 0',
    ],
    [
      "a last line cut off",
      `${invoke}{"index":1,"ti`,
      2,
      "is cut off in the middle: the file ends before the event does",
    ],
    [
      "a fault that is none",
      line({
        index: 0,
        time: 0,
        process: "nemesis",
        type: "info",
        f: "kill",
        phase: "middle",
        fault: "f0",
        value: null,
      }),
      1,
      '"phase" is "middle", expected "begin" or "end"',
    ],
  ])("%s", (_, text, at, message) => {
    expect(problemsOf(text)).toEqual([{ line: at, message }]);
  });

  test("all of them are told, the first hundred in words", () => {
    const read = readHistory(`${invoke}${"oops\n".repeat(250)}`);
    expect(read).toMatchObject({ ok: false, problemCount: 250 });
    expect(!read.ok && read.problems.length).toBe(100);
    expect(problemsOf(`no\n${line({ type: "go" })}`).map(({ line: at }) => at)).toEqual([1, 2, 2, 2, 2]);
  });

  test("bytes that are no text", () => {
    const reader = new HistoryReader();
    reader.push(new TextEncoder().encode(invoke));
    reader.push(Uint8Array.of(0x22, 0xff, 0x22, 0x0a));
    reader.push(new TextEncoder().encode(line(op(2, "ok"))));
    expect(reader.end()).toMatchObject({ problems: [{ line: 2, message: "is not UTF-8" }] });
  });
});

describe("a last line cut off in the middle", () => {
  const whole = line(op(0, "invoke")) + line(op(1, "ok", { value: "größer" })) + line(op(2, "invoke"));

  test("is what a killed harness leaves behind: tolerated where asked for", () => {
    const bytes = new TextEncoder().encode(whole);
    const first = line(op(0, "invoke")).length;
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new HistoryReader({ allowTruncatedTail: true });
      reader.push(bytes.subarray(0, cut));
      const read = reader.end();
      expect(read.ok, `cut at ${cut}`).toBe(true);
      if (!read.ok) continue;
      // A line without its newline is whole if its last brace is there.
      const atEnd = cut === 0 || bytes[cut - 1] === 0x0a || bytes[cut - 1] === 0x7d;
      expect(read.truncated, `cut at ${cut}`).toBe(!atEnd);
      expect(read.history.operations.length, `cut at ${cut}`).toBe(
        cut < first - 1 ? 0 : cut < bytes.length - 1 ? 1 : 2,
      );
    }
  });

  test("but only the last one", () => {
    const read = readHistory(`${line(op(0, "invoke")).slice(0, -9)}\n${line(op(1, "ok"))}`, {
      allowTruncatedTail: true,
    });
    expect(read.ok).toBe(false);
  });
});

test("how a file is cut into pieces, text or bytes, makes no difference", () => {
  const draw = drawsOf(3);
  const text = [op(0, "invoke", { value: "äöü€😀" }), op(1, "ok", { value: "€" }), op(2, "invoke"), op(3, "fail")]
    .map(line)
    .join("");
  const expected = readHistory(text);
  expect(expected.ok).toBe(true);
  for (let round = 0; round < 300; round++) {
    const reader = new HistoryReader();
    // One buffer for all pieces, as readers of files have, and in some rounds text in between.
    const buffer = Buffer.alloc(64);
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; ) {
      const size = 1 + Math.floor(draw() * 60);
      const piece = buffer.subarray(0, Buffer.from(bytes.subarray(at, at + size)).copy(buffer));
      const isWhole =
        (piece[0]! & 0xc0) !== 0x80 && (bytes[at + size] === undefined || (bytes[at + size]! & 0xc0) !== 0x80);
      reader.push(round % 2 === 0 && isWhole && draw() < 0.5 ? piece.toString() : piece);
      at += size;
    }
    expect(reader.end()).toEqual(expected);
  }
});
