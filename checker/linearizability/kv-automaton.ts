/**
 * A string, of which it only matters what some gets may still return: all states that none of them begins with are one,
 * for until the next put none of those gets can come.
 *
 * So that state can do nothing that any other cannot, too: an operation that leads into it never helps.
 */

import type { Operation } from "../history/operation.js";
import { type Automaton, NO_STEP } from "./automaton.js";

/** A state in which nothing that is asked about can come next until a blind operation. */
export const LOST = -2;

export function stringAutomaton(automaton: Automaton, operations: readonly Operation[]): Automaton {
  const goals = operations.flatMap(({ f, type, result }) =>
    f === "get" && type === "ok" ? [typeof result === "string" ? result : ""] : [],
  );
  const known = new Map<number, boolean>();
  const leads = (state: number): boolean => {
    let answer = known.get(state);
    if (answer === undefined) {
      const text = automaton.stateOf(state);
      answer = typeof text !== "string" || goals.some((goal) => goal.startsWith(text));
      known.set(state, answer);
    }
    return answer;
  };
  const { classOf, effects } = automaton;
  return {
    classOf,
    effects,
    next(state, cls) {
      const effect = effects[cls];
      if (state === LOST && effect !== "blind") return effect === "read" ? NO_STEP : LOST;
      const after = automaton.next(state === LOST ? 0 : state, cls);
      return after === NO_STEP || leads(after) ? after : LOST;
    },
    stateOf: (state) => (state === LOST ? LOST : automaton.stateOf(state)),
    get weight() {
      return automaton.weight;
    },
  };
}
