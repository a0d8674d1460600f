/** Hundreds of damaged gzip files: each is refused, or damaged where it says nothing. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { lineOf } from "../../checker/history/write.js";
import { readHistoryFile } from "../../src/archive/history-file.js";
import { drawsOf, randomEvents } from "../checker/linearizability/random.js";
import { freshDir } from "../cli/kvtest.js";

const seed = Number(process.env["SEED"] ?? 31);
type Draw = () => number;

const DAMAGES: { readonly [name: string]: (zipped: Buffer, draw: Draw) => Buffer } = {
  truncated: (zipped, draw) => zipped.subarray(0, Math.floor(draw() * zipped.length)),
  "a byte flipped": (zipped, draw) => {
    const damaged = Buffer.from(zipped);
    damaged[Math.floor(draw() * zipped.length)]! ^= 1 + Math.floor(draw() * 255);
    return damaged;
  },
  "a part lost": (zipped, draw) => {
    const at = Math.floor(draw() * zipped.length);
    return Buffer.concat([zipped.subarray(0, at), zipped.subarray(at + 1 + Math.floor(draw() * 20))]);
  },
  "a part of it twice": (zipped, draw) =>
    Buffer.concat([zipped.subarray(0, Math.floor(draw() * zipped.length)), zipped]),
};

test("whatever is damaged in a gzip file, it is refused or says what it said", async () => {
  const draw = drawsOf(seed);
  const path = join(freshDir(), "history.jsonl.gz");
  const seen = { refused: 0, same: 0 };
  const names = Object.keys(DAMAGES);
  for (let round = 0; round < 400; round++) {
    const name = names[round % names.length]!;
    const shape = { processes: 3, operations: 8, values: 4, cas: true, info: 0.1, fail: 0.1, lies: 0.1 };
    const text = randomEvents(draw, shape)
      .map((event) => `${lineOf(event)}\n`)
      .join("");
    const zipped = gzipSync(text);
    writeFileSync(path, zipped);
    const whole = await readHistoryFile(path, {});
    writeFileSync(path, DAMAGES[name]!(zipped, draw));
    const read = await readHistoryFile(path, {});
    const context = `seed ${seed}, round ${round}, ${name}`;
    if (!whole.ok) throw new Error(context);
    seen[read.ok ? "same" : "refused"]++;
    if (read.ok && read.history.events > 0) expect(read.history, context).toEqual(whole.history);
    else if (!read.ok) expect(read.problems.length, context).toBeGreaterThan(0);
  }
  expect(seen.refused).toBeGreaterThan(280);
  expect(seen.same).toBeGreaterThan(2);
});
