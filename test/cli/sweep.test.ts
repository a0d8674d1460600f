import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDir, kvtest, leftBehind, until } from "./kvtest.js";

interface Told {
  readonly dir: string;
  readonly finished: number;
  readonly planned: number;
  readonly settings: readonly {
    readonly short: string;
    readonly runs: number;
    readonly linearizable: { readonly valid: number; readonly invalid: number };
    readonly stale: { readonly share: number | null };
    readonly pbs: {
      readonly predicted: number | null;
      readonly measured: number | null;
      readonly broken: readonly string[];
    } | null;
  }[];
}

const QUORUMS = ["sweep", "--mode", "quorum", "--nodes", "3", "--read-quorum", "1..2", "--write-quorum", "1..2"];
const CALM = ["--no-read-repair", "--replication-delay", "0..100", "--keys", "20", "--rate", "300"];

test("write quorums of more followers than there usually are get a cluster that has them, unless nodes are given", async () => {
  const flags = ["sweep", "--mode", "leader", "--write-quorum", "1..5", "--list"];
  const larger = await kvtest(flags);
  expect([larger.exitCode, larger.stdout.trim().split("\n").length]).toEqual([0, 5]);
  const given = await kvtest([...flags, "--nodes", "5"]);
  expect(given.exitCode).toBe(254);
  expect(given.stderr).toContain("--write-quorum 5: expected 0..4");
});

test("quorums side by side: what is stale, and what was to be expected", async () => {
  const dir = freshDir();
  const { exitCode, stdout } = await kvtest([...QUORUMS, ...CALM, "--time-limit", "4", "--seed", "3", "--json"], dir);
  expect(exitCode).toBe(0);
  const told = JSON.parse(stdout) as Told;
  expect(told.settings.map(({ short }) => short)).toEqual(["W1 R1", "W1 R2", "W2 R1", "W2 R2"]);
  for (const { short, pbs } of told.settings) {
    expect(pbs?.broken, short).toEqual([]);
    // Twice the tolerance that a longer run on a quiet machine keeps to: these runs are short.
    expect(Math.abs((pbs?.predicted ?? 9) - (pbs?.measured ?? 0)), `${short} ${JSON.stringify(pbs)}`).toBeLessThan(0.1);
  }
  const share = (n: number): number => told.settings[n]?.stale.share ?? Number.NaN;
  // Not vacuous: one of each is stale indeed, and predicted to be; overlapping quorums are not.
  expect(share(0)).toBeGreaterThan(0.05);
  expect(told.settings[0]?.pbs?.predicted).toBeGreaterThan(0.05);
  expect(told.settings[3]?.pbs).toMatchObject({ predicted: 0, measured: 0 });
  expect(told.settings[0]?.linearizable).toMatchObject({ valid: 0, invalid: 1 });

  const page = readFileSync(join(dir, told.dir, "sweep.html"), "utf8");
  expect(page).toContain("Staleness predicted and measured");
  expect(page).not.toMatch(/<script|src="http|href="http/);
  // Every run has its own report, where the page says.
  for (const [, link] of page.matchAll(/<a href="(runs\/[^"]+)"/g)) {
    expect(existsSync(join(dir, told.dir, link ?? "")), link).toBe(true);
  }
});

test("as fast as the clients can: throughput is drawn on the page, and as a file of its own", async () => {
  const dir = freshDir();
  const words = ["sweep", "--simulate", "--mode", "abd,raft", "--nodes", "3", "--rate", "max", "--time-limit", "1"];
  const { exitCode, stdout } = await kvtest([...words, "--seed", "1", "--plot", "plot.svg", "--json"], dir);
  expect(exitCode).toBe(0);
  const told = JSON.parse(stdout) as Told;
  expect(readFileSync(join(dir, told.dir, "sweep.html"), "utf8")).toContain('<h2 id="throughput">Throughput</h2>');
  const svg = readFileSync(join(dir, "plot.svg"), "utf8");
  expect(svg).toMatch(/<title>Throughput\. abd: [\d,]+\/s; raft: [\d,]+\/s<\/title>/);
  rmSync(join(dir, "plot.svg"));
  expect((await kvtest(["sweep", "--resume", told.dir, "--plot", "again.svg"], dir)).exitCode).toBe(0);
  expect(readFileSync(join(dir, "again.svg"), "utf8")).toBe(svg);
});

