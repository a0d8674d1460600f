/** Latency, rate and availability of a run, from its history alone. */

import type { History, Operation } from "../history/operation.js";
import type { Verdict } from "../verdict.js";
import type { PerformanceDetails } from "./details.js";
import { activeAt, faultSpans, merged, type Span } from "./fault-times.js";
import { quantiles } from "./quantile.js";
import { chooseWindowMs, windowsOf } from "./windows.js";

/** A store can say anything as an error: beyond so many different names the rest are counted together. */
const ERROR_NAMES_MAX = 100;
const OTHER_ERRORS = "(other)";

/**
 * The statistics as a verdict. Never unknown and never invalid: it reports and judges nothing.
 */
export const checkPerformance = (history: History): Verdict<PerformanceDetails> => {
  const details = measure(history);
  const { operations, ok, fail, info, durationMs, rate } = details;
  return {
    checker: "statistics",
    valid: "valid",
    because:
      operations === 0
        ? "No client operations."
        : `${operations} operations in ${(durationMs / 1000).toFixed(1)} s: ${ok} ok, ${fail} fail, ${info} info; ` +
          `${rate.toFixed(0)} ok a second, ${(100 * details.availability).toFixed(2)} % answered.`,
    witness: [],
    details,
  };
};

/**
 * `dump` operations are the harness looking, not a client working, and are left out of everything. Latencies are those
 * of ok operations. An operation still open at the end of the history counts as info. Times come from the recorded
 * clock, which is right for latencies; order plays no part here.
 */
export const measure = (history: History): PerformanceDetails => {
  const operations = history.operations.filter((op) => op.f !== "dump");
  const span = spanOf(operations);
  const durationMs = (span.to - span.from) / 1e6;
  const counts = { ok: 0, fail: 0, info: 0 };
  let answered = 0;
  for (const op of operations) {
    counts[op.type]++;
    if (isAnswered(op)) answered++;
  }
  const windowMs = chooseWindowMs(span.from / 1e6, span.to / 1e6);
  return {
    operations: operations.length,
    ...counts,
    durationMs,
    rate: durationMs === 0 ? 0 : (counts.ok * 1000) / durationMs,
    // Of nothing asked, nothing went unanswered.
    availability: operations.length === 0 ? 1 : answered / operations.length,
    availabilityUnderFault: availabilityUnderFault(operations, history, span),
    ...longestOutage(operations, span),
    byF: byF(operations),
    errors: errorsOf(operations),
    windowMs,
    windows: windowsOf(operations, windowMs),
  };
};

/** ns: from the first invocation to the last event. */
const spanOf = (operations: readonly Operation[]): Span => {
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (const op of operations) {
    from = Math.min(from, op.invokedTime);
    to = Math.max(to, op.invokedTime, op.completedTime ?? 0);
  }
  return operations.length === 0 ? { from: 0, to: 0 } : { from, to };
};

/** The store did its work: it did as asked, or looked and told why it need not (a cas that found another value). */
export const isAnswered = (op: Operation): boolean =>
  op.type === "ok" || (op.type === "fail" && op.f === "cas" && errorName(op) === "mismatch");

/** Of the operations that were under way while a fault was active; null when there were none. */
const availabilityUnderFault = (operations: readonly Operation[], history: History, span: Span): number | null => {
  const faults = merged(faultSpans(history.faults, span.to, ({ time }) => time));
  if (faults.length === 0) return null;
  let all = 0;
  let answered = 0;
  for (const op of operations) {
    if (!activeAt(faults, op.invokedTime, op.completedTime ?? span.to)) continue;
    all++;
    if (isAnswered(op)) answered++;
  }
  return all === 0 ? null : answered / all;
};

const longestOutage = (operations: readonly Operation[], span: Span) => {
  const completions: number[] = [];
  for (const op of operations) if (op.type === "ok" && op.completedTime !== null) completions.push(op.completedTime);
  const ascending = Float64Array.from(completions).sort();
  let longest = 0;
  let begin = span.from;
  let last = span.from;
  const gapUntil = (time: number): void => {
    if (time - last > longest) {
      longest = time - last;
      begin = last;
    }
    last = time;
  };
  for (const time of ascending) gapUntil(time);
  gapUntil(span.to);
  return { longestOutageMs: longest / 1e6, longestOutageAtMs: begin / 1e6 };
};

const byF = (operations: readonly Operation[]): PerformanceDetails["byF"] => {
  const groups = new Map<string, { ok: number; fail: number; info: number; latencies: number[] }>();
  for (const op of operations) {
    let group = groups.get(op.f);
    if (group === undefined) {
      group = { ok: 0, fail: 0, info: 0, latencies: [] };
      groups.set(op.f, group);
    }
    group[op.type]++;
    if (op.type === "ok" && op.completedTime !== null) group.latencies.push((op.completedTime - op.invokedTime) / 1e6);
  }
  // fromEntries defines own members, so that not even an operation named __proto__ does harm.
  return Object.fromEntries(
    [...groups].map(([f, { ok, fail, info, latencies }]) => [f, { ok, fail, info, latency: quantiles(latencies) }]),
  );
};

const errorsOf = (operations: readonly Operation[]): PerformanceDetails["errors"] => {
  const errors = new Map<string, number>();
  for (const op of operations) {
    if (op.error === null) continue;
    const name = errorName(op);
    const known = errors.has(name) || errors.size < ERROR_NAMES_MAX ? name : OTHER_ERRORS;
    errors.set(known, (errors.get(known) ?? 0) + 1);
  }
  return Object.fromEntries([...errors].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
};

/** An error is its name, then words: the name ends at the first colon or blank. */
const errorName = (op: Operation): string => /^[^\s:]*/.exec(op.error ?? "")?.[0] ?? "";
