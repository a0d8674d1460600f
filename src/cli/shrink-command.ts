/** `kvtest shrink RUN`: the fewest nodes, faults and clients, and the shortest times, that still break the promise. */

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { Command } from "commander";
import { readScript } from "../../nemesis/index.js";
import type { RunVerdict } from "../../checker/judge.js";
import { wilson } from "../../checker/staleness/wilson.js";
import { FILES, isRunFolder, readConfig, readVerdict } from "../archive/archive.js";
import type { RunConfig } from "../config/config.js";
import type { TestConfig } from "../config/flags.js";
import { integer, seconds } from "../config/parse.js";
import { describeFault } from "../report/fault-words.js";
import { count, counted, duration, percent } from "../report/words.js";
import { impossible } from "../run/plan.js";
import { type OwnDatabase, run } from "../run/run.js";
import { brokenClaims, breaks, realTry, simulatedTry } from "../shrink/attempt.js";
import type { Subject } from "../shrink/candidate.js";
import { shrink, type Shrunk, type Tried } from "../shrink/shrink.js";
import { databaseOf } from "./own-run.js";
import { suiteOptions } from "./ci-command.js";
import { isRegister } from "../workload/options.js";
import { EXIT, UsageError } from "./exit.js";
import { lifeline, type Lifeline } from "./lifeline.js";
import { smallerCommand } from "./repeat.js";

interface Flags {
  readonly tries?: string;
  readonly within: string;
  readonly confirm: string;
  readonly real?: boolean;
  readonly suite?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const TRIES = { simulated: "10", real: "3" } as const;

export function shrinkCommand(version: string): Command {
  return new Command("shrink")
    .description(
      "the fewest nodes, faults and clients, and the shortest times, with which a run still breaks its promise",
    )
    .argument("<run>", "the folder of an invalid run")
    .option(
      "--tries <n>",
      `runs of each smaller test until it counts as sound (default: ${TRIES.simulated} simulated, ${TRIES.real} real)`,
    )
    .option("--within <s>", "when to stop with what there is; 90, 5m", "60")
    .option("--real", "with real processes, also where a simulation shows it")
    .option(
      "--suite <file>",
      "of a database of one's own: the suite that says how it is started (default: as the run's command)",
    )
    .option("--confirm <n>", "runs of the smallest test at the end, to say how surely it shows the violation", "10")
    .option("--out <dir>", "where the smallest run is kept (default: beside the run)")
    .option("--json", "print what was found as JSON, and nothing else, on stdout")
    .option("--quiet", "no progress")
    .addHelpText(
      "after",
      `
Examples:
  kvtest shrink runs/latest
  kvtest shrink runs/latest --real --within 10m
  kvtest shrink runs/latest --within 20m --tries 5 --confirm 30    a test of kvtest ci, of a database of one's own

First the run's protocol, workload and faults are simulated, many times a second and the same every time for a seed. Where
no simulation shows the violation, and for a database of one's own, real runs are tried, and it is said in how many of them
it showed. A smaller test then counts as sound when none of --tries runs showed it: the rarer the violation, the more it takes.
Made smaller: nodes, faults, times, clients, operations a second, keys of registers. Faults are cut down to the nodes that
stay, which are called n1, n2, ... again; a quorum that was a majority, or all, is one of those that stay.

Exit codes: 0 a smaller run, or the same, shows the violation; 2 none did again; 254 wrong arguments or a run that broke
no promise; 255 kvtest itself failed.`,
    )
    .action(async (path: string, flags: Flags) => {
      process.exitCode = await shrinkRun(path, flags, version);
    });
}

interface Read {
  readonly dir: string;
  readonly config: RunConfig;
  readonly subject: Subject;
  readonly broken: readonly string[];
  /** null: the reference store. */
  readonly database: OwnDatabase | null;
}

async function readBroken(path: string, suite: string | undefined, version: string): Promise<Read> {
  const problems: string[] = [];
  if (!existsSync(path)) throw new UsageError("cannot shrink this:", [`${path}: there is no such folder`]);
  if (!isRunFolder(path)) throw new UsageError("cannot shrink this:", [`${path}: is not the folder of a run`]);
  const config = readConfig(path);
  const verdict = readVerdict(path);
  if (!config.ok) throw new UsageError("cannot shrink this:", config.problems);
  if (verdict === null) problems.push(`${path}: has no verdict; kvtest check ${path} judges its history`);
  const broken = verdict === null ? [] : brokenClaims(verdict);
  if (verdict !== null && broken.length === 0) problems.push(`${path}: broke no promise (it is ${verdict.valid})`);
  const { nodes, timeLimitMs, seed } = config.value;
  const database = await databaseOf(config.value, suite, suiteOptions(version, seed));
  if (!database.ok) problems.push(...database.problems.map((problem) => `${path}: ${problem}`));
  const text = readFileSync(join(path, FILES.faults), "utf8");
  const script = readScript(text, { nodes, durationMs: timeLimitMs, seed });
  if (!script.ok) problems.push(...script.problems.map(({ line, text: why }) => `${FILES.faults}:${line}: ${why}`));
  if (problems.length > 0 || !script.ok || !database.ok) throw new UsageError("cannot shrink this:", problems);
  const {
    format: _format,
    id: _id,
    version: _version,
    startedAt: _startedAt,
    command: _command,
    ...test
  } = config.value;
  const subject: Subject = { test, plan: { format: 1, faults: script.faults } };
  return { dir: resolve(path), config: config.value, subject, broken, database: database.value };
}

async function shrinkRun(path: string, flags: Flags, version: string): Promise<number> {
  const problems: string[] = [];
  const tries = flags.tries === undefined ? null : integer("--tries", flags.tries, { min: 1, max: 1000 }, problems);
  const confirm = integer("--confirm", flags.confirm, { min: 1, max: 1000 }, problems);
  const withinMs = seconds("--within", flags.within, { min: 1, max: 86_400 }, problems);
  if (problems.length > 0) throw new UsageError("cannot shrink with these flags:", problems);
  const read = await readBroken(path, flags.suite, version);
  const life = lifeline(() => undefined);
  // Held by a timer of ours: one that only a composite signal knows of is collected as garbage, and never comes.
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), withinMs);
  const enough = AbortSignal.any([life.signal, over.signal]);
  try {
    const work = { read, tries, confirm, enough, life, flags, version };
    const found = (flags.real === true ? null : await inSimulation(work)) ?? (await inReality(work));
    return tell(work, found);
  } finally {
    clearTimeout(timer);
    life.release();
  }
}

