/** What one search for a broken rule ends with, and the words and events that tell it. */

import { shown } from "../convergence/shown.js";
import type { Operation } from "../history/operation.js";
import type { Edges } from "./cycle.js";
import type { Sessions } from "./sessions.js";

export type Finding =
  | { readonly is: "holds" }
  | { readonly is: "broken"; readonly pattern: string; readonly why: string; readonly ops: readonly Operation[] }
  /** The question cannot be asked of this history. */
  | { readonly is: "moot"; readonly why: string }
  | { readonly is: "budget" };

export const HOLDS: Finding = { is: "holds" };
export const OUT_OF_BUDGET: Finding = { is: "budget" };

/** Counted in visits of clock entries, so that the same history gets the same answer on every machine. */
export interface Budget {
  steps: number;
  readonly stepsMax: number;
}

/** False once the budget is spent. */
export const spend = (budget: Budget, steps: number): boolean => {
  budget.steps += steps;
  return budget.steps <= budget.stepsMax;
};

export const broken = (
  sessions: Sessions,
  pattern: string,
  why: string,
  nodes: readonly (number | undefined)[],
): Finding => {
  const ops = new Set(nodes.map((node) => (node === undefined ? undefined : sessions.op[node])));
  return { is: "broken", pattern, why, ops: [...ops].filter((op) => op !== undefined) };
};

/** One step of a cycle: `from` before `to`, as the reading at `by` shows (-1: given). */
export interface CycleStep {
  readonly from: number;
  readonly to: number;
  readonly by: number;
  /** Its number among the edges. */
  readonly edge: number;
}

/**
 * The steps of a cycle of edges. Nodes that are no operations but stand for several (numbered after all others) are
 * passed over: the step into one and the step out of it become one step.
 */
export const stepsOf = (sessions: Sessions, edges: Edges, cycle: readonly number[]): CycleStep[] => {
  const count = sessions.writer.length;
  // Begin where the cycle leaves an operation.
  const begin = cycle.findIndex((edge) => (edges.from[edge] ?? 0) < count);
  const steps: CycleStep[] = [];
  let from = -1;
  for (const edge of [...cycle.slice(begin), ...cycle.slice(0, begin)]) {
    if (from < 0) from = edges.from[edge] ?? 0;
    const to = edges.to[edge] ?? 0;
    if (to >= count) continue;
    steps.push({ from, to, by: edges.by[edge] ?? -1, edge });
    from = -1;
  }
  return steps;
};

/** A cycle told step by step: `tell` gives each step its words. */
export const brokenByCycle = (
  sessions: Sessions,
  pattern: string,
  steps: readonly CycleStep[],
  tell: (step: CycleStep) => string,
): Finding => {
  const sentences = steps.slice(0, SENTENCES_MAX).map(tell);
  if (steps.length > SENTENCES_MAX) sentences.push(`and ${steps.length - SENTENCES_MAX} steps more`);
  return broken(
    sessions,
    pattern,
    sentences.join("; "),
    steps.flatMap(({ from, to, by }) => (by < 0 ? [from, to] : [from, to, by])),
  );
};

const SENTENCES_MAX = 6;

/** "write of 5 to "x" at 12 (process 3)". */
export const named = (sessions: Sessions, node: number): string => {
  const op = sessions.op[node];
  return op === undefined ? "?" : nameOf(op);
};

export const nameOf = (op: Operation): string => {
  const key = op.key === null ? "" : ` ${op.f === "read" ? "of" : "to"} ${shown(op.key)}`;
  const value = op.f === "read" ? op.result : op.value;
  return op.f === "read"
    ? `read${key} at ${op.invoked} (process ${op.process}) that returned ${shown(value)}`
    : `${op.f}${key} of ${shown(value)} at ${op.invoked} (process ${op.process})`;
};
