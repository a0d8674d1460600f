/** valid / unknown / invalid, with a witness; how verdicts compose. */

import type { Json } from "./history/event.js";

/** Worst last: composition takes the worst, so an unknown never hides an invalid and never passes for valid (C2). */
export const SEVERITY = { valid: 0, unknown: 1, invalid: 2 } as const;
export type Validity = keyof typeof SEVERITY;

export interface Verdict<Details = Json> {
  readonly valid: Validity;
  /** Which checker speaks: "linearizable", "convergence", ... */
  readonly checker: string;
  /** One sentence for people; names operations by index. */
  readonly because: string;
  /** Indexes of the events that prove it; empty when valid (C3: an invalid always has some). */
  readonly witness: readonly number[];
  /** The checker's own findings as plain JSON data: counts, counterexamples, samples. Bounded in size. */
  readonly details: Details;
}

export const worst = (verdicts: Iterable<{ readonly valid: Validity }>): Validity => {
  let answer: Validity = "valid";
  for (const verdict of verdicts) if (SEVERITY[verdict.valid] > SEVERITY[answer]) answer = verdict.valid;
  return answer;
};
