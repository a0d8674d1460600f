/** The harness ended at twenty random moments, by SIGKILL and by Ctrl-C: nobody left behind, and the folder checks. */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { draw } from "../../src/generator/random.js";
import { type Ended, freshDir, kvtest, leftBehind, until } from "../cli/kvtest.js";

const SEED = Number(process.env["SEED"] ?? Math.floor(Math.random() * 1e6));

async function endAt(
  ms: number,
  signal: "SIGKILL" | "SIGINT",
  seed: number,
): Promise<Ended & { readonly out: string }> {
  const out = freshDir();
  const child = kvtest([
    "run",
    "--nemesis",
    "partition,kill,pause,delay",
    "--time-limit",
    "6",
    "--seed",
    String(seed),
    "--out",
    out,
  ]);
  await sleep(ms);
  child.kill(signal);
  const ended = await child;
  await until(
    "nobody left behind",
    () => leftBehind(out),
    (lines) => lines.length === 0,
  );
  return { ...ended, out };
}

test("killed by SIGKILL at a random moment, twenty times", async () => {
  console.log(`SEED=${SEED}`);
  let checked = 0;
  for (let n = 0; n < 20; n++) {
    const ms = 100 + draw(SEED, n, "kill") * 9000;
    const { out } = await endAt(ms, "SIGKILL", n);
    // Killed before there was a run: then there is nothing to check, and nothing half-made either.
    if (!existsSync(join(out, "latest", "history.jsonl"))) continue;
    const { exitCode, stderr, stdout } = await kvtest(["check", join(out, "latest")]);
    console.log(`after ${ms.toFixed(0)} ms: check says ${exitCode}`);
    expect([0, 2], `${stderr}\n${stdout}`).toContain(exitCode);
    checked++;
  }
  expect(checked).toBeGreaterThan(10);
});

test("ended by Ctrl-C at a random moment, twenty times: always a verdict once there is a history", async () => {
  console.log(`SEED=${SEED}`);
  let judged = 0;
  for (let n = 0; n < 20; n++) {
    const ms = 300 + draw(SEED, n, "interrupt") * 9000;
    const { out, exitCode, stderr, stdout } = await endAt(ms, "SIGINT", n);
    const runs = existsSync(out) ? readdirSync(out) : [];
    console.log(`after ${ms.toFixed(0)} ms: exit ${exitCode}`);
    if (runs.length === 0) continue;
    // Once all is said, a process takes some milliseconds to end, and a signal ends it as any other.
    if (exitCode === undefined) expect(stdout, stderr).toMatch(/^ *report .*report\.html$/m);
    else expect([0, 2], stderr).toContain(exitCode);
    expect(existsSync(join(out, "latest", "verdict.json"))).toBe(true);
    judged++;
  }
  expect(judged).toBeGreaterThan(10);
});
