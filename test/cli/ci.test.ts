import { existsSync, readdirSync, readFileSync, writeFileSync, copyFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Ended, firstOf, freshDir, isCaught, kvtest, leftBehind, program, repoRoot, until } from "./kvtest.js";
import { execa } from "execa";

const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) process.stderr.write("no python3 here: the tests of a foreign HTTP store are left out\n");

const http = `http: { read: { path: "/kv/{key}" }, write: { path: "/kv/{key}" }, cas: { path: "/kv/{key}" }, dump: { path: /dump }, greet: /health }`;
const database = (more: string) => `
  name: notes
  start:
    command: python3
    args: [store.py, ${more} --name, "{name}", --port, "{port}", --data, "{data}", --peers, "{peers}"]
  ready: { http: /health }
  ${http}
`;
const suite = (more: string, tests: string) => `database:${database(more)}
run: { nodes: 3, time-limit: 2s, rate: 150 }
tests:
${tests}
`;

function project(text: string): string {
  const dir = freshDir();
  copyFileSync(join(repoRoot, "test/suite/fixture/store.py"), join(dir, "store.py"));
  writeFileSync(join(dir, "kvtest.config.yaml"), text);
  return dir;
}

describe.skipIf(!hasPython)("a small HTTP store in another language", () => {
  const good = `
  - { name: partition, run: { nemesis: partition, allow-vacuous: true }, expect: [linearizable, converges within 5s, "lost writes = 0"] }
  - { name: killed, run: { nemesis: kill, allow-vacuous: true }, expect: linearizable }`;

  test("passes the gate while it is cut apart and killed", async () => {
    const dir = project(suite("", good));
    const { exitCode, stdout, stderr } = await kvtest(["ci", "--junit", "out/junit.xml"], dir);
    expect(stdout + stderr).toContain("2 passed, 0 failed, 0 unknown");
    expect(exitCode).toBe(0);
    expect(readFileSync(join(dir, "out/junit.xml"), "utf8")).toContain('tests="2" failures="0" errors="0"');
    expect(stderr).toMatch(/f1 partition begins/);
    expect(stderr).toMatch(/f1 kill begins/);
    expect(leftBehind(dir)).toEqual([]);
  });

  test("is stopped at the gate when it answers reads from where they may be stale", async () => {
    const dir = project(suite("--local-reads,", "  - { name: reads, expect: [linearizable, stale reads < 1 %] }"));
    const summary = join(dir, "summary.md");
    const github = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary };
    const ended = await firstOf(
      isCaught,
      (seed) => {
        const words = [program, "ci", "--junit", "junit.xml", "--seed", String(seed)];
        return execa(process.execPath, words, { cwd: dir, env: github, reject: false });
      },
      1,
    );
    expect(ended.exitCode).toBe(1);
    expect(ended.stdout).toContain("FAIL     reads");
    expect(ended.stdout).toMatch(
      /^::error file=kvtest\.config\.yaml,line=11,title=kvtest%3A reads::not linearizable: key k/m,
    );
    expect(readFileSync(summary, "utf8")).toContain("| reads | failed |");
    expect(readFileSync(join(dir, "junit.xml"), "utf8")).toMatch(/<failure type="failed" message="not linearizable/);
    // Its folder is a run like any other: it can be checked again.
    const again = await kvtest(["check", "runs/latest"], dir);
    expect(again.exitCode).toBe(1);
    const page = readdirSync(join(dir, "runs")).find((name) => name.includes("-own-")) ?? "";
    expect(readFileSync(join(dir, "runs", page, "report.html"), "utf8")).toContain("notes, a database of its own");
  });

  test("that was expected to fail passes, and says so as JSON", async () => {
    const dir = project(suite("--local-reads,", "  - { name: reads, expected: invalid, expect: stale reads < 1 % }"));
    let seed = 5;
    const { exitCode, stdout } = await firstOf<Ended>(
      (ended) => ended.exitCode === 0,
      async (next) => kvtest(["ci", "--json", "--seed", String((seed = next))], dir),
      seed,
    );
    const told = JSON.parse(stdout) as { passed: number; results: { because: string; attempts: { seed: number }[] }[] };
    expect(told).toMatchObject({ format: 1, passed: 1, failed: 0, flaky: 0, seed });
    expect(told.results[0]?.because).toContain("invalid, as expected");
    expect(told.results[0]?.attempts[0]?.seed).toBe(seed);
    expect(exitCode).toBe(0);
  });

  test("is gone after Ctrl-C", async () => {
    const dir = project(suite("", "  - { name: long, run: { time-limit: 60s } }"));
    const running = kvtest(["ci"], dir);
    const log = join(dir, "runs/latest/history.jsonl");
    await until("the run has begun", () => existsSync(log) && readFileSync(log, "utf8").length > 0, Boolean);
    expect(leftBehind(dir).length).toBeGreaterThanOrEqual(3);
    running.kill("SIGINT");
    const { exitCode, stdout } = await running;
    expect(exitCode).toBe(2);
    expect(stdout).toContain("interrupted: 0 passed");
    expect(leftBehind(dir)).toEqual([]);
  });
});

