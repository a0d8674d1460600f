/** `kvtest ci`: a suite of tests as a gate. */

import { appendFileSync, mkdirSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import { Command } from "commander";
import { isRunFolder, readConfig, writeWhole } from "../archive/archive.js";
import type { SuiteOptions } from "../config/suite.js";
import { annotations, summary } from "../suite/github.js";
import { junitOf } from "../suite/junit.js";
import { type LoadedSuite, loadSuite, SUITE_FILES } from "../suite/load.js";
import { runSuite, type RunSuiteOptions, type TestResult } from "../suite/run-suite.js";
import { EXIT, UsageError } from "./exit.js";
import { lifeline } from "./lifeline.js";
import { gathered } from "./nemesis-options.js";
import { planned } from "./planned.js";
import { quoted } from "./repeat.js";
import { runCommand } from "./run-command.js";
import { Status } from "./status.js";
import { paint, type Style, wrap } from "./words.js";

interface Flags {
  readonly out: string;
  readonly only?: string;
  readonly like?: string;
  readonly list?: boolean;
  readonly junit?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly seed?: string;
}

export function ciCommand(version: string): Command {
  return new Command("ci")
    .description("run a suite of tests with claims and limits; the exit code is the gate")
    .argument("[suite]", `a suite's file, or a folder with ${SUITE_FILES[0]} or ${SUITE_FILES[4]} (default: this one)`)
    .option("--only <text>", "run the tests only whose name holds this text")
    .option(
      "--like <run>",
      "run the only test that is left as this run was: its nodes, clients, times, faults and seed",
    )
    .option("--list", "tell which tests there are, and run none")
    .option("--seed <n>", "draw the seeds of tests that name none from this one (default: drawn, and printed)")
    .option("--junit <file>", "write the results as JUnit XML")
    .option("--json", "print the results as JSON, and nothing else, on stdout")
    .option("--quiet", "no progress")
    .option("--out <dir>", "where runs are kept", "runs")
    .addHelpText(
      "after",
      `
Examples:
  kvtest ci
  kvtest ci kvtest.config.yaml --junit kvtest.xml
  kvtest ci --only partition --json
  kvtest ci --only 'nodes are killed' --like runs/latest

In GitHub Actions (GITHUB_ACTIONS is set) failures are also printed as annotations of the suite's file, and the
results are added to the job's summary.
Exit codes: 0 every test came out as expected, 1 at least one did not, 2 none failed but one is unknown,
254 not a suite, 255 kvtest itself failed. Ctrl-C stops the run in progress, and leaves no node behind.`,
    )
    .action(async (file: string | undefined, flags: Flags) => {
      process.exitCode = await gate(file, flags, version);
    });
}

async function gate(given: string | undefined, flags: Flags, version: string): Promise<number> {
  const seed = seedOf(flags.seed);
  const loaded = await loadSuite(given, suiteOptions(version, seed));
  if (!loaded.ok) throw new UsageError(loaded.what, loaded.problems);
  const { suite, file, cwd } = loaded.loaded;
  const tests = suite.tests
    .map((test, index) => ({ index, test }))
    .filter(({ test }) => flags.only === undefined || test.name.includes(flags.only));
  if (tests.length === 0) {
    const names = suite.tests.map(({ name }) => name).join(", ");
    throw new UsageError("nothing to run:", [`--only ${flags.only}: no test has this in its name; there are ${names}`]);
  }
  if (flags.list === true) {
    for (const { test } of tests) process.stdout.write(`${test.name}\n`);
    return EXIT.valid;
  }
  const ready = flags.like === undefined ? readied(tests, cwd) : [likeRun(tests, flags.like)];
  const quiet = flags.quiet === true || flags.json === true;
  const life = lifeline((name) => {
    if (!quiet) process.stderr.write(`\n${name}: stopping the run in progress (once more: end at once)\n`);
  });
  const style: Style = {
    colour: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
    columns: process.stdout.columns ?? 100,
  };
  const status = new Status(process.stderr, quiet);
  try {
    const results = await runSuite({
      tests: ready,
      cwd,
      out: flags.out,
      version,
      signal: life.signal,
      runObserver: status,
      observer: {
        begin: (test, index, attempt) => {
          if (!quiet)
            process.stderr.write(
              `\n${test.name} (${index + 1} of ${suite.tests.length}${attempt > 1 ? `, attempt ${attempt}` : ""})\n`,
            );
        },
        end: (result) => {
          if (flags.json !== true) process.stdout.write(`${resultInWords(result, style)}\n`);
        },
      },
      onWorld: (world) => life.onEmergency(() => world.killNow()),
      command: (test, testSeed) => `npx kvtest ci ${quoted(file)} --only ${quoted(test.name)} --seed ${testSeed}`,
    });
    status.close();
    tell(results, { flags, suite: loaded.loaded, interrupted: life.signal.aborted, seed });
    return life.signal.aborted ? EXIT.unknown : exitOf(results);
  } finally {
    status.close();
    life.release();
  }
}

type Indexed = RunSuiteOptions["tests"][number];

/** A test as a run of it was, which may have been made smaller since. Claims and limits are those of the suite. */
function likeRun(tests: readonly Indexed[], dir: string): Indexed {
  const [only, ...others] = tests;
  const refuse = (problem: string): never => {
    throw new UsageError("cannot run this:", [`--like ${dir}: ${problem}`]);
  };
  if (only === undefined || others.length > 0)
    return refuse(`there are ${tests.length} tests, and it can be like one of them only; --only says which`);
  if (!isRunFolder(dir)) return refuse("is not the folder of a run");
  const read = readConfig(dir);
  if (!read.ok) return refuse(read.problems.join("; "));
  const { format: _f, id: _i, version: _v, startedAt: _s, command: _c, ...was } = read.value;
  const { test } = only.test;
  const called = (protocol: typeof was.protocol): string =>
    protocol.mode === "own" ? protocol.database : "the reference store";
  if (called(was.protocol) !== called(test.protocol))
    return refuse(`is of ${called(was.protocol)}, and ${only.test.name} is of ${called(test.protocol)}`);
  const like = { ...was, claims: test.claims };
  const made = planned(like, dir);
  if (!made.ok) throw new UsageError("cannot run this:", made.problems);
  return { ...only, test: { ...only.test, test: made.value.test, isSeeded: true }, plan: made.value.plan };
}

/** What a cluster cannot suffer it can't suffer in the third test either: told before the first one starts. */
function readied(tests: readonly Indexed[], cwd: string): readonly Indexed[] {
  const problems: string[] = [];
  const ready = tests.map(({ index, test }): Indexed => {
    const made = planned(test.test, test.faults, cwd);
    if (!made.ok) problems.push(...made.problems.map((problem) => `${test.name}: ${problem}`));
    // What is drawn is drawn again for the seed of each attempt.
    if (!made.ok || test.faults === null) return { index, test };
    return { index, test: { ...test, test: made.value.test }, plan: made.value.plan };
  });
  if (problems.length > 0) throw new UsageError("these tests cannot be run:", problems);
  return ready;
}

/** The same names as on the command line of `kvtest run`. */
export function suiteOptions(version: string, seed: number): SuiteOptions {
  const options = runCommand(version).options.map(
    (option) =>
      [option.attributeName(), { isSwitch: option.isBoolean(), isList: option.parseArg === gathered }] as const,
  );
  return { flags: new Map(options), freshSeed: (test) => (seed + test * SEEDS_APART) % 2 ** 32 };
}

/** So that the retries of one test are not the first attempts of the next. */
const SEEDS_APART = 1009;

function seedOf(text: string | undefined): number {
  const seed = text === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(text);
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32 && text !== "") return seed;
  throw new UsageError("cannot run this:", [`--seed ${text}: expected a whole number from 0 to ${2 ** 32 - 1}`]);
}

