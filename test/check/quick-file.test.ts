import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lineOf } from "../../checker/history/write.js";
import { checkLinearizable } from "../../checker/linearizability/check.js";
import { readHistoryFile } from "../../src/archive/history-file.js";
import { checkQuickly } from "../../src/check/quick-file.js";
import { drawsOf, randomEvents } from "../checker/linearizability/random.js";

const seed = Number(process.env["SEED"] ?? 8);
const STEPS = 100_000;

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "kvtest-quick-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function file(content: string | Uint8Array): string {
  const path = join(dir, "history.jsonl");
  writeFileSync(path, content);
  return path;
}

const write = (index: number, type: string, value: unknown) =>
  `${JSON.stringify({ index, process: 0, type, f: "write", key: "ключ", value })}\n`;

describe("a file is left to the long way", () => {
  test.each([
    ["that is packed", gzipSync(write(0, "invoke", 1) + write(1, "ok", 1))],
    ["that is not UTF-8", Buffer.concat([Buffer.from(write(0, "invoke", 1)), Buffer.from([0xff, 10])])],
    ["that is empty", ""],
    ["with a byte order mark", `\uFEFF${write(0, "invoke", 1)}${write(1, "ok", 1)}`],
    ["of another format", "{:process 0, :type :invoke, :f :read, :value nil}\n"],
    ["in which nothing succeeded", write(0, "invoke", 1)],
    ["that is cut off", (write(0, "invoke", 1) + write(1, "ok", 1)).slice(0, -5)],
  ])("%s", (_, content) => {
    expect(checkQuickly(file(content), STEPS)).toBeNull();
  });

  test("that is a pipe, of which nothing is read before", async () => {
    const pipe = join(dir, "pipe");
    execFileSync("mkfifo", [pipe]);
    const writer = spawn("sh", [
      "-c",
      `printf '%s' "$1" > "$2"`,
      "sh",
      write(0, "invoke", 1) + write(1, "ok", 1),
      pipe,
    ]);
    expect(checkQuickly(pipe, STEPS)).toBeNull();
    expect(await readHistoryFile(pipe, {})).toMatchObject({ ok: true, history: { events: 2 } });
    expect(writer.signalCode).toBeNull();
  });

  test("that is a folder, or is not there", () => {
    expect(checkQuickly(dir, STEPS)).toBeNull();
    expect(checkQuickly(join(dir, "nothing"), STEPS)).toBeNull();
  });
});

test("text of more than a piece, with letters of several bytes, is read whole", () => {
  const lines = Array.from(
    { length: 4000 },
    (_, i) => write(2 * i, "invoke", `é${i}`) + write(2 * i + 1, "ok", `é${i}`),
  );
  expect(checkQuickly(file(lines.join("")), STEPS)?.because).toBe(
    "all 4000 operations on 1 key have an order that explains them",
  );
});

test("two thousand damaged files get the verdict of the long way, or none", async () => {
  const draw = drawsOf(seed);
  const seen = { same: 0, declined: 0 };
  for (let round = 0; round < 2000; round++) {
    const shape = { processes: 3, operations: 6, values: 3, cas: true, info: 0.1, fail: 0.1, lies: 0.1 };
    const whole = Buffer.from(
      randomEvents(draw, shape)
        .map((event) => `${lineOf(event)}\n`)
        .join(""),
    );
    const at = Math.floor(draw() * whole.length);
    const flipped = Buffer.from(whole);
    flipped[at] = Math.floor(draw() * 256);
    const damaged = [whole.subarray(0, at), flipped, Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)])][
      round % 3
    ]!;
    const path = file(damaged);
    const quick = checkQuickly(path, STEPS);
    seen[quick === null ? "declined" : "same"]++;
    if (quick === null) continue;
    const read = await readHistoryFile(path, {});
    const context = `seed ${seed}, round ${round}\n${damaged.toString("latin1")}`;
    if (!read.ok) throw new Error(`refused, but judged ${quick.valid}: ${context}`);
    expect(quick.because, context).toBe(checkLinearizable(read.history, { stepsMax: STEPS }).because);
  }
  expect(seen.same).toBeGreaterThan(8);
  expect(seen.declined).toBeGreaterThan(1000);
});
