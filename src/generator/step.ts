/** The few steps and generators that every combinator needs. */

import type { Context, Generator, Step } from "./generator.js";

export const DONE: Step = { is: "done" };
/** Nothing until something completes. */
export const PENDING: Step = { is: "pending", until: null };

/** The generator of nothing. */
export const nothing: Generator = { next: () => DONE, update: () => nothing };

/** A child's step as its parent's: the same answer, with the successor wrapped as the parent wants it. */
export function carry(step: Step, wrap: (next: Generator) => Generator): Step {
  if (step.is === "op") return { is: "op", op: step.op, next: wrap(step.next) };
  if (step.is === "pending" && step.next !== undefined) {
    return { is: "pending", until: step.until, next: wrap(step.next) };
  }
  return step;
}

/** A pending step; `next` is left out where nothing has to be remembered. */
export const pendingUntil = (until: number | null, next?: Generator): Step =>
  next === undefined ? (until === null ? PENDING : { is: "pending", until }) : { is: "pending", until, next };

/** The earlier of two times to ask again at; null is never. */
export const earlier = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);

/** The threads that a context allows, ascending. */
export const threadsOf = (context: Context): readonly number[] => context.threads ?? [...context.processes.keys()];

/** Are all threads of this context free? */
export const allFree = (context: Context): boolean =>
  context.free.length === (context.threads ?? context.processes).length;

/**
 * A generator that is made when it is first asked, because it must know the context's threads. What happens before
 * that is not told to it.
 */
export function whenAsked(make: (context: Context) => Generator): Generator {
  const self: Generator = {
    next(context) {
      const made = make(context);
      const step = made.next(context);
      return step.is === "pending" && step.next === undefined ? pendingUntil(step.until, made) : step;
    },
    update: () => self,
  };
  return self;
}
