/** Runs the tests of a suite one after another, and says what each came to. */

import { join } from "node:path";
import type { Validity } from "../../checker/verdict.js";
import { FILES } from "../archive/archive.js";
import { readHistoryFile } from "../archive/history-file.js";
import type { FaultPlan } from "../config/config.js";
import type { SuiteTest } from "../config/suite.js";
import { run, type RunOptions } from "../run/run.js";
import { type Measured, measureLimit } from "./measure.js";

/** pass: as expected. fail: not. unknown: nobody can say, and the suite does not let that pass. */
export type Outcome = "pass" | "fail" | "unknown";

export interface Attempt {
  /** The run's folder; null where it did not come to one. */
  readonly dir: string | null;
  readonly seed: number;
  /** Of the claims alone. */
  readonly verdict: Validity;
  readonly limits: readonly Measured[];
  readonly outcome: Outcome;
  readonly because: string;
  readonly tookMs: number;
}

export interface TestResult {
  readonly name: string;
  readonly index: number;
  readonly expected: "valid" | "invalid";
  readonly expect: readonly string[];
  /** Of the last attempt. */
  readonly outcome: Outcome;
  readonly because: string;
  /** It passed, but not at the first attempt. */
  readonly flaky: boolean;
  /** At least one: those before the last one were not conclusive. */
  readonly attempts: readonly Attempt[];
}

export interface SuiteObserver {
  begin(test: SuiteTest, index: number, attempt: number): void;
  end(result: TestResult): void;
}

export interface RunSuiteOptions {
  /** `plan`: what was read from a file; absent: the faults are drawn from each attempt's seed. */
  readonly tests: readonly { readonly index: number; readonly test: SuiteTest; readonly plan?: FaultPlan }[];
  /** Where the nodes of a database run. */
  readonly cwd: string;
  readonly out: string;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly observer: SuiteObserver;
  readonly onWorld: RunOptions["onWorld"];
  readonly runObserver: RunOptions["observer"];
  /** What to type to do a test again. */
  readonly command: (test: SuiteTest, seed: number) => string;
}

/** Ends early, with what there is, when the signal is aborted. */
export async function runSuite(options: RunSuiteOptions): Promise<readonly TestResult[]> {
  const results: TestResult[] = [];
  for (const { index, test, plan } of options.tests) {
    const attempts: Attempt[] = [];
    while (!options.signal.aborted) {
      options.observer.begin(test, index, attempts.length + 1);
      const attempt = await attemptOf({ test, plan, earlier: attempts.length }, options);
      if (options.signal.aborted) break;
      attempts.push(attempt);
      if (!isWorthAnother(test, attempts)) break;
    }
    const last = attempts.at(-1);
    if (options.signal.aborted || last === undefined) break;
    const { outcome, because } = last;
    const flaky = outcome === "pass" && attempts.length > 1;
    const { name, expected } = test;
    const result: TestResult = {
      name,
      index,
      expected,
      expect: test.expect.map(({ text }) => text),
      outcome,
      because,
      flaky,
      attempts,
    };
    results.push(result);
    options.observer.end(result);
  }
  return results;
}

interface Another {
  readonly test: SuiteTest;
  readonly plan: FaultPlan | undefined;
  /** Attempts before this one. */
  readonly earlier: number;
}

async function attemptOf({ test, plan, earlier }: Another, options: RunSuiteOptions): Promise<Attempt> {
  const began = performance.now();
  // The same seed asks the same; another one gives an unknown verdict the chance to be another one.
  const seed = test.isSeeded ? test.test.seed : (test.test.seed + earlier) % 2 ** 32;
  const took = (): number => Math.round(performance.now() - began);
  try {
    const { dir, verdict } = await run(
      {
        test: { ...test.test, seed },
        ...(plan === undefined ? {} : { plan }),
        ...(test.database === null ? {} : { database: { definition: test.database, cwd: options.cwd } }),
        out: options.out,
        version: options.version,
        command: options.command(test, seed),
        signal: options.signal,
        observer: options.runObserver,
        allowVacuous: test.allowVacuous,
        failFast: false,
        onWorld: options.onWorld,
      },
      () => undefined,
    );
    const limits = await limitsOf(test, dir, verdict);
    const judged = judgedBy(test, verdict.valid, verdict.because, limits);
    return { dir, seed, verdict: verdict.valid, limits, ...judged, tookMs: took() };
  } catch (error) {
    // A database that does not start is the world's doing, not a crash of ours: the other tests still run.
    const because = `the run failed: ${error instanceof Error ? error.message : String(error)}`;
    return { dir: null, seed, verdict: "unknown", limits: [], outcome: "fail", because, tookMs: took() };
  }
}

async function limitsOf(
  test: SuiteTest,
  dir: string,
  verdict: Parameters<typeof measureLimit>[2],
): Promise<readonly Measured[]> {
  const limits = test.expect.filter((one) => one.is === "limit");
  if (limits.length === 0) return [];
  const read = await readHistoryFile(join(dir, FILES.history), { allowTruncatedTail: false });
  if (!read.ok) throw new Error(`${dir}: its history cannot be read`);
  return limits.map((limit) => measureLimit(limit, read.history, verdict));
}

/** What claims and limits come to together, held against what was expected. */
export function judgedBy(
  test: Pick<SuiteTest, "expected" | "unknown">,
  verdict: Validity,
  because: string,
  limits: readonly Measured[],
): { readonly outcome: Outcome; readonly because: string } {
  const missed = limits.filter(({ holds }) => holds === false);
  const open = limits.filter(({ holds }) => holds === null);
  const refuted = verdict === "invalid" || missed.length > 0;
  const unsure = verdict === "unknown" || open.length > 0;
  const reasons = [
    ...(verdict === "valid" ? [] : [because]),
    ...missed.map(({ limit, words }) => `${words}, expected ${limit.text}`),
    ...open.map(({ limit, words }) => `unknown whether ${limit.text}: ${words}`),
  ].join("; ");
  if (test.expected === "invalid") {
    if (refuted) return { outcome: "pass", because: `invalid, as expected: ${reasons}` };
    if (!unsure) return { outcome: "fail", because: `expected invalid, and nothing was refuted: ${because}` };
  } else {
    if (refuted) return { outcome: "fail", because: reasons };
    const kept = limits.map(({ words }) => words).join("; ");
    if (!unsure) return { outcome: "pass", because: [because, kept].filter((words) => words !== "").join("; ") };
  }
  return { outcome: test.unknown === "pass" ? "pass" : "unknown", because: reasons };
}

/**
 * What was proven is not asked again: a contradiction in one history is not made good by another one without. An
 * unknown verdict may be, and a missed limit, since a busy machine is slow.
 */
export function isWorthAnother(
  test: Pick<SuiteTest, "retries" | "unknown" | "expected">,
  attempts: readonly Attempt[],
): boolean {
  const last = attempts.at(-1);
  if (last === undefined || last.outcome === "pass" || attempts.length > test.retries) return false;
  if (last.outcome === "unknown") return test.unknown === "retry";
  return test.expected === "valid" && last.dir !== null && last.verdict !== "invalid";
}