test("a database that does not start fails its test, and the others still run", async () => {
  const dir = project(`
run: { nodes: 2, time-limit: 1s }
tests:
  - name: broken
    database: { name: broken, start: { command: "false" }, ${http} }
  - { name: the reference store, run: { rate: 100 } }
`);
  const { exitCode, stdout } = await kvtest(["ci", "--quiet"], dir);
  expect(stdout).toMatch(/FAIL +broken\n +the run failed: n\d ended before it was ready; its log:\n +runs/);
  expect(stdout).toContain("1 passed, 1 failed");
  expect(exitCode).toBe(1);
});

test("faults are taken from a file beside the suite, and as hard as the suite says", async () => {
  const dir = project(`
run: { nodes: 2, time-limit: 2s, rate: 100, allow-vacuous: true }
tests:
  - { name: by hand, run: { faults: faults.yaml } }
  - { name: hard, run: { nemesis: delay, fault-param: [delay.latency=7..7, delay.distributions=constant] } }
  - { name: one, run: { nemesis: delay, fault-param: delay.latency=9..9 } }
`);
  writeFileSync(join(dir, "faults.yaml"), "- at 500ms pause n2 for 500ms\n");
  const { stdout, stderr } = await kvtest(["ci", "--json"], dir);
  const { results } = JSON.parse(stdout || stderr) as { results: { attempts: { dir: string }[] }[] };
  const faults = results.map(({ attempts }) => {
    const text = readFileSync(join(dir, attempts[0]?.dir ?? "", "faults.json"), "utf8");
    return (JSON.parse(text) as { faults: { atMs: number; fault: object }[] }).faults;
  });
  expect(faults[0]).toMatchObject([{ atMs: 500, forMs: 500, fault: { f: "pause", who: ["n2"] } }]);
  expect(faults[1]?.[0]?.fault).toMatchObject({ f: "delay", latencyMs: 7, distribution: "constant" });
  expect(faults[2]?.[0]?.fault).toMatchObject({ f: "delay", latencyMs: 9 });
});

test("what a cluster cannot suffer is told of all tests, before the first one starts", async () => {
  const dir = project(`
run: { nodes: 2, time-limit: 2s }
tests:
  - { name: sound }
  - { name: no such file, run: { faults: nowhere.yaml } }
  - { name: no members, run: { nemesis: remove } }
`);
  const { exitCode, stderr } = await kvtest(["ci"], dir);
  expect(exitCode).toBe(254);
  expect(stderr).toContain("no such file: --faults");
  expect(stderr).toContain("no members: remove: the system has no way to change its members");
  expect(existsSync(join(dir, "runs"))).toBe(false);
});

test("a budget of no operation is unknown, retried where the suite says so, and told", async () => {
  const dir = project(`
run: { nodes: 2, time-limit: 0.5s, nemesis: none, rate: 0.01 }
retries: 1
tests:
  - { name: fails, expect: p99 < 5s during partition }
  - { name: retried, expect: p99 < 5s during partition, unknown: retry }
  - { name: passes, expect: p99 < 5s during partition, unknown: pass }
`);
  const { exitCode, stdout } = await kvtest(["ci", "--json"], dir);
  const { results } = JSON.parse(stdout) as { results: { outcome: string; attempts: { seed: number }[] }[] };
  expect(results.map(({ outcome, attempts }) => [outcome, attempts.length])).toEqual([
    ["unknown", 1],
    ["unknown", 2],
    ["pass", 1],
  ]);
  const [first, second] = results[1]?.attempts ?? [];
  expect(second?.seed).toBe((first?.seed ?? 0) + 1);
  expect(exitCode).toBe(2);
});

test("what is no suite is the user's mistake", async () => {
  const empty = await kvtest(["ci"], freshDir());
  expect(empty.exitCode).toBe(254);
  expect(empty.stderr).toContain("kvtest: there is no suite:");
  const dir = project("tests:\n  - { name: a, run: { nodes: many } }\n");
  const wrong = await kvtest(["ci"], dir);
  expect(wrong.exitCode).toBe(254);
  expect(wrong.stderr).toContain("line 2: tests[0].run: --nodes many: expected a whole number");
  expect(wrong.stderr).not.toContain("    at ");
  writeFileSync(join(dir, "kvtest.config.yaml"), "tests: [{ name: a }]\n");
  const none = await kvtest(["ci", "--only", "b"], dir);
  expect([none.exitCode, none.stderr]).toEqual([254, expect.stringContaining("there are a")]);
  const listed = await kvtest(["ci", "--list"], dir);
  expect([listed.exitCode, listed.stdout]).toEqual([0, "a"]);
  expect(existsSync(join(dir, "runs"))).toBe(false);
});
