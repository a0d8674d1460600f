import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Json, OpEvent } from "../../../checker/history/event.js";
import { pairEvents } from "../../../checker/history/pair.js";
import { readHistory } from "../../../checker/history/read.js";
import { checkLinearizable } from "../../../checker/linearizability/check.js";

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
    ops: readonly { c: number; f: string; value: Json; call: number; return: number | null }[];
  }[];
  readonly histories: readonly { file: string; model: string; verdict: "ok" | "illegal" }[];
}

const answers = (): Answers => JSON.parse(readFileSync(join(corpus, "answers.json"), "utf8")) as Answers;
const expected = { ok: "valid", illegal: "invalid" } as const;

/** Jepsen's log of an etcd register, as Porcupine's tests have it. */
function etcdEvents(text: string): OpEvent[] {
  const line = /^INFO\s+jepsen\.util\s+-\s+(\d+)\s+:(invoke|ok|fail|info)\s+:(read|write|cas)\s+(.*?)\s*$/;
  return text
    .split("\n")
    .filter((row) => row !== "")
    .map((row, index) => {
      const [, process, type, f, value = ""] = line.exec(row) ?? [];
      if (process === undefined) throw new Error(`no such line: ${row}`);
      const parsed: Json = /^[\d[]/.test(value) ? (JSON.parse(value.replace(" ", ",")) as Json) : null;
      return {
        index,
        time: index,
        process: Number(process),
        type: type as OpEvent["type"],
        f: f!,
        key: null,
        value: parsed,
      };
    });
}

describe.skipIf(!present)("verdicts on recorded histories are those on record", () => {
  test("etcd registers recorded by Jepsen", () => {
    const logs = answers().histories.filter(({ file }) => file.startsWith("etcd/") && existsSync(join(corpus, file)));
    expect(logs.length).toBeGreaterThan(40);
    for (const { file, verdict } of logs) {
      const history = pairEvents(etcdEvents(readFileSync(join(corpus, file), "utf8")));
      expect(`${file} ${checkLinearizable(history).valid}`).toBe(`${file} ${expected[verdict]}`);
    }
  });

  test("small random cas-registers on which other checkers agree", () => {
    const rows = gunzipSync(readFileSync(join(corpus, "fuzz.jsonl.gz")))
      .toString()
      .trim()
      .split("\n");
    expect(rows.length).toBeGreaterThan(100);
    for (const row of rows) {
      const { name, verdict, events } = JSON.parse(row) as {
        name: string;
        verdict: "ok" | "illegal";
        events: unknown[];
      };
      const read = readHistory(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
      expect(read.ok, name).toBe(true);
      if (read.ok) expect(`${name} ${checkLinearizable(read.history).valid}`).toBe(`${name} ${expected[verdict]}`);
    }
  });
});