function exitOf(results: readonly TestResult[]): number {
  if (results.some(({ outcome }) => outcome === "fail")) return EXIT.invalid;
  return results.some(({ outcome }) => outcome === "unknown") ? EXIT.unknown : EXIT.valid;
}

const MARKS = { pass: "valid", fail: "invalid", unknown: "unknown" } as const;
const WORDS = { pass: "pass", fail: "FAIL", unknown: "UNKNOWN" } as const;

function resultInWords({ name, outcome, because, flaky, attempts }: TestResult, style: Style): string {
  const head = paint(style, MARKS[outcome], (flaky ? "FLAKY" : WORDS[outcome]).padEnd(8));
  const lines = wrap(
    flaky ? `passed at attempt ${attempts.length}: ${because}` : because,
    Math.max(40, style.columns - 10),
  );
  const last = attempts.at(-1)?.dir ?? null;
  const folder = last === null ? [] : [`         ${relative(process.cwd(), resolve(last)) || "."}`];
  return [`${head} ${name}`, ...lines.map((line) => `         ${line}`), ...folder].join("\n");
}

interface Telling {
  readonly flags: Flags;
  readonly suite: LoadedSuite;
  readonly interrupted: boolean;
  readonly seed: number;
}

function tell(results: readonly TestResult[], { flags, suite, interrupted, seed }: Telling): void {
  const name = basename(suite.file);
  if (flags.junit !== undefined) {
    mkdirSync(dirname(resolve(flags.junit)), { recursive: true });
    writeWhole(flags.junit, junitOf(name, results));
  }
  const github = process.env["GITHUB_STEP_SUMMARY"];
  if (github !== undefined && github !== "") appendFileSync(github, summary(name, results));
  const all = suite.suite.tests.length;
  const counts = (outcome: TestResult["outcome"]): number => results.filter((one) => one.outcome === outcome).length;
  const flaky = results.filter(({ flaky }) => flaky).length;
  if (flags.json === true) {
    process.stdout.write(
      `${JSON.stringify({ format: 1, suite: suite.file, seed, interrupted, passed: counts("pass"), failed: counts("fail"), unknown: counts("unknown"), flaky, results })}\n`,
    );
  } else {
    const words = `${counts("pass")} passed${flaky > 0 ? ` (${flaky} flaky)` : ""}, ${counts("fail")} failed, ${counts("unknown")} unknown, of ${all} in ${name}; seed ${seed}`;
    process.stdout.write(`\n${interrupted ? "interrupted: " : ""}${words}\n`);
  }
  if (process.env["GITHUB_ACTIONS"] !== "true") return;
  // On stderr where stdout is JSON: the runner reads both.
  const stream = flags.json === true ? process.stderr : process.stdout;
  for (const line of annotations(results, suite)) stream.write(`${line}\n`);
}
