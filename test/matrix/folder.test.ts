import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  commonOf,
  createMatrix,
  growMatrix,
  type MatrixFolder,
  openMatrix,
  runsLeft,
} from "../../src/matrix/folder.js";
import type { Outcome } from "../../src/matrix/outcome.js";
import { FAULTS, PROPERTIES, type Row, ROWS } from "../../src/matrix/rows.js";
import { matrixOf } from "../../src/matrix/table.js";
import { appendDone } from "../../src/sweep/plan.js";

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "kvtest-matrix-"));
});
afterEach(() => rmSync(out, { recursive: true }));

const rowNamed = (name: string): Row => ROWS.find((row) => row.name === name)!;
const ABD = rowNamed("abd");
const RAFT = rowNamed("raft");

const create = (rows: readonly Row[], repeat: number): MatrixFolder =>
  createMatrix(out, { rows, repeat, seed: 1, timeLimit: "3", simulated: false, version: "0", command: "" });

const findings = Object.fromEntries(PROPERTIES.map((property) => [property, { valid: "valid", because: "" }]));
function found(dir: string, setting: number, repeat: number): void {
  const outcome = { setting, repeat, findings, vacuous: false, dir: null } as unknown as Outcome;
  appendFileSync(join(dir, "outcomes.jsonl"), `${JSON.stringify(outcome)}\n`);
}

const opened = (dir: string): MatrixFolder => {
  const folder = openMatrix(dir);
  if ("problem" in folder) throw new Error(folder.problem);
  return folder;
};

test("rows and runs are added to what is there, and what was found stays", () => {
  const first = create([RAFT], 1);
  for (const setting of FAULTS.keys()) found(first.dir, setting, 0);
  expect(runsLeft(first, ROWS)).toEqual([]);

  const more = growMatrix(opened(first.dir), [ABD, RAFT], 1);
  expect(more.placed).toHaveLength(2 * FAULTS.length);
  expect(runsLeft(more, ROWS)).toEqual(FAULTS.map((_, n) => ({ setting: FAULTS.length + n, repeat: 0 })));
  expect(runsLeft(more, [RAFT])).toEqual([]);

  const twice = growMatrix(opened(first.dir), [], 2);
  expect(runsLeft(twice, [RAFT])).toEqual(FAULTS.map((_, setting) => ({ setting, repeat: 1 })));
  expect(commonOf(opened(first.dir).plan)).toEqual({ timeLimit: "3", simulated: false });
  // Fewer than there are is none less.
  expect(growMatrix(opened(first.dir), [], 1).plan.repeat).toBe(2);
  const { rows, missing } = matrixOf(twice.placed, [], { seeds: 2 });
  expect(rows.map(({ name }) => name)).toEqual(["abd", "raft"]);
  expect(missing).toBe(2 * 2 * FAULTS.length);
});

test("a run that ended but was not judged before kvtest was killed is done again", () => {
  const { dir } = create([ABD], 1);
  for (const setting of FAULTS.keys()) appendDone(dir, { setting, repeat: 0, dir: `r${setting}`, tookMs: 1 });
  for (const setting of [0, 1, 2, 3]) found(dir, setting, 0);
  appendFileSync(join(dir, "outcomes.jsonl"), '{"setting":4,"rep');
  expect(runsLeft(opened(dir), ROWS)).toEqual([{ setting: 4, repeat: 0 }]);
});

test("a row as it was in another version is left out; a folder with none of today's is no matrix", () => {
  const { dir } = create([ABD, RAFT], 1);
  const file = join(dir, "plan.json");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replaceAll('"mode": "raft"', '"mode": "raft", "heartbeat": "1"'));
  const folder = opened(dir);
  expect(folder.placed.filter((placed) => placed === null)).toHaveLength(FAULTS.length);
  expect(runsLeft(folder, ROWS)).toHaveLength(FAULTS.length);
  found(dir, 2 * FAULTS.length - 1, 0);
  expect(matrixOf(folder.placed, [], { seeds: 1 })).toMatchObject({ missing: FAULTS.length, rows: [{ name: "abd" }] });
  // Asked for again it is another row, beside the old one.
  expect(growMatrix(folder, [RAFT], 1).placed).toHaveLength(3 * FAULTS.length);
  writeFileSync(file, text.replaceAll('"mode": "', '"heartbeat": "1", "mode": "'));
  expect(openMatrix(dir)).toHaveProperty("problem");
});
