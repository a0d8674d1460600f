/** Rows for the plots, as columns: the page puts them together again. */

import type { PerformanceDetails } from "../../../checker/performance/details.js";
import type { Findings } from "../findings.js";
import type { FaultSpan } from "../spans.js";
import { cut, operation, shown } from "../words.js";
import type { Sample } from "./points.js";

/** Numbers as they are; text once in `words`, then by place. */
export type Column = readonly number[] | { readonly words: readonly string[]; readonly at: readonly number[] };
export interface Columns {
  readonly [name: string]: Column;
}

const FS_MAX = 6;

/** The kinds of operations that get a panel of their own: the most frequent, in alphabetical order. */
export const panelsOf = (fs: Iterable<string>): readonly string[] => {
  const counts = new Map<string, number>();
  for (const f of fs) counts.set(f, (counts.get(f) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, FS_MAX)
    .map(([f]) => f)
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
};

const rank = (f: string): number =>
  ["read", "write", "cas"].indexOf(f) + (["read", "write", "cas"].includes(f) ? 0 : 9);

const round = (n: number, digits: number): number => Number(n.toPrecision(digits));
const seconds = (ns: number): number => Math.round(ns / 1e5) / 1e4;

const text = (values: readonly string[]): Column => {
  const words = [...new Set(values)];
  const at = new Map(words.map((word, i) => [word, i]));
  return { words, at: values.map((each) => at.get(each) ?? 0) };
};

/** ok ones first: what failed is drawn on top of them. */
const DRAWN = { ok: 0, fail: 1, info: 2 } as const;

export const pointColumns = (sample: Sample, panels: readonly string[]): Columns => {
  const ops = sample.operations
    .filter((op) => panels.includes(op.f))
    .sort((a, b) => DRAWN[a.type] - DRAWN[b.type] || a.invoked - b.invoked);
  return {
    t: ops.map((op) => seconds(op.invokedTime)),
    ms: ops.map((op) => round(Math.max(1e-3, ((op.completedTime ?? 0) - op.invokedTime) / 1e6), 4)),
    type: text(ops.map((op) => op.type)),
    panel: ops.map((op) => panels.indexOf(op.f)),
    op: ops.map((op) => op.invoked),
    what: text(ops.map((op) => operation(shown(op)))),
    key: text(ops.map((op) => cut(op.key ?? "", 30))),
    node: text(ops.map((op) => cut(op.node ?? "", 20))),
  };
};

/** One row per window, panel and outcome, zeros too: a window in which nothing completed is an outage, not a gap. */
export const rateColumns = (statistics: PerformanceDetails, panels: readonly string[], endMs: number): Columns => {
  const { windowMs, windows } = statistics;
  const rows = windows.filter((row) => panels.includes(row.f));
  return {
    t: rows.map((row) => row.atMs / 1000),
    t2: rows.map((row) => Math.min(row.atMs + windowMs, Math.max(endMs, row.atMs)) / 1000),
    perSecond: rows.map((row) => round((row.count / windowMs) * 1000, 4)),
    type: text(rows.map((row) => row.type)),
    order: rows.map((row) => DRAWN[row.type]),
    panel: rows.map((row) => panels.indexOf(row.f)),
  };
};

export const quantileColumns = (statistics: PerformanceDetails, panels: readonly string[]): Columns => {
  const names = ["p50", "p95", "p99"] as const;
  const rows = statistics.windows
    .filter((row) => row.type === "ok" && panels.includes(row.f))
    .sort((a, b) => a.atMs - b.atMs)
    .flatMap((row) => names.map((q) => ({ row, q })));
  // Lines break where a window is missing: `run` numbers the stretches without a gap.
  const runs = new Map<string, { last: number; run: number }>();
  const run = rows.map(({ row, q }) => {
    const name = `${row.f} ${q}`;
    const before = runs.get(name);
    const next =
      before === undefined ? 0 : row.atMs - before.last > statistics.windowMs * 1.5 ? before.run + 1 : before.run;
    runs.set(name, { last: row.atMs, run: next });
    return next;
  });
  return {
    t: rows.map(({ row }) => (row.atMs + statistics.windowMs / 2) / 1000),
    ms: rows.map(({ row, q }) => round(Math.max(1e-3, row[q]), 4)),
    q: text(rows.map(({ q }) => q)),
    run,
    panel: rows.map(({ row }) => panels.indexOf(row.f)),
  };
};

export const staleColumns = (fresh: NonNullable<Findings["fresh"]>): Columns => ({
  t: fresh.worst.map((read) => seconds(read.time)),
  ms: fresh.worst.map((read) => round(Math.max(1e-2, read.staleForMs), 4)),
  op: fresh.worst.map((read) => read.invoked),
  key: text(fresh.worst.map((read) => cut(read.key ?? "", 30))),
  node: text(fresh.worst.map((read) => cut(read.node ?? "", 20))),
  behind: fresh.worst.map((read) => read.versionsBehind),
});

export const faultColumns = (spans: readonly FaultSpan[], end: number): Columns => ({
  from: spans.map((span) => seconds(span.begin.time)),
  to: spans.map((span) => seconds(span.end?.time ?? end)),
  id: text(spans.map((span) => cut(span.id, 12))),
  kind: text(spans.map((span) => cut(span.kind, 14))),
});
