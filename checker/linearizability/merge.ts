/** What was found for each key -> one verdict, in data and in words. */

import type { Verdict } from "../verdict.js";
import type { Counterexample, LinearizabilityDetails } from "./details.js";
import type { KeyResult } from "./key-check.js";

export const STEPS_MAX = 20_000_000;
/** What each key may spend before the next one has its turn; ten times as much at every round. */
export const ROUND_STEPS = 1000;
export const EXPLAINED_MAX = 10;
export const EXPLAIN_STEPS_MAX = 2_000_000;
const LISTED_MAX = 100;

export interface Found {
  readonly model: string;
  readonly results: readonly KeyResult[];
  readonly stepsMax?: number;
  /** Why nothing could be checked, or null. */
  readonly problem: string | null;
}

export function verdictOf({ model, results, stepsMax = STEPS_MAX, problem }: Found): Verdict<LinearizabilityDetails> {
  const invalid = results.filter(({ answer }) => answer === "invalid");
  const unknown = results.filter(({ answer }) => answer === "unknown");
  const counterexamples = invalid
    .flatMap(({ counterexample }) => counterexample ?? [])
    .sort((a, b) => a.operations.length - b.operations.length)
    .slice(0, EXPLAINED_MAX);
  const events = counterexamples.flatMap(({ operations, context }) =>
    [...operations, ...(context?.operations ?? [])].flatMap(({ invoked, completed }) =>
      completed === null ? [invoked] : [invoked, completed],
    ),
  );
  const [valid, because] =
    problem !== null
      ? (["unknown", problem] as const)
      : invalid.length > 0
        ? (["invalid", invalidBecause(counterexamples, invalid.length)] as const)
        : unknown.length > 0
          ? (["unknown", unknownBecause(unknown, results.length, stepsMax)] as const)
          : (["valid", validBecause(results)] as const);
  return {
    valid,
    checker: "linearizable",
    because,
    witness: [...new Set(events)].sort((a, b) => a - b),
    details: {
      model,
      keys: results.length,
      operations: results.reduce((sum, { operations }) => sum + operations, 0),
      invalidKeys: named(invalid),
      unknownKeys: named(unknown),
      invalidKeyCount: invalid.length,
      unknownKeyCount: unknown.length,
      counterexamples,
      steps: results.reduce((sum, { steps }) => sum + steps, 0),
      stepsMax,
    },
  };
}

const named = (results: readonly KeyResult[]): string[] =>
  results
    .map(({ key }) => key ?? "(no key)")
    .sort()
    .slice(0, LISTED_MAX);

function invalidBecause(counterexamples: readonly Counterexample[], count: number): string {
  const first = counterexamples[0]?.because ?? "some key has no order";
  return count === 1 ? first : `${first} (and ${count - 1} more ${count === 2 ? "key" : "keys"})`;
}

function unknownBecause(unknown: readonly KeyResult[], count: number, stepsMax: number): string {
  const [first] = unknown;
  const progress =
    first === undefined
      ? ""
      : `; ${first.key === null ? "the object" : `key ${first.key}`} has an order up to event ${first.reached}`;
  return `${unknown.length} of ${count} keys were not decided within ${stepsMax} steps${progress}`;
}

function validBecause(results: readonly KeyResult[]): string {
  const operations = results.reduce((sum, result) => sum + result.operations, 0);
  return `all ${operations} operations on ${results.length} ${results.length === 1 ? "key" : "keys"} have an order that explains them`;
}
