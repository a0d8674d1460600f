/**
 * The smallest end of a history that explains why no order gets past some completion: the object may be in this state or
 * that at some moment, and these operations cannot go on from there.
 *
 * What is left out does not matter: reads never help, and of other operations all orders of the shown ones are looked at
 * to see that those cannot come next anywhere, or change nothing.
 */

import { endOf, type Operation } from "../history/operation.js";
import type { Model } from "../model/model.js";
import { type Automaton, ModelAutomaton } from "./automaton.js";
import { frontierOf } from "./frontier.js";
import type { SearchInput } from "./levels.js";
import { isLook } from "./object-shrink.js";
import { type Asked, mattering, type Orders, ordersOf, type Start } from "./orders.js";
import { Search } from "./search.js";
import { stringAutomaton } from "./kv-automaton.js";

/** Operations that have no order from some moment on. Positions are those in `input`. */
export interface Cut {
  readonly input: SearchInput;
  readonly operations: readonly Operation[];
  /** After this event and before the next; -1: from the beginning. */
  readonly at: number;
  /** The story ends here. */
  readonly until: number;
  readonly starts: readonly Start[];
  readonly shown: readonly number[];
  /** Not shown: whichever of them come in between, the shown ones have no order. */
  readonly beside: readonly number[];
  /** Of the shown ones and those beside them. */
  readonly orders: Orders;
}

/** More ways in which things may stand at a moment are not told. */
const STARTS_MAX = 3;
/** Operations after a moment that are looked at; orders of them; completions back from the end. */
const REST_MAX = 40;
const NODES_MAX = 2000;
const MOMENTS_MAX = 24;
const GROWTH_MAX = 12;
/** Heavier ones are told with what comes in between only counted. */
const LONG = 6;

/** null: too much is open at once to tell. */
export function bestCut(model: Model<unknown>, operations: readonly Operation[]): Cut | null {
  const view = viewsOf(model, operations);
  const input = { automaton: view(null), start: operations.map((op) => op.invoked), end: operations.map(endOf) };
  const frontier = frontierOf(input);
  if (frontier === null) return null;
  const until = input.end[frontier.stuckAt] ?? 0;
  const late = { ...input, end: input.end.map((end) => (end > until ? Number.POSITIVE_INFINITY : end)) };
  const looks = operations.map((op) => isLook(model, op));
  const { stuckAt } = frontier;
  const bestOf = (find: (rest: Rest) => Core | null): Cut | null => {
    let best: Cut | null = null;
    for (const { at, starts } of frontier.moments.slice(-MOMENTS_MAX).reverse()) {
      const rest = restOf(late, { at, until, starts });
      if (rest.length > REST_MAX) break;
      if (starts.length > STARTS_MAX || (best !== null && starts.length >= weight(best))) continue;
      const core = find({ input: late, view, rest, free: rest.filter((i) => looks[i]), starts, stuckAt });
      if (core === null) continue;
      const cut: Cut = { ...core, operations, at, until, starts: core.orders.starts };
      if (best === null || weight(cut) < weight(best)) best = cut;
    }
    return best;
  };
  const strict = bestOf(coreOf);
  if (strict !== null && weight(strict) <= LONG && isProven(strict)) return strict;
  const loose = bestOf(looseCoreOf);
  return [loose, strict].find((cut) => cut !== null && isProven(cut)) ?? null;
}

/** The automaton of all operations, as those at `shown` see it. */
type View = (shown: readonly number[] | null) => Automaton;

function viewsOf(model: Model<unknown>, operations: readonly Operation[]): View {
  const whole = new ModelAutomaton(model, operations);
  if (model.name !== "kv") return () => whole;
  return (shown) => stringAutomaton(whole, shown === null ? operations : shown.flatMap((i) => operations[i] ?? []));
}

/** All of `operations`, from the beginning; null: there are too many orders to look at, or one that explains them. */
export function wholeOf(model: Model<unknown>, operations: readonly Operation[], until: number): Cut | null {
  const end = operations.map(endOf).map((one) => (one > until ? Number.POSITIVE_INFINITY : one));
  const input = { automaton: viewsOf(model, operations)(null), start: operations.map((op) => op.invoked), end };
  const [shown, starts] = [operations.map((_, i) => i), [{ state: 0, done: [] }]];
  const orders = ordersOf(input, { shown, starts, nodesMax: NODES_MAX });
  return orders.answer === "illegal" ? { input, operations, at: -1, until, starts, shown, beside: [], orders } : null;
}

/** Each way in which things may stand is as much to keep in mind as an operation; where all begins is known. */
export const weight = ({ at, starts, shown }: Pick<Cut, "at" | "starts" | "shown">): number =>
  shown.length + (at === -1 ? 0 : starts.length);

