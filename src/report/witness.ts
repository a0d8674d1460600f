/** The operations that a verdict names as its proof; where they are many, enough of them to be followed. */

import type { Operation } from "../../checker/history/operation.js";
import type { Verdict } from "../../checker/verdict.js";

export interface Witness {
  readonly operations: readonly Operation[];
  /** How many the verdict names beyond these. */
  readonly omitted: number;
}

const SHOWN_MAX = 16;
/** A read of everything at the end of a run is the last of its witness, and the point of it. */
const LAST = 4;

/** Events in a checker's sentence: `#812`, `read at 812`, `by 640`, `event 4`; `at 812 ms` is a time. */
export const EVENT_IN_WORDS = /((?:#|\b(?:at|by|event) )\d+\b(?!\s?(?:ms|s|min|%)\b|[.,]\d))/;

/**
 * In the order of the history. Those that the sentence speaks about come first, whether or not the witness, which is
 * bounded itself, has them; then the first and the last of the others.
 */
export const witnessIn = (
  operations: readonly Operation[],
  { because, witness }: Pick<Verdict, "because" | "witness">,
): Witness => {
  const proof = new Set(witness);
  const named = new Set(
    because
      .split(EVENT_IN_WORDS)
      .filter((_, i) => i % 2 === 1)
      .map((words) => Number(words.replace(/^\D+/, ""))),
  );
  const told = witness.length === 0 ? [] : operations.filter((op) => among(named, op)).slice(0, SHOWN_MAX);
  const others = operations.filter((op) => among(proof, op) && !told.includes(op));
  const room = SHOWN_MAX - told.length;
  const last = Math.min(LAST, room);
  const some =
    others.length <= room ? others : [...others.slice(0, room - last), ...others.slice(others.length - last)];
  return {
    operations: [...told, ...some].sort((a, b) => a.invoked - b.invoked),
    omitted: others.length - some.length,
  };
};

const among = (events: ReadonlySet<number>, op: Operation): boolean =>
  events.has(op.invoked) || (op.completed !== null && events.has(op.completed));
