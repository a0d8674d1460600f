import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repoRoot } from "./kvtest.js";

const CHECK = "dist/src/check";
const HISTORY = ["invoke", "ok"]
  .map((type, index) => `${JSON.stringify({ index, process: 0, type, f: "write", key: "k0", value: 3 })}\n`)
  .join("");

/** The program with nothing but what `kvtest check` loads: were anything else needed, it would not run. */
let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "kvtest-bundle-"));
  mkdirSync(join(dir, "dist/src/cli"), { recursive: true });
  for (const file of ["package.json", "dist/src/cli/main.js", "dist/src/cli/check-bundle.js"])
    cpSync(join(repoRoot, file), join(dir, file));
  cpSync(join(repoRoot, CHECK), join(dir, CHECK), { recursive: true });
  writeFileSync(join(dir, "history.jsonl"), HISTORY);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const cacheFile = (root: string): string => join(root, CHECK, "check.bundle.cache");

function check(...flags: readonly string[]): { readonly status: number | null; readonly text: string } {
  const args = [join(dir, "dist/src/cli/main.js"), "check", join(dir, "history.jsonl"), ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { status, text: stdout + stderr };
}

test("what `kvtest check` loads is one file without the libraries that it does not need", () => {
  const bundle = readFileSync(join(repoRoot, CHECK, "check.bundle.cjs"), "utf8");
  const imported = [...bundle.matchAll(/(?:require|importFrom)\("([\w:./-]+)"\)/g)].map(([, name]) => name);
  expect(imported).toContain("node:fs");
  expect(new Set(imported.filter((name) => !name!.startsWith("node:")))).toEqual(new Set(["../archive/archive.js"]));
  expect(bundle).not.toMatch(/\bimport\b *[("{]/);
  expect(bundle).not.toContain("ZodError");
  expect(check("--only-claims")).toMatchObject({ status: 0, text: expect.stringContaining("VALID") });
});

test("V8 takes what the build had it compile", () => {
  const program = `
    import { readFileSync } from "node:fs";
    import { cacheOf, scriptOf } from ${JSON.stringify(join(repoRoot, "dist/src/cli/check-bundle.js"))};
    const source = readFileSync(${JSON.stringify(join(repoRoot, CHECK, "check.bundle.cjs"))});
    console.log(scriptOf(source, cacheOf(source)).cachedDataRejected);`;
  const args = ["--input-type=module", "--eval", program];
  expect(execFileSync(process.execPath, args, { encoding: "utf8" }).trim()).toBe("false");
});

test("a cache that is damaged, missing or of another file changes nothing", () => {
  const whole = readFileSync(cacheFile(repoRoot));
  const expected = check();
  expect(expected.status).toBe(0);
  const flipped = [0, 5, 8, 20, 40, 1000, whole.length >> 1, whole.length - 1].map((at) => {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    return bytes;
  });
  const garbage = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) & 255));
  for (const bytes of [...flipped, whole.subarray(0, 100), whole.subarray(0, 5), Buffer.alloc(0), garbage]) {
    writeFileSync(cacheFile(dir), bytes);
    expect(check()).toEqual(expected);
  }
  rmSync(cacheFile(dir));
  expect(check()).toEqual(expected);
  mkdirSync(cacheFile(dir));
  expect(check()).toEqual(expected);
  rmSync(cacheFile(dir), { recursive: true });
});

test("a cache is not used for another source of the same length", () => {
  cpSync(cacheFile(repoRoot), cacheFile(dir));
  const bundle = join(dir, CHECK, "check.bundle.cjs");
  const source = readFileSync(bundle, "utf8");
  writeFileSync(bundle, source.replaceAll("have an order that explains them", "have no doubt any order whatever"));
  expect(check("--only-claims").text).toContain("have no doubt any order whatever");
  writeFileSync(bundle, source);
});

test("other flags of V8 do no harm", () => {
  const args = ["--no-opt", join(dir, "dist/src/cli/main.js"), "check", join(dir, "history.jsonl"), "--only-claims"];
  expect(spawnSync(process.execPath, args, { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
});
