/** Reading histories: from bytes as from objects, whatever the chunks, the spacing and the values; and what is refused. */

import { describe, expect, test } from "vitest";
import type { Json } from "../../../checker/history/event.js";
import type { Operation } from "../../../checker/history/operation.js";
import { checkIsolation } from "../../../checker/isolation/check.js";
import { type TxnHistory, TYPE_NAMES, txnValue, type Workload } from "../../../checker/isolation/history/columns.js";
import { fromEvents, fromOperations, type TxnEvent } from "../../../checker/isolation/history/events.js";
import { JsonLinesReader, readJsonLines } from "../../../checker/isolation/history/json-lines.js";
import { Draws } from "./random.js";
import { events, history } from "./txns.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string, workload: Workload = "list-append"): TxnHistory => readJsonLines([bytes(text)], workload);

/** Everything that a history says, as plain data. */
const plain = (h: TxnHistory) =>
  Array.from({ length: h.txns }, (_, txn) => ({
    process: h.txnProcess[txn],
    type: TYPE_NAMES[h.txnType[txn]! as 0 | 1 | 2],
    invoked: h.txnInvoked[txn],
    completed: h.txnCompleted[txn],
    times: [h.txnInvokedTime[txn], h.txnCompletedTime[txn]],
    value: txnValue(h, txn),
  }));

/** The same from objects and from lines. */
const judged = (made: readonly TxnEvent[]): string => {
  const lines = made.map((event) => JSON.stringify(event)).join("\n");
  const verdicts = [fromEvents(made, "list-append"), read(lines)].map((h) =>
    checkIsolation(h, { workload: "list-append" }),
  );
  expect(verdicts[0]?.because).toBe(verdicts[1]?.because);
  return `${verdicts[0]?.valid}: ${verdicts[0]?.because}`;
};

const SEED = 99_173;

const key = (draws: Draws): Json =>
  [draws.below(5), "x", 'quo"te\\', "käse ☃ 💾", -3, 1.5, 12_345_678_901, ["a", 1], { k: [] }, true][draws.below(10)]!;

const randomEvents = (draws: Draws, workload: Workload): readonly TxnEvent[] => {
  const result: TxnEvent[] = [];
  let value = 0;
  for (let i = 0; i < 12; i++) {
    const write = workload === "list-append" ? "append" : "w";
    const mops = Array.from({ length: draws.below(4) }, (): Json => {
      const name = key(draws);
      if (draws.chance(0.5)) return [write, name, draws.chance(0.8) ? ++value : `v"${++value}`];
      return ["r", name, null];
    });
    const filled = mops.map((mop): Json => {
      const [f, name, argument] = mop as readonly Json[];
      if (f !== "r" || draws.chance(0.3)) return [f!, name!, argument!];
      if (workload === "rw-register") return ["r", name!, draws.below(20)];
      return ["r", name!, Array.from({ length: draws.below(5) }, (_, n) => (draws.chance(0.9) ? n + 1 : key(draws)))];
    });
    const type = ["ok", "ok", "ok", "info", "fail"][draws.below(5)]!;
    const process = draws.chance(0.1) ? "nemesis" : i;
    result.push({ index: 3 * i, time: 10 * i, process, type: "invoke", f: "txn", value: mops });
    result.push({
      index: 3 * i + 1,
      time: 10 * i + 5,
      process,
      type,
      f: "txn",
      value: type === "ok" ? filled : mops,
    });
  }
  return result;
};

