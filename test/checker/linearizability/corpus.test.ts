/** Agreement with recorded histories that others decided. Every table that is printed says N of N; any difference fails. */

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import type { Json, OpEvent } from "../../../checker/history/event.js";
import { readAnyHistory } from "../../../checker/history/formats/any.js";
import type { History } from "../../../checker/history/operation.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { checkLinearizable, type LinearizableOptions } from "../../../checker/linearizability/check.js";

const repoRoot = fileURLToPath(new URL("../../../", import.meta.url));
const corpus = join(repoRoot, "../shared/corpus/linearizability");
const present = existsSync(corpus);
if (!present) console.log(`no ${corpus}: the tests against recorded histories are skipped`);

interface Answers {
  readonly inline: readonly {
    name: string;
    model: string;
    initial: Json;
    verdict: "ok" | "illegal";
    ops: readonly { c: number; f: string; value: Json; call: number; return: number | null; type?: "info" | "fail" }[];
  }[];
  readonly histories: readonly { file: string; model: string; verdict: "ok" | "illegal" }[];
}

interface Scaling {
  readonly histories: readonly {
    readonly file: string;
    readonly generator: { readonly ops: number; readonly procs: number; readonly [name: string]: string | number };
    readonly verdict: "ok" | "illegal";
  }[];
}

const answers = (): Answers => JSON.parse(readFileSync(join(corpus, "answers.json"), "utf8")) as Answers;
const rowsOf = (file: string): unknown[] =>
  gunzipSync(readFileSync(join(corpus, file)))
    .toString()
    .trim()
    .split("\n")
    .map((row) => JSON.parse(row) as unknown);
const expected = { ok: "valid", illegal: "invalid" } as const;

const table: string[] = [];
/** Checks all and compares all answers at once, so that a difference names every history that differs. */
function agree(name: string, rows: readonly { name: string; expected: string; actual: string }[]): void {
  const right = rows.filter((row) => row.actual === row.expected).length;
  table.push(`${name.padEnd(46)} ${right} of ${rows.length}`);
  expect(rows.map((row) => `${row.name} ${row.actual}`)).toEqual(rows.map((row) => `${row.name} ${row.expected}`));
}

/** Intervals as events. Where two touch, the sources differ: closed intervals overlap, others follow each other. */
function eventsOf(
  touching: "overlaps" | "follows",
  ops: readonly {
    process: number;
    f: string;
    value: Json;
    result: Json;
    from: number;
    to: number | null;
    type: OpEvent["type"];
  }[],
): OpEvent[] {
  const events = ops.flatMap((op, process) => {
    const begin = { at: op.from, late: 0, process, type: "invoke" as const, f: op.f, value: op.value };
    return op.to === null ? [begin] : [begin, { ...begin, at: op.to, late: 1, type: op.type, value: op.result }];
  });
  const late = touching === "overlaps" ? 1 : -1;
  events.sort((a, b) => a.at - b.at || late * (a.late - b.late));
  return events.map(({ process, type, f, value, at }, index) => ({
    index,
    time: at,
    process,
    type,
    f,
    key: null,
    value,
  }));
}

