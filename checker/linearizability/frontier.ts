/**
 * Where all orders of the beginning of a history can have got to, moment by moment: the states the object may be in, each
 * with the operations still open that must have taken effect for it to be in that state.
 *
 * Breadth first and just in time: an operation takes effect when it is about to complete, together with open ones that
 * have to come before it. So what is open and not named as done takes effect later. Operations of one class are
 * interchangeable: named is the one that completes first.
 */

import { NO_STEP } from "./automaton.js";
import type { SearchInput } from "./levels.js";
import type { Start } from "./orders.js";

export interface Moment {
  /** After this event, and before the next. */
  readonly at: number;
  readonly starts: readonly Start[];
}

export interface Frontier {
  /** The last moments, in order. */
  readonly moments: readonly Moment[];
  /** Position of the operation whose completion no order got past. */
  readonly stuckAt: number;
}

const MOMENTS_MAX = 64;
const STARTS_MAX = 4000;
const STEPS_MAX = 500_000;

/** null: there is an order of everything, or there is too much to keep in mind. */
export function frontierOf(input: SearchInput): Frontier | null {
  const { automaton, start, end } = input;
  const byEnd = Array.from(automaton.classOf, (_, i) => i)
    .filter((i) => end[i] !== Number.POSITIVE_INFINITY)
    .sort((a, b) => (end[a] ?? 0) - (end[b] ?? 0));
  const budget = { left: STEPS_MAX };
  const moments: Moment[] = [{ at: -1, starts: [{ state: 0, done: [] }] }];
  let [open, next, starts]: [number[], number, readonly Start[]] = [[], 0, moments[0]?.starts ?? []];
  for (const position of byEnd) {
    const at = end[position] ?? 0;
    for (; next < automaton.classOf.length && (start[next] ?? 0) < at; next++) open.push(next);
    const after = passed(input, { starts, open, position, budget });
    if (after === null) return null;
    if (after.length === 0) return { moments, stuckAt: position };
    starts = after;
    open = open.filter((i) => i !== position);
    moments.push({ at, starts });
    if (moments.length > MOMENTS_MAX) moments.shift();
  }
  return null;
}

interface Passing {
  readonly starts: readonly Start[];
  readonly open: readonly number[];
  readonly position: number;
  readonly budget: { left: number };
}

/** Where orders are that have got past the completion of the operation at `position`. */
function passed(input: SearchInput, { starts, open, position, budget }: Passing): readonly Start[] | null {
  const found = new Map<string, Start>();
  const tried = new Set<string>();
  const waiting: Start[] = starts.map((one) => satisfied(input, one, open));
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    const name = nameOf(one);
    if (tried.has(name)) continue;
    tried.add(name);
    budget.left -= 1 + open.length;
    if (budget.left < 0) return null;
    if (one.done.includes(position)) {
      const rest = { state: one.state, done: one.done.filter((i) => i !== position) };
      found.set(nameOf(rest), rest);
      continue;
    }
    for (const i of firstsOf(input, open, one.done)) {
      const after = input.automaton.next(one.state, input.automaton.classOf[i] ?? 0);
      if (after !== NO_STEP) waiting.push(satisfied(input, { state: after, done: insert(one.done, i) }, open));
    }
  }
  if (found.size > STARTS_MAX) return null;
  return uncovered(input, [...found.values()], budget);
}

/** Without those that can do nothing that another cannot do too. */
function uncovered(input: SearchInput, starts: readonly Start[], budget: { left: number }): readonly Start[] {
  const byState = new Map<number, Start[]>();
  for (const one of starts) {
    const peers = byState.get(one.state);
    if (peers === undefined) byState.set(one.state, [one]);
    else peers.push(one);
  }
  return [...byState.values()].flatMap((peers) => {
    budget.left -= (peers.length * peers.length) >> 2;
    return peers.filter((one) => !peers.some((other) => other !== one && covers(input, other, one)));
  });
}

const nameOf = ({ state, done }: Start): string => `${state} ${done.join(" ")}`;

const insert = (done: readonly number[], i: number): number[] => [...done, i].sort((a, b) => a - b);

/** Takes all open reads that fit. */
function satisfied({ automaton }: SearchInput, { state, done }: Start, open: readonly number[]): Start {
  const fit = open.filter((i) => {
    const cls = automaton.classOf[i] ?? 0;
    return automaton.effects[cls] === "read" && !done.includes(i) && automaton.next(state, cls) !== NO_STEP;
  });
  return fit.length === 0 ? { state, done } : { state, done: [...done, ...fit].sort((a, b) => a - b) };
}

/** Of the open operations of each class the one that completes first. No reads: those come of themselves. */
function firstsOf({ automaton, end }: SearchInput, open: readonly number[], done: readonly number[]): number[] {
  const firsts = new Map<number, number>();
  for (const i of open) {
    const cls = automaton.classOf[i] ?? 0;
    if (automaton.effects[cls] === "read" || done.includes(i)) continue;
    const known = firsts.get(cls);
    if (known === undefined || (end[i] ?? 0) < (end[known] ?? 0)) firsts.set(cls, i);
  }
  return [...firsts.values()];
}

/** Of two in the same state: whether all that can follow `b` can follow `a`, the same but for reads that `b` still owes and crashed ones it used. */
function covers({ automaton, end }: SearchInput, a: Start, b: Start): boolean {
  const isRead = (i: number): boolean => automaton.effects[automaton.classOf[i] ?? 0] === "read";
  const isCrashed = (i: number): boolean => end[i] === Number.POSITIVE_INFINITY;
  return (
    a.done.every((i) => b.done.includes(i) || isRead(i)) && b.done.every((i) => a.done.includes(i) || isCrashed(i))
  );
}
