import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { HistoryEvent, Json } from "../../../checker/history/event.js";
import { readHistory } from "../../../checker/history/read.js";
import { lineOf } from "../../../checker/history/write.js";

// JSON knows no -0; and a whole number beyond 2^53 is refused when it is read.
const json = fc
  .jsonValue({ maxDepth: 3 })
  .map(
    (value) =>
      JSON.parse(JSON.stringify(value), (_, member: unknown) =>
        Number.isInteger(member) && !Number.isSafeInteger(member) ? String(member) : member,
      ) as Json,
  );
const text = fc.string({ unit: "binary" });

const event: fc.Arbitrary<HistoryEvent> = fc.oneof(
  fc.record(
    {
      index: fc.nat(),
      time: fc.nat(),
      process: fc.nat(),
      type: fc.constantFrom("invoke", "ok", "fail", "info"),
      f: text,
      key: fc.option(text),
      value: json,
      node: text,
      error: text,
      siblings: fc.array(json),
    },
    { requiredKeys: ["index", "time", "process", "type", "f", "key", "value"] },
  ) as fc.Arbitrary<HistoryEvent>,
  fc.record({
    index: fc.nat(),
    time: fc.nat(),
    process: fc.constant("nemesis"),
    type: fc.constant("info"),
    f: text,
    phase: fc.constantFrom("begin", "end"),
    fault: text,
    value: json,
  }) as fc.Arbitrary<HistoryEvent>,
);

test("a line is the event as JSON, on one line, without the key where there is none", () => {
  fc.assert(
    fc.property(event, (event) => {
      const line = lineOf(event);
      expect(line).not.toContain("\n");
      const { key, ...rest } = event as { key?: string | null };
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(typeof key === "string" ? event : rest)));
    }),
    { seed: 5, numRuns: 500 },
  );
});

test("what was written is what is read", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ f: text, key: fc.option(text), value: json, result: json })), (ops) => {
      const events = ops.flatMap(({ f, key, value, result }, i): HistoryEvent[] => [
        { index: 2 * i, time: i, process: i, type: "invoke", f: `f${f}`, key, value },
        {
          index: 2 * i + 1,
          time: i,
          process: i,
          type: "ok",
          f: `f${f}`,
          key,
          value: result,
          node: "n1",
          siblings: [value],
        },
      ]);
      const read = readHistory(events.map((event) => `${lineOf(event)}\n`).join(""));
      expect(read.ok && read.history.operations).toMatchObject(
        ops.map(({ f, key, value, result }) => ({
          f: `f${f}`,
          key,
          value,
          result,
          type: "ok",
          node: "n1",
          siblings: [value],
        })),
      );
    }),
    { seed: 6, numRuns: 300 },
  );
});

test("the order of members never changes, so equal histories are equal files", () => {
  expect(
    lineOf({ value: [1, 2], key: "k", f: "cas", type: "ok", process: 3, time: 20, index: 4, error: "e", node: "n" }),
  ).toBe('{"index":4,"time":20,"process":3,"type":"ok","f":"cas","key":"k","value":[1,2],"node":"n","error":"e"}');
});
