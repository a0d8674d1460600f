/** `kvtest view` and `kvtest serve` as a user types them. */

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { freshDir, kvtest, until } from "./kvtest.js";

const dir = freshDir();
const addressIn = (text: string): string => /http:\/\/127\.0\.0\.1:\d+\//.exec(text)?.[0] ?? "";

afterAll(() => rmSync(dir, { recursive: true, force: true }));

test("view writes a page with the file in it, or an empty one, and says where", async () => {
  const file = join(dir, "h.jsonl");
  writeFileSync(file, '{"process":0,"type":"invoke","f":"write","value":1}\n');
  const own = await kvtest(["view", file]);
  expect(own.stdout.trim()).toBe(`${file}.view.html`);
  expect(own.exitCode).toBe(0);
  expect(readFileSync(`${file}.view.html`, "utf8")).toContain('id="own" data-name="h.jsonl"');
  const empty = await kvtest(["view", "--out", join(dir, "empty.html")]);
  expect(empty.exitCode).toBe(0);
  expect(readFileSync(join(dir, "empty.html"), "utf8")).not.toContain('id="own"');
});

test("a file that is not there and a port that is none are the user's mistakes, and nothing is written", async () => {
  const missing = await kvtest(["view", join(dir, "missing.jsonl")]);
  expect(missing.exitCode).toBe(254);
  expect(missing.stderr).toContain("missing.jsonl: no such file");
  expect(existsSync(join(dir, "missing.jsonl.view.html"))).toBe(false);
  const port = await kvtest(["serve", "--port", "99999"]);
  expect(port.exitCode).toBe(254);
  expect(port.stderr).toContain("--port 99999: expected a whole number");
});

test("serve prints its address, answers there, refuses a port that is taken, and ends at SIGINT", async () => {
  const serving = kvtest(["serve", "--port", "0", "--out", dir]);
  let said = "";
  serving.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const url = await until(
    "an address",
    () => addressIn(said),
    (address) => address !== "",
  );
  expect(await (await fetch(url)).text()).toContain("There are none in");
  const taken = await kvtest(["serve", "--port", new URL(url).port]);
  expect(taken.exitCode).toBe(254);
  expect(taken.stderr).toContain("is taken");
  serving.kill("SIGINT");
  expect((await serving).exitCode).toBe(0);
});
