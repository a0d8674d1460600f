/** Runs of workloads that are no registers, judged by their own checkers. */

import type { Json, OpEvent } from "../../checker/history/event.js";
import type { History } from "../../checker/history/operation.js";
import { pairEvents } from "../../checker/history/pair.js";
import { checkPerformance } from "../../checker/performance/performance.js";
import type { Verdict } from "../../checker/verdict.js";
import { checkBank } from "../../checker/workload/bank.js";
import { checkCounter } from "../../checker/workload/counter.js";
import { checkLongFork } from "../../checker/workload/long-fork.js";
import { checkQueue } from "../../checker/workload/queue.js";
import { checkSet } from "../../checker/workload/set.js";
import { checkUniqueIds } from "../../checker/workload/unique-ids.js";
import type { ReportInput } from "../../src/report/report.js";
import { HOSTILE, runVerdict, verdict } from "./made.js";

type Call = readonly [f: string, value: Json, result: Json];

/** One client after the other: each call ends before the next begins. */
const calls = (all: readonly Call[]): History =>
  pairEvents(
    all.flatMap(([f, value, result], i): OpEvent[] => {
      const common = { process: i % 5, f, key: null, node: `n${(i % 3) + 1}` };
      return [
        { ...common, index: 2 * i, time: 2e6 * i, type: "invoke", value },
        { ...common, index: 2 * i + 1, time: 2e6 * i + 1e6, type: "ok", value: result },
      ];
    }),
  );

const judged = (history: History, found: Verdict<unknown>): ReportInput => ({
  config: null,
  plan: null,
  history,
  title: `${found.checker}.jsonl`,
  verdict: runVerdict(
    found.valid,
    `not ${found.checker}: ${found.because}`,
    [
      verdict(found.valid, found.checker, found.because, found.details, found.witness),
      verdict("valid", "statistics", "", checkPerformance(history).details),
    ],
    [found.checker],
  ),
});

const adds = (n: number, word = ""): readonly Call[] =>
  Array.from({ length: n }, (_, i): Call => {
    const element = word === "" ? i : `${word}${i}`;
    return ["add", element, element];
  });

/** 40 elements are added, and the final read has the odd ones. */
const setRun = (word = ""): ReportInput => {
  const added = adds(40, word);
  const odd = added.map(([, element]) => element).filter((_, i) => i % 2 === 1);
  const history = calls([...added, ["read", null, odd]]);
  return judged(history, checkSet(history));
};

const bankRun = (): ReportInput => {
  const history = calls([
    ["read", null, { a: 50, b: 50 }],
    ["transfer", { from: "a", to: "b", amount: 10 }, { from: "a", to: "b", amount: 10 }],
    ["read", null, { a: 40, b: 50 }],
  ]);
  return judged(history, checkBank(history, { accounts: ["a", "b"], total: 100, negative: false }));
};

const queueRun = (): ReportInput => {
  const history = calls([
    ["enqueue", 1, 1],
    ["enqueue", 2, 2],
    ["dequeue", null, 2],
    ["dequeue", null, 1],
  ]);
  return judged(history, checkQueue(history));
};

const counterRun = (): ReportInput => {
  const history = calls([
    ["add", 1, 1],
    ["add", 2, 2],
    ["read", null, 7],
  ]);
  return judged(history, checkCounter(history));
};

const idsRun = (): ReportInput => {
  const history = calls([
    ["generate", null, "id-1"],
    ["generate", null, "id-2"],
    ["generate", null, "id-1"],
  ]);
  return judged(history, checkUniqueIds(history));
};

/** Two reads that see two concurrent writes in opposite orders: argument and answer of four transactions at once. */
const FORK: readonly (readonly [Json, Json])[] = [
  [[["w", "x", 1]], [["w", "x", 1]]],
  [[["w", "y", 1]], [["w", "y", 1]]],
  [
    [
      ["r", "x", null],
      ["r", "y", null],
    ],
    [
      ["r", "x", 1],
      ["r", "y", null],
    ],
  ],
  [
    [
      ["r", "x", null],
      ["r", "y", null],
    ],
    [
      ["r", "x", null],
      ["r", "y", 1],
    ],
  ],
];

const longForkRun = (): ReportInput => {
  const events: OpEvent[] = [];
  for (const type of ["invoke", "ok"] as const)
    for (const [process, [value, result]] of FORK.entries())
      events.push({
        index: events.length,
        time: events.length * 1e6,
        process,
        type,
        f: "txn",
        key: null,
        value: type === "ok" ? result : value,
      });
  const history = pairEvents(events);
  return judged(history, checkLongFork(history));
};

export const WORKLOADS: { readonly [name: string]: () => ReportInput } = {
  set: setRun,
  bank: bankRun,
  queue: queueRun,
  counter: counterRun,
  "unique-ids": idsRun,
  "long-fork": longForkRun,
};

export const hostileSet = (): ReportInput => setRun(HOSTILE);
