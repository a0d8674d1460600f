/** Pretend stores with transactions: one that is atomic, and the same with a lie. */

import type { Json, OpEvent } from "../../checker/history/event.js";
import type { Answer, World } from "./pretend.js";
import { below, draw } from "./random.js";
import { type Dialect, readsOnly, type TxnStep } from "./txn.js";

export interface TxnWorld {
  readonly seed: number;
  readonly dialect: Dialect;
  /** An operation takes effect, and its client hears, each after a time drawn from [0, latencyNs). Default 1 ms. */
  readonly latencyNs?: number;
  /** This share of operations ends `info` (reads: `fail`); half of those took effect all the same. Default 0. */
  readonly lost?: number;
  /** What goes wrong with a share of the transactions. Default: nothing. */
  readonly lie?: { readonly is: TxnLie; readonly share: number };
}

/**
 * stale: all of it runs on the state of some commits ago, and its writes then land on today's (lost updates).
 * fractured: every key is read at a moment of its own. forgotten: acknowledged, and its writes are dropped. repeated:
 * its writes happen twice. aborted: answered with `fail`, although it happened.
 */
export type TxnLie = "stale" | "fractured" | "forgotten" | "repeated" | "aborted";

/** So many commits ago at most. */
const PAST_MAX = 8;

type State = ReadonlyMap<string, Json>;

/** Serializable in the order of effects, each within its operation's interval; but for the lie. */
export function transactions(options: TxnWorld): World {
  const { seed, dialect, latencyNs = 1_000_000, lost = 0, lie } = options;
  let past: readonly State[] = [new Map()];
  const now = (): State => past.at(-1) ?? new Map<string, Json>();
  const commit = (writes: State): void => {
    if (writes.size > 0) past = [...past.slice(-PAST_MAX), new Map([...now(), ...writes])];
  };
  const moment = (n: number, label: string): State => past[below(draw(seed, n, label), past.length)] ?? now();
  const execute = (op: OpEvent, n: number): Answer => {
    const lies = lie !== undefined && draw(seed, n, "world/lie") < lie.share ? lie.is : null;
    const steps = dialect.steps(op.f, op.value);
    const base = lies === "stale" ? moment(n, "world/moment") : now();
    const stateOf = (key: string): State => (lies === "fractured" ? moment(n, `world/moment ${key}`) : base);
    const done = applied(steps, (key) => stateOf(key).get(key) ?? null);
    if (done === null) return { type: "fail", value: op.value, error: "mismatch: pretended" };
    if (lies !== "forgotten") commit(done.writes);
    if (lies === "repeated") commit(applied(steps, (key) => now().get(key) ?? null)?.writes ?? new Map());
    if (lies === "aborted" && done.writes.size > 0)
      return { type: "fail", value: op.value, error: "conflict: pretended" };
    return { type: "ok", value: dialect.result(op.f, op.value, done.answers) };
  };
  return {
    timing: (n) => ({
      effectNs: Math.floor(draw(seed, n, "world/effect") * latencyNs),
      replyNs: Math.floor(draw(seed, n, "world/reply") * latencyNs),
    }),
    apply(op, n) {
      const u = draw(seed, n, "world/lost");
      const harmless = readsOnly(dialect.steps(op.f, op.value));
      const unanswered: Answer = { type: harmless ? "fail" : "info", value: op.value, error: "timeout: pretended" };
      if (u < lost / 2) return unanswered;
      const answer = execute(op, n);
      return u < lost ? unanswered : answer;
    },
  };
}

/** Steps upon a state; null where one refuses. */
function applied(
  steps: readonly TxnStep[],
  read: (key: string) => Json,
): { readonly writes: State; readonly answers: readonly Json[] } | null {
  const writes = new Map<string, Json>();
  const answers: Json[] = [];
  for (const step of steps) {
    const [f, key] = step;
    const held = writes.has(key) ? (writes.get(key) ?? null) : read(key);
    const list: readonly Json[] = Array.isArray(held) ? held : [];
    if (f === "r") answers.push([f, key, held]);
    else if (f === "w") writes.set(key, step[2]);
    else if (f === "append") writes.set(key, [...list, step[2]]);
    else if (f === "include") {
      if (!list.includes(step[2])) writes.set(key, [...list, step[2]]);
    } else if (f === "add") {
      const sum = (typeof held === "number" ? held : 0) + step[2];
      if (sum < (step[3] ?? Number.NEGATIVE_INFINITY)) return null;
      writes.set(key, sum);
    } else {
      answers.push([f, key, list[0] ?? null]);
      if (list.length > 0) writes.set(key, list.slice(1));
    }
    if (f === "w" || f === "append" || f === "include" || f === "add") answers.push([f, key, step[2]]);
  }
  return { writes, answers };
}