interface Work {
  readonly read: Read;
  readonly tries: number | null;
  readonly confirm: number;
  readonly enough: AbortSignal;
  readonly life: Lifeline;
  readonly flags: Flags;
  readonly version: string;
}

interface Found extends Shrunk {
  readonly isSimulated: boolean;
  /** Runs of the smallest test that showed the violation, of how many. */
  readonly shown: number;
  readonly of: number;
  /** Runs without the violation after which a smaller test counted as sound. */
  readonly tries: number;
  /** The folder of one that shows it; null: none of the last runs did. */
  readonly dir: string | null;
}

async function inSimulation(work: Work): Promise<Found | null> {
  const { read, tries, confirm, enough } = work;
  if (read.database !== null) return null;
  const subject: Subject = { ...read.subject, test: { ...read.subject.test, simulated: true } };
  if (impossible(subject.test, subject.plan.faults).length > 0 || !subject.test.fsync) return null;
  const runs = tries ?? Number(TRIES.simulated);
  const attempt = simulatedTry(read.broken, runs, enough);
  const found = await shrink({ subject, attempt, signal: enough, onCandidate: progress(work) });
  if (found === null) {
    if (work.flags.quiet !== true) process.stderr.write("no simulation shows it; on to real runs\n");
    return null;
  }
  let shown = 0;
  for (let i = 0; i < confirm; i++) {
    const one = { ...found.subject, test: { ...found.subject.test, seed: (found.seed + i) % 2 ** 32 } };
    if ((await simulatedTry(read.broken, 1, work.life.signal)(one)) !== null) shown++;
  }
  const { dir } = await runOf(work, found.subject, found.seed, outOf(work));
  return { ...found, isSimulated: true, shown, of: confirm, tries: runs, dir };
}

async function inReality(work: Work): Promise<Found | null> {
  const { read, tries, confirm, enough, life } = work;
  const { simulated: _, ...test } = read.subject.test;
  const subject: Subject = { ...read.subject, test };
  const runs = tries ?? Number(TRIES.real);
  const attempt = realTry(read.broken, runs, enough, (one) => passing(work, one));
  const found = await shrink({ subject, attempt, signal: enough, isCostly: true, onCandidate: progress(work) });
  if (found === null) return null;
  let shown = 0;
  let dir: string | null = null;
  let ran = 0;
  for (; ran < confirm && !life.signal.aborted; ran++) {
    const kept = await runOf(work, found.subject, found.seed, outOf(work));
    if (breaks(kept.verdict, read.broken)) {
      shown++;
      dir ??= kept.dir;
      if (dir === kept.dir) continue;
    }
    // One that shows it is enough.
    rmSync(kept.dir, { recursive: true, force: true });
  }
  return { ...found, isSimulated: false, shown, of: ran, tries: runs, dir };
}

