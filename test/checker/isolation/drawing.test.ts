/** Anomalies drawn for a terminal and as SVG. */

import { expect, test } from "vitest";
import type { ExplainedAnomaly } from "../../../checker/isolation/details.js";
import { drawSvg } from "../../../checker/isolation/explain/svg.js";
import { drawText } from "../../../checker/isolation/explain/text.js";
import { lists, registers, summary } from "./txns.js";

const staleRead = lists(`
  0 invoke append x 1
  0 ok     append x 1
  1 invoke r x
  1 ok     r x`);

const longFork = lists(`
  0 invoke append x 1
  1 invoke append y 1
  2 invoke r x, r y
  3 invoke r x, r y
  0 ok     append x 1
  1 ok     append y 1
  2 ok     r x [1], r y
  3 ok     r x, r y [1]`);

test("a cycle for a terminal: the ring, the transactions in full, each edge with its reason", () => {
  expect(drawText(staleRead.details.anomalies[0]!)).toBe(
    `G-single-item-realtime

  T1 ─rw→ T2 ─realtime→ T1

  T1  process 1, ok, events 2 to 3: r x nil
  T2  process 0, ok, events 0 to 1: append x 1

  T1 < T2  T1 read x as empty, without 1, which T2 appended to that
  T2 < T1  T2 completed (event 1) 1.000 ms before T1 was invoked (event 2): a contradiction`,
  );
});

test("an anomaly that is no cycle for a terminal, within forty columns", () => {
  const aborted = lists(`
    0 invoke append x 1
    0 fail   append x 1
    1 invoke r x
    1 ok     r x [1]`);
  const text = drawText(aborted.details.anomalies[0]!, 40);
  expect(text).toContain("T1 read 1 from x, which T2 wrote and");
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(40);
});

test("an aborted read has an arrow from its writer, a lost update one each way", () => {
  const aborted = lists(`
    0 invoke append x 1
    0 fail   append x 1
    1 invoke r x
    1 ok     r x [1]`);
  expect(summary(aborted).edges).toEqual(["T2 wr T1"]);
  const lost = registers(`
    0 invoke r x, w x 1
    1 invoke r x, w x 2
    0 ok     r x, w x 1
    1 ok     r x, w x 2`);
  const anomaly = lost.details.anomalies.find(({ type }) => type === "lost-update")!;
  expect(drawText(anomaly)).toBe(
    `lost-update

  T1 ─rw→ T2 ─rw→ T1

  T1  process 0, ok, events 0 to 2: r x nil · w x 1
  T2  process 1, ok, events 1 to 3: r x nil · w x 2

  T1 and T2 both read x in its initial state and each then wrote it, unaware of the other's write

  T1 < T2  T1 read the initial state of x, which T2 had read as well when it wrote x = 2
  T2 < T1  T2 read the initial state of x, which T1 had read as well when it wrote x = 1: a
           contradiction`,
  );
  expect(drawSvg(anomaly).match(/>rw x<\/text>/g)).toHaveLength(2);
});

