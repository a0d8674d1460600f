/** Which checker judges which workload. */

import type { History } from "../history/operation.js";
import { checkIsolation, type IsolationOptions } from "../isolation/check.js";
import { fromOperations } from "../isolation/history/events.js";
import type { Verdict } from "../verdict.js";
import { type BankOptions, checkBank } from "./bank.js";
import { checkCausalReverse } from "./causal-reverse.js";
import { checkCounter, checkPnCounter } from "./counter.js";
import { checkLongFork } from "./long-fork.js";
import { checkMonotonic } from "./monotonic.js";
import { checkQueue } from "./queue.js";
import { checkSet } from "./set.js";
import { checkSetFull } from "./set-full.js";
import { checkTotalQueue } from "./total-queue.js";
import { checkUniqueIds } from "./unique-ids.js";

/** Checkers without options, by their names, which are those of their workloads. */
const PLAIN = {
  "long-fork": checkLongFork,
  monotonic: (history) => checkMonotonic(history),
  "causal-reverse": checkCausalReverse,
  "unique-ids": checkUniqueIds,
  counter: checkCounter,
  "pn-counter": checkPnCounter,
  set: checkSet,
  "set-full": (history) => checkSetFull(history),
  queue: checkQueue,
  "total-queue": (history) => checkTotalQueue(history),
} as const satisfies { readonly [name: string]: (history: History) => Verdict<unknown> };

export const WORKLOAD_CHECKERS = [
  "isolation",
  "bank",
  "long-fork",
  "monotonic",
  "causal-reverse",
  "unique-ids",
  "counter",
  "pn-counter",
  "set",
  "set-full",
  "queue",
  "total-queue",
] as const satisfies readonly ("isolation" | "bank" | keyof typeof PLAIN)[];
export type WorkloadChecker = (typeof WORKLOAD_CHECKERS)[number];

/** How to look at transactions, where not as usual. */
export type IsolationRules = Pick<IsolationOptions, "asElle" | "wfrKeys" | "sequentialKeys" | "linearizableKeys">;

/** What a checker must know of the workload that made a history. */
export type JudgedWorkload =
  | { readonly name: "register" | "unique-register" }
  | ({ readonly name: "list-append" | "rw-register"; readonly consistency: readonly string[] } & IsolationRules)
  | ({ readonly name: "bank" } & BankOptions)
  | { readonly name: keyof typeof PLAIN };

/** The checker that decides a workload's promise; null for registers, which several look at. */
export const checkerOf = (name: JudgedWorkload["name"]): WorkloadChecker | null => {
  if (name === "register" || name === "unique-register") return null;
  return name === "list-append" || name === "rw-register" ? "isolation" : name;
};

/** Of a workload of transactions, for `checkIsolation`. */
export const isolationOptions = (
  workload: Extract<JudgedWorkload, { readonly consistency: readonly string[] }>,
): IsolationOptions => {
  const { name, consistency, asElle, wfrKeys, sequentialKeys, linearizableKeys } = workload;
  return {
    workload: name,
    consistency,
    ...(asElle === undefined ? {} : { asElle }),
    ...(wfrKeys === undefined ? {} : { wfrKeys }),
    ...(sequentialKeys === undefined ? {} : { sequentialKeys }),
    ...(linearizableKeys === undefined ? {} : { linearizableKeys }),
  };
};

/** @throws RangeError for registers, and for a consistency model that nobody knows */
export const checkWorkload = (history: History, workload: JudgedWorkload): Verdict<unknown> => {
  const { name } = workload;
  if (name === "register" || name === "unique-register") throw new RangeError(`${name} has no checker of its own`);
  if (name === "bank") return checkBank(history, workload);
  if (name === "list-append" || name === "rw-register") {
    return checkIsolation(fromOperations(history.operations, name), isolationOptions({ ...workload, name }));
  }
  return PLAIN[name](history);
};
