/** Obviously right, and slow: is there an order in which every read returns one of the k latest values? */

import type { Json } from "../../../checker/history/event.js";
import { endOf, type History, type Operation } from "../../../checker/history/operation.js";

/** k = 1: linearizable. One key; at most about ten operations. `info` operations may be left out altogether. */
export const isAtomic = (history: History, k = 1, initial: Json = null): boolean => {
  const ops = history.operations.filter((op) => op.type === "ok" || (op.type === "info" && op.f !== "read"));
  const dead = new Set<string>();
  const from = (done: number, latest: readonly Json[]): boolean => {
    if (ops.every((op, i) => op.type === "info" || (done >> i) & 1)) return true;
    const state = `${done} ${JSON.stringify(latest)}`;
    if (dead.has(state)) return false;
    dead.add(state);
    // Whatever is chosen next must have begun before everything that is still to come ended.
    const soonest = ops.reduce((least, op, i) => ((done >> i) & 1 ? least : Math.min(least, endOf(op))), Infinity);
    return ops.some((op, i) => {
      if ((done >> i) & 1 || op.invoked > soonest) return false;
      const next = apply(op, latest, k);
      return next !== null && from(done | (1 << i), next);
    });
  };
  return from(0, [initial]);
};

const apply = (op: Operation, latest: readonly Json[], k: number): readonly Json[] | null => {
  const seen = (value: Json): boolean => latest.includes(value);
  if (op.f === "read") return seen(op.result) ? latest : null;
  if (op.f === "write") return [op.value, ...latest].slice(0, k);
  const [a, b] = op.value as [Json, Json];
  return seen(a) ? [b, ...latest].slice(0, k) : null;
};

/** The smallest such k, or Infinity. */
export const smallestK = (history: History, most = 12): number => {
  for (let k = 1; k <= most; k++) if (isAtomic(history, k)) return k;
  return Infinity;
};
