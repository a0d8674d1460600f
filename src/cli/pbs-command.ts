/** `kvtest pbs`: how stale will reads be with other quorums? Predicted, never measured. */

import { Command } from "commander";
import { PUBLISHED_LATENCIES, PUBLISHED_TABLE, type PublishedName } from "../../checker/staleness/latencies.js";
import { type Prediction, type Quorum, simulate, withinVersions } from "../../checker/staleness/pbs.js";
import { wilson } from "../../checker/staleness/wilson.js";
import { draw } from "../generator/random.js";
import { UsageError } from "./exit.js";
import { pbsInWords, publishedInWords } from "./pbs-words.js";
import { type PbsSubject, publishedSubject, subjectFrom } from "./pbs-subject.js";

interface Flags {
  readonly latencies?: string;
  readonly quorum?: readonly string[];
  readonly measured?: string;
  readonly after: string;
  readonly trials: string;
  readonly seed: string;
  readonly published?: boolean;
  readonly json?: boolean;
}

const NAMES = Object.keys(PUBLISHED_LATENCIES) as readonly PublishedName[];
const TRIALS_MAX = 1e7;
const REPLICAS_MAX = 100;
/** Reads this many versions behind at most: what is told of each quorum. */
const VERSIONS = [1, 2, 3, 5, 10] as const;

export function pbsCommand(): Command {
  return new Command("pbs")
    .description("predict how often reads would be stale, for any N, R and W, from measured latencies")
    .argument("[run|file]", "a run's folder, or a history with times (- for stdin): where the latencies come from")
    .option("--latencies <name>", `published ones instead: ${NAMES.join(", ")}`)
    .option(
      "--quorum <n,r,w>",
      "such as n=3,r=1,w=2; may be given again (default: the run's own, every R + W <= N, and majorities)",
      (quorum: string, before: readonly string[] | undefined) => [...(before ?? []), quorum],
    )
    .option(
      "--measured <n,r,w>",
      "of a file: the quorum that its latencies were measured with (default: single replicas)",
    )
    .option("--after <ms>", "how long after a write reads begin", "0,1,10,100")
    .option("--trials <n>", "writes and reads that are drawn for each quorum", "100000")
    .option("--seed <n>", "the same seed, the same prediction", "1")
    .option("--published", "the table of the paper, and what is predicted here beside it")
    .option("--json", "print the predictions as JSON")
    .addHelpText(
      "after",
      `
Examples:
  kvtest pbs runs/latest
  kvtest pbs runs/latest --quorum n=3,r=1,w=2 --quorum n=5,r=2,w=2
  kvtest pbs --latencies lnkd-disk --after 0,10,50
  kvtest pbs history.jsonl --measured n=3,r=2,w=2 --json
  kvtest pbs --published

A write goes to all N replicas and waits for W, a read to all and waits for R; it is fresh if one of those R has the
write by then (PBS: Bailis et al., VLDB 2012). No failures, no repair, one write at a time.
Exit codes: 0, 254 wrong arguments or input, 255 kvtest itself failed.`,
    )
    .action(async (path: string | undefined, flags: Flags) => {
      const problems: string[] = [];
      const trials = whole("--trials", flags.trials, [1, TRIALS_MAX], problems);
      const seed = whole("--seed", flags.seed, [0, Number.MAX_SAFE_INTEGER], problems);
      const after = afterOf(flags.after, problems);
      const quorums = (flags.quorum ?? []).flatMap((text) => quorumOf("--quorum", text, problems) ?? []);
      const measured = flags.measured === undefined ? null : quorumOf("--measured", flags.measured, problems);
      problems.push(...sourceProblems(path, flags));
      if (problems.length > 0) throw new UsageError("cannot predict this:", problems);
      const draws = { trials, seed };
      if (flags.published === true) {
        const rows = PUBLISHED_TABLE.map((row) => ({ published: row, predicted: again(row, draws) }));
        return print(flags, { format: 1, ...draws, rows }, () => publishedInWords(rows, draws));
      }
      const name = NAMES.find((one) => one === flags.latencies);
      const subject = name === undefined ? await subjectFrom(path ?? "", measured) : publishedSubject(name);
      const chosen = quorums.length > 0 ? quorums : ordinary(subject);
      const rows = chosen.map((quorum) => predicted(quorum, predict(subject.where, quorum, draws), { after, trials }));
      const { from, visibility } = subject;
      const own = subject.own === null ? null : predict(subject.where, subject.own, draws);
      print(flags, { format: 1, from, ...draws, predictions: rows, measured: visibility }, () =>
        pbsInWords({ subject, rows, own, draws }),
      );
    });
}

function print(flags: Flags, json: object, words: () => string): void {
  process.stdout.write(flags.json === true ? `${JSON.stringify(json)}\n` : `${words()}\n`);
}

export interface Draws {
  readonly trials: number;
  readonly seed: number;
}

