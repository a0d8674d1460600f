/** Predictions as tables for a terminal. */

import type { PublishedRow } from "../../checker/staleness/latencies.js";
import type { Prediction, Quorum } from "../../checker/staleness/pbs.js";
import type { Visibility } from "../../checker/staleness/visibility.js";
import type { Again, Draws, Predicted } from "./pbs-command.js";
import type { PbsSubject } from "./pbs-subject.js";

export interface Told {
  readonly subject: PbsSubject;
  readonly rows: readonly Predicted[];
  /** The prediction for the quorum that made the latencies. */
  readonly own: Prediction | null;
  readonly draws: Draws;
}

export function pbsInWords({ subject, rows, own, draws }: Told): string {
  const { from, where, visibility } = subject;
  const after = rows[0]?.freshAt.map(({ afterMs }) => `${afterMs} ms`) ?? [];
  const head = ["N", "R", "W", "read p50, p99 ms", "write p50, p99 ms", ...after.map((ms) => `fresh ${ms}`)];
  const body = rows.map(({ quorum, readMs, writeMs, freshAt, freshAfterMs, withinVersions }) => [
    ...numbersOf(quorum),
    `${ms(readMs.p50)}, ${ms(readMs.p99)}`,
    `${ms(writeMs.p50)}, ${ms(writeMs.p99)}`,
    ...freshAt.map(({ share }) => percent(share, digitsOf(draws.trials))),
    `${ms(freshAfterMs.p999)} ms`,
    ["1", "2", "3"].map((k) => percent(withinVersions[k] ?? Number.NaN, 1)).join(", "),
  ]);
  return [
    `Predicted from ${from}; ${draws.trials} trials, seed ${draws.seed}.`,
    ...(where.local === true ? ["Latencies are those between replicas: a client's way to its node comes on top."] : []),
    "",
    ...table([[...head, "99.9 % fresh after", "within 1, 2, 3 versions"], ...body]),
    ...(visibility === null || visibility.reads === 0 ? [] : ["", ...measuredInWords(visibility, own, draws)]),
  ].join("\n");
}

/** What was counted in the same history, and what the model says of its quorum. */
function measuredInWords(visibility: Visibility, own: Prediction | null, { trials }: Draws): readonly string[] {
  const digits = digitsOf(trials);
  const body = visibility.bins.map(({ fromMs, toMs, reads, fresh, share, interval: [low, high] }) => [
    toMs === null ? `from ${fromMs} ms` : `${fromMs}-${toMs} ms`,
    `${fresh} of ${reads}`,
    `${percent(share, 1)} (${percent(low, 0)} to ${percent(high, 0)})`,
    ...(own === null
      ? []
      : [
          `${percent(own.freshAt(fromMs), digits)} to ${percent(own.freshAt(toMs ?? Number.POSITIVE_INFINITY), digits)}`,
        ]),
  ]);
  const head = ["after the last write", "fresh reads", "share, 95 % interval", ...(own === null ? [] : ["predicted"])];
  return ["Measured in the same history:", "", ...table([head, ...body])];
}

export function publishedInWords(
  rows: readonly { readonly published: PublishedRow; readonly predicted: Again }[],
  { trials, seed }: Draws,
): string {
  const head = ["latencies", "R", "W", "read ms", "write ms", "99.9 % fresh after ms", "fresh at once"];
  const body = rows.map(({ published, predicted }) => [
    published.latencies.toUpperCase(),
    `${published.readQuorum}`,
    `${published.writeQuorum}`,
    pair(published.readMs, predicted.readMs),
    pair(published.writeMs, predicted.writeMs),
    `${published.confirmed ? "* " : ""}${pair(published.freshAfterMs, predicted.freshAfterMs)}`,
    percent(predicted.freshAtOnce, digitsOf(trials)),
  ]);
  return [
    `Bailis et al., VLDB 2012, table 4: N = 3, latencies at the 99.9th percentile; ${trials} trials, seed ${seed}.`,
    "Of two numbers the first is the paper's, the second predicted here. Marked * are those of the paper that were",
    "compared with its text; the others were noted from its table, and not compared since.",
    "",
    ...table([head, ...body]),
  ].join("\n");
}

const pair = (published: number, predicted: number): string => `${ms(published)}  ${ms(predicted)}`;

const numbersOf = ({ replicas, readQuorum, writeQuorum }: Quorum): readonly string[] =>
  [replicas, readQuorum, writeQuorum].map(String);

const ms = (value: number): string =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);

/** As many digits as so many trials can tell apart. */
const digitsOf = (trials: number): number => Math.max(0, Math.min(4, Math.round(Math.log10(trials)) - 3));

/** Cut, not rounded: never 100 % for what is less. */
const percent = (share: number, digits: number): string => {
  const scale = 10 ** digits;
  return `${(Math.floor(100 * share * scale + 1e-9) / scale).toFixed(digits)} %`;
};

/** Columns as wide as they have to be, flush right. */
const table = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("  ")}`);
};
