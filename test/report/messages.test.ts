import { expect, test } from "vitest";
import type { ShownOperation } from "../../checker/linearizability/details.js";
import { drawMessages } from "../../src/report/drawing/lamport.js";
import type { Message } from "../../src/config/message.js";
import { exchangeOf, labelOf, messagesAround } from "../../src/report/messages.js";
import { HOSTILE } from "./made.js";

const MS = 1e6;

const message = (from: string, to: string, at: number, said: unknown, more: Partial<Message> = {}): Message => {
  const text = typeof said === "string" ? said : JSON.stringify(said);
  return { from, to, sent: at * MS, arrived: at * MS, connection: 0, bytes: text.length, text, ...more };
};

const op = (process: number, f: string, value: ShownOperation["value"], from: number, to: number | null) =>
  ({
    invoked: process * 10,
    completed: to === null ? null : process * 10 + 1,
    start: from * MS,
    end: to === null ? null : to * MS,
    process,
    node: "n1",
    type: to === null ? "info" : "ok",
    f,
    key: "x",
    value,
  }) as const satisfies ShownOperation;

/** 1 writes 7 at n1; what n1 tells n2 is held; 2 reads nothing from n2. */
const WRITE = op(1, "write", 7, 10, 12);
const READ = op(2, "read", null, 20, 22);
const PROOF = { key: "x", operations: [WRITE, READ] };
const asked = (id: number, at: number, connection: number, more: object, node = "n1"): Message =>
  message("clients", node, at, { id, ...more }, { connection });
const answered = (id: number, at: number, connection: number, value: unknown, node = "n1"): Message =>
  message(node, "clients", at, { id, ok: true, value }, { connection });
const STORY: readonly Message[] = [
  message("n1", "n2", 1, { peer: "n1" }),
  asked(3, 10, 1, { op: "write", key: "x", value: 7 }),
  message("n1", "n2", 11, { is: "store", op: 5, key: "x", state: { value: 7 } }, { arrived: 500 * MS }),
  message("n1", "n3", 11, { is: "store", op: 5, key: "x", state: { value: 7 } }, { arrived: null }),
  message("n1", "n3", 11, { is: "store", op: 6, key: "y", state: { value: 7 } }),
  answered(3, 11.5, 1, null),
  // Somebody else's answer with the same number, on another connection.
  answered(3, 11.7, 9, 99),
  asked(8, 20, 2, { op: "read", key: "x" }, "n2"),
  answered(8, 21, 2, null, "n2"),
  message("n2", "n1", 21.5, { is: "stored", op: 5 }),
  message("n3", "n1", 21.5, { is: "stored", op: 6 }),
  message("n1", "n2", 900, { is: "store", op: 9, key: "x", state: { value: 8 } }),
];

test("of an operation its question and its answer are found, and of nodes what is about its key", () => {
  const exchange = exchangeOf(PROOF, STORY);
  expect(
    exchange?.messages.map(({ message: { from, to }, of, label }) => `${from} ${to} ${of?.f ?? "-"}: ${label}`),
  ).toEqual([
    "clients n1 write: write 7",
    "n1 n2 -: store 7",
    "n1 n3 -: store 7",
    "n1 clients write: ok",
    "clients n2 read: read",
    "n2 clients read: ok nothing",
    "n2 n1 -: stored",
  ]);
  expect(exchange?.omitted).toBe(0);
});

test("a read whose answer was another one is somebody else's", () => {
  const other = STORY.map((each) => (each.text.includes('"id":8,"ok"') ? answered(8, 21, 2, 7, "n2") : each));
  expect(exchangeOf(PROOF, other)?.messages.some(({ of }) => of === READ)).toBe(false);
});

test("where nothing was overheard of the operations there is nothing to draw", () => {
  expect(exchangeOf(PROOF, [])).toBeNull();
  expect(
    exchangeOf(
      PROOF,
      STORY.filter(({ from, to }) => from !== "clients" && to !== "clients"),
    ),
  ).toBeNull();
});

test("of too many messages those that speak of the operations' values stay, then the latest", () => {
  const noise = Array.from({ length: 200 }, (_, i) =>
    message("n1", "n2", 12 + i / 100, { is: "store", op: 100 + i, key: "x", state: { value: 1000 + i } }),
  );
  const exchange = exchangeOf(PROOF, [...STORY.slice(0, 7), ...noise, ...STORY.slice(7)]);
  const labels = exchange?.messages.map(({ label }) => label) ?? [];
  expect(labels.length).toBeLessThanOrEqual(36);
  expect(labels.filter((label) => label === "store 7")).toHaveLength(2);
  expect(labels).toContain("store 1199");
  expect(labels).not.toContain("store 1000");
  expect((exchange?.omitted ?? 0) + labels.length).toBe(STORY.length - 5 + noise.length);
});

test("kept is what was under way around a proof, and nothing of the rest of the run", () => {
  const kept = messagesAround([PROOF], STORY);
  expect(kept).not.toContain(STORY[11]);
  expect(kept).toContain(STORY[2]);
  expect(messagesAround([], STORY)).toEqual([]);
});

const label = (said: unknown, key: string | null = "x"): string => labelOf(message("n1", "n2", 0, said), key);

test("a message is named by what it is, and one that was cut or is no JSON by what can be told", () => {
  expect(label({ id: 1, op: "cas", key: "x", from: 1, to: 2 })).toBe("cas 1 → 2");
  expect(label({ id: 1, ok: false, error: "no-quorum", message: "" })).toBe("no-quorum");
  expect(label({ is: "ack", acks: [["x", 3]] })).toBe("ack");
  const entries = [
    { key: "y", version: 1, value: 5 },
    { key: "x", version: 2, value: 6 },
  ];
  expect(label({ is: "replicate", entries })).toBe("replicate 6");
  expect(label({ is: "fetched", op: 1, held: { version: [1, "n1"], value: null } })).toBe("fetched nothing");
  expect(label({ is: "replicate", entries: [{ key: "x", value: [1, 2, 3, 4, 5, 6] }] })).toBe("replicate […,6]");
  expect(label(`{"is":"replicate","entries":[{"key":"x","val`)).toBe("replicate");
  expect(label("HTTP/1.1 200 OK")).toBe("15 bytes");
  expect(label({ is: HOSTILE })).toHaveLength(22);
});

test("a held message arrives late, a lost one never, and a stranger's words are text", () => {
  const story = [...STORY, message("n2", HOSTILE, 21.6, { is: HOSTILE, key: "x", value: HOSTILE })];
  const exchange = exchangeOf(PROOF, story);
  const { markup } = drawMessages(exchange?.messages ?? [], []);
  expect(markup.match(/class="message late /g)).toHaveLength(1);
  expect(markup.match(/class="message lost /g)).toHaveLength(1);
  expect(markup).toContain("after 489\u00a0ms");
  expect(markup).toContain("process 1");
  expect(markup).not.toContain("<img");
  expect(markup).toContain("&lt;");
  // Nothing that is drawn stands outside of the drawing.
  const height = Number(/<svg class="lamport" width="\d+" height="([\d.]+)"/.exec(markup)?.[1]);
  for (const [, y] of markup.matchAll(/ y[12]?="([\d.-]+)"/g)) expect(Number(y)).toBeLessThanOrEqual(height);
});
