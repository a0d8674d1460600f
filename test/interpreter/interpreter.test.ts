import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { HistoryEvent, OpEvent } from "../../checker/history/event.js";
import type { Client, Completion } from "../../src/client/client.js";
import type { Context, Generator, Invocation, Step } from "../../src/generator/generator.js";
import { interpret, Threads } from "../../src/interpreter/interpreter.js";
import { Journal } from "../../src/interpreter/journal.js";
import { freshDir } from "../cli/kvtest.js";

let journal: Journal | null = null;
afterEach(() => journal?.close());

const never = new AbortController().signal;

/** `count` writes of 0, 1, 2, ..., each by the first free process, due at its own time. */
function writes(count: number, everyNs = 0, n = 0): Generator {
  const self: Generator = {
    next(context: Context): Step {
      const process = context.free[0];
      if (n >= count) return { is: "done" };
      if (process === undefined) return { is: "pending", until: null };
      const op: Invocation = { process, f: "write", key: "k", value: n, time: n * everyNs };
      return { is: "op", op, next: writes(count, everyNs, n + 1) };
    },
    update: () => self,
  };
  return self;
}

/** A client that ends every operation as told, after the promise queue or after some ms. */
const clientThat = (end: (op: Invocation) => Partial<Completion>, afterMs?: number): Client => ({
  nodeFor: () => "n1",
  async invoke(op) {
    if (afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, afterMs));
    return { type: "ok", value: op.value, node: "n1", ...end(op) };
  },
  close: () => undefined,
});

async function historyOf(
  generator: Generator,
  client: Client,
  threads: number,
  signal = never,
): Promise<readonly HistoryEvent[]> {
  const file = join(freshDir(), "history.jsonl");
  journal = new Journal(file);
  await interpret({ generator, threads: new Threads(threads, () => client), journal, signal });
  journal.close();
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as HistoryEvent);
}

const ops = (events: readonly HistoryEvent[]): readonly OpEvent[] =>
  events.filter((event): event is OpEvent => event.process !== "nemesis");

test("event n is line n + 1, and time never runs backwards", async () => {
  const events = await historyOf(
    writes(100),
    clientThat(() => ({})),
    5,
  );
  expect(events.map(({ index }) => index)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  expect(events.every((event, i) => i === 0 || event.time >= (events[i - 1]?.time ?? 0))).toBe(true);
});

test("a process has at most one open operation, and all threads are used", async () => {
  const events = ops(
    await historyOf(
      writes(60),
      clientThat(() => ({}), 1),
      4,
    ),
  );
  const open = new Set<number>();
  for (const { type, process } of events) {
    if (type === "invoke") {
      expect(open.has(process)).toBe(false);
      open.add(process);
    } else open.delete(process);
  }
  expect(new Set(events.map(({ process }) => process))).toEqual(new Set([0, 1, 2, 3]));
});

test("a process whose operation ended info never invokes again; a new one takes its thread", async () => {
  const events = ops(
    await historyOf(
      writes(9),
      clientThat(() => ({ type: "info", error: "timeout" })),
      3,
    ),
  );
  const invoked = events.filter(({ type }) => type === "invoke").map(({ process }) => process);
  expect(new Set(invoked).size).toBe(9);
  expect(invoked.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test("completions at hand are recorded before the next operation is drawn", async () => {
  // Both clients answer in the same turn of the event loop: no later invocation may stand between their completions.
  let waiting: (() => void)[] = [];
  const client: Client = {
    nodeFor: () => "n1",
    invoke: (op) =>
      new Promise((resolve) => {
        waiting.push(() => resolve({ type: "ok", value: op.value, node: "n1" }));
        if (waiting.length === 2) {
          const both = waiting;
          waiting = [];
          setTimeout(() => both.forEach((finish) => finish()), 1);
        }
      }),
    close: () => undefined,
  };
  const events = ops(await historyOf(writes(20), client, 2));
  const shape = events.map(({ type }) => (type === "invoke" ? "(" : ")")).join("");
  expect(shape).toBe("(())".repeat(10));
});

test("an open loop issues late operations at once and early ones on time", async () => {
  const events = ops(
    await historyOf(
      writes(20, 5e6),
      clientThat(() => ({})),
      2,
    ),
  ).filter(({ type }) => type === "invoke");
  // On the clock of the journal, which was there first; however late the operation before it was.
  events.forEach(({ time }, n) => expect(time).toBeGreaterThanOrEqual(n * 5e6));
});

test("after an abort nothing is invoked, and open operations are waited for", async () => {
  const controller = new AbortController();
  const client = clientThat((op) => {
    if (op.value === 10) controller.abort();
    return {};
  }, 2);
  const events = ops(await historyOf(writes(1000), client, 3, controller.signal));
  expect(events.filter(({ type }) => type === "invoke").length).toBeLessThan(20);
  expect(events.filter(({ type }) => type === "invoke").length).toBe(
    events.filter(({ type }) => type !== "invoke").length,
  );
});

test("a generator that uses a busy process is a bug of ours and is told, not recorded", async () => {
  const busy: Generator = {
    next: () => ({ is: "op", op: { process: 0, f: "read", key: "k", value: null, time: 0 }, next: busy }),
    update: () => busy,
  };
  await expect(
    historyOf(
      busy,
      clientThat(() => ({}), 5),
      2,
    ),
  ).rejects.toThrow("process 0, which is not free");
});