describe.skipIf(!present)("verdicts on recorded histories are those on record", () => {
  afterAll(() => console.log(["agreement with recorded verdicts:", ...table].join("\n  ")));

  test.each([
    ["etcd", "porcupine-etcd", "cas-register", 40],
    ["kv", "porcupine-kv", "kv", 4],
    ["edn", "jepsen-edn", "cas-register", 50],
  ])("%s, recognised as %s", (folder, format, model, least) => {
    const files = answers().histories.filter(
      ({ file }) => file.startsWith(`${folder}/`) && existsSync(join(corpus, file)),
    );
    expect(files.length).toBeGreaterThanOrEqual(least);
    expect(files.length).toBe(readdirSync(join(corpus, folder)).length);
    agree(
      `${folder} (${format})`,
      files.map(({ file, verdict }) => {
        const read = readAnyHistory(readFileSync(join(corpus, file)));
        expect(read, file).toMatchObject({ ok: true, format });
        if (!read.ok) throw new Error(file);
        expect(["register", model], file).toContain(read.model);
        return { name: file, expected: expected[verdict], actual: checkLinearizable(read.history).valid };
      }),
    );
  });

  test("small random cas-registers on which other checkers agree", () => {
    const rows = rowsOf("fuzz.jsonl.gz") as { name: string; verdict: "ok" | "illegal"; events: unknown[] }[];
    expect(rows.length).toBeGreaterThan(100);
    agree(
      "small random cas-registers",
      rows.map(({ name, verdict, events }) => {
        const read = readAnyHistory(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
        if (!read.ok) throw new Error(name);
        return { name, expected: expected[verdict], actual: checkLinearizable(read.history).valid };
      }),
    );
  });

  test("the examples of other checkers' own tests, as far as their models are ours", () => {
    const known = answers().inline.filter(({ model }) => ["register", "cas-register", "set", "kv"].includes(model));
    expect(known.length).toBeGreaterThan(12);
    agree(
      "examples of other checkers",
      known.map(({ name, model, initial, verdict, ops }) => {
        const history = pairEvents(
          eventsOf(
            "overlaps",
            ops
              // A read of the unknown says nothing.
              .filter(({ value }) => value !== "unknown")
              .map((op) => ({
                process: op.c,
                f: op.f,
                value: op.f === "read" ? null : op.value,
                result: op.value,
                from: op.call,
                to: op.return,
                type: op.type ?? "ok",
              })),
          ),
        );
        const choice = { model, ...(model === "set" || model === "kv" ? {} : { initial }) } as LinearizableOptions;
        return { name, expected: expected[verdict], actual: checkLinearizable(history, choice).valid };
      }),
    );
  });

  test("generated registers and maps: of each size those with most processes", () => {
    const { histories } = JSON.parse(readFileSync(join(corpus, "scaling.json"), "utf8")) as Scaling;
    const chosen = histories.filter(
      ({ generator: { ops, procs } }) => procs >= 20 && (ops === 1000 || (ops === 10_000 && procs === 50)),
    );
    expect(chosen.length).toBe(32);
    const dir = mkdtempSync(join(tmpdir(), "kvtest-corpus-"));
    try {
      agree(
        "generated registers and maps",
        chosen.map(({ file, generator, verdict }) => {
          const path = join(dir, "history.jsonl");
          const options = Object.entries(generator).flatMap(([name, value]) => [`--${name}`, String(value)]);
          execFileSync(process.execPath, [join(corpus, "generate.mjs"), path, ...options]);
          const read = readAnyHistory(readFileSync(path));
          if (!read.ok) throw new Error(file);
          return { name: file, expected: expected[verdict], actual: checkLinearizable(read.history).valid };
        }),
      );
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test("queues, stacks, sets, priority queues and semaphores", () => {
    const rows = rowsOf("objects.jsonl.gz") as ObjectRow[];
    expect(rows.length).toBeGreaterThan(60);
    agree(
      "recorded objects",
      rows.map((row) => ({
        name: row.name,
        expected: row.expected.linearizable ? "valid" : "invalid",
        actual: checkLinearizable(objectHistory(row), { model: MODEL[row.model] ?? "auto" }).valid,
      })),
    );
  });
});

interface ObjectRow {
  readonly name: string;
  readonly model: string;
  readonly expected: { readonly linearizable: boolean };
  readonly events: readonly (
    | { p: number; type: OpEvent["type"]; f: string; v: Json }
    | { p: number; s: number; e: number; f: string; args: readonly number[] }
  )[];
}

const MODEL: { readonly [name: string]: NonNullable<LinearizableOptions["model"]> } = {
  queue: "queue",
  stack: "stack",
  set: "set",
  semaphore: "semaphore",
  // Theirs hands out the largest first.
  priorityqueue: "max-priority-queue",
};

/** Their names for what an operation does, and ours. */
const NAMES: { readonly [model: string]: { readonly [f: string]: string } } = {
  queue: { add: "enqueue", remove: "dequeue", enq: "enqueue", deq: "dequeue" },
  stack: { add: "push", remove: "pop" },
  set: { insert: "add" },
  semaphore: { incr: "increment", decr: "decrement" },
  priorityqueue: {},
};

function objectHistory({ events, model }: ObjectRow): History {
  const nameOf = (f: string): string => NAMES[model]?.[f] ?? f;
  const recorded = events.flatMap((event, index): OpEvent[] => {
    if (!("type" in event)) return [];
    const { p, type, f, v } = event;
    const value = f === "remove" && type === "invoke" ? null : v;
    return [{ index, time: index, process: p, type, f: nameOf(f), key: null, value }];
  });
  if (recorded.length > 0) return pairEvents(recorded);
  const ops = events.flatMap((event) => {
    if (!("s" in event)) return [];
    const [first = null, second] = event.args;
    const takes = ["deq", "pop", "poll", "peek"].includes(event.f);
    const answer =
      model === "semaphore" ? first === 1 : second === undefined ? (first === -1 ? null : first) : second === 1;
    const value = takes || model === "semaphore" ? null : first;
    return [
      { process: event.p, f: nameOf(event.f), value, result: answer, from: event.s, to: event.e, type: "ok" as const },
    ];
  });
  return pairEvents(eventsOf("follows", ops));
}
