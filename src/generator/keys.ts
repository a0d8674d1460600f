/** The same thing for many keys: one after another, several at a time by groups of threads, or all mixed. */

import type { Generator, Step } from "./generator.js";
import { carry, DONE, earlier, nothing, pendingUntil, threadsOf, whenAsked } from "./step.js";
import { on } from "./threads.js";

/** The i-th key, or null when there are no more. */
export type Keys = readonly string[] | ((i: number) => string | null);

const keyAt = (keys: Keys, i: number): string | null => (typeof keys === "function" ? keys(i) : (keys[i] ?? null));

/** The child with its operations on this key, hearing only of events of this key. Does not nest: the outer key wins. */
export function onKey(key: string, child: Generator): Generator {
  const self: Generator = {
    next(context) {
      const step = carry(child.next(context), (next) => onKey(key, next));
      return step.is === "op" && step.op.key !== key ? { ...step, op: { ...step.op, key } } : step;
    },
    update(event) {
      if (event.key !== key) return self;
      const after = child.update(event);
      return after === child ? self : onKey(key, after);
    },
  };
  return self;
}

/** So many fresh keys in a row may have nothing to do; more is a child that never has. */
const emptyMax = 1000;

/** `child(key)` for one key after another, each until it is exhausted. */
export const independentKeys = (keys: Keys, child: (key: string) => Generator): Generator => oneByOne(keys, child, 0);

function oneByOne(keys: Keys, child: (key: string) => Generator, i: number, current?: Generator): Generator {
  const fresh = (at: number): Generator | null => {
    const key = keyAt(keys, at);
    return key === null ? null : onKey(key, child(key));
  };
  const head = current ?? fresh(i);
  if (head === null) return nothing;
  const self: Generator = {
    next(context) {
      let at = i;
      let working = head;
      let step = head.next(context);
      while (step.is === "done") {
        const following = fresh(++at);
        if (following === null) return DONE;
        if (at - i > emptyMax) throw new RangeError(`independentKeys: ${emptyMax} keys in a row had no operation`);
        working = following;
        step = working.next(context);
      }
      return step.is === "pending" && step.next === undefined && at > i
        ? pendingUntil(step.until, oneByOne(keys, child, at, working))
        : carry(step, (next) => oneByOne(keys, child, at, next));
    },
    update(event) {
      const after = head.update(event);
      return after === head ? self : oneByOne(keys, child, i, after);
    },
  };
  return self;
}

/**
 * The threads in groups of `groupSize` (the last group takes what is left over); each group works on one key at a
 * time, and takes the next fresh one when `child(key)` is exhausted: with `limit(n, ...)` keys retire after n
 * operations.
 */
export const concurrentKeys = (groupSize: number, keys: Keys, child: (key: string) => Generator): Generator =>
  whenAsked((context) => {
    if (!(groupSize >= 1)) throw new RangeError(`concurrentKeys: groups of ${groupSize}, expected at least 1`);
    const threads = threadsOf(context);
    const count = context.processes.length;
    const groups = Math.max(1, Math.floor(threads.length / groupSize));
    const parts = Array.from({ length: groups }, (_, g) =>
      threads.slice(g * groupSize, g === groups - 1 ? threads.length : (g + 1) * groupSize),
    );
    const fresh = (g: number, i: number): Generator | null => {
      const key = keyAt(keys, i);
      return key === null ? null : on(parts[g] ?? [], count, onKey(key, child(key)));
    };
    return grouped(
      fresh,
      Array.from({ length: groups }, () => null),
      0,
      0,
    );
  });

/** `work[g]`: what group g does now, null before its first key. `taken` keys are in use or used up. */
function grouped(
  fresh: (g: number, i: number) => Generator | null,
  work: readonly (Generator | null)[],
  taken: number,
  turn: number,
): Generator {
  const self: Generator = {
    next(context) {
      const after = [...work];
      let used = taken;
      let until: number | null = null;
      let exhausted = 0;
      for (let k = 0; k < work.length; k++) {
        const g = (turn + k) % work.length;
        let current = after[g] ?? fresh(g, used++);
        let step: Step = current?.next(context) ?? DONE;
        for (let empty = 0; step.is === "done"; empty++) {
          const following = fresh(g, used);
          if (following === null) break;
          if (empty > emptyMax) throw new RangeError(`concurrentKeys: ${empty} keys in a row had no operation`);
          used++;
          current = following;
          step = current.next(context);
        }
        after[g] = current ?? nothing;
        if (step.is === "op" && step.op.time <= context.time) {
          after[g] = step.next;
          return { is: "op", op: step.op, next: grouped(fresh, after, used, g + 1) };
        }
        if (step.is === "done") exhausted++;
        else until = earlier(until, step.is === "op" ? step.op.time : step.until);
        if (step.is === "pending" && step.next !== undefined) after[g] = step.next;
      }
      if (exhausted === work.length) return DONE;
      const same = after.every((generator, g) => generator === work[g]);
      return pendingUntil(until, same ? undefined : grouped(fresh, after, used, turn));
    },
    update(event) {
      let after: (Generator | null)[] | null = null;
      for (const [g, current] of work.entries()) {
        const next = current?.update(event) ?? null;
        if (next !== current) (after ??= [...work])[g] = next;
      }
      return after === null ? self : grouped(fresh, after, taken, turn);
    },
  };
  return self;
}
