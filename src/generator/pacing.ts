/** When operations are due. */

import type { Context, Generator, Step } from "./generator.js";
import { draw } from "./random.js";
import { carry, pendingUntil } from "./step.js";

/**
 * Open loop: operation n is due n / opsPerSecond after the first, however slow the system is. One that could not be
 * issued then (no process was free) is issued as soon as possible, still stamped with the time at which it was due,
 * so that latency can be counted from there and a stalled system does not hide behind clients that politely wait.
 * A child that is exhausted is found out only when its next operation would be due.
 */
export function pace(opsPerSecond: number, child: Generator): Generator {
  if (!(opsPerSecond > 0)) throw new RangeError(`pace: ${opsPerSecond} operations per second, expected more than 0`);
  return paced(null, 0, 1e9 / opsPerSecond, child);
}

function paced(begun: number | null, n: number, gapNs: number, child: Generator): Generator {
  const self: Generator = {
    next(context) {
      const start = begun ?? context.time;
      return whenDue(start + Math.round(n * gapNs), context, child, (next, issued) =>
        issued === null ? paced(begun, n, gapNs, next) : paced(start, n + 1, gapNs, next),
      );
    },
    update(event) {
      const after = child.update(event);
      return after === child ? self : paced(begun, n, gapNs, after);
    },
  };
  return self;
}

/**
 * Random gaps between operations, uniform in [0, 2 * meanNs), over all threads together. The next gap begins when an
 * operation is issued: unlike `pace` it does not catch up.
 */
export function stagger(seed: number, meanNs: number, child: Generator): Generator {
  if (!(meanNs >= 0)) throw new RangeError(`stagger: a mean of ${meanNs} ns, expected at least 0`);
  return staggered(null, 0, { seed, meanNs }, child);
}

interface Gaps {
  readonly seed: number;
  readonly meanNs: number;
}

function staggered(due: number | null, n: number, gaps: Gaps, child: Generator): Generator {
  const self: Generator = {
    next(context) {
      return whenDue(due ?? context.time, context, child, (next, issued) => {
        if (issued === null) return staggered(due, n, gaps, next);
        const gap = Math.floor(2 * gaps.meanNs * draw(gaps.seed, n, "stagger"));
        return staggered(issued + gap, n + 1, gaps, next);
      });
    },
    update(event) {
      const after = child.update(event);
      return after === child ? self : staggered(due, n, gaps, after);
    },
  };
  return self;
}

/**
 * The child's step once `due` has come. `successor` is told when the operation is really issued, null when there was
 * none. An operation that the child wanted now is stamped with `due`; one with a time of its own keeps the later.
 */
function whenDue(
  due: number,
  context: Context,
  child: Generator,
  successor: (next: Generator, issued: number | null) => Generator,
): Step {
  if (context.time < due) return pendingUntil(due);
  const step = child.next(context);
  if (step.is !== "op") return carry(step, (next) => successor(next, null));
  const time = step.op.time === context.time ? due : Math.max(due, step.op.time);
  return { is: "op", op: { ...step.op, time }, next: successor(step.next, Math.max(time, context.time)) };
}
