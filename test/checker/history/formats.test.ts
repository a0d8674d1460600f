import { describe, expect, test } from "vitest";
import { type AnyReadResult, AnyHistoryReader, readAnyHistory } from "../../../checker/history/formats/any.js";
import { parseEdn } from "../../../checker/history/formats/edn.js";

/** Operations in short: process, f, key, value, result, type. */
const short = (read: AnyReadResult): unknown => {
  if (!read.ok) return read.problems.map(({ line, message }) => `${line}: ${message}`);
  return read.history.operations.map(({ process, f, key, value, result, type }) => [
    process,
    f,
    key,
    value,
    result,
    type,
  ]);
};

const json = `{"process":0,"type":"invoke","f":"write","value":1}\n{"process":0,"type":"ok","f":"write","value":1}\n`;

const etcd = `INFO  jepsen.util - 3\t:invoke\t:cas\t[1 2]
INFO  jepsen.util - 0   :invoke :read   nil
INFO  jepsen.util - 0   :ok     :read   4
INFO  jepsen.util - 3   :info   :cas    :timed-out
`;

const kv = `{:process 0, :type :invoke, :f :append, :key "4", :value "x 0 1 y"}
{:process 1, :type :invoke, :f :get, :key "4", :value nil}
{:process 1, :type :ok, :f :get, :key "4", :value ""}
{:process 0, :type :ok, :f :append, :key "4", :value "x 0 1 y"}
`;

const edn = `; found in the field
[{:process 4, :type :invoke, :f :cas, :value [0 2]} ; tries
 {:process :nemesis, :type :info, :f :start, :value "cut"}
 {:process 4, :type :fail,
  :f :cas, :value [0 2]}]
`;

test.each([
  ["json-lines", json, "register", [[0, "write", null, 1, 1, "ok"]]],
  [
    "porcupine-etcd",
    etcd,
    "cas-register",
    [
      [3, "cas", null, [1, 2], null, "info"],
      [0, "read", null, null, 4, "ok"],
    ],
  ],
  [
    "porcupine-kv",
    kv,
    "kv",
    [
      [0, "append", "4", "x 0 1 y", "x 0 1 y", "ok"],
      [1, "get", "4", null, "", "ok"],
    ],
  ],
  ["jepsen-edn", edn, "cas-register", [[4, "cas", null, [0, 2], [0, 2], "fail"]]],
])("%s is recognised by its content, in pieces of any size", (format, text, model, operations) => {
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= text.length; size++) {
    for (const content of [text, bytes]) {
      const reader = new AnyHistoryReader();
      for (let at = 0; at < content.length; at += size) reader.push(content.slice(at, at + size));
      const read = reader.end();
      expect(read).toMatchObject({ ok: true, format, model });
      expect(short(read)).toEqual(operations);
    }
  }
});

const line = (type: string, process: number, f: string, value: string): string =>
  `{:process ${process} :type :${type} :f :${f} :value ${value}}\n`;