/** One quorum's prediction as data. */
export interface Predicted {
  readonly quorum: Quorum;
  /** Share of fresh reads that begin so long after a write, with the 95 % interval of the draws. */
  readonly freshAt: readonly {
    readonly afterMs: number;
    readonly share: number;
    readonly interval: readonly [number, number];
  }[];
  /** From when on 90, 99 and 99.9 % of reads are fresh, ms. */
  readonly freshAfterMs: { readonly p90: number; readonly p99: number; readonly p999: number };
  readonly readMs: LatencyQuantiles;
  readonly writeMs: LatencyQuantiles;
  /** Share of reads that return one of the latest so many versions, quorums not growing; by the number of versions. */
  readonly withinVersions: { readonly [versions: string]: number };
}

interface LatencyQuantiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

const predict = (where: PbsSubject["where"], quorum: Quorum, { trials, seed }: Draws): Prediction => {
  let drawn = 0;
  return simulate({ ...where, quorum, trials, draw: () => draw(seed, drawn++, "pbs") });
};

const quantilesOf = (within: (p: number) => number): LatencyQuantiles => ({
  p50: within(0.5),
  p99: within(0.99),
  p999: within(0.999),
});

function predicted(
  quorum: Quorum,
  prediction: Prediction,
  { after, trials }: { readonly after: readonly number[]; readonly trials: number },
): Predicted {
  const { freshAt, freshAfterMs, readWithinMs, writeWithinMs } = prediction;
  return {
    quorum,
    freshAt: after.map((afterMs) => {
      const share = freshAt(afterMs);
      return { afterMs, share, interval: wilson(Math.round(share * trials), trials) };
    }),
    freshAfterMs: { p90: freshAfterMs(0.9), p99: freshAfterMs(0.99), p999: freshAfterMs(0.999) },
    readMs: quantilesOf(readWithinMs),
    writeMs: quantilesOf(writeWithinMs),
    withinVersions: Object.fromEntries(VERSIONS.map((k) => [k, withinVersions(quorum, k)])),
  };
}

/** A row of the paper's table, predicted here. */
function again({ latencies, readQuorum, writeQuorum }: (typeof PUBLISHED_TABLE)[number], draws: Draws) {
  const quorum = { replicas: 3, readQuorum, writeQuorum };
  const { freshAt, freshAfterMs, readWithinMs, writeWithinMs } = predict(PUBLISHED_LATENCIES[latencies], quorum, draws);
  return {
    freshAtOnce: freshAt(0),
    readMs: readWithinMs(0.999),
    writeMs: writeWithinMs(0.999),
    freshAfterMs: freshAfterMs(0.999),
  };
}

export type Again = ReturnType<typeof again>;

/** The run's own, every pair that need not overlap, and majorities. */
function ordinary({ own, replicas }: PbsSubject): readonly Quorum[] {
  const majority = Math.floor(replicas / 2) + 1;
  const found = own === null ? [] : [own];
  for (let readQuorum = 1; readQuorum <= replicas; readQuorum++) {
    for (let writeQuorum = 1; readQuorum + writeQuorum <= replicas; writeQuorum++) {
      found.push({ replicas, readQuorum, writeQuorum });
    }
  }
  found.push({ replicas, readQuorum: majority, writeQuorum: majority });
  const names = found.map((quorum) => JSON.stringify(quorum));
  return found.filter((_, i) => names.indexOf(names[i] ?? "") === i);
}

function sourceProblems(path: string | undefined, flags: Flags): readonly string[] {
  const { latencies, published } = flags;
  const sources = [path, latencies, published].filter((source) => source !== undefined).length;
  const problems: string[] = [];
  if (sources !== 1) problems.push("expected one of RUN, FILE, --latencies NAME or --published");
  if (latencies !== undefined && !NAMES.some((name) => name === latencies)) {
    problems.push(`--latencies ${latencies}: expected one of ${NAMES.join(", ")}`);
  }
  if (flags.measured !== undefined && path === undefined) problems.push("--measured: is of a file");
  if (published === true && flags.quorum !== undefined) problems.push("--quorum: not together with --published");
  return problems;
}

function whole(flag: string, text: string, [least, most]: readonly [number, number], problems: string[]): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < least || value > most)
    problems.push(`${flag} ${text}: expected a whole number from ${least} to ${most}`);
  return value;
}

function afterOf(text: string, problems: string[]): readonly number[] {
  const parts = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (parts.length > 12 || parts.some((ms) => !Number.isFinite(ms) || ms < 0))
    problems.push(`--after ${text}: expected at most 12 times in ms, such as 0,1,10`);
  return parts;
}

/** null, and a problem told, where it is none. */
function quorumOf(flag: string, text: string, problems: string[]): Quorum | null {
  const found = new Map(text.split(",").map((part) => part.split("=").map((word) => word.trim()) as [string, string]));
  const [n, r, w] = ["n", "r", "w"].map((name) => Number(found.get(name) ?? Number.NaN));
  if (found.size !== 3 || n === undefined || r === undefined || w === undefined || ![n, r, w].every(Number.isInteger)) {
    problems.push(`${flag} ${text}: expected n=3,r=1,w=2 or the like`);
    return null;
  }
  if (n < 1 || n > REPLICAS_MAX || Math.min(r, w) < 1 || Math.max(r, w) > n) {
    problems.push(`${flag} ${text}: expected n from 1 to ${REPLICAS_MAX}, and r and w from 1 to n`);
    return null;
  }
  return { replicas: n, readQuorum: r, writeQuorum: w };
}
