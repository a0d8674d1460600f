/** Ten thousand damaged files of transactions: no crash, and what can be seen to be damaged is never judged. */

import { afterAll, describe, expect, test } from "vitest";
import { readAnyHistory } from "../../../checker/history/formats/any.js";
import { checkIsolation } from "../../../checker/isolation/check.js";
import type { TxnHistory, Workload } from "../../../checker/isolation/history/columns.js";
import { fromOperations } from "../../../checker/isolation/history/events.js";
import { JsonLinesReader } from "../../../checker/isolation/history/json-lines.js";
import { drawsOf } from "../linearizability/random.js";

const seed = Number(process.env["SEED"] ?? 12);
type Draw = () => number;
type Value = null | number | string | readonly Value[];

interface Line {
  readonly index: number;
  readonly process: number;
  readonly type: string;
  readonly value: Value;
}

/** Transactions one after another, each of which sees all before it; sometimes one that is told something made up. */
function linesOf(draw: Draw, workload: Workload): Line[] {
  const lists = new Map<string, number[]>();
  const lines: Line[] = [];
  let [written, process] = [0, 0];
  for (let i = 0; i < 5; i++) {
    const asked: Value[] = [];
    const done: Value[] = [];
    for (let mop = 0; mop < 2; mop++) {
      const key = draw() < 0.5 ? "x" : "y";
      const list = lists.get(key) ?? [];
      if (draw() < 0.5) {
        const write = [workload === "list-append" ? "append" : "w", key, ++written];
        lists.set(key, [...list, written]);
        asked.push(write);
        done.push(write);
      } else {
        const seen = draw() < 0.1 ? list.slice(1) : list;
        asked.push(["r", key, null]);
        done.push(["r", key, workload === "list-append" ? seen : (seen.at(-1) ?? null)]);
      }
    }
    const type = draw() < 0.1 ? "info" : "ok";
    lines.push({ index: lines.length, process, type: "invoke", value: asked });
    lines.push({ index: lines.length, process, type, value: type === "ok" ? done : asked });
    process = type === "ok" ? (process + 1) % 3 : process + 3;
  }
  return lines;
}

const ednOf = (value: Value): string =>
  value === null ? "nil" : Array.isArray(value) ? `[${value.map(ednOf).join(" ")}]` : JSON.stringify(value);
