/** What is left of an illegal history -> its counterexample: whole where it is short, else from some moment on. */

import type { Operation } from "../history/operation.js";
import type { Model } from "../model/model.js";
import { shownOperation } from "./counterexample.js";
import { deadEndsOf } from "./dead-ends.js";
import type { Context, Counterexample } from "./details.js";
import { bestCut, type Cut, weight, wholeOf } from "./object-cut.js";
import { cutReason, objectPattern, wordsOf } from "./object-explain.js";
import { LOST } from "./kv-automaton.js";
import type { Shrunk } from "./object-shrink.js";
import { plainState } from "./state-words.js";

/** Longer ones are told from some moment on, if that makes them shorter. */
const SHORT = 4;

interface Finding {
  readonly key: string | null;
  readonly prefix: string;
  readonly model: Model<unknown>;
  readonly shrunk: Shrunk;
  readonly until: number;
}

export function tell({ key, prefix, model, shrunk, until }: Finding): Counterexample {
  const { operations, withReads, isReduced } = shrunk;
  const cut = operations.length <= SHORT ? null : bestCut(model, withReads);
  const chosen = cut !== null && weight(cut) < operations.length ? cut : wholeOf(model, operations, until);
  // Whole operations without those of other elements are a history as it was; a state without them is not.
  const only = isReduced || (chosen !== null && chosen.at !== -1) ? shrunk.only : null;
  const shown = chosen === null ? operations : at(chosen, chosen.shown);
  const reason =
    (chosen === null || chosen.at === -1 ? objectPattern(model, shown) : null) ??
    (chosen === null ? tooMany(shown) : cutReason(model, chosen));
  const of = only === null ? "" : `of ${only.length === 1 ? "element" : "elements"} ${only.join(", ")} alone: `;
  return {
    key,
    because: `${prefix}${of}${reason.because}`,
    operations: shown.map(shownOperation),
    pattern: reason.pattern,
    ...(chosen === null || chosen.until === Number.POSITIVE_INFINITY ? {} : { until: chosen.until }),
    ...(chosen === null || chosen.at === -1 ? {} : { context: contextOf(model, chosen) }),
    ...(only === null ? {} : { only }),
    ...(chosen === null || chosen.beside.length === 0
      ? {}
      : { beside: at(chosen, chosen.beside).map((op) => op.invoked) }),
    ...(chosen === null ? {} : deadEndsOf(chosen.input, { ...chosen, words: wordsOf(model, chosen) })),
  };
}

const at = ({ operations }: Cut, positions: readonly number[]): readonly Operation[] =>
  positions.flatMap((i) => operations[i] ?? []);

const tooMany = (operations: readonly Operation[]): { pattern: string; because: string } => ({
  pattern: "no order",
  because: `no order of these ${operations.length} operations explains what they answered, and there are too many to say where each of them ends`,
});

function contextOf(model: Model<unknown>, cut: Cut): Context {
  const words = wordsOf(model, cut);
  return {
    at: cut.at,
    excluded: [],
    done: [],
    operations: [],
    starts: cut.starts.map(({ state, done }) => ({
      state: state === LOST ? null : plainState(cut.input.automaton.stateOf(state)),
      holds: words.stateOf(state),
      done: done.map(words.indexOf),
    })),
  };
}
