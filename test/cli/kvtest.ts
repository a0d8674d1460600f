/** Drives the built command line as a user does, and looks for what it left behind. */

import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

export const repoRoot = fileURLToPath(new URL("../..", import.meta.url));
export const program = join(repoRoot, "dist/src/cli/main.js");

export const freshDir = (): string => mkdtempSync(join(tmpdir(), "kvtest-test-"));

export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running extends PromiseLike<Ended> {
  kill(signal: NodeJS.Signals): boolean;
  readonly stdout: NodeJS.ReadableStream;
}

/** Never rejects. `input`: what comes on standard input. */
export const kvtest = (args: readonly string[], cwd = repoRoot, input?: string): Running =>
  // execa's own type cannot be written down in a declaration; this is the part of it that tests use.
  execa(process.execPath, [program, ...args], {
    reject: false,
    cwd,
    ...(input === undefined ? {} : { input }),
  }) as unknown as Running;

/** Live processes (zombies are gone) whose command line names the folder: replicas, guardians, a harness. */
export function leftBehind(dir: string): readonly string[] {
  return execFileSync("ps", ["-ww", "-eo", "pid=,stat=,args="], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
    .split("\n")
    .filter((line) => line.includes(dir) && !/^\s*\d+\s+[ZX]/.test(line) && !line.includes("ps -ww"));
}

/** How often a real cluster is tried before it counts that it did not show something. */
const RUNS_MAX = 4;

/**
 * The first of a few runs, each with the next seed, that is as wanted, and the last one where none is. For what a machine
 * that is busy with other things may hide once: that a fault was felt, that operations met. A run that accuses a store
 * that keeps its promise must not be one of those that are tried again.
 */
export async function firstOf<T>(
  wanted: (ran: T) => boolean,
  run: (seed: number) => Promise<T>,
  firstSeed: number,
): Promise<T> {
  for (let seed = firstSeed; ; seed++) {
    const ran = await run(seed);
    if (wanted(ran) || seed === firstSeed + RUNS_MAX - 1) return ran;
  }
}

/** It proves something: it is valid, or it accuses. */
export const isDecided = ({ exitCode }: { readonly exitCode?: number | undefined }): boolean => exitCode !== 2;
export const isCaught = ({ exitCode }: { readonly exitCode?: number | undefined }): boolean => exitCode === 1;

/** Waits for a condition with a bound, which catches a hang only; throws with what was last seen. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  good: (seen: T) => boolean,
  withinMs = 120_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (good(seen)) return seen;
    if (performance.now() > deadline)
      throw new Error(`${what}: not within ${withinMs} ms; last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
