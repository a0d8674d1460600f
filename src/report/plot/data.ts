/** Rows for the plots, as columns: the page puts them together again. */

import { quietOf, type Round } from "../../../checker/convergence/rounds.js";
import type { History, Operation } from "../../../checker/history/operation.js";
import type { PerformanceDetails } from "../../../checker/performance/details.js";
import { isAnswered } from "../../../checker/performance/performance.js";
import type { Findings } from "../findings.js";
import type { FaultSpan } from "../spans.js";
import { cut } from "../words.js";

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

/** One row per window in which operations began, and one at the end, so that the last window has a width. */
export const answeredColumns = (operations: readonly Operation[], windowMs: number): Columns => {
  const windows = new Map<number, { all: number; answered: number }>();
  for (const op of operations) {
    const at = Math.floor(op.invokedTime / 1e6 / windowMs);
    const window = windows.get(at) ?? { all: 0, answered: 0 };
    windows.set(at, { all: window.all + 1, answered: window.answered + (isAnswered(op) ? 1 : 0) });
  }
  const rows = [...windows].sort(([a], [b]) => a - b);
  const last = rows.at(-1);
  const closed = last === undefined ? rows : [...rows, [last[0] + 1, last[1]] as const];
  return {
    t: closed.map(([at]) => (at * windowMs) / 1000),
    answered: closed.map(([, { all, answered }]) => round((answered / all) * 100, 4)),
    of: closed.map(([, { all }]) => all),
  };
};

/** Each look at a replica after healing: on how many keys it differed from what most replicas held then. */
export const divergenceColumns = (history: History): Columns & { readonly rounds: readonly number[] } => {
  const { rounds } = quietOf(history);
  const rows = rounds.flatMap((each, i) => differencesIn(each).map((row) => ({ ...row, round: i })));
  return {
    t: rows.map(({ time }) => seconds(time)),
    node: text(rows.map(({ node }) => cut(node, 20))),
    keys: rows.map(({ keys }) => keys),
    rounds: rows.map(({ round }) => round),
  };
};

const differencesIn = ({
  dumps,
}: Round): readonly { readonly time: number; readonly node: string; readonly keys: number }[] => {
  const usual = new Map<string, string>();
  for (const key of new Set(dumps.flatMap(({ holdings }) => [...holdings.keys()]))) {
    const held = new Map<string, number>();
    for (const { holdings } of dumps) {
      const ids = holdings.get(key)?.ids.join(",") ?? "";
      held.set(ids, (held.get(ids) ?? 0) + 1);
    }
    usual.set(key, [...held].reduce((a, b) => (b[1] > a[1] ? b : a))[0]);
  }
  return dumps.map(({ node, op, holdings }) => ({
    time: op.completedTime ?? op.invokedTime,
    node,
    keys: [...usual].filter(([key, ids]) => (holdings.get(key)?.ids.join(",") ?? "") !== ids).length,
  }));
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