const outOf = ({ flags, read }: Work): string => flags.out ?? dirname(read.dir);

/** A run that nobody will look at. */
async function passing(work: Work, one: Subject): Promise<RunVerdict> {
  const out = mkdtempSync(join(tmpdir(), "kvtest-shrink-"));
  try {
    return (await runOf(work, one, one.test.seed, out)).verdict;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function runOf({ read, life, version }: Work, { test, plan }: Subject, seed: number, out: string) {
  const observer = { phase: () => undefined, fault: () => undefined, violation: () => undefined };
  const { database } = read;
  const kinds = [...new Set(plan.faults.map(({ fault }) => fault.f))];
  const own: TestConfig = { ...test, seed, nemesis: { ...test.nemesis, faults: kinds } };
  return run(
    {
      test: own,
      plan,
      ...(database === null ? {} : { database }),
      out,
      version,
      command: (dir) => smallerCommand(read.config.command, own, relative(process.cwd(), dir)),
      signal: life.signal,
      observer,
      allowVacuous: true,
      failFast: false,
      onWorld: (world) => life.onEmergency(() => world.killNow()),
    },
    () => undefined,
  );
}

const progress =
  ({ flags }: Work) =>
  ({ subject, seed, count: tried }: Tried): void => {
    if (flags.quiet === true || flags.json === true) return;
    const words = seed === null ? "sound" : "still broken";
    process.stderr.write(`  ${String(tried).padStart(3)}  ${sizeOf(subject)}: ${words}\n`);
  };

const sizeOf = ({ test, plan }: Subject): string =>
  [
    counted(test.nodes.length, "node"),
    counted(plan.faults.length, "fault"),
    duration(test.timeLimitMs),
    counted(test.concurrency, "client"),
    ...(test.rate === null ? [] : [`${count(test.rate)}/s`]),
    ...(isRegister(test.workload) ? [counted(test.workload.keys, "key")] : []),
  ].join(", ");

function tell({ read, flags }: Work, found: Found | null): number {
  if (found === null) {
    if (flags.json === true) process.stdout.write(`${JSON.stringify({ shown: false })}\n`);
    else process.stdout.write("no run showed the violation again: it is rarer than that; more --tries may find it\n");
    return EXIT.unknown;
  }
  const { subject, seed, tried, isSmallest, isSimulated, shown, of, tries, dir } = found;
  const { faults } = subject.plan;
  const [least] = wilson(shown, of);
  if (flags.json === true) {
    const { nodes, concurrency, timeLimitMs, rate, workload } = subject.test;
    const keys = isRegister(workload) ? { keys: workload.keys } : {};
    const sizes = { nodes: nodes.length, faults, concurrency, timeLimitMs, rate, ...keys, seed };
    process.stdout.write(
      `${JSON.stringify({ shown: true, isSimulated, isSmallest, tried, ...sizes, tries, runs: { shown, of }, dir })}\n`,
    );
    return EXIT.valid;
  }
  const here = dir === null ? null : relative(process.cwd(), dir) || ".";
  const surely = isSimulated
    ? `seed ${seed} shows it every time; of ${count(of)} seeds from there on ${count(shown)} do`
    : `${count(shown)} of ${count(of)} runs of it showed it: with 95 % confidence at least ${percent(least)} do`;
  const command = dir === null ? null : readConfig(dir);
  process.stdout.write(
    [
      "",
      `before   ${sizeOf(read.subject)}`,
      `now      ${sizeOf(subject)}${isSmallest ? "" : "   (out of time: there may be a smaller one)"}`,
      ...faults.map(
        ({ id, atMs, forMs, fault }) =>
          `         ${id} at ${duration(atMs)} for ${duration(forMs)}: ${fault.f}: ${describeFault(fault)}`,
      ),
      ...(faults.length === 0 ? ["         no fault is needed"] : []),
      `broken   ${read.broken.join(", ")}; ${surely}`,
      `tried    ${counted(tried, isSimulated ? "simulated test" : "test")}${missedInWords(tries)}`,
      "",
      ...(here === null ? [] : [`  report   ${join(here, FILES.report)}`]),
      ...(command?.ok === true ? [`  again    ${command.value.command}`] : []),
      "",
    ].join("\n"),
  );
  return EXIT.valid;
}

/** How much a smaller test may hide. */
const missedInWords = (tries: number): string =>
  `, each sound after ${counted(tries, "run")} without: one that shows it half of the time is taken for sound ${percent(0.5 ** tries)} of the time`;
