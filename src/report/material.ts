/** What every section of the report draws from, worked out once. */

import type { Operation } from "../../checker/history/operation.js";
import type { ShownOperation } from "../../checker/linearizability/details.js";
import { type Findings, findingsOf } from "./findings.js";
import { html, type Html } from "./html.js";
import type { ReportInput } from "./report.js";
import { chooseWindow, type TimelineWindow } from "./section/window.js";
import { endOfHistory, type FaultSpan, spansOf } from "./spans.js";

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
  /** Every operation that some drawing shows: `#op-N` leads to it. */
  readonly anchored: ReadonlySet<number>;
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
  const anchored = new Set<number>();
  const counterexamples = (findings.linearizable?.counterexamples ?? []).map((example) => ({
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

/** The first drawing that shows an operation has its anchor: ids are unique. */
const claim = (operations: readonly ShownOperation[], taken: Set<number>): ReadonlySet<number> => {
  const mine = operations.map((op) => op.invoked).filter((index) => !taken.has(index));
  for (const index of mine) taken.add(index);
  return new Set(mine);
};

/** A sentence whose `#812` lead to the drawing of that operation, where there is one. */
export const sentence = (text: string, anchored: ReadonlySet<number>): Html => {
  const parts = text.split(/(#\d+)/);
  return html`${parts.map((part) => {
    const index = /^#\d+$/.test(part) ? Number(part.slice(1)) : Number.NaN;
    return anchored.has(index) ? html`<a href="#op-${index}">${part}</a>` : part;
  })}`;
};
