/** What a part of a register's history that has no order comes to, beyond the patterns that have a name: in steps. */

import { RegisterAutomaton } from "./automaton.js";
import { culpritInWords, deadEndsOf, furthestInWords, type Words } from "./dead-ends.js";
import type { Counterexample, ShownPrecedence } from "./details.js";
import type { SearchInput } from "./levels.js";
import { culpritOf, ordersOf } from "./orders.js";
import { type Part, positionsOf } from "./part.js";
import { contradiction, type Event, type Precedence } from "./precedence.js";
import { INIT, NONE, type RegisterHistory } from "./register-history.js";

/** Of more operations there are too many orders to look at. */
const TOLD_MAX = 24;
const NODES_MAX = 5000;

export interface Teller {
  /** "read at 812", and "read at 812 returned 3". */
  readonly phraseOf: (position: number) => string;
  readonly sentenceOf: (position: number) => string;
  /** A value, in words. */
  readonly valueOf: (value: number) => string;
}

export interface Steps {
  readonly because: string;
  readonly data: Pick<Counterexample, "precedence" | "deadEnds" | "deadEndCount">;
}

interface Question {
  readonly history: RegisterHistory;
  readonly part: Part;
  /** The story ends here. */
  readonly until: number;
  /** Values that the register cannot hold at first; null: it holds what it began with. */
  readonly excluded: readonly number[] | null;
  readonly teller: Teller;
}

/** null: there are too many operations to say why. */
export function stepsOf(question: Question): Steps | null {
  const { history, excluded, teller } = question;
  const events = eventsOf(question);
  if (events.length > TOLD_MAX) return null;
  const isFirst = (value: number): "yes" | "no" | "maybe" => {
    if (excluded === null) return value === INIT ? "yes" : "no";
    return excluded.includes(value) ? "no" : "maybe";
  };
  const chain = contradiction(events, isFirst);
  const orders = endsOf(question, events);
  const indexOf = (position: number): number => history.operations[position]?.invoked ?? -1;
  if (chain === null) return orders;
  const told = chainInWords(chain, teller, history);
  const precedence = told.map(({ fact, because }): ShownPrecedence => {
    return { before: indexOf(fact.before), after: indexOf(fact.after), because };
  });
  return { because: oneSentence(told), data: { precedence, ...orders?.data } };
}

/** Only what counts of each operation. */
function eventsOf({ history, part, until }: Question): Event[] {
  return positionsOf(part).map((position) => {
    const isSeen = part.seen.has(position);
    const end = history.end[position] ?? 0;
    return {
      position,
      from: isSeen ? (history.from[position] ?? NONE) : NONE,
      to: part.made.has(position) ? (history.to[position] ?? NONE) : NONE,
      start: history.start[position] ?? 0,
      end: end > until ? Number.POSITIVE_INFINITY : end,
    };
  });
}

function endsOf({ history, excluded, teller }: Question, events: readonly Event[]): Steps | null {
  const input: SearchInput = {
    automaton: new RegisterAutomaton(
      events.map(({ from }) => from),
      events.map(({ to }) => to),
    ),
    start: events.map(({ start }) => start),
    end: events.map(({ end }) => end),
  };
  // All values that nobody sees are like one more.
  const other = history.values.length;
  const held = excluded === null ? [INIT] : [...new Set([...events.map(({ from }) => from), other])];
  const starts = held.flatMap((state) =>
    state === NONE || excluded?.includes(state) === true ? [] : [{ state, done: [] }],
  );
  const shown = events.map((_, i) => i);
  const orders = ordersOf(input, { shown, starts, nodesMax: NODES_MAX });
  if (orders.answer !== "illegal") return null;
  const at = (i: number): number => events[i]?.position ?? NONE;
  const words: Words = {
    indexOf: (i) => history.operations[at(i)]?.invoked ?? -1,
    phraseOf: (i) => teller.phraseOf(at(i)),
    sentenceOf: (i) => teller.sentenceOf(at(i)),
    stateOf: (state) => `the register holds ${state === other ? "some other value" : teller.valueOf(state)}`,
  };
  const culprit = culpritOf(input, orders, shown);
  const because =
    culprit === null || starts.length > 1
      ? furthestInWords(input, { shown, orders, words })
      : culpritInWords(culprit, events.length - 1, words);
  return { because, data: deadEndsOf(input, { shown, orders, words }) };
}

interface Told {
  readonly fact: Precedence;
  readonly because: string;
}

function chainInWords(
  chain: readonly Precedence[],
  teller: Teller,
  { from, values }: RegisterHistory,
): readonly Told[] {
  const { phraseOf } = teller;
  const isTime = (before: number, after: number): boolean =>
    chain.some((one) => one.before === before && one.after === after && one.why.is === "time");
  const sawOf = (position: number): string => `saw ${teller.valueOf(Math.min(from[position] ?? NONE, values.length))}`;
  const said = ({ before, after, why }: Precedence): string => {
    const [a, b] = [phraseOf(before), phraseOf(after)];
    if (why.is === "time") return `${a} was over before ${b} began`;
    if (why.is === "saw") return `${b} saw what ${a} wrote`;
    const comes = `${a} must come before ${b}`;
    if (why.is === "not over it") {
      const over = isTime(before, why.read) ? "it was over before" : "it comes before";
      return `${comes}, for ${over} ${phraseOf(why.read)}${isTime(before, why.read) ? " began" : ""}, which ${sawOf(why.read)}`;
    }
    if (why.is === "gone by then") {
      const source = phraseOf(why.source);
      const gone = isTime(why.source, after) ? `${source} was over before that began` : `${source} comes before that`;
      return `${comes}, for it ${sawOf(before)}, and ${gone}`;
    }
    if (why.is === "first") return `${comes}, for it ${sawOf(before)}, which was there at first`;
    return `${comes} too, as ${phraseOf(why.via)} does`;
  };
  return chain.map((fact) => ({ fact, because: said(fact) }));
}

/** What is known from time and from who saw whom is said with what follows from it, or at the end against it. */
function oneSentence(told: readonly Told[]): string {
  const last = told.at(-1);
  const against = told.find(
    ({ fact }) => fact.before === last?.fact.after && fact.after === last.fact.before && last !== undefined,
  );
  const isPlain = ({ fact }: Told): boolean => fact.why.is === "time" || fact.why.is === "saw";
  const steps = told.filter((one) => !isPlain(one) && one !== last && one !== against);
  const ends = [against, last].flatMap((one) => one ?? []).sort((a, b) => Number(isPlain(a)) - Number(isPlain(b)));
  const [first, second] = ends.map(({ because }) => because);
  return `${[...steps.map(({ because }) => because), first ?? ""].join("; ")}; but ${second ?? ""}`;
}
