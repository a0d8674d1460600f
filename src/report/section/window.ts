/** Which operations the timeline shows: those around the violation, or around the first fault when there is none. */

import type { Operation } from "../../../checker/history/operation.js";
import type { ShownOperation } from "../../../checker/linearizability/details.js";
import type { Findings } from "../findings.js";
import type { ReportInput, RunVerdict } from "../report-input.js";
import type { FaultSpan } from "../spans.js";
import { witnessIn } from "../witness.js";
import { shown } from "../words.js";

export interface TimelineWindow {
  readonly about: "violation" | "fault" | "beginning";
  /** Only operations on this key; null: on all. */
  readonly key: string | null;
  readonly operations: readonly ShownOperation[];
  /** Invocation indexes that stand out. */
  readonly told: ReadonlySet<number>;
  /** Operations within the time shown that were left out, because there were too many. */
  readonly omitted: number;
}

const FEW = 20;
const AIM = 48;
const MANY = 80;

interface Focus {
  readonly about: TimelineWindow["about"];
  readonly key: string | null;
  readonly first: number;
  readonly last: number;
  readonly told: ReadonlySet<number>;
}

export const chooseWindow = (
  input: ReportInput,
  findings: Findings,
  spans: readonly FaultSpan[],
  operations: readonly Operation[],
): TimelineWindow => {
  const focus = focusOf(input, findings, spans, operations);
  const ofKey = focus.key === null ? operations : operations.filter((op) => op.key === focus.key);
  // A key with a handful of operations is better seen among the others.
  const narrow = focus.key !== null && ofKey.length >= FEW;
  const candidates = narrow ? ofKey : operations;
  const low = firstNotBefore(candidates, focus.first);
  const high = Math.max(low, firstNotBefore(candidates, focus.last + 1) - 1);
  const within = high - low + 1;
  const margin = Math.max(4, Math.ceil((AIM - within) / 2));
  const to = Math.min(candidates.length, high + 1 + margin);
  const from = Math.max(0, Math.min(low - margin, to - AIM));
  const all = candidates.slice(from, to);
  const chosen = all.length <= MANY ? all : thin(all, focus);
  return {
    about: focus.about,
    key: narrow ? focus.key : null,
    operations: chosen.map(shown),
    told: focus.told,
    omitted: all.length - chosen.length,
  };
};

const focusOf = (
  { verdict }: ReportInput,
  findings: Findings,
  spans: readonly FaultSpan[],
  operations: readonly Operation[],
): Focus => {
  const example = findings.linearizable?.counterexamples[0];
  if (example !== undefined && example.operations.length > 0)
    return violation(
      example.operations.map((op) => op.invoked),
      example.key,
    );
  const refuted = verdict.verdicts.filter(({ valid }) => valid === "invalid");
  const anomaly = refuted.some(({ checker }) => checker === "isolation") ? findings.isolation?.anomalies[0] : undefined;
  const txns = anomaly?.transactions.flatMap(({ invoked, completed }) => invoked ?? completed ?? []) ?? [];
  if (txns.length > 0) return violation(txns, null);
  const claimed = refuted.filter(({ checker }) => verdict.claims.includes(checker) && !OF_REGISTERS.has(checker));
  const stale = findings.fresh?.worst[0];
  return (
    witnessed(claimed, operations) ??
    (stale === undefined ? null : violation([stale.overwrittenBy, stale.invoked], stale.key)) ??
    witnessed(refuted, operations) ??
    atFirstFault(spans)
  );
};

/** Of these the stale read itself says more than the witness does. */
const OF_REGISTERS: ReadonlySet<string> = new Set(["fresh", "k-atomic", "converges"]);

const witnessed = (verdicts: RunVerdict["verdicts"], operations: readonly Operation[]): Focus | null => {
  for (const verdict of verdicts) {
    const told = witnessIn(operations, verdict).operations.map((op) => op.invoked);
    if (told.length > 0) return violation(told, null);
  }
  return null;
};

const atFirstFault = (spans: readonly FaultSpan[]): Focus => {
  const fault = spans[0]?.begin.index;
  return fault === undefined
    ? { about: "beginning", key: null, first: 0, last: 0, told: new Set() }
    : { about: "fault", key: null, first: fault, last: fault, told: new Set() };
};

const violation = (told: readonly number[], key: string | null): Focus => ({
  about: "violation",
  key,
  first: Math.min(...told),
  last: Math.max(...told),
  told: new Set(told),
});

/** Too many: the told ones, and of the others those nearest to the end, where the violation shows. */
const thin = (all: readonly Operation[], { last, told }: Focus): readonly Operation[] => {
  const room = MANY - all.filter((op) => told.has(op.invoked)).length;
  const nearest = all
    .filter((op) => !told.has(op.invoked))
    .sort((a, b) => Math.abs(a.invoked - last) - Math.abs(b.invoked - last))
    .slice(0, Math.max(0, room));
  const kept = new Set(nearest);
  return all.filter((op) => told.has(op.invoked) || kept.has(op));
};

const firstNotBefore = (operations: readonly Operation[], index: number): number => {
  let low = 0;
  let high = operations.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((operations[middle]?.invoked ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return low;
};
