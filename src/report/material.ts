/** What every section of the report draws from, worked out once. */

import type { Operation } from "../../checker/history/operation.js";
import type { ExplainedAnomaly, ShownTransaction } from "../../checker/isolation/details.js";
import { type StepList, stepsInWords } from "../../checker/linearizability/steps.js";
import type { ShownOperation } from "../../checker/linearizability/details.js";
import { type Findings, findingsOf } from "./findings.js";
import { html, type Html } from "./html.js";
import type { Proof } from "./messages.js";
import type { ReportInput } from "./report-input.js";
import { chooseWindow, type TimelineWindow } from "./section/window.js";
import { endOfHistory, type FaultSpan, spansOf } from "./spans.js";
import { EVENT_IN_WORDS, witnessIn } from "./witness.js";
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
  /** What refutes the isolation that was claimed, the most telling first. */
  readonly anomalies: readonly ShownAnomaly[];
  readonly timeline: TimelineWindow;
  /** Operations drawn in the timeline that have their anchor there. */
  readonly timelineAnchors: ReadonlySet<number>;
  /** Event -> N of the `#op-N` that shows it: in a drawing or a list where there is one, else in the timeline. */
  readonly anchored: Pick<ReadonlyMap<number, number>, "get">;
}

export interface Shown {
  readonly key: string | null;
  readonly because: string;
  readonly pattern: string;
  readonly operations: readonly ShownOperation[];
  /** Why there is no order of them, step by step. */
  readonly steps: readonly StepList[];
  /** Operations that the verdict names beside these. */
  readonly omitted: number;
  readonly anchors: ReadonlySet<number>;
}

export interface ShownAnomaly {
  readonly anomaly: ExplainedAnomaly;
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
  const anomalies = anomaliesOf(input, findings).map((anomaly) => ({
    anomaly,
    anchors: claim(
      anomaly.transactions.flatMap((txn) => {
        const at = eventOf(txn);
        return at === null ? [] : [{ invoked: at, completed: txn.completed }];
      }),
      anchored,
    ),
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
    anomalies,
    timeline,
    timelineAnchors,
    anchored: { get: (event) => anchored.get(event) ?? (event < input.history.events ? event : undefined) },
  };
};

/** What the drawings prove, as operations: messages are shown around them. */
export const proofsOf = (input: ReportInput): readonly Proof[] => {
  const findings = findingsOf(input.verdict);
  return [
    ...examplesOf(input, findings),
    ...anomaliesOf(input, findings).map(({ transactions }) => ({ key: null, operations: transactions.flatMap(timed) })),
  ].filter(({ operations }) => operations.length > 0);
};

/** A transaction as an operation, where its times are known. */
const timed = (txn: ShownTransaction): readonly ShownOperation[] => {
  const { completed, invokedTime, completedTime, process, type } = txn;
  const start = invokedTime ?? completedTime;
  const at = eventOf(txn);
  if (start === null || at === null) return [];
  const shape = { invoked: at, completed, start, end: completedTime, process, node: null, type };
  return [{ ...shape, f: "txn", key: null, value: txn.value }];
};

/** The event that stands for a transaction: some histories know only that it ended. */
export const eventOf = ({ invoked, completed }: ShownTransaction): number | null => invoked ?? completed;

const ANOMALIES_MAX = 10;

const anomaliesOf = ({ verdict }: ReportInput, { isolation }: Findings): readonly ExplainedAnomaly[] =>
  verdict.verdicts.some(({ checker, valid }) => checker === "isolation" && valid === "invalid")
    ? (isolation?.anomalies.slice(0, ANOMALIES_MAX) ?? [])
    : [];

/** They look at the registers that linearizability refutes, so that its counterexample tells their story better. */
const SAME_STORY: ReadonlySet<string> = new Set(["fresh", "k-atomic", "converges"]);

/**
 * What is drawn as the proof: the smallest counterexamples, and of every other checker that refuted something and has
 * no drawing of its own the operations that it names as its witness. Claims first.
 */
const examplesOf = (input: ReportInput, findings: Findings): readonly Omit<Shown, "anchors">[] => {
  const smallest = (findings.linearizable?.counterexamples ?? [])
    .filter((each) => each.operations.length > 0)
    .map((each) => ({ ...each, steps: stepsInWords(each), omitted: 0 }));
  const explained = anomaliesOf(input, findings).length > 0;
  const told = (checker: string): boolean =>
    (checker === "isolation" && explained) ||
    (smallest.length > 0 && (checker === "linearizable" || SAME_STORY.has(checker)));
  const claims = new Set(input.verdict.claims);
  const rest = input.verdict.verdicts.filter(({ checker, valid }) => valid === "invalid" && !told(checker));
  const witnesses = [
    ...rest.filter(({ checker }) => claims.has(checker)),
    ...rest.filter(({ checker }) => !claims.has(checker)),
  ].map((verdict) => {
    const { operations, omitted } = witnessIn(input.history.operations, verdict);
    const keys = new Set(operations.map((op) => op.key));
    const [key = null] = keys.size === 1 ? keys : [];
    const pattern = PATTERNS[verdict.checker] ?? `not ${verdict.checker}`;
    return { key, because: verdict.because, pattern, operations: operations.map(shown), steps: [], omitted };
  });
  return [...smallest, ...witnesses.filter(({ operations }) => operations.length > 0)];
};

/** A verdict in two or three words; of the other checkers the name says it. */
const PATTERNS: { readonly [checker: string]: string } = {
  fresh: "stale read",
  consistency: "consistency models violated",
  "k-atomic": "reads of what had been overwritten",
  converges: "replicas differ",
  set: "elements lost, doubled or made up",
  "set-full": "elements lost, doubled or made up",
  queue: "not first in, first out",
  "total-queue": "elements lost, doubled or made up",
  counter: "counted wrongly",
  "pn-counter": "counted wrongly",
  bank: "money made or lost",
  "unique-ids": "an id given twice",
  "long-fork": "two reads in opposite orders",
  "causal-reverse": "a later write seen without an earlier one",
  monotonic: "a value that fell",
};

/** The first drawing that shows an operation has its anchor: ids are unique. */
const claim = (
  operations: readonly Pick<ShownOperation, "invoked" | "completed">[],
  taken: Map<number, number>,
): ReadonlySet<number> => {
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
  const parts = `${capital(text)}${/[.!?]$/.test(text) || text === "" ? "" : "."}`.split(EVENT_IN_WORDS);
  return html`${parts.map((part, i) => {
    const [, before = "", index = ""] = (i % 2 === 1 ? /^(\D*)(\d+)$/.exec(part) : null) ?? [];
    const op = anchored.get(Number(index));
    return index === "" || op === undefined ? part : html`${before.replace("#", "")}<a href="#op-${op}">#${index}</a>`;
  })}`;
};
