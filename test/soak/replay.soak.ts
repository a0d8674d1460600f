/** On a quiet machine: a repeated schedule strikes at the same times. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDir, kvtest } from "../cli/kvtest.js";

const timesIn = (dir: string): ReadonlyMap<string, number> =>
  new Map(
    readFileSync(join(dir, "history.jsonl"), "utf8")
      .split("\n")
      .filter((line) => line.includes('"nemesis"'))
      .map((line) => JSON.parse(line) as { fault: string; phase: string; time: number })
      .map(({ fault, phase, time }) => [`${fault} ${phase}`, time / 1e6]),
  );

test("two runs of one schedule have the same faults at the same times within 50 ms", async () => {
  const out = freshDir();
  const run = async (...flags: readonly string[]): Promise<string> => {
    const calm = ["--nodes", "3", "--time-limit", "5", "--rate", "50", "--concurrency", "4"];
    const ended = await kvtest(["run", ...calm, "--out", out, "--json", ...flags]);
    expect(ended.exitCode, ended.stderr).toBe(0);
    return (JSON.parse(ended.stdout) as { dir: string }).dir;
  };
  const first = timesIn(await run("--nemesis", "partition,pause,delay", "--seed", "11"));
  const again = timesIn(await run("--faults", join(out, "latest"), "--seed", "12"));
  const apartMs = [...first].map(([name, ms]) => Math.abs(ms - (again.get(name) ?? Number.POSITIVE_INFINITY)));
  console.log(`${apartMs.length} moments, at most ${Math.max(...apartMs).toFixed(1)} ms apart`);
  expect(apartMs.length).toBeGreaterThan(6);
  expect(Math.max(...apartMs)).toBeLessThanOrEqual(50);
});