/** What is still to come after a moment, but for reads that say nothing by the end of the story. */
function restOf(input: SearchInput, { at, until, starts }: Pick<Cut, "at" | "until" | "starts">): number[] {
  const { automaton, start, end } = input;
  const rest: number[] = [];
  for (let i = 0; i < automaton.classOf.length && (start[i] ?? 0) < until; i++) {
    if ((end[i] ?? 0) <= at || starts.every(({ done }) => done.includes(i))) continue;
    const isRead = automaton.effects[automaton.classOf[i] ?? 0] === "read";
    if (!isRead || (end[i] ?? 0) <= until) rest.push(i);
  }
  return rest;
}

interface Rest {
  readonly input: SearchInput;
  readonly view: View;
  readonly rest: readonly number[];
  /** Those of them that may always be left out. */
  readonly free: readonly number[];
  readonly starts: readonly Start[];
  readonly stuckAt: number;
}

type Core = Pick<Cut, "input" | "shown" | "beside" | "orders">;

/** The fewest operations of the rest without an order to which the others make no difference. */
function coreOf({ input, view, rest, free, starts, stuckAt }: Rest): Core | null {
  const tell = (shown: readonly number[]): { core: Core | null; missing: readonly number[] } => {
    const seen = { ...input, automaton: view(shown) };
    const asked: Asked = { shown, starts, nodesMax: NODES_MAX };
    const orders = ordersOf(seen, asked);
    if (orders.answer !== "illegal") return { core: null, missing: [] };
    const hidden = rest.filter((i) => !shown.includes(i) && !free.includes(i));
    const missing = mattering(seen, orders, { ...asked, hidden });
    return { core: missing.length === 0 ? { input: seen, shown, beside: [], orders } : null, missing };
  };
  const first = grown(tell, stuckAt) ?? tell(rest).core;
  return first === null ? null : shrunk(first, (shown) => tell(shown).core);
}

/** The fewest operations of the rest without an order whichever of the others come in between. */
function looseCoreOf({ input, view, rest, free, starts }: Rest): Core | null {
  const tell = (shown: readonly number[]): Core | null => {
    const beside = rest.filter((i) => !shown.includes(i) && !free.includes(i));
    const all = [...shown, ...beside].sort((a, b) => a - b);
    const end = Array.from(input.end, (one, i) => (beside.includes(i) ? Number.POSITIVE_INFINITY : one));
    const seen = { ...input, end, automaton: view(shown) };
    const orders = ordersOf(seen, { shown: all, starts, nodesMax: NODES_MAX });
    return orders.answer === "illegal" ? { input: seen, shown, beside, orders } : null;
  };
  const first = tell(rest);
  return first === null ? null : shrunk(first, tell);
}

function shrunk(first: Core, tell: (shown: readonly number[]) => Core | null): Core {
  let core = first;
  for (let fewer = true; fewer; ) {
    fewer = false;
    for (const i of core.shown) {
      const rest = tell(core.shown.filter((other) => other !== i));
      if (rest !== null) [core, fewer] = [rest, true];
    }
  }
  return core;
}

/** From the one operation that could not complete on: whatever could make a difference is shown too. */
function grown(
  tell: (shown: readonly number[]) => { core: Core | null; missing: readonly number[] },
  stuckAt: number,
): Core | null {
  let shown: readonly number[] = [stuckAt];
  for (let round = 0; round < GROWTH_MAX; round++) {
    const { core, missing } = tell(shown);
    if (core !== null || missing.length === 0) return core;
    shown = [...shown, ...missing].sort((a, b) => a - b);
  }
  return null;
}

/** The search itself has the last word. */
function isProven({ input, starts, shown, beside }: Cut): boolean {
  const all = [...shown, ...beside].sort((a, b) => a - b);
  return starts.every(({ state, done }) => {
    const left = all.filter((i) => !done.includes(i));
    const search = new Search({
      automaton: beginningAt(input.automaton, state, left),
      start: left.map((i) => input.start[i] ?? 0),
      end: left.map((i) => input.end[i] ?? 0),
    });
    return search.run(PROOF_STEPS_MAX) === "invalid";
  });
}

const PROOF_STEPS_MAX = 100_000;

/** Searches begin at state 0: the two change names. */
function beginningAt(automaton: Automaton, state: number, positions: readonly number[]): Automaton {
  const renamed = (one: number): number => (one === 0 ? state : one === state ? 0 : one);
  return {
    classOf: Int32Array.from(positions, (i) => automaton.classOf[i] ?? 0),
    effects: automaton.effects,
    next: (from, cls) => renamed(automaton.next(renamed(from), cls)),
    stateOf: (one) => automaton.stateOf(renamed(one)),
    weight: 0,
  };
}
