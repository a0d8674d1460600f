/** Other operations in place of some. */

import type { Generator, Invocation } from "./generator.js";

/** What is done instead, at the same time by the same process; null: the operation as it is. */
export type Replacement = (op: Invocation) => Partial<Pick<Invocation, "f" | "key" | "value">> | null;

/** The child's operations, some of them replaced. The child is told of what was done in their place. */
export function replaceOps(child: Generator, instead: Replacement): Generator {
  const self: Generator = {
    next(context) {
      const step = child.next(context);
      if (step.is === "op") {
        const op = { ...step.op, ...instead(step.op) };
        return { is: "op", op, next: replaceOps(step.next, instead) };
      }
      return step.is === "pending" && step.next !== undefined
        ? { ...step, next: replaceOps(step.next, instead) }
        : step;
    },
    update(event) {
      const after = child.update(event);
      return after === child ? self : replaceOps(after, instead);
    },
  };
  return self;
}
