/** A counterexample step by step, below its one sentence. */

import type { Counterexample } from "./details.js";

export interface StepList {
  readonly title: string;
  readonly steps: readonly string[];
}

/** Why there is no order, as lists for people; none where the sentence has said all. Operations are named `#index`. */
export function stepsInWords(
  example: Pick<Counterexample, "precedence" | "deadEnds" | "deadEndCount" | "context">,
): readonly StepList[] {
  const { precedence, deadEnds = [], deadEndCount = 0 } = example;
  if (precedence !== undefined) {
    return [{ title: "What must come before what, until two say the opposite:", steps: precedence.map(because) }];
  }
  const steps = deadEnds.reduce((sum, end) => sum + end.steps.length, 0);
  if (steps <= 1) return [];
  const lists = deadEnds.map(({ order, holds, steps: left }): StepList => {
    const state = `${holds}, and nothing can come next:`;
    const after = order.length === 0 ? "" : `After ${order.map((index) => `#${index}`).join(", ")} `;
    return { title: after === "" ? capital(state) : after + state, steps: left.map(because) };
  });
  const more = deadEndCount - deadEnds.length;
  return more <= 0
    ? lists
    : [...lists, { title: `${more} more ${more === 1 ? "order ends" : "orders end"} there or sooner.`, steps: [] }];
}

const because = (step: { readonly because: string }): string => step.because;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
