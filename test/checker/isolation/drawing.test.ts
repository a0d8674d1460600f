/** Anomalies drawn for a terminal and as SVG. */

import { expect, test } from "vitest";
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
