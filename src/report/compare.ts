/** Two runs side by side, as rows of figures: what `kvtest serve` shows and any other comparison may print. Pure. */

import type { RunConfig } from "../config/config.js";
import { findingsOf } from "./findings.js";
import type { RunVerdict } from "./report-input.js";
import { count, duration, percent, rate, value } from "./words.js";
import type { Json } from "../../checker/history/event.js";

export interface ComparedRun {
  readonly config: RunConfig | null;
  readonly verdict: RunVerdict;
}

export interface ComparedRow {
  readonly name: string;
  /** In words; null: not known of this run. */
  readonly a: string | null;
  readonly b: string | null;
  /** How much larger b is than a: b / a - 1; null where that says nothing. */
  readonly change: number | null;
}

export interface Comparison {
  /** Settings in which they differ, by their path in config.json. */
  readonly settings: readonly ComparedRow[];
  readonly figures: readonly ComparedRow[];
  /** What each checker said of each. */
  readonly checkers: readonly ComparedRow[];
}

export const compareRuns = (a: ComparedRun, b: ComparedRun): Comparison => ({
  settings: settingsOf(a.config, b.config),
  figures: figuresOf(a, b),
  checkers: [...new Set([a, b].flatMap(({ verdict }) => verdict.verdicts.map(({ checker }) => checker)))].map(
    (name) => ({
      name,
      a: saidOf(a.verdict, name),
      b: saidOf(b.verdict, name),
      change: null,
    }),
  ),
});

const saidOf = ({ verdicts }: RunVerdict, name: string): string | null => {
  const found = verdicts.find(({ checker }) => checker === name);
  return found === undefined ? null : `${found.valid}: ${found.because}`;
};

/** Of every run its own: they say nothing about how the two differ. */
const OWN: ReadonlySet<string> = new Set(["id", "startedAt", "command", "format"]);

const settingsOf = (a: RunConfig | null, b: RunConfig | null): readonly ComparedRow[] => {
  const [left, right] = [a, b].map((config) => new Map(config === null ? [] : leaves(config, "")));
  return [...new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])].flatMap((name) => {
    const row = { name, a: left?.get(name) ?? null, b: right?.get(name) ?? null, change: null };
    return row.a === row.b ? [] : [row];
  });
};

const leaves = (node: object, prefix: string): readonly (readonly [string, string])[] =>
  Object.entries(node).flatMap(([name, each]: [string, unknown]) =>
    prefix === "" && OWN.has(name)
      ? []
      : each !== null && typeof each === "object" && !Array.isArray(each)
        ? leaves(each, `${prefix}${name}.`)
        : // A configuration is JSON: it was read from config.json.
          [[`${prefix}${name}`, value(each as Json, 120)] as const],
  );

type Words = (figure: number) => string;

const figuresOf = (a: ComparedRun, b: ComparedRun): readonly ComparedRow[] => {
  const [left, right] = [findingsOf(a.verdict), findingsOf(b.verdict)];
  const rows: ComparedRow[] = [{ name: "verdict", a: a.verdict.valid, b: b.verdict.valid, change: null }];
  const add = (name: string, say: Words, pick: (findings: typeof left) => number | null | undefined): void => {
    const [x, y] = [pick(left) ?? null, pick(right) ?? null];
    if (x === null && y === null) return;
    const change = x === null || y === null || x === 0 ? null : y / x - 1;
    rows.push({ name, a: x === null ? null : say(x), b: y === null ? null : say(y), change });
  };
  add("operations", count, ({ statistics }) => statistics?.operations);
  add("rate of ok operations", rate, ({ statistics }) => statistics?.rate);
  add("answered", percent, ({ statistics }) => statistics?.availability);
  add("answered under faults", percent, ({ statistics }) => statistics?.availabilityUnderFault);
  add("longest outage", duration, ({ statistics }) => statistics?.longestOutageMs);
  const fs = new Set([left, right].flatMap(({ statistics }) => Object.keys(statistics?.byF ?? {})));
  for (const f of [...fs].slice(0, FS_MAX))
    for (const q of ["p50", "p95", "p99"] as const)
      add(`${f}, ${q}`, duration, ({ statistics }) => statistics?.byF[f]?.latency?.[q]);
  add("stale reads", percent, ({ fresh }) => fresh?.share);
  add("stale by, p95", duration, ({ fresh }) => fresh?.staleForMs?.p95);
  add("stale by, at most", duration, ({ fresh }) => fresh?.staleForMs?.max);
  add("keys not linearizable", count, ({ linearizable }) => linearizable?.invalidKeyCount);
  add("time to agree", duration, ({ converges }) => converges?.timeToAgreeMs);
  add("keys on which replicas differ at the end", count, ({ converges }) => converges?.disagreementCount);
  add("acknowledged writes lost", atMost, ({ converges }) => converges?.lost.length);
  return rows;
};

const FS_MAX = 8;

/** A verdict lists the first fifty. */
const atMost = (many: number): string => (many < 50 ? count(many) : "50 or more");
