/**
 * A part of a history, and whether it is illegal.
 *
 * Of an operation the part may hold what it wrote, what it saw, or both: a cas of which only the effect counts is a write.
 * What counts as seen needs everything in the part that may have been its source; what was written needs nothing. So an
 * order of the whole history, restricted to the part, is an order of the part, and one that has none proves that the
 * whole has none.
 */

import { RegisterAutomaton } from "./automaton.js";
import { type RegisterHistory, NONE } from "./register-history.js";
import { Search } from "./search.js";

export interface Part {
  /** Positions of operations whose effect counts. */
  readonly made: ReadonlySet<number>;
  /** Positions of operations for which counts what they saw. */
  readonly seen: ReadonlySet<number>;
}

export const positionsOf = ({ made, seen }: Part): readonly number[] =>
  [...new Set([...made, ...seen])].sort((a, b) => a - b);

/** An operation that nobody invoked, to put a question: what if the register held this value at this moment? */
export interface Supposed {
  readonly at: number;
  /** NONE where it is not asked. */
  readonly from: number;
  readonly to: number;
}

/** Steps left for telling parts apart, and what one question may cost at most. */
export interface Budget {
  left: number;
}

export interface Question {
  readonly part: Part;
  readonly supposed?: Supposed;
  /** The story ends here: an operation still open is like one that never completed. */
  readonly until: number;
  readonly stepsMax: number;
}

/** Whether the search proves that the part has no order. */
export function isIllegal(history: RegisterHistory, question: Question, budget: Budget): boolean {
  if (budget.left <= 0) return false;
  const { part, supposed, until } = question;
  const rows = positionsOf(part).map((i) => {
    const seen = part.seen.has(i);
    const end = history.end[i] ?? 0;
    return {
      from: seen ? (history.from[i] ?? NONE) : NONE,
      to: part.made.has(i) ? (history.to[i] ?? NONE) : NONE,
      start: history.start[i] ?? 0,
      end: seen && end > until ? Number.POSITIVE_INFINITY : end,
    };
  });
  if (supposed !== undefined) {
    // Between two events: no other operation begins or ends within it.
    rows.push({ from: supposed.from, to: supposed.to, start: supposed.at - 0.25, end: supposed.at + 0.25 });
    rows.sort((a, b) => a.start - b.start);
  }
  const ends = rows.map(({ end }) => end);
  const input = {
    automaton: new RegisterAutomaton(
      rows.map(({ from }) => from),
      rows.map(({ to }) => to),
    ),
    start: rows.map(({ start }) => start),
    end: ends,
  };
  const exact = new Search(input);
  const ask = (search: Search): boolean => {
    const answer = search.run(Math.min(question.stepsMax, Math.max(0, budget.left)));
    budget.left -= search.steps + rows.length;
    return answer === "invalid";
  };
  if (ask(exact)) return true;
  if (exact.answer === "valid" || !ends.includes(Number.POSITIVE_INFINITY)) return false;
  return ask(new Search(input, { unlimited: true, levels: exact.levels }));
}