test("Ctrl-C leaves nothing behind, and the sweep goes on where it was", async () => {
  const dir = freshDir();
  const words = [
    "sweep",
    "--write-quorum",
    "0..1",
    "--nodes",
    "3",
    "--time-limit",
    "2",
    "--rate",
    "100",
    "--read-from",
    "any",
  ];
  const running = kvtest([...words, "--seed", "1"], dir);
  const sweeps = (): readonly string[] =>
    existsSync(join(dir, "runs")) ? readdirSync(join(dir, "runs")).filter((name) => name.includes("-sweep-")) : [];
  const doneIn = (name: string): number => {
    const file = join(dir, "runs", name, "done.jsonl");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").length : 0;
  };
  await until(
    "one run is done",
    () => sweeps().map(doneIn),
    ([done = 0]) => done >= 1,
    40_000,
  );
  const folder = join("runs", sweeps()[0] ?? "");
  await until(
    "the next one has begun",
    () => readdirSync(join(dir, folder, "runs")),
    (runs) => runs.length >= 3,
  );
  running.kill("SIGINT");
  const ended = await running;
  expect(ended.exitCode).toBe(2);
  expect(ended.stdout).toContain(`go on   npx kvtest sweep --resume ${folder}`);
  expect(leftBehind(dir)).toEqual([]);
  // The run in progress is gone; only "latest" points to where it was.
  const finished = readdirSync(join(dir, folder, "runs")).filter((name) => name !== "latest");
  expect(finished).toHaveLength(1);

  const again = await kvtest(["sweep", "--resume", folder, "--json"], dir);
  expect(again.exitCode).toBe(0);
  const told = JSON.parse(again.stdout) as Told;
  expect([told.finished, told.planned]).toEqual([2, 2]);
  expect(readdirSync(join(dir, folder, "runs"))).toEqual(expect.arrayContaining(finished));
  expect(doneIn(sweeps()[0] ?? "")).toBe(2);

  // A folder that somebody deleted is left out, and the page still drawn.
  rmSync(join(dir, folder, "runs", finished[0] ?? ""), { recursive: true });
  const less = await kvtest(["sweep", "--resume", folder, "--json"], dir);
  expect(less.exitCode).toBe(2);
  expect(less.stderr).toContain("left out");
});

test("wrong settings are all told before anything runs", async () => {
  const dir = freshDir();
  const wrong = await kvtest(["sweep", "--nodes", "3", "--write-quorum", "1..4", "--nemesis", "none,floods"], dir);
  expect(wrong.exitCode).toBe(254);
  expect(wrong.stderr).toMatch(/--write-quorum 3: expected 0\.\.2 .*\(nemesis none, write-quorum 3\)/);
  expect(wrong.stderr.match(/--nemesis floods: /g)).toHaveLength(1);
  const range = await kvtest(["sweep", "--write-quorum", "4..1", "--rate", "x..y"], dir);
  expect([range.exitCode, range.stderr.match(/upwards|whole numbers/g)]).toEqual([254, ["whole numbers", "upwards"]]);
  expect((await kvtest(["sweep", "--resume", "nowhere"], dir)).exitCode).toBe(254);
  expect((await kvtest(["sweep", "--repeat", "0"], dir)).exitCode).toBe(254);
  const nowhere = await kvtest(["sweep", "--mode", "abd,raft", "--plot", "no/such/plot.png"], dir);
  expect(nowhere.exitCode).toBe(254);
  for (const problem of ["ends in .svg", "there is no folder no/such", "takes --rate max"]) {
    expect(nowhere.stderr).toContain(problem);
  }
  const listed = await kvtest(["sweep", "--write-quorum", "0..1", "--nemesis", "none,partition+kill", "--list"], dir);
  expect(listed.stdout.split("\n")).toEqual([
    "nemesis none, write-quorum 0",
    "nemesis none, write-quorum 1",
    "nemesis partition,kill, write-quorum 0",
    "nemesis partition,kill, write-quorum 1",
  ]);
  expect(existsSync(join(dir, "runs"))).toBe(false);
});
