/** What the checkers of workloads say in the same way: proofs as events, samples, refusals. */

import type { Operation } from "../history/operation.js";
import type { Verdict } from "../verdict.js";

/** A verdict shows so many samples of each kind, and counts the rest. */
export const SAMPLES_MAX = 10;
/** A witness names so many operations at most: the first findings prove as much as all of them. */
const WITNESS_OPERATIONS_MAX = 50;

/** The events of these operations, ascending. */
export const witnessOf = (operations: Iterable<Operation>): readonly number[] => {
  const events = new Set<number>();
  let count = 0;
  for (const { invoked, completed } of operations) {
    if (count++ >= WITNESS_OPERATIONS_MAX) break;
    events.add(invoked);
    if (completed !== null) events.add(completed);
  }
  return [...events].sort((a, b) => a - b);
};

/** A history that breaks the checker's assumptions is no evidence for or against anything. */
export const refused = <Details>(checker: string, op: Operation, why: string, details: Details): Verdict<Details> => ({
  valid: "unknown",
  checker,
  because: `not a history that can be judged: event ${op.invoked}: ${why}`,
  witness: [],
  details,
});

export const unknown = <Details>(checker: string, because: string, details: Details): Verdict<Details> => ({
  valid: "unknown",
  checker,
  because,
  witness: [],
  details,
});

export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`;

/** `3, 5, 9 and 12 more`: values as JSON. */
export const sampled = (values: readonly unknown[], max = 5): string => {
  const shown = values
    .slice(0, max)
    .map((value) => JSON.stringify(value))
    .join(", ");
  return values.length > max ? `${shown} and ${values.length - max} more` : shown;
};
