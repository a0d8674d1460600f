/** A small part of a history that has no order by itself: what a person has to look at. */

import { type Edges, outgoing } from "../../session/cycle.js";
import type { Operation } from "../../history/operation.js";
import { type Budget, spend } from "../../session/finding.js";
import { Saturation } from "./forced.js";
import { NOBODY, NONE, type Programs, programsOf, SEVERAL } from "./programs.js";
import { decide } from "./search.js";
import { tryOrders } from "./trial.js";

/** Searches for reasons among the edges, each over the whole history; and how large a part is still made smaller. */
const REASONS_MAX = 300;
const SHRUNK_MAX = 600;
/** What deciding one candidate may cost, and all of them. */
const TRIAL_STEPS_MAX = 200_000;
const STEPS_MAX = 20_000_000;

/** The nodes behind a cycle: those on it, and those on the paths that each derived edge of it was derived from. */
export const reasonsOf = (programs: Programs, edges: Edges, cycle: readonly number[]): ReadonlySet<number> => {
  const nodes = new Set<number>();
  const agenda = new Set(cycle);
  const links = outgoing(programs.operations.length, edges);
  let searches = 0;
  // The agenda grows by the edges of the paths found: a set iterates over what is added meanwhile.
  for (const edge of agenda) {
    const [from, to, by] = [edges.from[edge] ?? 0, edges.to[edge] ?? 0, edges.by[edge] ?? NONE];
    nodes.add(from).add(to);
    if (by < 0 || by === to) continue;
    nodes.add(by);
    const write = programs.source[by] ?? NONE;
    if (write >= 0) nodes.add(write);
    const [start, end] = by === from ? [write, to] : [from, by];
    if (start < 0 || searches++ > REASONS_MAX) continue;
    for (const step of path(edges, links, { start, end, before: edge })) agenda.add(step);
  }
  return nodes;
};

/** Edges of a shortest path made of edges with a lower number than `before`. */
const path = (
  edges: Edges,
  { first, list }: ReturnType<typeof outgoing>,
  { start, end, before }: { readonly start: number; readonly end: number; readonly before: number },
): number[] => {
  const reachedBy = new Map<number, number>();
  const queue = [start];
  for (const node of queue) {
    if (node === end) break;
    for (let i = first[node] ?? 0; i < (first[node + 1] ?? 0); i++) {
      const edge = list[i] ?? 0;
      const to = edges.to[edge] ?? 0;
      if (edge >= before || to === start || reachedBy.has(to)) continue;
      reachedBy.set(to, edge);
      queue.push(to);
    }
  }
  const steps: number[] = [];
  for (let node = end; node !== start; ) {
    const edge = reachedBy.get(node);
    if (edge === undefined) return [];
    steps.push(edge);
    node = edges.from[edge] ?? start;
  }
  return steps;
};

/**
 * Whether the operations have no order by themselves. Never because of a value whose write is missing from them, and
 * never without a proof.
 */
export const isRefuted = (operations: readonly Operation[], budget: Budget): boolean => {
  const programs = programsOf(operations);
  if (programs.source.includes(NOBODY)) return false;
  if (!programs.source.includes(SEVERAL)) {
    const found = decide(programs, budget);
    return found.is === "cycle" || found.is === "exhausted";
  }
  const forced = new Saturation(programs, budget);
  const found = forced.begin();
  if (found.is !== "order") return found.is === "cycle";
  return tryOrders(programs, forced.edges, budget).is === "none";
};

/**
 * The operations made fewer for as long as they have no order by themselves; all of them where they have one, or are too
 * many. A value goes with all its writes and reads, or one read alone: what is left then has an order if all had.
 */
export const shrink = (operations: readonly Operation[]): readonly Operation[] => {
  const spent: Budget = { steps: 0, stepsMax: STEPS_MAX };
  const refuted = (some: readonly Operation[]): boolean => {
    const budget = { steps: 0, stepsMax: TRIAL_STEPS_MAX };
    const answer = isRefuted(some, budget);
    return spend(spent, budget.steps + 100 * some.length) && answer;
  };
  if (operations.length > SHRUNK_MAX || !refuted(operations)) return operations;
  let kept = operations;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length; ) {
      if (spent.steps > spent.stepsMax) return kept;
      const fewer = without(kept, kept.slice(at, at + size));
      if (fewer.length > 0 && refuted(fewer)) kept = fewer;
      else at += size;
    }
  }
  return kept;
};

/** Without these, and without all that touches a value that one of them wrote. */
const without = (operations: readonly Operation[], removed: readonly Operation[]): readonly Operation[] => {
  const programs = programsOf(operations);
  const gone = new Set(removed);
  const values = new Set<number>();
  for (let before = -1; before !== gone.size + values.size; ) {
    before = gone.size + values.size;
    for (const [node, op] of programs.operations.entries()) {
      const [from, to] = [programs.from[node] ?? NONE, programs.to[node] ?? NONE];
      if (values.has(from) || values.has(to)) gone.add(op);
      if (gone.has(op) && to !== NONE) values.add(to);
    }
  }
  return operations.filter((op) => !gone.has(op));
};
