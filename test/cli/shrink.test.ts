/** `kvtest shrink` as a user types it. */

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { afterAll, expect, test } from "vitest";
import { firstOf, freshDir, isCaught, kvtest, leftBehind, repoRoot } from "./kvtest.js";

const out = freshDir();
afterAll(() => rmSync(out, { recursive: true, force: true }));

const run = async (...flags: readonly string[]): Promise<string> => {
  const ended = await kvtest(["run", "--out", out, "--json", ...flags]);
  return (JSON.parse(ended.stdout) as { readonly dir: string }).dir;
};

/** The folder of the first run that broke something. */
async function firstBad(flagsOf: (seed: string) => readonly string[], seed: number): Promise<string> {
  const common = ["run", "--out", out, "--json"];
  const ended = await firstOf(isCaught, async (n) => kvtest([...common, ...flagsOf(String(n))]), seed);
  return (JSON.parse(ended.stdout) as { readonly dir: string }).dir;
}

interface Told {
  readonly shown: boolean;
  readonly isSimulated: boolean;
  readonly faults: readonly unknown[];
  readonly nodes: number;
  readonly rate: number;
  readonly tries: number;
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
  const ended = await kvtest(["shrink", dir, "--json", "--within", "120"]);
  const told = JSON.parse(ended.stdout) as Told;
  expect(ended.exitCode).toBe(0);
  expect(told).toMatchObject({ shown: true, isSimulated: true });
  expect(told.faults.length).toBeLessThanOrEqual(1);
  expect(told.timeLimitMs).toBeLessThanOrEqual(1000);
  expect(told.concurrency).toBeLessThan(10);
  expect([told.nodes < 5, told.nodes > 1, told.rate < 500]).toEqual([true, true, true]);
  expect(told.runs.shown).toBeGreaterThanOrEqual(1);
  const { command } = JSON.parse(readFileSync(join(told.dir, "config.json"), "utf8")) as { readonly command: string };
  expect(command).toContain("--no-read-repair");
  // The path in the command is seen from where it was typed.
  const [from, to] = [relative(process.cwd(), told.dir), told.dir];
  const words = command.replace(from, to).split(" ").slice(2);
  const again = await kvtest([...words, "--out", out, "--json"]);
  expect(JSON.parse(again.stdout)).toMatchObject({ valid: "invalid" });
});

test("with --real the smallest is shown by processes, with how surely, and nothing is left behind", async () => {
  const flags = [...STALE, "--time-limit", "2", "--concurrency", "4", "--nemesis", "none"];
  const dir = await firstBad((seed) => [...flags, "--seed", seed], 3);
  const ended = await kvtest(["shrink", dir, "--real", "--json", "--within", "3", "--tries", "4", "--confirm", "2"]);
  const told = JSON.parse(ended.stdout) as Told;
  // In so short a time there is none that is as small as it could be.
  expect(told).toMatchObject({ shown: true, isSimulated: false, isSmallest: false, runs: { of: 2 } });
  expect(leftBehind(out)).toEqual([]);
});

const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) process.stderr.write("no python3 here: no database of one's own is shrunk\n");

test.skipIf(!hasPython)(
  "a database of one's own is run again and again with less, and its suite shows the smallest",
  async () => {
    const dir = freshDir();
    copyFileSync(join(repoRoot, "test/suite/fixture/store.py"), join(dir, "store.py"));
    const args = [
      "store.py",
      "--local-reads",
      "--name",
      "{name}",
      "--port",
      "{port}",
      "--data",
      "{data}",
      "--peers",
      "{peers}",
    ];
    const http = { read: { path: "/kv/{key}" }, write: { path: "/kv/{key}" }, greet: "/health" };
    const database = { name: "notes", start: { command: "python3", args }, ready: { http: "/health" }, http };
    const run = { nodes: 4, concurrency: 8, rate: 200, timeLimit: "3s", nemesis: "pause" };
    const tests = [{ name: "calm", run: { nemesis: "none" } }, { name: "it's stale" }];
    writeFileSync(join(dir, "kvtest.config.yaml"), JSON.stringify({ database, run, tests }));
    const ci = ["ci", "--only", "it's", "--quiet"];
    const suite = await firstOf(isCaught, async (seed) => kvtest([...ci, "--seed", String(seed)], dir), 4);
    expect(suite.exitCode, suite.stdout + suite.stderr).toBe(1);
    const bad = basename(realpathSync(join(dir, "runs/latest")));

    const ended = await kvtest(
      ["shrink", `runs/${bad}`, "--json", "--within", "40", "--tries", "1", "--confirm", "2"],
      dir,
    );
    expect(ended.exitCode, ended.stderr).toBe(0);
    const told = JSON.parse(ended.stdout) as Told;
    expect(told).toMatchObject({ shown: true, isSimulated: false, tries: 1, runs: { of: 2 } });
    expect([told.nodes < 4, told.nodes > 1, told.timeLimitMs < 3000, told.faults.length]).toEqual([
      true,
      true,
      true,
      0,
    ]);
    expect(leftBehind(dir)).toEqual([]);
    if (told.runs.shown === 0) return;
    const { command } = JSON.parse(readFileSync(join(told.dir, "config.json"), "utf8")) as { readonly command: string };
    const like = relative(dir, told.dir);
    expect(command).toBe(`npx kvtest ci kvtest.config.yaml --only 'it'\\''s stale' --like ${like}`);
    const again = await kvtest(["ci", "--only", "it's stale", "--like", like, "--json"], dir);
    const { results } = JSON.parse(again.stdout || again.stderr) as {
      results: { attempts: { dir: string; seed: number }[] }[];
    };
    const config = JSON.parse(
      readFileSync(join(dir, results[0]?.attempts[0]?.dir ?? "", "config.json"), "utf8"),
    ) as object;
    const small = JSON.parse(readFileSync(join(told.dir, "config.json"), "utf8")) as {
      nodes: string[];
      concurrency: number;
    };
    expect(config).toMatchObject({ nodes: small.nodes, concurrency: small.concurrency, timeLimitMs: told.timeLimitMs });

    // Where its suite is not, nobody knows how it is started.
    rmSync(join(dir, "kvtest.config.yaml"));
    const lost = await kvtest(["shrink", `runs/${bad}`], dir);
    expect([lost.exitCode, lost.stderr]).toEqual([254, expect.stringContaining("neither a suite nor a folder")]);
    const two = await kvtest(["ci", "--like", like], dir);
    expect([two.exitCode, existsSync(join(dir, "kvtest.config.yaml"))]).toEqual([254, false]);
  },
);

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
