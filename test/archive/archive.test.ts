import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRun, listRuns, readConfig, readVerdict, runId, writeWhole } from "../../src/archive/archive.js";
import type { RunConfig } from "../../src/config/config.js";
import { parseRunFlags } from "../../src/config/flags.js";
import { freshDir } from "../cli/kvtest.js";

function header(): Omit<RunConfig, "id"> {
  const parsed = parseRunFlags({}, 7);
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  return { format: 1, version: "0", startedAt: "2026-01-02T03:04:05.678Z", command: "kvtest run", ...parsed.value };
}

const plan = { format: 1, faults: [] } as const;

test("a run's name sorts by time and says what it was", () => {
  expect(runId(new Date("2026-01-02T03:04:05.678Z"), ["register", "leader", "calm", "s7"])).toBe(
    "20260102T030405Z-register-leader-calm-s7",
  );
});

test("two runs of the same second get folders of their own, and latest points to the newer", () => {
  const out = join(freshDir(), "deep", "runs");
  const names = [1, 2, 3].map(() => createRun(out, header(), "same", plan).config.id);
  expect(names).toEqual(["same", "same-2", "same-3"]);
  expect(readlinkSync(join(out, "latest"))).toBe("same-3");
  expect(readConfig(join(out, "same-2"))).toEqual({ ok: true, value: { ...header(), id: "same-2" } });
});

test("a folder called latest that is not ours is left alone", () => {
  const out = freshDir();
  mkdirSync(join(out, "latest"));
  writeFileSync(join(out, "latest", "precious"), "");
  createRun(out, header(), "a", plan);
  expect(readdirSync(join(out, "latest"))).toEqual(["precious"]);
});

test("a file is written whole or not at all", () => {
  const out = freshDir();
  const file = join(out, "verdict.json");
  writeFileSync(file, "before");
  mkdirSync(join(out, "blocked"));
  expect(() => writeWhole(join(out, "blocked"), "x")).toThrow();
  writeWhole(file, "after");
  expect(readFileSync(file, "utf8")).toBe("after");
  expect(readdirSync(out).toSorted()).toEqual(["blocked", "verdict.json"]);
});

test("a verdict that cannot be read is no verdict", () => {
  const out = freshDir();
  const { dir } = createRun(out, header(), "a", plan);
  expect(readVerdict(dir)).toBe(null);
  for (const text of ["", "{", '{"valid":"perhaps","verdicts":[]}', "null"]) {
    writeFileSync(join(dir, "verdict.json"), text);
    expect([text, readVerdict(dir)]).toEqual([text, null]);
  }
});

test("runs are listed newest first, and what is no run is left out", () => {
  const out = freshDir();
  for (const id of ["20260101T000000Z-a", "20260103T000000Z-c", "20260102T000000Z-b"])
    createRun(out, header(), id, plan);
  mkdirSync(join(out, "not-a-run"));
  expect(listRuns(out).map(({ id }) => id[15] === "Z" && id.slice(-1))).toEqual(["c", "b", "a"]);
  expect(listRuns(join(out, "nowhere"))).toEqual([]);
  expect(existsSync(join(out, "nowhere"))).toBe(false);
});
