import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Operation } from "../../checker/history/operation.js";
import { NEVER, pack, TYPES, unpack } from "../../src/report/packed.js";
import { operation, shown } from "../../src/report/words.js";
import { FAULTS, HOSTILE, makeHistory } from "./made.js";

const history = makeHistory({ operations: 9000, seconds: 30, faults: FAULTS }).operations;
/** The last one never came to an end. */
const operations = history.map((op, i) =>
  i < history.length - 1 ? op : { ...op, type: "info" as const, completed: null, completedTime: null },
);

/** What can be read back, as the history had it; times to the unit. */
const readBack = (all: readonly Operation[]): readonly object[] => {
  const packed = unpack(pack(all));
  const [f, key, node, what, error] = (["f", "key", "node", "what", "error"] as const).map((name) => {
    const texts = packed.textsOf(name);
    return Array.from(packed[name], (at) => (at === 0 ? null : texts[at]));
  });
  return all.map((_, i) => ({
    invoked: packed.invoked[i],
    completed: packed.completed[i] === NEVER ? null : packed.completed[i],
    start: packed.start[i]! * packed.unitNs,
    end: packed.end[i] === NEVER ? null : packed.end[i]! * packed.unitNs,
    process: packed.process[i],
    type: TYPES[packed.type[i]!],
    f: f?.[i],
    key: key?.[i],
    node: node?.[i],
    what: what?.[i],
    error: error?.[i],
  }));
};

const expected = (all: readonly Operation[], unit: number): readonly object[] =>
  all.map((op) => ({
    invoked: op.invoked,
    completed: op.completed,
    start: Math.round(op.invokedTime / unit) * unit,
    end: op.completedTime === null ? null : Math.round(op.completedTime / unit) * unit,
    process: op.process,
    type: op.type,
    f: op.f,
    key: op.key,
    node: op.node,
    what: operation(shown(op), 120),
    error: op.error,
  }));

test("what is packed comes back, times to the microsecond", () => {
  expect(new Set(operations.map((op) => op.type)).size).toBe(3);
  expect(operations.some((op) => op.completed === null)).toBe(true);
  expect(readBack(operations)).toEqual(expected(operations, 1000));
});

test("line breaks, quotes and markup in keys, values and errors come back as they were", () => {
  const hostile = operations
    .slice(0, 50)
    .map((op, i) => ({ ...op, key: i % 2 === 0 ? `a\nb"${HOSTILE}` : null, error: `"\n${HOSTILE}`, node: null }));
  expect(readBack(hostile)).toEqual(expected(hostile, 1000));
});

test("a history of days, one whose clock steps back and an empty one are packed too", () => {
  const [first, second] = operations;
  const days = 9 * 24 * 3600 * 1e9;
  const long = [first!, { ...second!, invokedTime: days, completedTime: days + 5e9 }];
  const packed = unpack(pack(long));
  expect(packed.start[1]! * packed.unitNs).toBeCloseTo(days, -6);
  const back = [{ ...first!, invokedTime: 5e9, completedTime: 6e9 }, second!];
  expect(readBack(back)).toEqual(expected(back, 1000));
  expect(readBack([])).toEqual([]);
});

test("an operation takes some ten bytes", () => {
  const bytes = deflateRawSync(pack(operations).bytes).length;
  expect(bytes / operations.length).toBeLessThan(14);
});
