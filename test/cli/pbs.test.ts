import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDir, kvtest, repoRoot } from "./kvtest.js";

const run = join(repoRoot, "runs/gallery/one-to-read-one-to-write");

interface Answer {
  readonly predictions: readonly {
    readonly quorum: object;
    readonly freshAt: readonly { readonly share: number }[];
    readonly freshAfterMs: { readonly p999: number };
    readonly readMs: { readonly p99: number };
  }[];
  readonly measured: { readonly reads: number } | null;
}

const event = (type: string, f: string, value: unknown) => JSON.stringify({ process: 0, type, f, key: "x", value });

const answer = async (...args: string[]): Promise<Answer> =>
  JSON.parse((await kvtest(["pbs", ...args, "--json"])).stdout) as Answer;

test("LinkedIn's disks as published: 43.9 % of reads are fresh at once with one of three, all with two and two", async () => {
  const { predictions, measured } = await answer("--latencies", "lnkd-disk", "--after", "0,10");
  expect(measured).toBeNull();
  const [weak] = predictions;
  expect(weak?.quorum).toEqual({ replicas: 3, readQuorum: 1, writeQuorum: 1 });
  expect(Math.abs((weak?.freshAt[0]?.share ?? 0) - 0.439)).toBeLessThan(0.01);
  expect(Math.abs((weak?.freshAt[1]?.share ?? 0) - 0.925)).toBeLessThan(0.01);
  expect(predictions.at(-1)?.quorum).toEqual({ replicas: 3, readQuorum: 2, writeQuorum: 2 });
  expect(predictions.at(-1)?.freshAt[0]?.share).toBe(1);
});

test("a run's own latencies predict other quorums, beside what was measured; the same seed says the same", async () => {
  const first = await answer(run, "--quorum", "n=5,r=1,w=1", "--quorum", "n=3,r=2,w=2", "--trials", "5000");
  expect(first).toEqual(await answer(run, "--quorum", "n=5,r=1,w=1", "--quorum", "n=3,r=2,w=2", "--trials", "5000"));
  expect(first.predictions).toMatchObject([
    { quorum: { replicas: 5, readQuorum: 1, writeQuorum: 1 } },
    { quorum: { replicas: 3, readQuorum: 2, writeQuorum: 2 }, freshAt: [{ share: 1 }, {}, {}, {}] },
  ]);
  expect(first.predictions[0]?.freshAt[0]?.share).toBeLessThan(0.9);
  expect(first.measured?.reads).toBeGreaterThan(300);
  const { stdout } = await kvtest(["pbs", run, "--trials", "2000"]);
  expect(stdout).toContain("Measured in the same history:");
});

test("a file's latencies are those of single replicas, unless it is said of which quorum", async () => {
  const file = join(run, "history.jsonl");
  const alone = await answer(file, "--quorum", "n=3,r=2,w=2", "--trials", "5000");
  const two = await answer(file, "--quorum", "n=3,r=2,w=2", "--measured", "n=3,r=2,w=2", "--trials", "5000");
  expect(alone.predictions[0]?.readMs.p99).not.toBe(two.predictions[0]?.readMs.p99);
});

test("the published table is printed beside what is predicted", async () => {
  const { stdout, exitCode } = await kvtest(["pbs", "--published", "--trials", "20000"]);
  expect(exitCode).toBe(0);
  expect(stdout.match(/^ *(LNKD-SSD|LNKD-DISK|YMMR|WAN) /gm)).toHaveLength(24);
  expect(stdout).toMatch(/YMMR {2}1 {2}1 .* 1364 {2}1\d\d\d/);
});

test("every mistake is listed, and none makes a stack trace", async () => {
  const { exitCode, stderr } = await kvtest([
    "pbs",
    run,
    "--latencies",
    "nvme",
    "--quorum",
    "n=3",
    "--quorum",
    "n=3,r=4,w=1",
    "--trials",
    "0",
    "--after",
    "soon",
  ]);
  expect(exitCode).toBe(254);
  expect(stderr.split("\n").filter((line) => line.startsWith("  "))).toEqual([
    "  --trials 0: expected a whole number from 1 to 10000000",
    "  --after soon: expected at most 12 times in ms, such as 0,1,10",
    "  --quorum n=3: expected n=3,r=1,w=2 or the like",
    "  --quorum n=3,r=4,w=1: expected n from 1 to 100, and r and w from 1 to n",
    "  expected one of RUN, FILE, --latencies NAME or --published",
    "  --latencies nvme: expected one of lnkd-ssd, lnkd-disk, ymmr, wan",
  ]);
  const dir = freshDir();
  const untimed = join(dir, "untimed.jsonl");
  const lines = ["write", "read"].flatMap((f) => [event("invoke", f, 1), event("ok", f, 1)]);
  writeFileSync(untimed, `${lines.join("\n")}\n`);
  const broken = join(dir, "broken.jsonl");
  writeFileSync(broken, `${readFileSync(untimed, "utf8")}nonsense\n`);
  for (const [path, why] of [
    [untimed, "its events have no times"],
    [broken, "line 5"],
    [join(dir, "absent"), "no such file"],
  ] as const) {
    const refused = await kvtest(["pbs", path]);
    expect([refused.exitCode, refused.stderr.includes(why), refused.stderr.includes("    at ")], path).toEqual([
      254,
      true,
      false,
    ]);
  }
});
