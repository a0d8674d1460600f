/** `kvtest shrink` as a user types it. */

import { readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { afterAll, expect, test } from "vitest";
import { freshDir, kvtest, leftBehind } from "./kvtest.js";

const out = freshDir();
afterAll(() => rmSync(out, { recursive: true, force: true }));

const run = async (...flags: readonly string[]): Promise<string> => {
  const ended = await kvtest(["run", "--out", out, "--json", ...flags]);
  return (JSON.parse(ended.stdout) as { readonly dir: string }).dir;
};

interface Told {
  readonly shown: boolean;
  readonly isSimulated: boolean;
  readonly faults: readonly unknown[];
  readonly concurrency: number;
  readonly timeLimitMs: number;
  readonly runs: { readonly shown: number; readonly of: number };
  readonly dir: string;
}

const BAD_QUORUM = ["--mode", "quorum", "--read-quorum", "1", "--write-quorum", "1", "--no-read-repair"];
/** Stale without any fault: followers hear of a write long after it was answered. */
const STALE = ["--read-from", "any", "--write-quorum", "0", "--replication-delay", "30..80"];
const LATE = [...BAD_QUORUM, "--nemesis", "partition,pause", "--nemesis-interval", "1", "--seed", "2"];

test("a run of weak quorums gets smaller in simulation, and its command shows the violation again", async () => {
  const dir = await run(...LATE, "--time-limit", "2", "--simulate");
  const ended = await kvtest(["shrink", dir, "--json", "--within", "30"]);
  const told = JSON.parse(ended.stdout) as Told;
  expect(ended.exitCode).toBe(0);
  expect(told).toMatchObject({ shown: true, isSimulated: true });
  expect(told.faults.length).toBeLessThanOrEqual(1);
  expect(told.timeLimitMs).toBeLessThanOrEqual(1000);
  expect(told.concurrency).toBeLessThan(10);
  expect(told.runs.shown).toBeGreaterThanOrEqual(1);
  const { command } = JSON.parse(readFileSync(join(told.dir, "config.json"), "utf8")) as { readonly command: string };
  expect(command).toContain("--no-read-repair");
  // The path in the command is seen from where it was typed.
  const [from, to] = [relative(process.cwd(), told.dir), told.dir];
  const words = command.replace(from, to).split(" ").slice(2);
  const again = await kvtest([...words, "--out", out, "--json"]);
  expect(JSON.parse(again.stdout)).toMatchObject({ valid: "invalid" });
}, 180_000);

test("with --real the smallest is shown by processes, with how surely, and nothing is left behind", async () => {
  const dir = await run(...STALE, "--time-limit", "2", "--concurrency", "4", "--nemesis", "none", "--seed", "3");
  const ended = await kvtest(["shrink", dir, "--real", "--json", "--within", "8", "--tries", "1", "--confirm", "2"]);
  const told = JSON.parse(ended.stdout) as Told;
  expect(told).toMatchObject({ shown: true, isSimulated: false, runs: { of: 2 } });
  expect(leftBehind(out)).toEqual([]);
}, 180_000);

test("a run that broke nothing, a folder that is none and bad flags are the user's mistakes", async () => {
  const dir = await run("--simulate", "--time-limit", "1", "--seed", "1");
  const sound = await kvtest(["shrink", dir]);
  expect([sound.exitCode, sound.stderr]).toEqual([254, expect.stringContaining("broke no promise (it is valid)")]);
  const nowhere = await kvtest(["shrink", join(out, "nothing")]);
  expect([nowhere.exitCode, nowhere.stderr]).toEqual([254, expect.stringContaining("there is no such folder")]);
  const flags = await kvtest(["shrink", dir, "--tries", "0", "--within", "soon"]);
  expect(flags.exitCode).toBe(254);
  expect(flags.stderr).toContain("--tries 0");
  expect(flags.stderr).toContain("--within soon");
});
