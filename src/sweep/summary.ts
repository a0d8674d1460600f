/** All runs of a sweep -> one row a setting: `sweep.json`, and what the page and the terminal show. */

import { basename } from "node:path";
import type { Quantiles } from "../../checker/performance/details.js";
import { quantile, quantiles, sorted } from "../../checker/performance/quantile.js";
import type { Validity } from "../../checker/verdict.js";
import { wilson } from "../../checker/staleness/wilson.js";
import type { RunFigures } from "./figures.js";
import type { SweepPlan } from "./plan.js";
import { type Predicted, predictAll } from "./predict-all.js";
import { labelOf, type Setting, shortLabelOf } from "./settings.js";

export interface Counts {
  readonly valid: number;
  readonly invalid: number;
  readonly unknown: number;
}

export interface SettingSummary {
  readonly setting: Setting;
  readonly label: string;
  /** For pictures. */
  readonly short: string;
  /** Of the plan, those that came to a verdict. */
  readonly runs: number;
  readonly verdicts: Counts;
  readonly linearizable: Counts;
  /** Of operations that succeeded in all runs together; null: there were none. */
  readonly read: Quantiles | null;
  readonly write: Quantiles | null;
  /** Means over the runs. */
  readonly throughput: number | null;
  readonly availability: number | null;
  /** null: no run had a fault. */
  readonly availabilityUnderFault: number | null;
  readonly stale: {
    /** Reads that could be judged. */
    readonly reads: number;
    readonly stale: number;
    readonly share: number | null;
    /** 95 %, Wilson. */
    readonly interval: readonly [number, number] | null;
    /** Of stale reads: the median run's p50, and the greatest p99 and maximum. */
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
    readonly maxMs: number | null;
  };
  readonly converge: {
    readonly agreedIn: number;
    readonly of: number;
    readonly medianMs: number | null;
    readonly maxMs: number | null;
  };
  /** In all runs together; null: no replica told its state. */
  readonly lostWrites: number | null;
  /** null: not of the quorum mode. */
  readonly pbs: Predicted | null;
  readonly each: readonly EachRun[];
}

export interface EachRun {
  /** Its folder's name in `runs/` of the sweep's. */
  readonly dir: string;
  readonly valid: Validity;
  readonly throughput: number;
  readonly staleShare: number | null;
  readonly readP95Ms: number | null;
  readonly writeP95Ms: number | null;
}

export interface SweepSummary {
  readonly format: 1;
  readonly plan: SweepPlan;
  /** How many runs there are to be, and are. */
  readonly planned: number;
  readonly finished: number;
  readonly settings: readonly SettingSummary[];
}

/** `figures[n]`: the runs of setting n. */
export function summarize(plan: SweepPlan, figures: readonly (readonly RunFigures[])[]): SweepSummary {
  const predicted = predictAll(plan, figures);
  const settings = plan.settings.map((setting, n) => settingSummary(setting, figures[n] ?? [], predicted[n] ?? null));
  return {
    format: 1,
    plan,
    planned: plan.settings.length * plan.repeat,
    finished: settings.reduce((sum, { runs }) => sum + runs, 0),
    settings,
  };
}

function settingSummary(setting: Setting, runs: readonly RunFigures[], pbs: Predicted | null): SettingSummary {
  const reads = sum(runs.map((run) => run.reads));
  const stale = sum(runs.map((run) => run.stale));
  const looked = runs.filter(({ agreed }) => agreed !== null);
  const agreeMs = present(looked.map(({ convergeMs }) => convergeMs));
  const sizes = runs.flatMap(({ staleForMs }) => (staleForMs === null ? [] : [staleForMs]));
  const lost = present(runs.map(({ lostWrites }) => lostWrites));
  return {
    setting,
    label: labelOf(setting),
    short: shortLabelOf(setting),
    runs: runs.length,
    verdicts: countsOf(runs.map(({ valid }) => valid)),
    linearizable: countsOf(runs.flatMap(({ linearizable }) => (linearizable === null ? [] : [linearizable]))),
    read: quantiles(runs.flatMap(({ readsMs }) => readsMs)),
    write: quantiles(runs.flatMap(({ writesMs }) => writesMs)),
    throughput: mean(runs.map(({ throughput }) => throughput)),
    availability: mean(runs.map(({ availability }) => availability)),
    availabilityUnderFault: mean(present(runs.map(({ availabilityUnderFault }) => availabilityUnderFault))),
    stale: {
      reads,
      stale,
      share: reads === 0 ? null : stale / reads,
      interval: reads === 0 ? null : wilson(stale, reads),
      p50Ms: median(sizes.map(({ p50 }) => p50)),
      p99Ms: greatest(sizes.map(({ p99 }) => p99)),
      maxMs: greatest(sizes.map(({ max }) => max)),
    },
    converge: {
      agreedIn: looked.filter(({ agreed }) => agreed === true).length,
      of: looked.length,
      medianMs: median(agreeMs),
      maxMs: greatest(agreeMs),
    },
    lostWrites: lost.length === 0 ? null : sum(lost),
    pbs,
    each: runs.map((run) => ({
      dir: basename(run.dir),
      valid: run.valid,
      throughput: run.throughput,
      staleShare: run.reads === 0 ? null : run.stale / run.reads,
      readP95Ms: quantiles(run.readsMs)?.p95 ?? null,
      writeP95Ms: quantiles(run.writesMs)?.p95 ?? null,
    })),
  };
}

const present = (values: readonly (number | null)[]): readonly number[] => values.filter((value) => value !== null);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number | null => (values.length === 0 ? null : sum(values) / values.length);
const median = (values: readonly number[]): number | null =>
  values.length === 0 ? null : quantile(sorted(values), 0.5);
const greatest = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.max(...values));

const countsOf = (verdicts: readonly Validity[]): Counts => ({
  valid: verdicts.filter((verdict) => verdict === "valid").length,
  invalid: verdicts.filter((verdict) => verdict === "invalid").length,
  unknown: verdicts.filter((verdict) => verdict === "unknown").length,
});
