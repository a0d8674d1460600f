import { describe, expect, test } from "vitest";
import type { OpEvent } from "../../../checker/history/event.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { readHistory } from "../../../checker/history/read.js";
import { lineOf } from "../../../checker/history/write.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { FocusReader } from "../../../checker/linearizability/stream/focus.js";
import { DistinctStream, type StreamResult } from "../../../checker/linearizability/stream/stream.js";
import { drawsOf, randomEvents } from "./random.js";

const seed = Number(process.env["SEED"] ?? 611);

function streamed(bytes: Uint8Array, chunk: number): StreamResult {
  const stream = new DistinctStream();
  for (let at = 0; at < bytes.length; at += chunk) stream.push(bytes.slice(at, at + chunk));
  return stream.end();
}

/** The same history with other keys, values of other kinds, and lines as other tools write them. */
function textOf(events: readonly OpEvent[], draw: () => number): string {
  const kind = Math.floor(draw() * 4);
  const keys = 1 + Math.floor(draw() * 3);
  const bare = draw() < 0.2;
  const value = (v: unknown): unknown => {
    if (v === null || typeof v !== "number") return Array.isArray(v) ? v.map(value) : v;
    return [v, `v${v}`, v % 2 === 0 ? v : `é${v}"`, { n: v, of: [v] }][kind];
  };
  return events
    .map((event) => {
      // A process keeps to one key, so that operations pair as before; a process that was retired goes on there.
      const key = ["x", 7, "ключ"][event.process % keys];
      const { index, time, ...rest } = { ...event, key, value: value(event.value) };
      const fault = draw() < 0.02 && bare ? `{"process":"nemesis","type":"info","f":"cut","value":null}\n` : "";
      return `${fault}${JSON.stringify(bare ? rest : { index, time, ...rest })}\n`;
    })
    .join("");
}

describe("a stream of bytes comes to the verdict of the history as a whole:", () => {
  test.each([
    [false, 0, 0],
    [false, 0.2, 0.1],
    [true, 0, 0],
    [true, 0.2, 0.1],
  ])("cas %s, unknown outcomes %s, failures %s", (cas, info, fail) => {
    const draw = drawsOf(seed);
    const seen = { valid: 0, invalid: 0, declined: 0 };
    for (let round = 0; round < 1500; round++) {
      const shape = { processes: 4, operations: 12, values: "distinct" as const, cas, info, fail, lies: 0.12 };
      const text = textOf(randomEvents(draw, shape), draw);
      const bytes = new TextEncoder().encode(text);
      const context = `seed ${seed}, round ${round}\n${text}`;
      const read = readHistory(text);
      if (!read.ok) throw new Error(context);
      const whole = checkLinearizable(read.history);
      const answer = streamed(bytes, 1 + Math.floor(draw() * 200));
      seen[answer.is]++;
      if (answer.is === "declined") continue;
      expect(answer.is, context).toBe(whole.valid);
      if (answer.is === "valid") {
        expect(answer.verdict, context).toEqual(whole);
        continue;
      }
      const again = new FocusReader(answer.focus);
      again.push(bytes);
      const verdict = again.end(answer.verdict);
      expect(verdict.details, context).toEqual({ ...whole.details, steps: 0 });
      expect({ ...verdict, details: null }, context).toEqual({ ...whole, details: null });
    }
    expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(150);
    // Sometimes a made-up history writes a value twice, or writes the initial one.
    expect(seen.declined).toBeLessThan(400);
  });
});

test("a value written a second time is not for this check, and that is said with the line", () => {
  const events = pairsOf([
    [0, "write", 1],
    [1, "write", 1],
  ]);
  expect(streamed(new TextEncoder().encode(events.map((e) => `${lineOf(e)}\n`).join("")), 50)).toEqual({
    is: "declined",
    because: "a value is written a second time",
    line: 3,
  });
});

const pairsOf = (ops: readonly (readonly [number, string, number])[]): OpEvent[] =>
  ops.flatMap(([process, f, value], i) =>
    (["invoke", "ok"] as const).map((type, j) => ({ index: 2 * i + j, time: 0, process, type, f, key: null, value })),
  );

test("whatever is wrong with a line, the reader in full has the last word", () => {
  const draw = drawsOf(seed);
  const seen = { problems: 0, checked: 0 };
  for (let round = 0; round < 4000; round++) {
    const shape = {
      processes: 3,
      operations: 6,
      values: "distinct" as const,
      cas: true,
      info: 0.1,
      fail: 0.1,
      lies: 0.1,
    };
    const text = textOf(randomEvents(draw, shape), draw);
    const at = Math.floor(draw() * text.length);
    const damaged = text.slice(0, at) + String.fromCharCode(32 + Math.floor(draw() * 95)) + text.slice(at + 1);
    const answer = streamed(new TextEncoder().encode(damaged), 64);
    const read = readHistory(damaged);
    const context = `seed ${seed}, round ${round}\n${damaged}`;
    if (!read.ok) {
      seen.problems++;
      expect(answer.is, context).toBe("declined");
    } else if (answer.is !== "declined") {
      seen.checked++;
      expect(answer.is, context).toBe(checkLinearizable(read.history).valid);
    }
  }
  expect(seen.problems).toBeGreaterThan(1500);
  expect(seen.checked).toBeGreaterThan(50);
  expect(pairEvents([]).operations).toHaveLength(0);
});
