/** Several generators at once: whichever is drawn, or whichever is soonest. */

import type { OpEvent } from "../../checker/history/event.js";
import type { Context, Generator, Step } from "./generator.js";
import { draw } from "./random.js";
import { DONE, earlier, nothing, pendingUntil } from "./step.js";

export type Weighted = readonly [weight: number, child: Generator];

/**
 * Each operation from a child drawn in proportion to the weights of those that have one now: a pending child does not
 * hold up the others, and an exhausted one leaves its share to them. Every child hears of every event. Exhausted when
 * all children are.
 */
export function mix(seed: number, choices: readonly Weighted[]): Generator {
  for (const [weight] of choices) {
    if (!(weight > 0)) throw new RangeError(`mix: a weight of ${weight}, expected more than 0`);
  }
  return mixed(seed, 0, choices);
}

/** The child that has the soonest operation; among several that have one now, each alike. */
export const soonest = (seed: number, ...children: readonly Generator[]): Generator =>
  mix(
    seed,
    children.map((child) => [1, child] as const),
  );

/** The same as `soonest`, under Jepsen's name. */
export const any = soonest;

function mixed(seed: number, n: number, choices: readonly Weighted[]): Generator {
  if (choices.length === 0) return nothing;
  const self: Generator = {
    next: (context) => nextOfMix(seed, n, choices, context),
    update(event) {
      const after = updated(choices, event);
      return after === choices ? self : mixed(seed, n, after);
    },
  };
  return self;
}

function updated(choices: readonly Weighted[], event: OpEvent): readonly Weighted[] {
  let after: Weighted[] | null = null;
  for (const [i, [weight, child]] of choices.entries()) {
    const next = child.update(event);
    if (next !== child) (after ??= [...choices])[i] = [weight, next];
  }
  return after ?? choices;
}

function nextOfMix(seed: number, n: number, choices: readonly Weighted[], context: Context): Step {
  const unasked = new Set(choices.keys());
  // The children as they are after being asked; an exhausted one becomes null.
  const after: (Weighted | null)[] = [...choices];
  let until: number | null = null;
  while (unasked.size > 0) {
    const i = drawn(choices, unasked, draw(seed, n, `mix/${unasked.size}`));
    unasked.delete(i);
    const choice = choices[i];
    if (choice === undefined) continue;
    const step = choice[1].next(context);
    if (step.is === "op" && step.op.time <= context.time) {
      after[i] = [choice[0], step.next];
      const left = after.filter((child) => child !== null);
      return { is: "op", op: step.op, next: mixed(seed, n + 1, left) };
    }
    if (step.is === "done") after[i] = null;
    else until = earlier(until, step.is === "op" ? step.op.time : step.until);
    if (step.is === "pending" && step.next !== undefined) after[i] = [choice[0], step.next];
  }
  const left = after.filter((child) => child !== null);
  if (left.length === 0) return DONE;
  const same = left.length === choices.length && left.every((choice, i) => choice === choices[i]);
  return pendingUntil(until, same ? undefined : mixed(seed, n, left));
}

/** One of the indexes, drawn in proportion to the weights. */
function drawn(choices: readonly Weighted[], indexes: ReadonlySet<number>, u: number): number {
  let sum = 0;
  for (const i of indexes) sum += choices[i]?.[0] ?? 0;
  let target = u * sum;
  let last = 0;
  for (const i of indexes) {
    last = i;
    target -= choices[i]?.[0] ?? 0;
    if (target < 0) break;
  }
  return last;
}
