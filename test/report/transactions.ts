/** Runs over transactions, judged by the isolation checker itself: the report is tested against what it really says. */

import { checkIsolation, type IsolationOptions } from "../../checker/isolation/check.js";
import type { IsolationDetails } from "../../checker/isolation/details.js";
import { fromOperations } from "../../checker/isolation/history/events.js";
import type { Workload } from "../../checker/isolation/history/columns.js";
import type { OpEvent } from "../../checker/history/event.js";
import type { History } from "../../checker/history/operation.js";
import { pairEvents } from "../../checker/history/pair.js";
import { checkPerformance } from "../../checker/performance/performance.js";
import type { Verdict } from "../../checker/verdict.js";
import type { ReportInput } from "../../src/report/report.js";
import { events } from "../checker/isolation/txns.js";
import { HOSTILE, runVerdict, verdict } from "./made.js";

/** "process type micro-operations", one event a line. */
export const txns = (picture: string): History =>
  pairEvents(
    events(picture).map(
      ({ index = 0, time, process, type, value }): OpEvent => ({
        index,
        time: time ?? 0,
        process: Number(process),
        type: type as OpEvent["type"],
        f: "txn",
        key: null,
        value: value ?? null,
        node: `n${(Number(process) % 3) + 1}`,
      }),
    ),
  );

export const isolationOf = (
  history: History,
  options: Partial<IsolationOptions> & { readonly workload: Workload } = { workload: "list-append" },
): Verdict<IsolationDetails> => checkIsolation(fromOperations(history.operations, options.workload), options);

/** What `kvtest check` would hand to the report. */
export const judged = (history: History, isolation: Verdict<unknown>): ReportInput => ({
  config: null,
  plan: null,
  history,
  title: "transactions.jsonl",
  verdict: runVerdict(
    isolation.valid,
    isolation.valid === "invalid" ? `not isolation: ${isolation.because}` : isolation.because,
    [
      verdict(isolation.valid, "isolation", isolation.because, isolation.details, isolation.witness),
      verdict("valid", "statistics", "", checkPerformance(history).details),
    ],
    ["isolation"],
  ),
});

const BEFORE = `
  0 invoke append x 1, append y 1
  0 ok     append x 1, append y 1`;

export const PICTURES = {
  /** Both read both keys, and each wrote the one that the other had only read. */
  "G2-item": `${BEFORE}
    1 invoke r x, r y, append x 2
    2 invoke r x, r y, append y 2
    1 ok     r x [1], r y [1], append x 2
    2 ok     r x [1], r y [1], append y 2
    3 invoke r x, r y
    3 ok     r x [1 2], r y [1 2]`,
  G1c: `${BEFORE}
    1 invoke append x 2, r y
    2 invoke append y 2, r x
    1 ok     append x 2, r y [1 2]
    2 ok     append y 2, r x [1 2]`,
  "lost-update": `${BEFORE}
    1 invoke r x, append x 2
    2 invoke r x, append x 3
    1 ok     r x [1], append x 2
    2 ok     r x [1], append x 3
    3 invoke r x
    3 ok     r x [1 2 3]`,
  "G-single-item-realtime": `${BEFORE}
    1 invoke append x 2
    1 ok     append x 2
    2 invoke r x, r y
    2 ok     r x [1], r y [1]`,
  G1a: `${BEFORE}
    1 invoke append x 2
    1 fail   append x 2
    2 invoke r x
    2 ok     r x [1 2]`,
  /** It read one list twice, and in between another transaction wrote. */
  internal: `${BEFORE}
    1 invoke r x, r y, r x
    2 invoke append x 2
    2 ok     append x 2
    1 ok     r x [1], r y [1], r x [1 2]`,
  "incompatible-order": `${BEFORE}
    1 invoke append x 2
    2 invoke append x 3
    1 ok     append x 2
    2 ok     append x 3
    3 invoke r x
    4 invoke r x, r y
    3 ok     r x [1 2]
    4 ok     r x [1 3 2], r y [1]`,
  "dirty-update": `${BEFORE}
    1 invoke append x 2
    1 fail   append x 2
    2 invoke append y 2, append x 3
    2 ok     append y 2, append x 3
    3 invoke r x
    3 ok     r x [1 2 3]`,
  "duplicate-elements": `${BEFORE}
    1 invoke append x 2
    1 ok     append x 2
    2 invoke r y, r x
    2 ok     r y [1], r x [1 2 2]`,
  "future-read": `${BEFORE}
    1 invoke r x, r y, append x 2
    1 ok     r x [1 2], r y [1], append x 2`,
} as const;

export type Kind = keyof typeof PICTURES;

export const brokenRun = (kind: Kind): ReportInput => {
  const history = txns(PICTURES[kind]);
  return judged(history, isolationOf(history));
};

/** Several anomalies, one after the other. */
export const manyRun = (): ReportInput => {
  const lines: string[] = [];
  for (const [i, kind] of (Object.keys(PICTURES) as Kind[]).entries())
    lines.push(
      PICTURES[kind]
        .replaceAll(/\b(append|r) (\w)/g, `$1 ${"abcdefghijkl"[i]}$2`)
        .replaceAll(/^\s*(\d)/gm, (_, process: string) => String(Number(process) + 4 * i)),
    );
  const history = txns(lines.join("\n"));
  return judged(history, isolationOf(history));
};

/** A ring of so many transactions, each of which missed what the next wrote. */
export const ringRun = (n: number): ReportInput => {
  const ring = (type: string): string =>
    Array.from({ length: n }, (_, t) => `${t} ${type} r k${t}, append k${(t + 1) % n} 1`).join("\n");
  const history = txns(`${ring("invoke")}\n${ring("ok")}`);
  return judged(history, isolationOf(history, { workload: "list-append", consistency: ["serializable"] }));
};

/** Read skew where only read committed was claimed: nothing is broken, and something is told. */
export const toleratedRun = (): ReportInput => {
  const history = txns(PICTURES["G2-item"]);
  return judged(history, isolationOf(history, { workload: "list-append", consistency: ["read-committed"] }));
};

/** A key, and a value, that are markup, and turn the direction of the text around. */
export const hostileTransactions = (): ReportInput => {
  const evil = `${HOSTILE}\u202e"' style="x`;
  const made = txns(PICTURES["G2-item"].replaceAll(" x", " evil"));
  const swap = (json: unknown): unknown =>
    JSON.parse(
      JSON.stringify(json)
        .replaceAll('"evil"', JSON.stringify(evil))
        .replaceAll(/\b2\b(?=[\]])/g, JSON.stringify(evil)),
    );
  const history: History = {
    ...made,
    operations: made.operations.map((op) => ({
      ...op,
      value: swap(op.value) as typeof op.value,
      result: swap(op.result) as typeof op.result,
    })),
  };
  return judged(history, isolationOf(history));
};
