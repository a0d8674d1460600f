/** What every section of the report draws from, worked out once. */

import type { Operation } from "../../checker/history/operation.js";
import type { ShownOperation } from "../../checker/linearizability/details.js";
import { type Findings, findingsOf } from "./findings.js";
import { html, type Html } from "./html.js";
import type { ReportInput } from "./report.js";
import { chooseWindow, type TimelineWindow } from "./section/window.js";
import { endOfHistory, type FaultSpan, spansOf } from "./spans.js";
import { capital, shown } from "./words.js";

export interface Material {
  readonly input: ReportInput;
  readonly findings: Findings;
  readonly spans: readonly FaultSpan[];
  /** ns: the end of every time axis. */
  readonly end: number;
  /** Clients' operations: all but the harness's own looks at the replicas. */
  readonly operations: readonly Operation[];
  readonly counterexamples: readonly Shown[];
  readonly timeline: TimelineWindow;
  /** Operations drawn in the timeline that have their anchor there. */
  readonly timelineAnchors: ReadonlySet<number>;
  /** Every event of an operation that some drawing shows -> the invocation, N of its `#op-N`. */
  readonly anchored: ReadonlyMap<number, number>;
}

export interface Shown {
  readonly key: string | null;
  readonly because: string;
  readonly pattern: string;
  readonly operations: readonly ShownOperation[];
  readonly anchors: ReadonlySet<number>;
}

export const materialOf = (input: ReportInput): Material => {
  const findings = findingsOf(input.verdict);
  const spans = spansOf(input.history, input.plan);
  const operations = input.history.operations.filter((op) => op.f !== "dump");
  const anchored = new Map<number, number>();
  const counterexamples = examplesOf(input, findings).map((example) => ({
    ...example,
    anchors: claim(example.operations, anchored),
  }));
  const timeline = chooseWindow(input, findings, spans, operations);
  const timelineAnchors = claim(timeline.operations, anchored);
  return {
    input,
    findings,
    spans,
    end: endOfHistory(input.history),
    operations,
    counterexamples,
    timeline,
    timelineAnchors,
    anchored,
  };
};

/**
 * What is drawn as the proof: the smallest counterexamples; without any, the operations that another checker that
 * refuted something names as its witness.
 */
const examplesOf = (input: ReportInput, findings: Findings): readonly Omit<Shown, "anchors">[] => {
  const smallest = findings.linearizable?.counterexamples.filter((each) => each.operations.length > 0) ?? [];
  if (smallest.length > 0) return smallest;
  return input.verdict.verdicts
    .filter((verdict) => verdict.valid === "invalid")
    .map((verdict) => {
      const witness = new Set(verdict.witness);
      const operations = input.history.operations
        .filter((op) => witness.has(op.invoked) || (op.completed !== null && witness.has(op.completed)))
        .slice(0, WITNESS_MAX)
        .map(shown);
      const keys = new Set(operations.map((op) => op.key));
      const [key = null] = keys.size === 1 ? keys : [];
      return {
        key,
        because: verdict.because,
        pattern: PATTERNS[verdict.checker] ?? `not ${verdict.checker}`,
        operations,
      };
    })
    .filter((example) => example.operations.length > 0);
};

const WITNESS_MAX = 16;
const PATTERNS: { readonly [checker: string]: string } = { fresh: "stale read", converges: "replicas differ" };

/** The first drawing that shows an operation has its anchor: ids are unique. */
const claim = (operations: readonly ShownOperation[], taken: Map<number, number>): ReadonlySet<number> => {
  const mine = operations.filter((op) => !taken.has(op.invoked));
  for (const op of mine) {
    taken.set(op.invoked, op.invoked);
    if (op.completed !== null) taken.set(op.completed, op.invoked);
  }
  return new Set(mine.map((op) => op.invoked));
};

/**
 * A sentence of a checker, whose indexes (`#812`, `read at 812`, `write of 7 by 640`) lead to the drawing of that
 * operation, where there is one. `at 812 ms` is a time.
 */
export const sentence = (text: string, anchored: Material["anchored"]): Html => {
  const parts = `${capital(text)}${/[.!?]$/.test(text) || text === "" ? "" : "."}`.split(
    /((?:#|\b(?:at|by) )\d+\b(?!\s?(?:ms|s|min|%)\b|[.,]\d))/,
  );
  return html`${parts.map((part, i) => {
    const [, before = "", index = ""] = (i % 2 === 1 ? /^(\D*)(\d+)$/.exec(part) : null) ?? [];
    const op = anchored.get(Number(index));
    return index === "" || op === undefined ? part : html`${before.replace("#", "")}<a href="#op-${op}">#${index}</a>`;
  })}`;
};
