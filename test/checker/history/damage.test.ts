import { describe, expect, test } from "vitest";
import { readHistory } from "../../../checker/history/read.js";
import { lineOf } from "../../../checker/history/write.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";
import { drawsOf, randomEvents } from "../linearizability/random.js";

const SEED = 77;

/** Ways to damage a file. Each changes the evidence in a manner that a reader can see. */
const damages: readonly (readonly [name: string, damage: (lines: string[], draw: () => number) => string[]])[] = [
  ["a line is lost", (lines, draw) => lines.toSpliced(Math.floor(draw() * (lines.length - 1)), 1)],
  [
    "a line is doubled",
    (lines) => lines.flatMap((line, i) => (i === Math.floor(lines.length / 2) ? [line, line] : [line])),
  ],
  [
    "two lines change places",
    (lines, draw) => {
      const i = Math.floor(draw() * (lines.length - 1));
      return lines.toSpliced(i, 2, lines[i + 1]!, lines[i]!);
    },
  ],
  [
    "a line is cut",
    (lines, draw) => {
      const i = Math.floor(draw() * lines.length);
      return lines.with(i, lines[i]!.slice(0, Math.floor(draw() * (lines[i]!.length - 1)) || 1));
    },
  ],
  [
    "a member is missing",
    (lines, draw) => {
      const i = 1 + Math.floor(draw() * (lines.length - 1));
      const names = ["index", "time", "process", "type", "f", "value"];
      const { [names[Math.floor(draw() * names.length)]!]: _lost, ...rest } = JSON.parse(lines[i]!) as Record<
        string,
        unknown
      >;
      return lines.with(i, JSON.stringify(rest));
    },
  ],
  [
    "a member has another type",
    (lines, draw) => {
      const i = Math.floor(draw() * lines.length);
      const names = ["index", "time", "process", "type", "f"];
      const name = names[Math.floor(draw() * names.length)]!;
      const wrong = [null, true, [], {}, ""][Math.floor(draw() * 5)];
      return lines.with(i, JSON.stringify({ ...(JSON.parse(lines[i]!) as object), [name]: wrong }));
    },
  ],
];

describe("damage is an input error, never a verdict:", () => {
  test.each(damages)("%s", (_, damage) => {
    const draw = drawsOf(SEED);
    for (let round = 0; round < 400; round++) {
      const events = randomEvents(draw, {
        processes: 3,
        operations: 8,
        values: 3,
        cas: true,
        info: 0.1,
        fail: 0.1,
        lies: 0.1,
      });
      const lines = events.map(lineOf);
      const damaged = damage(lines, draw)
        .map((line) => `${line}\n`)
        .join("");
      expect(readHistory(damaged).ok, `seed ${SEED}, round ${round}:\n${damaged}`).toBe(false);
    }
  });
});

test("whatever one byte becomes, nothing crashes: problems, or a history that can be checked", () => {
  const draw = drawsOf(SEED);
  const seen = { problems: 0, checked: 0 };
  for (let round = 0; round < 4000; round++) {
    const events = randomEvents(draw, {
      processes: 3,
      operations: 6,
      values: 3,
      cas: true,
      info: 0.1,
      fail: 0.1,
      lies: 0.1,
    });
    const text = events.map((event) => `${lineOf(event)}\n`).join("");
    const at = Math.floor(draw() * text.length);
    const read = readHistory(
      text.slice(0, at) + String.fromCharCode(32 + Math.floor(draw() * 95)) + text.slice(at + 1),
    );
    if (!read.ok) {
      seen.problems++;
      expect(read.problems.every(({ line, message }) => line >= 1 && line <= events.length && message !== "")).toBe(
        true,
      );
    } else {
      seen.checked++;
      expect(["valid", "invalid", "unknown"]).toContain(checkLinearizable(read.history).valid);
    }
  }
  expect(seen.problems).toBeGreaterThan(2000);
  expect(seen.checked).toBeGreaterThan(50);
});
