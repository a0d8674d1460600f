/** A sweep as a table of plain text. */

import { duration, percent, rate } from "../report/words.js";
import type { SettingSummary, SweepSummary } from "./summary.js";

const HEAD = [
  "setting",
  "linearizable",
  "stale",
  "stalest",
  "read p50/p95/p99",
  "write p50/p95/p99",
  "ok/s",
  "under faults",
  "converged",
  "lost",
  "PBS",
  "measured",
];

export function tableInWords({ settings }: SweepSummary): string {
  const rows = [HEAD, ...settings.map(rowOf)];
  // What no setting has is no column.
  const kept = HEAD.map((_, i) => i).filter((i) => i === 0 || settings.map(rowOf).some((row) => row[i] !== "-"));
  const widths = kept.map((i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  return rows
    .map((row) =>
      kept
        .map((i, n) => (i === 0 ? (row[i] ?? "").padEnd(widths[n] ?? 0) : (row[i] ?? "").padStart(widths[n] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function rowOf(one: SettingSummary): readonly string[] {
  const { linearizable, stale, read, write, converge, pbs } = one;
  const decided = linearizable.valid + linearizable.invalid;
  const words = [
    one.short,
    decided + linearizable.unknown === 0
      ? "-"
      : `${linearizable.valid} of ${decided}${linearizable.unknown > 0 ? ` (${linearizable.unknown} unknown)` : ""}`,
    share(stale.share),
    stale.maxMs === null ? "-" : duration(stale.maxMs),
    latencies(read),
    latencies(write),
    one.throughput === null ? "-" : rate(one.throughput),
    share(one.availabilityUnderFault),
    converge.of === 0
      ? "-"
      : `${converge.agreedIn < converge.of ? `${converge.agreedIn} of ${converge.of} ` : ""}${converge.medianMs === null ? "never" : duration(converge.medianMs)}`,
    one.lostWrites === null ? "-" : String(one.lostWrites),
    share(pbs?.predicted),
    pbs === null || pbs.predicted === null ? "-" : `${share(pbs.measured)}${pbs.broken.length > 0 ? " *" : ""}`,
  ];
  return words.map((word) => word.replaceAll("\u00a0", " "));
}

const share = (value: number | null | undefined): string =>
  value === null || value === undefined ? "-" : percent(value);

const latencies = (of: SettingSummary["read"]): string =>
  of === null ? "-" : [of.p50, of.p95, of.p99].map((ms) => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0))).join("/");

/** What the star says; null where none is there. */
export function footnote({ settings }: SweepSummary): string | null {
  const broken = new Set(settings.flatMap(({ pbs }) => (pbs === null || pbs.predicted === null ? [] : pbs.broken)));
  return broken.size === 0 ? null : `* the prediction assumes that there is nothing of this: ${[...broken].join(", ")}`;
}
