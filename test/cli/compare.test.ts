import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDir, kvtest, repoRoot } from "./kvtest.js";

const GALLERY = join(repoRoot, "runs/gallery");
const [A, B] = [join(GALLERY, "stale-read-from-a-follower"), join(GALLERY, "one-to-read-one-to-write")];

test("two runs are compared as a table, as JSON and as a page", async () => {
  const dir = freshDir();
  const table = await kvtest(["compare", A, B, "--html", "page.html"], dir);
  expect(table.exitCode).toBe(0);
  expect(table.stdout).toMatch(/^protocol\.mode +"leader" +"quorum"$/m);
  expect(table.stdout).toMatch(/^linearizable +invalid +invalid$/m);
  expect(table.stdout).toMatch(/^stale reads +16\.7 % +\* 10\.2 % +−6\.5 points$/m);
  expect(readFileSync(join(dir, "page.html"), "utf8")).toContain("Two runs side by side</h1>");
  const { stdout } = await kvtest(["compare", A, B, "--json"], dir);
  expect(JSON.parse(stdout)).toMatchObject({ a: "stale-read-from-a-follower", b: "one-to-read-one-to-write" });
});

test("everything that is wrong with either is told at once", async () => {
  const dir = freshDir();
  const { exitCode, stderr } = await kvtest(["compare", dir, "nowhere"], dir);
  expect(exitCode).toBe(254);
  expect(stderr).toContain("nowhere: no such folder");
  expect(stderr).toContain("config.json: no such file");
  expect(stderr).toContain("has no verdict");
  expect(stderr).not.toContain("    at ");
  const file = await kvtest(["compare", join(A, "history.jsonl"), B], dir);
  expect([file.exitCode, file.stderr]).toEqual([254, expect.stringContaining("history.jsonl: is no folder")]);
});
