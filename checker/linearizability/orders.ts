/**
 * All orders of a few operations, as far as they go: what a counterexample is explained with, and the proof that what it
 * leaves out does not matter.
 *
 * Exhaustive, so for a dozen operations, not for histories. Two things are not tried twice, for the reasons given in
 * `search.ts`: a read that fits is taken at once, and of operations of one class the one that completes first goes first.
 */

import { NO_STEP } from "./automaton.js";
import { LOST } from "./kv-automaton.js";
import type { SearchInput } from "./levels.js";

/** Where orders may begin: a state, and the positions of operations that have taken effect already. */
export interface Start {
  readonly state: number;
  readonly done: readonly number[];
}

/** An order that nothing can go on from although operations are owed. */
export interface DeadEnd {
  /** Positions, in order. */
  readonly order: readonly number[];
  readonly state: number;
  /** The start it goes on from. */
  readonly from: Start;
}

interface Node extends DeadEnd {
  readonly done: ReadonlySet<number>;
}

export interface Orders {
  /** Where they begin: none of the operations that are not shown is named. */
  readonly starts: readonly Start[];
  /** "unknown": there are more of them than may be looked at. */
  readonly answer: "legal" | "illegal" | "unknown";
  readonly nodes: readonly Node[];
  /** Those that got furthest first. */
  readonly deadEnds: readonly DeadEnd[];
}

export interface Asked {
  /** The operations to put in order; others of the input are not there. */
  readonly shown: readonly number[];
  readonly starts: readonly Start[];
  readonly nodesMax: number;
}

export function ordersOf(input: SearchInput, { shown, starts, nodesMax }: Asked): Orders {
  const nodes = new Map<string, Node>();
  const open: Node[] = [];
  const deadEnds: DeadEnd[] = [];
  const reach = (node: Node): void => {
    const name = `${node.state} ${shown.map((i) => (node.done.has(i) ? 1 : 0)).join("")}`;
    if (nodes.has(name)) return;
    nodes.set(name, node);
    open.push(node);
  };
  for (const one of starts) {
    const from = { state: one.state, done: one.done.filter((i) => shown.includes(i)) };
    reach({ from, state: from.state, done: new Set(from.done), order: [] });
  }
  const begun = [...nodes.values()].map(({ from }) => from);
  let legal = false;
  for (let node = open.pop(); node !== undefined && !legal; node = open.pop()) {
    if (nodes.size > nodesMax) return { answer: "unknown", starts: begun, nodes: [], deadEnds: [] };
    const { state, done, order, from } = node;
    const left = shown.filter((i) => !done.has(i));
    legal = left.every((i) => input.end[i] === Number.POSITIVE_INFINITY);
    const next = nextOf(input, left, state);
    if (next.length === 0 && !legal) deadEnds.push({ order, state, from });
    for (const i of next) {
      const after = input.automaton.next(state, input.automaton.classOf[i] ?? 0);
      reach({ from, state: after, done: new Set([...done, i]), order: [...order, i] });
    }
  }
  return {
    answer: legal ? "legal" : "illegal",
    starts: begun,
    nodes: [...nodes.values()],
    deadEnds: deadEnds.sort((a, b) => b.order.length - a.order.length),
  };
}

/** The operations that can come next, but for those that need not be tried. */
function nextOf(input: SearchInput, left: readonly number[], state: number): readonly number[] {
  const { automaton, end } = input;
  const classOf = (i: number): number => automaton.classOf[i] ?? 0;
  const fit = left.filter(
    (i) => blockerOf(input, i, left) === undefined && automaton.next(state, classOf(i)) !== NO_STEP,
  );
  const read = fit.find((i) => automaton.effects[classOf(i)] === "read");
  if (read !== undefined) return [read];
  const firsts = new Map<number, number>();
  for (const i of fit) {
    const known = firsts.get(classOf(i));
    if (known === undefined || (end[i] ?? 0) < (end[known] ?? 0)) firsts.set(classOf(i), i);
  }
  return [...firsts.values()];
}

/** An operation that no order gets to. */
export interface Culprit {
  readonly position: number;
  /** The states in which it could have come, and the shortest order that leads to one of them. */
  readonly states: readonly number[];
  readonly order: readonly number[];
  /** Operations of unknown outcome that no order gets to either. */
  readonly never: readonly number[];
}

/** The one operation of `shown` that no order gets to; null: there are several, or each is in some order. */
export function culpritOf(input: SearchInput, { nodes }: Orders, shown: readonly number[]): Culprit | null {
  const unreached = shown.filter((i) => !nodes.some(({ done }) => done.has(i)));
  const [position, second] = unreached.filter((i) => input.end[i] !== Number.POSITIVE_INFINITY);
  if (position === undefined || second !== undefined) return null;
  const could = nodes.filter(({ done }) => {
    const left = shown.filter((i) => i !== position && !done.has(i));
    return blockerOf(input, position, left) === undefined;
  });
  const [first] = [...could].sort((a, b) => a.order.length - b.order.length);
  if (first === undefined) return null;
  return {
    position,
    states: [...new Set(could.map(({ state }) => state))],
    order: first.order,
    never: unreached.filter((i) => i !== position),
  };
}

/** One of `left` that was over before the operation at `position` began. */
export const blockerOf = ({ start, end }: SearchInput, position: number, left: readonly number[]): number | undefined =>
  left.find((other) => (end[other] ?? 0) < (start[position] ?? 0));

/**
 * Which of the operations at `hidden` could make a difference to the orders of the shown ones: those that can come next
 * somewhere and change something there. With none, `orders` are all there are. Reads are not asked about: they never help.
 */
export function mattering(input: SearchInput, orders: Orders, asked: { hidden: readonly number[] } & Asked): number[] {
  const { automaton } = input;
  const effectOf = (i: number): string => automaton.effects[automaton.classOf[i] ?? 0] ?? "update";
  const updates = asked.hidden.filter((i) => effectOf(i) !== "read");
  const comes = (i: number, waitFor: readonly number[]): "never" | "in vain" | "matters" => {
    let inVain = false;
    for (const { state, done } of orders.nodes) {
      const left = asked.shown.filter((other) => !done.has(other));
      if (blockerOf(input, i, [...left, ...waitFor]) !== undefined) continue;
      const after = automaton.next(state, automaton.classOf[i] ?? 0);
      if (after === NO_STEP) continue;
      // Nothing can be done from there that could not be done without.
      if (after !== state && after !== LOST) return "matters";
      inVain = true;
    }
    return inVain ? "in vain" : "never";
  };
  // What has to wait for one that never comes does not come either.
  let never: readonly number[] = [];
  for (let size = -1; size < never.length; ) {
    size = never.length;
    const known = never;
    const waitFor = known.filter((i) => !asked.starts.some(({ done }) => done.includes(i)));
    never = updates.filter((i) => known.includes(i) || comes(i, waitFor) === "never");
  }
  return updates.filter((i) => !never.includes(i) && comes(i, []) === "matters");
}
