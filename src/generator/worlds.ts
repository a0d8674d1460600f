/**
 * Pretend worlds: three that know nothing of what is asked (quick, perfect, imperfect), and two registers that do: one
 * atomic, one known to be bad.
 */

import type { Json, OpEvent } from "../../checker/history/event.js";
import type { Answer, World } from "./pretend.js";
import { draw } from "./random.js";

/** What the client asked for, said to have happened; reads find null. */
const agreed = (op: OpEvent): Answer => ({ type: "ok", value: op.value });

/** Every operation succeeds at once. */
export const quick = (): World => ({ timing: () => ({ effectNs: 0, replyNs: 0 }), apply: agreed });

/** Every operation succeeds after `latencyNs`. */
export const perfect = (latencyNs = 10_000_000): World => ({
  timing: () => ({ effectNs: latencyNs, replyNs: 0 }),
  apply: agreed,
});

/** ok, fail, info in rotation, each after `latencyNs`. */
export const imperfect = (latencyNs = 10_000_000): World => ({
  timing: () => ({ effectNs: latencyNs, replyNs: 0 }),
  apply: (op, n) =>
    n % 3 === 0
      ? agreed(op)
      : n % 3 === 1
        ? { type: "fail", value: op.value, error: "refused: pretended" }
        : { type: "info", value: op.value, error: "timeout: pretended" },
});

export interface RegisterWorld {
  readonly seed: number;
  /** An operation takes effect, and its client hears, each after a time drawn from [0, latencyNs). Default 1 ms. */
  readonly latencyNs?: number;
  /** This share of operations ends `info` (a read: `fail`); half of those took effect all the same. Default 0. */
  readonly lost?: number;
}

/** One atomic register per key: every operation takes effect at one moment within its interval. Linearizable. */
export function atomicRegisters(options: RegisterWorld): World {
  const values = new Map<string | null, Json>();
  return registers(options, values, (op) => values.get(op.key) ?? null);
}

/**
 * As `atomicRegisters`, except that this share of the reads answers with the value before the last change, as a
 * lagging replica does. Not linearizable once such a read begins after the change was acknowledged.
 */
export function staleRegisters(options: RegisterWorld & { readonly stale: number }): World {
  const values = new Map<string | null, Json>();
  const former = new Map<string | null, Json>();
  const before = {
    get: (key: string | null) => values.get(key),
    set(key: string | null, value: Json) {
      former.set(key, values.get(key) ?? null);
      values.set(key, value);
    },
  };
  return registers(options, before, (op, n) => {
    const lags = draw(options.seed, n, "world/stale") < options.stale;
    return (lags ? former : values).get(op.key) ?? null;
  });
}

interface Values {
  get(key: string | null): Json | undefined;
  set(key: string | null, value: Json): unknown;
}

function registers(options: RegisterWorld, values: Values, read: (op: OpEvent, n: number) => Json): World {
  const { seed, latencyNs = 1_000_000, lost = 0 } = options;
  return {
    timing: (n) => ({
      effectNs: Math.floor(draw(seed, n, "world/effect") * latencyNs),
      replyNs: Math.floor(draw(seed, n, "world/reply") * latencyNs),
    }),
    apply(op, n) {
      const u = draw(seed, n, "world/lost");
      if (u < lost / 2) return unanswered(op);
      const answer = executed(op, values, () => read(op, n));
      return u < lost ? unanswered(op) : answer;
    },
  };
}

/** A read that nobody answered changed nothing, so it may be called failed. */
const unanswered = (op: OpEvent): Answer => ({
  type: op.f === "read" ? "fail" : "info",
  value: op.value,
  error: "timeout: pretended",
});

function executed(op: OpEvent, values: Values, read: () => Json): Answer {
  if (op.f === "read") return { type: "ok", value: read() };
  if (op.f === "write") {
    values.set(op.key, op.value);
    return agreed(op);
  }
  if (op.f === "cas" && Array.isArray(op.value)) {
    const [from, to]: readonly Json[] = op.value;
    if ((values.get(op.key) ?? null) !== from) return { type: "fail", value: op.value, error: "mismatch: pretended" };
    values.set(op.key, to ?? null);
    return agreed(op);
  }
  return { type: "fail", value: op.value, error: `unsupported: ${op.f}` };
}
