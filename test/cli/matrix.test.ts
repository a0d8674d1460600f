import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { freshDir, kvtest, leftBehind } from "./kvtest.js";

test("the settings are listed with their flags and what they claim", async () => {
  const { exitCode, stdout } = await kvtest(["matrix", "--list", "--mode", "gossip,abd"]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain("abd\n  --mode abd\n  claims linearizable, session, converges, survives");
  expect(stdout).toContain(
    "gossip, counters\n  --mode gossip --versioning counter --keys 2 --ops-per-key 10 --replication-delay 0..100\n  claims nothing\n",
  );
  expect(stdout).not.toContain("--mode leader");
});

test("what makes no matrix is refused with every problem", async () => {
  const wrong = await kvtest(["matrix", "--seeds", "0", "--jobs", "many", "--mode", "paxos", "--time-limit", "x"]);
  expect(wrong.exitCode).toBe(254);
  for (const problem of ["--seeds 0", "--jobs many", "--mode paxos", "--time-limit x"]) {
    expect(wrong.stderr).toContain(problem);
  }
  expect(await kvtest(["matrix", "--resume", "/nowhere"])).toMatchObject({ exitCode: 254 });
  const none = await kvtest(["matrix", "--list", "--row", "paxos", "--row", "raft"]);
  expect(none.stderr).toContain("--row paxos: is in no name of kvtest matrix --list");
  expect(none.exitCode).toBe(254);
});

test("rows are added to a folder, simulated ones to simulated ones", async () => {
  const out = freshDir();
  const words = ["matrix", "--simulate", "--row", "abd", "--seeds", "1", "--time-limit", "1", "--out", out, "--json"];
  const first = await kvtest(words);
  expect(first.exitCode).toBe(0);
  const { dir } = JSON.parse(first.stdout) as { readonly dir: string };
  const more = await kvtest(["matrix", "--resume", dir, "--row", "Linearizable Reads"]);
  expect(more.stdout.split("\n").flatMap((line) => /^\| (abd|seq.*reads) /.exec(line)?.[1] ?? [])).toEqual([
    "sequencer, linearizable reads",
    "abd",
  ]);
  expect(more.stdout).toContain("1 simulated run each");
  expect(more.stderr).toContain("10 cells of settings and faults, 1 runs each; 5 to do");
  expect(more.exitCode).toBe(0);
  const other = await kvtest(["matrix", "--resume", dir, "--time-limit", "2", "--seed", "9"]);
  expect(other.exitCode).toBe(254);
  for (const problem of ["--time-limit 2", "--seed 9"]) expect(other.stderr).toContain(problem);
  rmSync(out, { recursive: true });
});

test("one that is interrupted can be resumed, and then holds every cell; nothing is left of what held", async () => {
  const out = freshDir();
  const words = ["matrix", "--mode", "abd", "--seeds", "1", "--jobs", "1", "--time-limit", "1", "--out", out];
  const first = kvtest(words);
  await vi.waitUntil(() => readdirSync(out).some((name) => existsSync(join(out, name, "outcomes.jsonl"))), 60_000);
  first.kill("SIGINT");
  const interrupted = await first;
  expect(interrupted.exitCode).toBe(2);
  expect(interrupted.stdout).toMatch(/Not finished: \d runs are missing/);
  const [name = ""] = readdirSync(out);
  const dir = join(out, name);
  const resumed = await kvtest(["matrix", "--resume", dir, "--jobs", "5"]);
  expect(resumed.stdout).toMatch(/^\| setting/);
  expect(resumed.stdout).not.toContain("Not finished");
  expect(resumed).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(readFileSync(join(dir, "matrix.json"), "utf8"))).toMatchObject({ missing: 0, broken: [] });
  expect(readFileSync(join(dir, "matrix.md"), "utf8").trimEnd()).toBe(resumed.stdout);
  expect(existsSync(join(dir, "runs")) ? readdirSync(join(dir, "runs")).filter((run) => run !== "latest") : []).toEqual(
    [],
  );
  expect(leftBehind(out)).toEqual([]);
  rmSync(out, { recursive: true });
});