const spaced = (draws: Draws, value: Json): string => {
  const gap = (): string => ["", "", " ", "\t", "  "][draws.below(5)]!;
  if (Array.isArray(value))
    return `[${gap()}${value.map((item) => spaced(draws, item)).join(`${gap()},${gap()}`)}${gap()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value as { [name: string]: Json }).map(
    ([name, item]) => `${gap()}${JSON.stringify(name)}${gap()}:${gap()}${spaced(draws, item)}${gap()}`,
  );
  return `{${fields.join(",")}}`;
};

const shuffled = (draws: Draws, event: TxnEvent): Json => {
  const fields = Object.entries({ ...event, extra: { nested: ['"}]', [1]] }, node: "n1" });
  return Object.fromEntries(draws.chance(0.5) ? fields : fields.sort(() => draws.next() - 0.5));
};

const operation = (
  process: number,
  invoked: number,
  completed: number | null,
  value: Json,
  result: Json,
  f = "txn",
): Operation => ({
  process,
  f,
  key: null,
  type: completed === null ? "info" : "ok",
  value,
  result,
  invoked,
  completed,
  invokedTime: invoked * 1e6,
  completedTime: completed === null ? null : completed * 1e6,
  node: null,
  error: null,
  siblings: null,
});

const good = JSON.stringify({ index: 0, process: 0, type: "invoke", f: "txn", value: [["append", "x", 1]] });
const problems = (text: string, workload: Workload = "list-append") =>
  read(text, workload).problems.map(({ line, kind, message }) => `${line} ${kind}: ${message}`);

describe("bytes and objects tell the same history", () => {
  for (const workload of ["list-append", "rw-register"] as const) {
    test(`${workload}, in any spacing and order of fields, cut anywhere (seed ${SEED})`, () => {
      const draws = new Draws(SEED);
      let reads = 0;
      for (let round = 0; round < 300; round++) {
        const given = randomEvents(draws, workload);
        const text = bytes(
          given.map((event) => spaced(draws, shuffled(draws, event))).join(draws.chance(0.5) ? "\n" : "\r\n"),
        );
        const reader = new JsonLinesReader(workload);
        for (let at = 0; at < text.length; ) {
          const next = Math.min(text.length, at + 1 + draws.below(draws.chance(0.5) ? 7 : 400));
          reader.push(text.subarray(at, next));
          at = next;
        }
        const fromBytes = reader.end();
        const fromObjects = fromEvents(given, workload);
        expect(plain(fromBytes)).toEqual(plain(fromObjects));
        expect(fromBytes.problems.map(({ line, kind }) => [line, kind])).toEqual(
          fromObjects.problems.map(({ line, kind }) => [line, kind]),
        );
        expect(fromBytes.skipped).toBe(fromObjects.skipped);
        reads += plain(fromBytes)
          .flatMap(({ value }) => value)
          .filter(([f, , v]) => f === "r" && v !== null).length;
      }
      expect(reads).toBeGreaterThan(300);
    });
  }

  test("operations tell it too, and others than transactions are passed over", () => {
    const operations = [
      operation(0, 0, 3, [["append", "x", 1]], [["append", "x", 1]]),
      operation(1, 1, 2, [["r", "x", null]], [["r", "x", [1]]]),
      operation(2, 4, null, [["append", "x", 2]], null),
      operation(3, 5, 6, null, null, "dump"),
    ];
    const picture = `
      0 invoke append x 1
      1 invoke r x
      1 ok     r x [1]
      0 ok     append x 1
      2 invoke append x 2`;
    expect(plain(fromOperations(operations, "list-append"))).toEqual(plain(history(picture, "list-append")));
  });
});

describe("input errors are problems with their line, never anomalies", () => {
  test("text that is no event", () => {
    expect(problems(`${good}\n{"process": 1,`)).toEqual(["2 malformed: expected a string, at byte 15 of the line"]);
    expect(problems(`{"process":0,"type":"begin","f":"txn","value":[]}`)[0]).toContain(
      'type "begin": expected invoke, ok, fail or info',
    );
    expect(problems(`{"process":0,"type":"ok","f":"txn","value":[["r","x",7]]}`)[0]).toContain(
      "must return a list or null",
    );
    expect(problems(`{"process":0,"type":"ok","f":"txn","value":[["r","x",[1,}]]}`)).toHaveLength(1);
    expect(problems(`{"process":0,"f":"txn","value":[]}`)[0]).toContain("no type");
  });

  test("a value written twice", () => {
    const again = JSON.stringify({ index: 1, process: 1, type: "invoke", f: "txn", value: [["append", "x", 1]] });
    expect(problems(`${good}\n${again}`)).toEqual([
      '2 duplicate-write: 1 is written to key "x" a second time: writes must be unique per key',
    ]);
  });

  test("two open operations of one process", () => {
    const second = JSON.stringify({ index: 1, process: 0, type: "invoke", f: "txn", value: [] });
    expect(problems(`${good}\n${second}`)).toEqual([
      "2 two-open: process 0 invokes at 1 while its operation of 0 is open",
    ]);
  });

  test("micro-operations of another workload, a write of null to a register, indexes that go back", () => {
    expect(problems(`{"process":0,"type":"invoke","f":"txn","value":[["w","x",1]]}`)[0]).toContain(
      "only r and append are known",
    );
    expect(problems(`{"process":0,"type":"invoke","f":"txn","value":[["w","x",null]]}`, "rw-register")[0]).toContain(
      "null-write",
    );
    expect(problems(`${good}\n{"index":0,"process":0,"type":"ok","f":"txn","value":[["append","x",1]]}`)[0]).toContain(
      "indexes must ascend",
    );
  });

  test("an index or a process that no column can hold, for it would come back as another", () => {
    const stale = events(`
      0 invoke append x 1
      0 ok     append x 1
      1 invoke r x
      1 ok     r x
      1 invoke r x
      1 ok     r x [1]`);
    const indexed = (index: (i: number) => number): readonly TxnEvent[] =>
      stale.map((event, i) => ({ ...event, index: index(i) }));
    expect(judged(indexed((i) => i + 2 ** 31 - 10))).toMatch(/^invalid: /);
    expect(judged(indexed((i) => i + 2 ** 32 - 3))).toMatch(
      /^unknown: .* line 1: index 4294967293: expected a whole number/,
    );
    expect(judged(indexed((i) => i / 10))).toMatch(/^unknown: .* line 2: index 0.1: expected a whole number/);
    expect(judged(stale.map((event) => ({ ...event, process: Number(event.process) * 2 ** 32 })))).toMatch(
      /^unknown: .* line 3: process 4294967296: expected a whole number/,
    );
    // Without an index events are counted.
    expect(judged(stale.map((event) => ({ ...event, index: null as never })))).toMatch(/^invalid: /);
  });

  test("a history with problems gets no verdict, and says why", () => {
    const verdict = checkIsolation(read(`${good}\n${good}`), { workload: "list-append" });
    expect(verdict.valid).toBe("unknown");
    expect(verdict.because).toMatch(/^not a history that can be judged: line 2: /);
    expect(verdict.details.problemCount).toBeGreaterThan(0);
  });

  test("a long list of problems is cut, and counted", () => {
    const h = read(Array.from({ length: 500 }, () => "x").join("\n"));
    expect(h.problems).toHaveLength(100);
    expect(h.problemCount).toBe(500);
  });
});

test("a completion that tells another story than its invocation is believed", () => {
  const h = fromEvents(
    events(`
      0 invoke append x 1
      0 ok     append x 2`),
    "list-append",
  );
  expect(h.problems).toEqual([]);
  expect(txnValue(h, 0)).toEqual([["append", "x", 2]]);
});

test("reads that are prefixes of one list keep the list once; another list is kept beside it", () => {
  const lines = [
    `{"process":0,"type":"invoke","f":"txn","value":[]}`,
    `{"process":0,"type":"ok","f":"txn","value":[["r",1,[1,2,3]],["r",1,[1,2,3,4]],["r",1,[1,2]],["r",1,[1,9]]]}`,
  ];
  const h = read(lines.join("\n"));
  expect(h.lists.map((list) => list.map((element) => h.elementValue(element)))).toEqual([
    [1, 2, 3, 4],
    [1, 9],
  ]);
});

test("a key that is far from those before it stays the same key when nearer ones fill the gap", () => {
  const keys = [5000, 100, 1000, 2000, 5000];
  const steps = keys.map((key, i) => (i === 0 ? ["w", key, 1] : ["r", key, i === keys.length - 1 ? 1 : null]));
  const parsed = fromEvents(
    steps.flatMap((step, i) =>
      ["invoke", "ok"].map((type, j) => ({ index: 2 * i + j, time: 0, process: 0, type, f: "txn", value: [step] })),
    ),
    "rw-register",
  );
  expect(parsed.keys).toBe(4);
  expect(checkIsolation(parsed, { workload: "rw-register" }).valid).toBe("valid");
});
