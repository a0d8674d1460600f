/**
 * How far any order of a counterexample gets, and for each operation that is left why it cannot come next. As data, and
 * in words.
 */

import type { SearchInput } from "./levels.js";
import { blockerOf, type Culprit, type DeadEnd, type Orders } from "./orders.js";
import type { ShownDeadEnd } from "./details.js";

/** More dead ends are only counted. */
const SHOWN_MAX = 4;

export interface Words {
  /** The index of the invocation at a position. */
  readonly indexOf: (position: number) => number;
  /** "read at 812": an operation, briefly. */
  readonly phraseOf: (position: number) => string;
  /** "read at 812 returned 3": with what it says of the object. */
  readonly sentenceOf: (position: number) => string;
  /** "the register holds 7". */
  readonly stateOf: (state: number) => string;
}

export interface Told {
  readonly deadEnds: readonly ShownDeadEnd[];
  readonly deadEndCount: number;
}

/** `orders`: of the operations at `shown`, which have none. */
export function deadEndsOf(input: SearchInput, told: { shown: readonly number[]; orders: Orders; words: Words }): Told {
  const { shown, orders, words } = told;
  return {
    deadEnds: orders.deadEnds.slice(0, SHOWN_MAX).map((end) => shownEnd(input, shown, end, words)),
    deadEndCount: orders.deadEnds.length,
  };
}

function shownEnd(
  input: SearchInput,
  shown: readonly number[],
  { order, state, from }: DeadEnd,
  words: Words,
): ShownDeadEnd {
  const left = shown.filter((i) => !order.includes(i) && !from.done.includes(i));
  return {
    order: order.map(words.indexOf),
    holds: words.stateOf(state),
    steps: left.map((i) => {
      const blocker = blockerOf(input, i, left);
      return {
        operation: words.indexOf(i),
        because:
          blocker === undefined
            ? `${words.sentenceOf(i)}, but ${words.stateOf(state)}`
            : `${words.phraseOf(i)} has to wait for ${words.phraseOf(blocker)}, which was over before it began`,
      };
    }),
  };
}

/** The one that got furthest, as the end of a sentence. */
export function furthestInWords(
  input: SearchInput,
  { shown, orders, words }: { shown: readonly number[]; orders: Orders; words: Words },
): string {
  const [end] = orders.deadEnds;
  if (end === undefined) return "";
  const { order, state, from } = end;
  const left = shown.filter((i) => !order.includes(i) && !from.done.includes(i));
  const waiting = left.filter((i) => blockerOf(input, i, left) !== undefined);
  const unfit = left.filter((i) => !waiting.includes(i));
  const others = orders.deadEnds.length - 1;
  const after = order.length === 0 ? "" : `after ${listOf(order.map(words.phraseOf))} `;
  const more =
    others === 0 ? "" : `; ${others === 1 ? "the other order ends" : `${others} other orders end`} there or sooner`;
  const wait = waiting.length === 0 ? "" : `, and ${listOf(waiting.map(words.phraseOf))} began only afterwards`;
  return `${after}${words.stateOf(state)}, but ${listOf(unfit.map(words.sentenceOf))}${wait}${more}`;
}

const listOf = (texts: readonly string[]): string =>
  texts.length < 2 ? (texts[0] ?? "") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1) ?? ""}`;

/** "after increment by 30 the counter is 1, but read at 34 returned 2" */
export function culpritInWords({ position, states, order, never }: Culprit, others: number, words: Words): string {
  const [first = -1] = states;
  if (states.length === 1) {
    const after = order.length === 0 || order.length > ORDER_MAX ? "" : `after ${listOf(order.map(words.phraseOf))} `;
    const idle = never.length === 0 ? "" : `, and ${listOf(never.map(words.phraseOf))} cannot come before it`;
    return `${after}${words.stateOf(first)}, but ${words.sentenceOf(position)}${idle}`;
  }
  const come =
    others === 1
      ? "whether the other operation comes first or not"
      : `whichever of the other ${others} operations come first`;
  return `${words.sentenceOf(position)}, but ${come}, ${anyOf(states.map(words.stateOf))}`;
}

/** A longer order is not named. */
export const ORDER_MAX = 4;

const STATES_MAX = 5;

/** "the counter is -9, 3 or 15": what all begin with is said once. */
function anyOf(states: readonly string[]): string {
  const [first = ""] = states;
  const begins = first.slice(0, first.lastIndexOf(" ") + 1);
  const common = states.every((state) => state.startsWith(begins)) ? begins : "";
  const ends = states
    .map((state) => state.slice(common.length))
    .sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1));
  if (ends.length <= STATES_MAX) return `${common}${ends.slice(0, -1).join(", ")} or ${ends.at(-1) ?? ""}`;
  return `${common}${ends.slice(0, STATES_MAX - 1).join(", ")} or one of ${ends.length - STATES_MAX + 1} others`;
}
