/**
 * What is certain about the future of a string that grows: the next `get` that has to be satisfied says what the string
 * must have become by then. Until then it can only grow, unless a `put` starts it anew; so where no put that may still
 * happen fits, a string that is no beginning of what that get returned leads nowhere.
 *
 * A search without this tries all orders of concurrent appends, and finds out only at the next get that all but one of
 * them were wrong.
 */

import { endOf, type Operation } from "../history/operation.js";

/** Says whether a search may go on from a state. Only "no" is a proof. */
export interface Foresight {
  /** `position`: of the operation that completes next, at event `moment`; it has not taken effect yet. */
  allows(state: unknown, position: number, moment: number): boolean;
}

/** What the string must become, and the latest completion of a put from which that could start anew. */
interface Goal {
  readonly text: string;
  readonly restartUntil: number;
}

export class KvForesight implements Foresight {
  /** By position, of gets: null for other operations. */
  readonly #goals: readonly (Goal | null)[];
  /** Positions of gets by their invocation, and for each the one that completes first from there on. */
  readonly #starts: readonly number[];
  readonly #firstFrom: readonly number[];

  /** Operations of one key in order of invocation. */
  constructor(operations: readonly Operation[]) {
    const puts = operations.filter((op) => op.f === "put");
    this.#goals = operations.map((op) => {
      if (op.f !== "get" || op.type !== "ok") return null;
      const text = typeof op.result === "string" ? op.result : "";
      let restartUntil = Number.NEGATIVE_INFINITY;
      for (const put of puts) {
        if (put.invoked < endOf(op) && text.startsWith(typeof put.value === "string" ? put.value : "")) {
          restartUntil = Math.max(restartUntil, endOf(put));
        }
      }
      return { text, restartUntil };
    });
    const gets = operations.flatMap((_, i) => (this.#goals[i] === null ? [] : [i]));
    this.#starts = gets.map((i) => operations[i]?.invoked ?? 0);
    const firstFrom: number[] = Array.from(gets, () => -1);
    let [first, earliest] = [-1, Number.POSITIVE_INFINITY];
    for (let at = gets.length - 1; at >= 0; at--) {
      const op = operations[gets[at] ?? 0];
      if (op !== undefined && endOf(op) < earliest) [first, earliest] = [gets[at] ?? -1, endOf(op)];
      firstFrom[at] = first;
    }
    this.#firstFrom = firstFrom;
  }

  allows(state: unknown, position: number, moment: number): boolean {
    if (typeof state !== "string") return true;
    if (!leadsTo(state, this.#goals[position] ?? null, moment)) return false;
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) < moment) low = middle + 1;
      else high = middle;
    }
    return leadsTo(state, this.#goals[this.#firstFrom[low] ?? -1] ?? null, moment);
  }
}

/** A put that completed before `moment` has taken effect by then: it cannot start anything anew. */
const leadsTo = (state: string, goal: Goal | null, moment: number): boolean =>
  goal === null || goal.restartUntil >= moment || goal.text.startsWith(state);
