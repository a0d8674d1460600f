/** One generator after another. */

import type { Context, Generator, Step } from "./generator.js";
import { allFree, carry, DONE, nothing, PENDING, pendingUntil } from "./step.js";

/**
 * Jepsen's `then` (a module that exports that name cannot be awaited), arguments in the order of time, and without a
 * barrier: each generator in turn, the next one at once when one is exhausted: late completions of the former then fall into
 * the time of the latter. Only the current one hears of events.
 */
export const andThen = (...parts: readonly Generator[]): Generator => inTurn(parts, 0, parts[0]);

function inTurn(parts: readonly Generator[], i: number, head: Generator | undefined): Generator {
  if (head === undefined) return nothing;
  const self: Generator = {
    next(context) {
      let at = i;
      let current: Generator | undefined = head;
      let step = head.next(context);
      while (step.is === "done") {
        current = parts[++at];
        if (current === undefined) return DONE;
        step = current.next(context);
      }
      // Pending: remember that the head is exhausted, so that events reach its successor.
      return step.is === "pending" && step.next === undefined && at > i
        ? pendingUntil(step.until, inTurn(parts, at, current))
        : carry(step, (next) => inTurn(parts, at, next));
    },
    update(event) {
      const next = head.update(event);
      return next === head ? self : inTurn(parts, i, next);
    },
  };
  return self;
}

/**
 * Each generator in turn; one begins only when the former is exhausted and every process of the context is free, so
 * that no operation of two phases is concurrent. Only the current phase hears of events.
 */
export const phases = (...parts: readonly Generator[]): Generator => inPhases(parts, false);

function inPhases(parts: readonly Generator[], begun: boolean): Generator {
  const [head, ...rest] = parts;
  if (head === undefined) return nothing;
  const self: Generator = {
    next(context) {
      if (!begun && !allFree(context)) return barrier(parts, context);
      const step = head.next(context);
      if (step.is === "done") return inPhases(rest, false).next(context);
      const on = carry(step, (next) => inPhases([next, ...rest], true));
      return on.is === "pending" && on.next === undefined && !begun
        ? pendingUntil(on.until, inPhases(parts, true))
        : on;
    },
    update(event) {
      if (!begun) return self;
      const next = head.update(event);
      return next === head ? self : inPhases([next, ...rest], true);
    },
  };
  return self;
}

/**
 * Before a phase while somebody is busy: nothing, unless no phase has anything left. Each is asked as if nobody were
 * free and the answer forgotten, so that its clocks do not begin.
 */
function barrier(parts: readonly Generator[], context: Context): Step {
  const nobody: Context = { ...context, free: [] };
  return parts.every((part) => part.next(nobody).is === "done") ? DONE : PENDING;
}
