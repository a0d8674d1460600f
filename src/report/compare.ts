/**
 * Two runs side by side: what was set differently, what each checker said, what was measured and which is better.
 * Pure: a function of two configurations and verdicts. The command prints it, and pages draw it.
 */

import type { Json } from "../../checker/history/event.js";
import type { Validity } from "../../checker/verdict.js";
import type { RunConfig } from "../config/config.js";
import { type Findings, findingsOf } from "./findings.js";
import type { RunVerdict } from "./report-input.js";
import { count, duration, percent, rate, value } from "./words.js";

export interface ComparedRun {
  /** What it is called. */
  readonly name: string;
  /** null: not known. */
  readonly config: RunConfig | null;
  readonly verdict: RunVerdict;
}

export interface ComparedSetting {
  /** Its path in config.json. */
  readonly name: string;
  /** JSON, cut where it is long; null: that run has no such setting. */
  readonly a: string | null;
  readonly b: string | null;
}

export interface Said {
  readonly valid: Validity;
  readonly because: string;
}

export interface ComparedChecker {
  readonly name: string;
  /** null: it did not look at that run. */
  readonly a: Said | null;
  readonly b: Said | null;
}

export type Unit = "ms" | "share" | "per second" | "count";

export interface ComparedFigure {
  readonly name: string;
  readonly unit: Unit;
  /** In its unit, shares in 0..1; null: not measured. */
  readonly a: number | null;
  readonly b: number | null;
  /** b - a. */
  readonly difference: number | null;
  /** b / a; null also where a is 0. */
  readonly ratio: number | null;
  /** Less latency, staleness and loss, more of the others; null: alike, or not known of one. */
  readonly better: "a" | "b" | null;
}

export interface Comparison {
  readonly a: string;
  readonly b: string;
  /** Only those in which they differ. */
  readonly settings: readonly ComparedSetting[];
  /** The run as a whole first. */
  readonly checkers: readonly ComparedChecker[];
  readonly figures: readonly ComparedFigure[];
}

export const compareRuns = (a: ComparedRun, b: ComparedRun): Comparison => ({
  a: a.name,
  b: b.name,
  settings: settingsOf(a.config, b.config),
  checkers: checkersOf(a.verdict, b.verdict),
  figures: figuresOf(findingsOf(a.verdict), findingsOf(b.verdict)),
});

/** Statistics judge nothing: their figures are compared. */
const checkersOf = (a: RunVerdict, b: RunVerdict): readonly ComparedChecker[] => {
  const names = new Set([...a.verdicts, ...b.verdicts].map(({ checker }) => checker));
  names.delete("statistics");
  return [
    { name: "the run", a: { valid: a.valid, because: a.because }, b: { valid: b.valid, because: b.because } },
    ...[...names].map((name) => ({ name, a: said(a, name), b: said(b, name) })),
  ];
};

const said = ({ verdicts }: RunVerdict, name: string): Said | null => {
  const found = verdicts.find(({ checker }) => checker === name);
  return found === undefined ? null : { valid: found.valid, because: found.because };
};

/** Of every run its own: they say nothing about how the two differ. */
const OWN: ReadonlySet<string> = new Set(["id", "startedAt", "command", "format"]);

const settingsOf = (a: RunConfig | null, b: RunConfig | null): readonly ComparedSetting[] => {
  const [left, right] = [a, b].map((config) => new Map(config === null ? [] : leaves(config, "")));
  return [...new Set([...(left?.keys() ?? []), ...(right?.keys() ?? [])])].flatMap((name) => {
    const setting = { name, a: left?.get(name) ?? null, b: right?.get(name) ?? null };
    return setting.a === setting.b ? [] : [setting];
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

const figuresOf = (left: Findings, right: Findings): readonly ComparedFigure[] => {
  const figures: ComparedFigure[] = [];
  const add = (
    name: string,
    unit: Unit,
    want: "less" | "more" | "neither",
    of: (found: Findings) => number | null | undefined,
  ): void => {
    const figure = figureOf({ name, unit }, want, [of(left) ?? null, of(right) ?? null]);
    if (figure.a !== null || figure.b !== null) figures.push(figure);
  };
  add("operations", "count", "neither", ({ statistics }) => statistics?.operations);
  add("ok operations a second", "per second", "more", ({ statistics }) => statistics?.rate);
  add("answered", "share", "more", ({ statistics }) => statistics?.availability);
  add("answered under faults", "share", "more", ({ statistics }) => statistics?.availabilityUnderFault);
  add("longest outage", "ms", "less", ({ statistics }) => statistics?.longestOutageMs);
  const fs = new Set([left, right].flatMap(({ statistics }) => Object.keys(statistics?.byF ?? {})));
  for (const f of [...fs].toSorted().slice(0, FS_MAX))
    for (const q of ["p50", "p95", "p99"] as const)
      add(`${f}, ${q}`, "ms", "less", ({ statistics }) => statistics?.byF[f]?.latency?.[q]);
  add("stale reads", "share", "less", ({ fresh }) => fresh?.share);
  add("stale by, p95", "ms", "less", ({ fresh }) => fresh?.staleForMs?.p95);
  add("stale by, at most", "ms", "less", ({ fresh }) => fresh?.staleForMs?.max);
  add("versions behind, at most", "count", "less", ({ fresh }) => fresh?.versionsBehindMax);
  add("keys not linearizable", "count", "less", ({ linearizable }) => linearizable?.invalidKeyCount);
  add("time to agree", "ms", "less", ({ converges }) => converges?.timeToAgreeMs);
  add("keys on which replicas differ", "count", "less", ({ converges }) => converges?.disagreementCount);
  add("acknowledged writes lost", "count", "less", ({ converges }) =>
    // Nobody looked at a replica: then none was seen to be lost either.
    converges === null || converges.replicas.length === 0 ? null : converges.lost.length,
  );
  return figures;
};

const FS_MAX = 8;
/** A verdict lists the first fifty writes that were lost. */
const LOST_MAX = 50;

const figureOf = (
  of: Pick<ComparedFigure, "name" | "unit">,
  want: "less" | "more" | "neither",
  [a, b]: readonly [number | null, number | null],
): ComparedFigure => {
  if (a === null || b === null) return { ...of, a, b, difference: null, ratio: null, better: null };
  const better = a === b || want === "neither" ? null : a < b === (want === "less") ? "a" : "b";
  return { ...of, a, b, difference: b - a, ratio: a === 0 ? null : b / a, better };
};

/** One of the two in words; a dash where it was not measured. */
export const figureInWords = ({ name, unit }: ComparedFigure, figure: number | null): string => {
  if (figure === null) return "–";
  if (name === "acknowledged writes lost" && figure >= LOST_MAX) return `${LOST_MAX} or more`;
  return { ms: duration, share: percent, "per second": rate, count }[unit](figure);
};

/**
 * How b differs from a: shares in points, everything else in per cent, or in multiples where that is more than ten.
 * Nothing where one of them was not measured.
 */
export const changeInWords = ({ unit, difference, ratio }: ComparedFigure): string => {
  if (difference === null) return "";
  if (difference === 0) return "=";
  const sign = difference < 0 ? "−" : "+";
  if (unit === "share") return `${sign}${(100 * Math.abs(difference)).toFixed(1)} points`;
  if (ratio === null || !Number.isFinite(ratio)) return "";
  if (ratio > 10) return `× ${ratio.toFixed(ratio < 100 ? 1 : 0)}`;
  const change = Math.abs(ratio - 1) * 100;
  return `${sign}${change.toFixed(change < 10 ? 1 : 0)} %`;
};
