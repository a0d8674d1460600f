/** Does a run keep to a limit? What was measured, in words beside it. */

import { activeAt, faultSpans, merged } from "../../checker/performance/fault-times.js";
import { measure as performanceOf } from "../../checker/performance/performance.js";
import { quantile, sorted } from "../../checker/performance/quantile.js";
import type { History, Operation } from "../../checker/history/operation.js";
import type { RunVerdict } from "../../checker/judge.js";
import { type Limit, MEASURES } from "../config/expectation.js";
import { findingsOf } from "../report/findings.js";
import { count, duration, percent, rate } from "../report/words.js";

export interface Measured {
  readonly limit: Limit;
  /** null: there was nothing to measure. */
  readonly holds: boolean | null;
  /** In the unit of the limit's bound; null: nothing. */
  readonly value: number | null;
  /** "p99 was 61 ms", or why it could not be measured. */
  readonly words: string;
}

export function measureLimit(limit: Limit, history: History, verdict: RunVerdict): Measured {
  const found = valueOf(limit, history, verdict);
  if (typeof found === "string") return { limit, holds: null, value: null, words: found };
  const holds = {
    "<": found < limit.bound,
    "<=": found <= limit.bound,
    ">": found > limit.bound,
    ">=": found >= limit.bound,
    "=": found === limit.bound,
  }[limit.comparison];
  return { limit, holds, value: found, words: inWords(limit, found) };
}

/** In the unit of the limit's bound, or why there is none. */
function valueOf(limit: Limit, history: History, verdict: RunVerdict): number | string {
  const { fresh, converges } = findingsOf(verdict);
  const { measure } = limit;
  if (measure === "stale reads") return fresh?.share ?? "no read could be judged";
  if (measure === "staleness") {
    return fresh === null || fresh.reads === 0 ? "no read could be judged" : (fresh.staleForMs?.max ?? 0);
  }
  if (measure === "converges within") return converges?.timeToAgreeMs ?? "the replicas were not seen to agree";
  if (measure === "lost writes") {
    return converges === null || converges.replicas.length === 0
      ? "no replica told its state"
      : (converges.lostCount ?? converges.lost.length);
  }
  return measuredOver(limit, measure, history);
}

type Statistic = Exclude<Limit["measure"], "stale reads" | "staleness" | "converges within" | "lost writes">;

function measuredOver(limit: Limit, measure: Statistic, history: History): number | string {
  const operations = chosen(limit, history);
  if (typeof operations === "string") return operations;
  const part = performanceOf({ ...history, operations });
  if (measure === "throughput") return part.rate;
  if (measure === "outage") return part.longestOutageMs;
  if (measure === "availability") return operations.length === 0 ? "no operation was under way" : part.availability;
  const latencies = sorted(latenciesOf(operations));
  if (latencies.length === 0) return "no operation succeeded";
  if (measure === "mean") return latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length;
  return quantile(latencies, { p50: 0.5, p95: 0.95, p99: 0.99, max: 1 }[measure]);
}

/** Operations of the kind that were under way at the times that the limit speaks of. */
function chosen({ f, during }: Limit, history: History): readonly Operation[] | string {
  const ofKind = history.operations.filter((op) => op.f !== "dump" && (f === null || op.f === f));
  if (during === null) return ofKind;
  const end = ofKind.reduce((latest, op) => Math.max(latest, op.invokedTime, op.completedTime ?? 0), 0);
  const faults = history.faults.filter((event) => during === "faults" || during === "calm" || event.f === during);
  const spans = merged(faultSpans(faults, end, ({ time }) => time));
  if (during !== "calm" && spans.length === 0) return `there was no ${during === "faults" ? "fault" : during}`;
  const underFault = (op: Operation): boolean => activeAt(spans, op.invokedTime, op.completedTime ?? end);
  return ofKind.filter((op) => underFault(op) !== (during === "calm"));
}

const latenciesOf = (operations: readonly Operation[]): readonly number[] =>
  operations.flatMap(({ type, completedTime, invokedTime }) =>
    type === "ok" && completedTime !== null ? [(completedTime - invokedTime) / 1e6] : [],
  );

function inWords({ measure, f, during }: Limit, value: number): string {
  const shown = {
    ms: () => duration(value),
    share: () => percent(value),
    "per second": () => rate(value),
    count: () => count(value),
  }[MEASURES[measure]]();
  const of = f === null ? "" : ` of ${f}`;
  const when = during === null ? "" : during === "calm" ? " outside faults" : ` during ${during}`;
  const what = measure === "converges within" ? "time until the replicas agreed" : measure;
  return `${what}${of}${when}: ${shown.replaceAll("\u00a0", " ")}`;
}
