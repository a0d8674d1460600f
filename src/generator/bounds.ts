/** Combinators that end a generator: after so many operations, after so long, or at its first success. */

import type { Json } from "../../checker/history/event.js";
import type { Generator } from "./generator.js";
import { carry, DONE, earlier, nothing, pendingUntil } from "./step.js";

/** The first `count` operations of the child. */
export function limit(count: number, child: Generator): Generator {
  if (!(count > 0)) return nothing;
  const self: Generator = {
    next(context) {
      const step = child.next(context);
      return carry(step, (next) => limit(step.is === "op" ? count - 1 : count, next));
    },
    update(event) {
      const after = child.update(event);
      return after === child ? self : limit(count, after);
    },
  };
  return self;
}

/**
 * The child, for `ns` nanoseconds from the first time that it is asked (in a phase: from the phase's beginning, even
 * when the child has nothing to do yet). An operation that would be due later is held back.
 */
export const timeLimit = (ns: number, child: Generator): Generator => timeLimitFrom(null, ns, child);

function timeLimitFrom(begun: number | null, ns: number, child: Generator): Generator {
  const self: Generator = {
    next(context) {
      const start = begun ?? context.time;
      const end = start + ns;
      if (context.time >= end) return DONE;
      const step = child.next(context);
      if (step.is === "done") return DONE;
      if (step.is === "op" && step.op.time < end) return carry(step, (next) => timeLimitFrom(start, ns, next));
      // A child's operation beyond the end is not taken, so the child goes on unchanged.
      const next = step.is === "op" ? child : (step.next ?? child);
      const until = step.is === "op" ? end : earlier(step.until, end);
      return pendingUntil(until, begun !== null && next === child ? undefined : timeLimitFrom(start, ns, next));
    },
    update(event) {
      const after = child.update(event);
      return after === child ? self : timeLimitFrom(begun, ns, after);
    },
  };
  return self;
}

/**
 * The child until one of the operations that it issued itself ended `ok`. While one is open, other free processes may
 * try as well; wrap in `onThreads` or `limit` where that is not wanted.
 */
export const untilOk = (child: Generator): Generator => untilSeen(child, () => true);

/** The child until one of its own operations ended `ok` with such a value. Otherwise as `untilOk`. */
export const untilSeen = (child: Generator, enough: (value: Json) => boolean): Generator =>
  untilOkOf([], child, enough);

function untilOkOf(open: readonly number[], child: Generator, enough: (value: Json) => boolean): Generator {
  const self: Generator = {
    next(context) {
      const step = child.next(context);
      return carry(step, (next) => untilOkOf(step.is === "op" ? [...open, step.op.process] : open, next, enough));
    },
    update(event) {
      const after = child.update(event);
      const mine = event.type !== "invoke" && open.includes(event.process);
      if (mine && event.type === "ok" && enough(event.value)) return nothing;
      if (mine) return untilOkOf(open.toSpliced(open.indexOf(event.process), 1), after, enough);
      return after === child ? self : untilOkOf(open, after, enough);
    },
  };
  return self;
}