test("the drawing has every transaction in full and every edge with its kind and its reason", () => {
  const anomaly = longFork.details.anomalies[0]!;
  const svg = drawSvg(anomaly);
  for (const { name } of anomaly.transactions) expect(svg).toContain(`>${name}  process`);
  for (const label of ["r x [1]", "r y nil", "append x 1", "append y 1", "rw y", "wr y", "rw x", "wr x"]) {
    expect(svg).toContain(`>${label}</text>`);
  }
  for (const { from, to } of anomaly.edges) expect(svg).toContain(`<title>${from} &lt; ${to}: `);
  expect(svg.match(/class="edge /g)).toHaveLength(4);
});

test("the drawing is well-formed whatever keys and values are", () => {
  const svg = drawSvg({
    type: "G1a",
    because: 'T1 read "<&>" from x',
    transactions: [
      {
        name: "T1",
        invoked: 0,
        completed: null,
        invokedTime: null,
        completedTime: null,
        process: 0,
        type: "info",
        value: [["r", '<script>alert("x")</script>', [1, 2, 3, 4, 5, 6, 7, 8, 9, '"&<>']]],
      },
    ],
    edges: [],
    omitted: 0,
  });
  expect(svg).not.toContain("<script");
  expect(svg.replaceAll(/<[^<>]*>/g, "")).not.toMatch(/[<>]/);
  expect(svg.match(/<g /g)?.length).toBe(svg.match(/<\/g>/g)?.length);
});

const told = (anomaly: ExplainedAnomaly): readonly string[] =>
  anomaly.edges.map(({ from, kind, to, because }) => `${from} ${kind} ${to}: ${because}`);

const found = (type: string, picture: string): ExplainedAnomaly => {
  const { anomalies } = lists(picture).details;
  const anomaly = anomalies.find((each) => each.type === type);
  if (anomaly === undefined) throw new Error(`no ${type} among ${anomalies.map((each) => each.type).join(", ")}`);
  return anomaly;
};

test("a transaction that contradicts itself has an arrow from what it did to what it read, and one from who wrote that", () => {
  const twice = found(
    "internal",
    `
    0 invoke append x 1
    0 ok     append x 1
    1 invoke r x, r y, r x
    1 ok     r x, r y, r x [1]`,
  );
  expect(told(twice)).toEqual([
    "T1 own T1: T1 read x = null, and afterwards read x = [1]",
    "T2 wr T1: T2 appended 1 to x, which T1 read",
  ]);
  expect(twice.edges.map(({ fromMop, toMop }) => [fromMop, toMop])).toEqual([
    [0, 2],
    [0, 2],
  ]);
  expect(drawText(twice)).toContain("  T1 ─own→ T1\n  T2 ─wr→ T1\n");
  expect(drawText(twice)).not.toContain("contradiction");
  const register = registers(`
    0 invoke w x 1, r x
    0 ok     w x 1, r x 2
    1 invoke w x 2
    1 ok     w x 2`).details.anomalies.find(({ type }) => type === "internal")!;
  expect(told(register)).toEqual([
    "T1 own T1: T1 wrote x = 1, and afterwards read x = 2",
    "T2 wr T1: T2 wrote x = 2, which T1 read",
  ]);
});

test("two reads that disagree stand side by side, each beside the write that the other has not in its place", () => {
  const anomaly = found(
    "incompatible-order",
    `
    0 invoke append x 1
    0 ok     append x 1
    1 invoke append x 2
    1 ok     append x 2
    2 invoke append x 3
    2 ok     append x 3
    3 invoke r x
    3 ok     r x [1 2]
    4 invoke r x
    4 ok     r x [1 3 2]`,
  );
  expect(anomaly.because).toBe("T2 read x = [1, 2] but T3 read x = [1, 3, 2]: neither is the beginning of the other");
  expect(told(anomaly)).toEqual([
    "T1 wr T2: T1 appended 2 to x, which T2 read",
    "T2 differs T3: T2 read 2, and T3 read 3 as item 2 of x, although lists grow only at their end",
    "T4 wr T3: T4 appended 3 to x, which T3 read",
  ]);
  expect(drawText(anomaly)).toContain("  T1 ─wr→ T2 ─differs─ T3\n  T4 ─wr→ T3\n");
  expect(drawText(anomaly)).toContain("  T2 ≠ T3  T2 read 2");
  const svg = drawSvg(anomaly);
  expect(svg.match(/class="edge /g)).toHaveLength(3);
  // All of them between neighbours: nothing goes round below.
  expect(Number(/ height="(\d+)"/.exec(svg)?.[1])).toBeLessThan(100);
});

test("a write on top of an aborted one has an arrow from it, and a read that shows the two", () => {
  const anomaly = found(
    "dirty-update",
    `
    0 invoke append x 1
    0 fail   append x 1
    1 invoke append x 2
    1 ok     append x 2
    2 invoke r x
    2 ok     r x [1 2]`,
  );
  expect(told(anomaly)).toEqual([
    "T1 ww T2: T1 appended 1 to x and aborted, and T2 appended 2 next",
    "T2 wr T3: T3 read x = [1, 2], which shows that order",
  ]);
  expect(anomaly.edges[0]).toMatchObject({ key: "x", value: 1, nextValue: 2, fromMop: 0, toMop: 0 });
});

test("of many writes on top of an aborted one the first and the last are drawn, the rest counted", () => {
  const n = 9;
  const writes = Array.from({ length: n }, (_, i) =>
    [`${i} invoke append x ${i}`, `${i} ${i < n - 1 ? "fail" : "ok"} append x ${i}`].join("\n"),
  );
  const read = `20 invoke r x\n20 ok r x [${writes.map((_, i) => i).join(" ")}]`;
  const anomaly = found("dirty-update", [...writes, read].join("\n"));
  expect([anomaly.transactions.length, anomaly.edges.length, anomaly.omitted]).toEqual([7, 6, 3]);
  expect(anomaly.edges[2]?.because).toBe("T3 appended 2 to x and aborted, and T4 appended 6 later on");
});

test("an element that stands twice has two arrows from its one append", () => {
  const repeated = `
    0 invoke append x 1
    0 ok     append x 1
    1 invoke r x
    1 ok     r x [1 1]`;
  const anomaly = found("duplicate-elements", repeated);
  expect(told(anomaly)).toEqual([
    "T1 wr T2: T1 appended 1 to x, which T2 read as item 1",
    "T1 wr T2: T2 read it again as item 2, though T1 appended it once",
  ]);
  // Neither hides the other.
  const paths = [...drawSvg(anomaly).matchAll(/<path d="(M[^"]*C[^"]*)" fill="none"/g)].map((match) => match[1]);
  expect(new Set(paths).size).toBe(2);
  const nobody = found("duplicate-elements", repeated.replaceAll("append x 1", "append y 1"));
  expect(nobody.edges).toEqual([]);
});

test("who reads what it appends only later has an arrow back", () => {
  const anomaly = found(
    "future-read",
    `
    0 invoke r x, append x 1
    0 ok     r x [1], append x 1`,
  );
  expect(told(anomaly)).toEqual(["T1 wr T1: T1 appended 1 to x only afterwards"]);
  expect(anomaly.edges.map(({ fromMop, toMop }) => [fromMop, toMop])).toEqual([[1, 0]]);
  expect(drawText(anomaly)).toContain("  in T1  T1 appended 1 to x only afterwards");
});

test("a very long cycle is shown by its beginning, and counted", () => {
  const n = 300;
  const ring = (type: string): string =>
    Array.from({ length: n }, (_, t) => `${t} ${type} r k${t}, append k${(t + 1) % n} 1`).join("\n");
  const anomaly = lists(`${ring("invoke")}\n${ring("ok")}`, { consistency: ["serializable"] }).details.anomalies[0]!;
  expect(anomaly.type).toBe("G2-item");
  expect([anomaly.edges.length, anomaly.transactions.length, anomaly.omitted]).toEqual([100, 101, 199]);
  expect(anomaly.because).toContain("and so on for 292 more steps, back to T1");
  expect(drawText(anomaly)).toContain("(199 more transactions)");
});