describe("EDN histories", () => {
  test("one operation a line, with Jepsen's tag and indexes that have gaps", () => {
    const read =
      readAnyHistory(`#jepsen.history.Op{:index 0, :time 5, :type :invoke, :process 0, :f :acquire, :value nil}
#jepsen.history.Op{:index 3, :time 9, :type :ok, :process 0, :f :acquire}
`);
    expect(read).toMatchObject({ ok: true, format: "jepsen-edn", model: "lock" });
    expect(read.ok && read.history.operations[0]).toMatchObject({ invoked: 0, completed: 3, completedTime: 9 });
  });

  test("a list instead of a vector, and nothing at all", () => {
    expect(readAnyHistory("({:process 1 :type :invoke :f :read})")).toMatchObject({ ok: true, format: "jepsen-edn" });
    expect(readAnyHistory("[]")).toMatchObject({ ok: true, format: "jepsen-edn" });
    expect(readAnyHistory("; nothing\n")).toMatchObject({ ok: true });
    expect(readAnyHistory("")).toMatchObject({ ok: true, format: "json-lines" });
  });

  test("independent keys are taken apart where every read asks for [key nil]", () => {
    const text = [
      line("invoke", 0, "write", "[3 1]"),
      line("invoke", 1, "read", "[3 nil]"),
      line("ok", 1, "read", "[3 1]"),
      line("ok", 0, "write", "[3 1]"),
    ].join("");
    expect(short(readAnyHistory(text))).toEqual([
      [0, "write", "3", 1, 1, "ok"],
      [1, "read", "3", null, 1, "ok"],
    ]);
    // Lists as plain values stay lists.
    expect(short(readAnyHistory(text.replace("[3 nil]", "nil")))).toEqual([
      [0, "write", null, [3, 1], [3, 1], "ok"],
      [1, "read", null, null, [3, 1], "ok"],
    ]);
  });

  test.each([
    ["[{:process 0 :type :invoke :f :read}", ["1: begins something that the file ends before: it is cut off"]],
    ["[{:process 0 :type :invoke :f :read}]]", ['1: "]" closes nothing']],
    ["{:process 0 :type\n", ["1: begins something that the file ends before: it is cut off"]],
    ["{:process 0 :type :invoke :f}\n", ["1: is not EDN: a map has a key without a value"]],
    ["[{:process 0 :type :invoke :f :read} 7]", ["1: is not a map: 7"]],
    ["[{:process 0 :type :start :f :read}]", ['1: "type" is "start", expected invoke, ok, fail or info']],
    [
      "{:process 0 :type :ok :f :read}\n{:process 0 :type :ok :f :read)}\n",
      ["1: process 0 completes read (ok) without having invoked it", '2: is not EDN: ")" closes nothing'],
    ],
  ])("what is wrong is said with its line: %s", (text, problems) => {
    expect(short(readAnyHistory(text))).toContain(problems[0]);
    expect(readAnyHistory(text).ok).toBe(false);
  });
});

test.each([
  ["nil", null],
  ["[1 -2 +3 4N 1.5 2e3 1M]", [1, -2, 3, 4, 1.5, 2000, 1]],
  ["12345678901234567890", "12345678901234567890"],
  ['{:a "b\\n\\u0041" "c" [\\a \\newline \\( true]}', { a: "b\nA", c: ["a", "\n", "(", true] }],
  ["#{1 2}", [1, 2]],
  ["(a/b :c/d 1/2) ; end", ["a/b", "c/d", "1/2"]],
  ["[1 #_ {:gone 1} 2, #tag [3]]", [1, 2, [3]]],
  ["{[:x 1] 2}", { '["x",1]': 2 }],
])("EDN %s", (text, value) => {
  expect(parseEdn(text)).toEqual({ ok: true, value });
});

test.each([
  "",
  "[1",
  "1 2",
  '"a',
  '"\\q"',
  "{1 2 1 3}",
  "{:a}",
  "12x",
  "(]",
  "[".repeat(5000),
  "\\toolong",
  "#_ 1",
  "## 1",
])("no EDN: %s", (text) => {
  expect(parseEdn(text).ok).toBe(false);
});

test.each([
  ["\u001F\u008B", "gzip"],
  ['[{"process": 0}]', "JSON array"],
  ["hello", "is cut off"],
  ["hello\n", "is not a JSON object"],
  ["INFO  jepsen.util - 0\t:invoke\t:read\tnil\nINFO  something else\n", "is no line of a Jepsen log"],
  ["INFO  jepsen.util - 0\t:invoke\t:read\tnil", "is cut off, or lacks the newline"],
])("what is no history is refused with a reason: %j", (text, reason) => {
  const read = readAnyHistory(new Uint8Array(Buffer.from(text, "latin1")));
  expect(read.ok).toBe(false);
  if (!read.ok) expect(read.problems.map(({ message }) => message).join()).toContain(reason);
});

test("a format that was asked for is not guessed", () => {
  expect(readAnyHistory(json, { format: "porcupine-etcd" })).toMatchObject({ ok: false, format: "porcupine-etcd" });
});