/** The name of a micro-operation is a keyword. */
const mopsOf = (value: Value): string => ednOf(value).replaceAll(/\["(\w+)" /g, "[:$1 ");

const WRITTEN: { readonly [format: string]: (line: Line) => string } = {
  "json-lines": (line) => JSON.stringify({ ...line, f: "txn" }),
  "jepsen-edn": ({ index, process, type, value }) =>
    `{:index ${index}, :process ${process}, :type :${type}, :f :txn, :value ${mopsOf(value)}}`,
};

interface Damaged {
  readonly text: string;
  /** What has been done always leaves something that no history has. */
  readonly mustShow: boolean;
}

const at = (draw: Draw, length: number): number => Math.floor(draw() * length);
const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

const DAMAGES: { readonly [name: string]: (lines: readonly string[], draw: Draw) => Damaged } = {
  truncated: (lines, draw) => {
    const text = joined(lines);
    const cut = text.slice(0, at(draw, text.length));
    const rest = cut.slice(cut.lastIndexOf("\n") + 1);
    return { text: cut, mustShow: rest !== "" && !lines.includes(rest) };
  },
  shuffled: (lines, draw) => {
    const order = lines.map((line) => [draw(), line] as const).sort(([a], [b]) => a - b);
    const text = joined(order.map(([, line]) => line));
    return { text, mustShow: text !== joined(lines) };
  },
  "a line twice": (lines, draw) => {
    const i = at(draw, lines.length);
    return { text: joined(lines.toSpliced(i, 0, lines[i]!)), mustShow: true };
  },
  "a byte flipped": (lines, draw) => {
    const text = joined(lines);
    const i = at(draw, text.length);
    return { text: text.slice(0, i) + String.fromCharCode(at(draw, 256)) + text.slice(i + 1), mustShow: false };
  },
  "a bracket lost": (lines, draw) => {
    const text = joined(lines);
    const places = [...text.matchAll(/[[\]{}]/g)].map(({ index }) => index);
    const i = places[at(draw, places.length)]!;
    return { text: text.slice(0, i) + text.slice(i + 1), mustShow: true };
  },
  "wrong types": (lines, draw) => {
    const i = at(draw, lines.length);
    const wrong = ["{}", "[]", "true", "1.5"][at(draw, 4)]!;
    const line = lines[i]!.replace(/("process":|:process )\d+/, (_, name: string) => `${name}${wrong}`);
    return { text: joined(lines.with(i, line)), mustShow: true };
  },
  "a value of another kind": (lines, draw) => {
    const i = at(draw, lines.length);
    const wrong = ["7", '"r"', "[7]", '[["r"]]', '[["frob" "x" 1]]', "true"][at(draw, 6)]!;
    const isJson = lines[i]!.includes('"value"');
    const value = isJson ? wrong.replaceAll(" ", ",") : wrong;
    return {
      text: joined(lines.with(i, lines[i]!.replace(/(?<=:value |"value":)\[.*\](?=[,}])/, value))),
      mustShow: true,
    };
  },
  "an unknown type": (lines, draw) => {
    const i = at(draw, lines.length);
    const line = lines[i]!.replace(/(invoke|ok|info)(?=["\s,])/, "okay");
    return { text: joined(lines.with(i, line)), mustShow: true };
  },
};

/** What each way to read it comes to: refused, or a verdict. */
function answersOf(text: string, format: string, workload: Workload): string[] {
  const bytes = Buffer.from(text, "latin1");
  const judged = (history: TxnHistory): string =>
    history.problems.length > 0 ? "refused" : checkIsolation(history, { workload }).valid;
  const any = readAnyHistory(bytes, { format: format as "json-lines" | "jepsen-edn" });
  const asObjects = any.ok ? judged(fromOperations(any.history.operations, workload)) : "refused";
  return format === "json-lines" ? [asObjects, judged(strictly(bytes, workload))] : [asObjects];
}

/** As `kvtest check` reads it. */
function strictly(bytes: Uint8Array, workload: Workload): TxnHistory {
  const reader = new JsonLinesReader(workload, true);
  reader.push(bytes);
  return reader.end();
}

const table: string[] = [];

describe("damage of transactions:", () => {
  afterAll(() =>
    console.log(["damaged transactions, and how many of them passed for another history:", ...table].join("\n  ")),
  );

  test.each([
    ["json-lines", "list-append", 4000],
    ["json-lines", "rw-register", 2000],
    ["jepsen-edn", "list-append", 2000],
    ["jepsen-edn", "rw-register", 2000],
  ] as const)("%s, %s", (format, workload, rounds) => {
    const draw = drawsOf(seed);
    const names = Object.keys(DAMAGES);
    const passed = new Map(names.map((name) => [name, 0]));
    for (let round = 0; round < rounds; round++) {
      const name = names[round % names.length]!;
      const { text, mustShow } = DAMAGES[name]!(linesOf(draw, workload).map(WRITTEN[format]!), draw);
      const context = `seed ${seed}, round ${round}, ${name}\n${text}`;
      let answers: string[];
      try {
        answers = answersOf(text, format, workload);
      } catch (error) {
        throw new Error(context, { cause: error });
      }
      for (const answer of answers) expect(["refused", "valid", "invalid", "unknown"], context).toContain(answer);
      // All ways to read it refuse the same.
      expect(new Set(answers).size, `${answers.join(", ")}: ${context}`).toBe(1);
      if (mustShow) expect(answers, context).toEqual(answers.map(() => "refused"));
      if (answers.some((answer) => answer !== "refused")) passed.set(name, passed.get(name)! + 1);
    }
    table.push(`${format.padEnd(11)} ${workload} ${names.map((name) => `${name}: ${passed.get(name)}`).join(", ")}`);
    const all = [...passed.values()].reduce((a, b) => a + b);
    // Not vacuous: most damage shows, and some cannot.
    expect(all).toBeGreaterThan(rounds / 400);
    expect(all).toBeLessThan(rounds / 2);
  });
});
