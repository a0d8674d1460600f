/** Ten thousand damaged files of every format: no crash, and what can be seen to be damaged is never judged. */

import { isUtf8 } from "node:buffer";
import { afterAll, describe, expect, test } from "vitest";
import type { OpEvent } from "../../../checker/history/event.js";
import { type AnyReadResult, readAnyHistory } from "../../../checker/history/formats/any.js";
import { lineOf } from "../../../checker/history/write.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { QuickCheck } from "../../../checker/linearizability/quick/quick.js";
import { QuickRest } from "../../../checker/linearizability/quick/rest.js";
import { DistinctStream } from "../../../checker/linearizability/stream/stream.js";
import { randomObjectEvents } from "../linearizability/objects.js";
import { drawsOf, randomEvents } from "../linearizability/random.js";

const seed = Number(process.env["SEED"] ?? 4);
const ROUNDS = 10_000;
type Draw = () => number;

const shape = { processes: 3, operations: 6, info: 0.1, fail: 0.1, lies: 0.1 };
const register = (draw: Draw): OpEvent[] => randomEvents(draw, { ...shape, values: 5, cas: true });

const ednOf = (value: unknown): string =>
  Array.isArray(value) ? `[${value.map(ednOf).join(" ")}]` : value === null ? "nil" : JSON.stringify(value);
const ednLine = ({ process, type, f, key, value }: OpEvent): string =>
  `{:process ${process}, :type :${type}, :f :${f}, ${key === null ? "" : `:key "${key}", `}:value ${ednOf(value)}}`;

/** The lines of a small random history in each format. */
const FORMATS: { readonly [format: string]: (draw: Draw) => string[] } = {
  "json-lines": (draw) => register(draw).map(lineOf),
  "jepsen-edn": (draw) => {
    const lines = register(draw).map((event) => ` ${ednLine(event)}`);
    return [`[${lines[0]!.slice(1)}`, ...lines.slice(1, -1), `${lines.at(-1)}]`];
  },
  "porcupine-etcd": (draw) =>
    register(draw).map(
      ({ process, type, f, value }) =>
        `INFO  jepsen.util - ${process}\t:${type}\t:${f}\t${type === "info" ? ":timed-out" : ednOf(value)}`,
    ),
  "porcupine-kv": (draw) =>
    randomObjectEvents(draw, "kv", { ...shape, values: 4, keys: 2, info: 0 }).map((event) =>
      ednLine(event.type === "ok" && event.f === "get" && event.value === null ? { ...event, value: "" } : event),
    ),
};

/** `mustShow`: what has been done always leaves something that no history has. */
interface Damaged {
  readonly text: string;
  readonly mustShow: boolean;
}

const at = (draw: Draw, length: number): number => Math.floor(draw() * length);
const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

