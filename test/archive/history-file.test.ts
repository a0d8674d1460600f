import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { readHistoryFile } from "../../src/archive/history-file.js";
import { freshDir } from "../cli/kvtest.js";

const lines = [
  '{"process":0,"type":"invoke","f":"write","key":"a","value":1}',
  '{"process":0,"type":"ok","f":"write","key":"a","value":1}',
];

const file = (name: string, bytes: string | Uint8Array): string => {
  const path = join(freshDir(), name);
  writeFileSync(path, bytes);
  return path;
};

test("gzip is recognised by its bytes, not by its name", async () => {
  const text = `${lines.join("\n")}\n`;
  for (const path of [file("plain.gz", text), file("zipped.jsonl", gzipSync(text))]) {
    expect(await readHistoryFile(path, {})).toMatchObject({ ok: true, format: "json-lines", history: { events: 2 } });
  }
});

test("a damaged gzip and a folder are problems, not crashes", async () => {
  const zipped = gzipSync(lines.join("\n").repeat(1000));
  for (const path of [file("cut.gz", zipped.subarray(0, zipped.length / 2)), freshDir()]) {
    const read = await readHistoryFile(path, {});
    expect([read.ok, read.ok ? "" : read.problems[0]?.message]).toEqual([
      false,
      expect.stringContaining("cannot be read"),
    ]);
  }
});

test("a last line cut off in the middle is a problem, unless it is asked to be forgiven", async () => {
  const path = file("cut.jsonl", `${lines.join("\n")}\n{"process":0,"ty`);
  expect((await readHistoryFile(path, {})).ok).toBe(false);
  expect(await readHistoryFile(path, { allowTruncatedTail: true })).toMatchObject({ ok: true, truncated: true });
});

test("an empty file is an empty history or a problem, and never a crash", async () => {
  expect(await readHistoryFile(file("empty", ""), {})).toBeTypeOf("object");
});
