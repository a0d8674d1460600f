import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { firstOf, freshDir, isCaught, kvtest, leftBehind, repoRoot } from "./kvtest.js";

const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) process.stderr.write("no python3 here: the test of a first project is left out\n");

test("it writes a suite and a workflow, and never overwrites", async () => {
  for (const [words, suite] of [
    [[], "kvtest.config.ts"],
    [["--yaml"], "kvtest.config.yaml"],
  ] as const) {
    const dir = freshDir();
    const { exitCode, stdout } = await kvtest(["init", ...words], dir);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`wrote ${suite}`)]);
    const workflow = parse(readFileSync(join(dir, ".github/workflows/kvtest.yml"), "utf8")) as { jobs: object };
    expect(JSON.stringify(workflow.jobs)).toContain(`npx kvtest ci ${suite} --junit kvtest.xml`);
    // What it writes is a suite, before anything is changed.
    expect(await kvtest(["ci", "--list"], dir)).toMatchObject({
      exitCode: 0,
      stdout: "calm\nthe network is cut\nnodes are killed",
    });

    writeFileSync(join(dir, suite), "mine");
    const again = await kvtest(["init", ...words], dir);
    expect(again.exitCode).toBe(254);
    expect(again.stderr).toContain(`${suite}: is there already`);
    expect(readFileSync(join(dir, suite), "utf8")).toBe("mine");
    // Not a second suite beside the first either.
    expect((await kvtest(["init", words.length === 0 ? "--yaml" : "--no-workflow"], dir)).exitCode).toBe(254);
  }
});

test("in another folder, without a workflow", async () => {
  const dir = freshDir();
  const { exitCode, stdout } = await kvtest(["init", "services/notes", "--no-workflow"], dir);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining("npx kvtest ci services/notes")]);
  expect(existsSync(join(dir, "services/notes/kvtest.config.ts"))).toBe(true);
  expect(existsSync(join(dir, "services/notes/.github"))).toBe(false);
});

/** What somebody does who follows the comments. */
async function project(store: readonly string[]): Promise<string> {
  const dir = freshDir();
  copyFileSync(join(repoRoot, "test/suite/fixture/store.py"), join(dir, "store.py"));
  await kvtest(["init"], dir);
  const file = join(dir, "kvtest.config.ts");
  const text = readFileSync(file, "utf8")
    .replace('command: "./my-store"', 'command: "python3"')
    .replace('args: ["--name"', `args: ["store.py", ${store.map((word) => `"${word}", `).join("")}"--name"`)
    .replace('// cas: { method: "POST", path: "/kv/{key}/cas"', 'cas: { method: "POST", path: "/kv/{key}"')
    .replace('// dump: { path: "/dump" }, ', 'dump: { path: "/dump" }, //')
    .replace('// { name: "replicas agree again"', '{ name: "replicas agree again"')
    .replace('timeLimit: "10s"', 'timeLimit: "2s", allowVacuous: true');
  writeFileSync(file, text);
  return dir;
}

describe.skipIf(!hasPython)("a first project", () => {
  test("made by kvtest init gates a store that keeps its promise", async () => {
    const dir = await project([]);
    const { exitCode, stdout, stderr } = await kvtest(["ci", "--junit", "kvtest.xml"], dir);
    expect(stdout, stderr).toContain("4 passed, 0 failed, 0 unknown, of 4 in kvtest.config.ts");
    expect(exitCode).toBe(0);
    expect(readFileSync(join(dir, "kvtest.xml"), "utf8")).toContain('tests="4" failures="0" errors="0"');
    expect(leftBehind(dir)).toEqual([]);
  });

  test("stops one that does not", async () => {
    const dir = await project(["--local-reads"]);
    const words = ["ci", "--only", "calm", "--junit", "kvtest.xml"];
    const { exitCode, stdout } = await firstOf(isCaught, async (n) => kvtest([...words, "--seed", String(n)], dir), 1);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/FAIL +calm\n +not linearizable: key k/);
    expect(readFileSync(join(dir, "kvtest.xml"), "utf8")).toContain('tests="1" failures="1" errors="0"');
  });
});