const DAMAGES: { readonly [name: string]: (lines: string[], draw: Draw, format: string) => Damaged } = {
  truncated: (lines, draw) => {
    const text = joined(lines);
    const cut = text.slice(0, at(draw, text.length));
    // Cut exactly behind a line, or only its newline, a file is only shorter, which nobody can see.
    const rest = cut.slice(cut.lastIndexOf("\n") + 1).trim();
    return { text: cut, mustShow: rest !== "" && !lines.some((line) => line.trim() === rest) };
  },
  shuffled: (lines, draw) => {
    const text = joined(
      lines
        .map((line) => [draw(), line] as const)
        .sort(([a], [b]) => a - b)
        .map(([, line]) => line),
    );
    return { text, mustShow: false };
  },
  "a line twice": (lines, draw) => {
    const i = at(draw, lines.length);
    return { text: joined(lines.toSpliced(i, 0, lines[i]!)), mustShow: true };
  },
  "a line lost": (lines, draw) => ({ text: joined(lines.toSpliced(at(draw, lines.length), 1)), mustShow: false }),
  "a byte flipped": (lines, draw) => {
    const text = joined(lines);
    const i = at(draw, text.length);
    return { text: text.slice(0, i) + String.fromCharCode(at(draw, 256)) + text.slice(i + 1), mustShow: false };
  },
  "a bracket or quote lost": (lines, draw) => {
    const text = joined(lines);
    const places = [...text.matchAll(/[[\]{}"]/g)].map(({ index }) => index);
    const i = places[at(draw, places.length)];
    return i === undefined
      ? { text: `${text}!\n`, mustShow: true }
      : { text: text.slice(0, i) + text.slice(i + 1), mustShow: true };
  },
  "wrong types": (lines, draw, format) => {
    const i = at(draw, lines.length);
    const wrong = ["{}", "[]", "true", "1.5", '"x"'][at(draw, 5)]!;
    // The process, of all formats the first whole number after its name or after the dash.
    const line = lines[i]!.replace(/((?:"process":|:process |- ))\d+/, (_, name: string) => `${name}${wrong}`);
    return { text: joined(lines.with(i, line)), mustShow: !(wrong === '"x"' && format !== "porcupine-etcd") };
  },
  "an unknown type": (lines, draw) => {
    const i = at(draw, lines.length);
    return {
      text: joined(lines.with(i, lines[i]!.replace(/(invoke|ok|fail|info)(?=["\s,])/, "okay"))),
      mustShow: true,
    };
  },
};

const table: string[] = [];

describe("damage:", () => {
  afterAll(() =>
    console.log(["damaged files, and how many of them passed for another history:", ...table].join("\n  ")),
  );

  test.each(Object.keys(FORMATS))("%s", (format) => {
    const draw = drawsOf(seed);
    const names = Object.keys(DAMAGES);
    const passed = new Map(names.map((name) => [name, 0]));
    let quick = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const name = names[round % names.length]!;
      const lines = FORMATS[format]!(draw);
      if (lines.length < 3) continue;
      const { text, mustShow } = DAMAGES[name]!(lines, draw, format);
      const bytes = Buffer.from(text, "latin1");
      const context = `seed ${seed}, round ${round}, ${name}\n${text}`;
      let read: AnyReadResult;
      try {
        read = readAnyHistory(bytes, { format: format === "porcupine-kv" ? "jepsen-edn" : (format as "json-lines") });
        const sniffed = readAnyHistory(bytes);
        if (sniffed.ok) expect(["valid", "invalid", "unknown"]).toContain(checkLinearizable(sniffed.history).valid);
        if (format === "json-lines") {
          streamAgrees(bytes, read);
          if (quickAgrees(bytes, read)) quick++;
        }
      } catch (error) {
        throw new Error(context, { cause: error });
      }
      if (read.ok) passed.set(name, passed.get(name)! + 1);
      else {
        expect(read.problemCount, context).toBeGreaterThan(0);
        expect(
          read.problems.every(({ line, message }) => line >= 1 && line <= lines.length + 2 && message !== ""),
          context,
        ).toBe(true);
      }
      if (mustShow) expect(read.ok, context).toBe(false);
    }
    table.push(`${format.padEnd(15)} ${names.map((name) => `${name}: ${passed.get(name)}`).join(", ")}`);
    const all = [...passed.values()].reduce((a, b) => a + b);
    // Not vacuous: most damage shows, and some cannot.
    expect(all).toBeGreaterThan(100);
    expect(all).toBeLessThan(ROUNDS / 2);
    if (format === "json-lines") expect(quick).toBeGreaterThan(all / 4);
  });
});

/** Nor does the quick check. Whether it said anything. */
function quickAgrees(bytes: Buffer, read: AnyReadResult): boolean {
  // As a file is handed to it: text, if it is text.
  if (!isUtf8(bytes)) return false;
  const check = new QuickCheck();
  check.push(bytes.toString("utf8"));
  const answer = check.end();
  if (answer.is === "declined") return false;
  expect(read.ok).toBe(true);
  if (!read.ok) return true;
  const { valid } = checkLinearizable(read.history);
  if (answer.is === "valid") expect(valid).toBe("valid");
  else {
    const rest = new QuickRest(answer.open);
    rest.push(bytes.toString("utf8"));
    expect(rest.end().valid).toBe(valid);
  }
  return true;
}

/** The stream never judges what the reader refuses, and never otherwise than it. */
function streamAgrees(bytes: Uint8Array, read: AnyReadResult): void {
  const stream = new DistinctStream();
  stream.push(bytes);
  const answer = stream.end();
  if (answer.is === "declined") return;
  expect(read.ok).toBe(true);
  if (read.ok) expect(checkLinearizable(read.history).valid).toBe(answer.is);
}
