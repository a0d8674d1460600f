/** Operations that are transactions already: list-append, rw-register, long-fork, causal-reverse, monotonic. */

import type { Json } from "../../checker/history/event.js";
import { limit, untilOk } from "../generator/bounds.js";
import { evolving, each, repeatOp, type Op, type Pick } from "../generator/each.js";
import type { Generator } from "../generator/generator.js";
import { below, zipf } from "../generator/random.js";
import { andThen } from "../generator/sequence.js";
import { eachThread } from "../generator/threads.js";
import type { Dialect, TxnStep } from "../generator/txn.js";
import type { CycleWorkload, GroupWorkload, MonotonicWorkload } from "./options.js";

/** The operation is its transaction. */
export const microOps: Dialect = {
  steps: (_, value) => {
    if (!Array.isArray(value)) throw new Error(`a transaction is a list of steps, got ${JSON.stringify(value)}`);
    // Our own generators below made them.
    return value as readonly TxnStep[];
  },
  result: (_, __, done) => done,
};

const txn = (steps: readonly TxnStep[]): Op => ({ f: "txn", key: null, value: steps });
const readOf = (key: string): TxnStep => ["r", key, null];

interface Pool {
  /** The keys in use, by number, and how often each was written. */
  readonly slots: readonly { readonly key: number; readonly writes: number }[];
  readonly next: number;
}

/** Each step reads or writes, one as likely as the other; the n-th write of a key writes n. Keys are k0, k1, ... */
export function cycleOps(config: CycleWorkload, seed: number): Generator {
  const slotOf = slotsBy(config);
  const span = config.maxTxnLength - config.minTxnLength + 1;
  return evolving<Pool>({
    seed,
    state: {
      slots: Array.from({ length: config.keyCount }, (_, key) => ({ key, writes: 0 })),
      next: config.keyCount,
    },
    op: (_, pick, __, pool) => {
      const length = config.minTxnLength + below(pick("length"), span);
      const steps: TxnStep[] = [];
      let { slots, next } = pool;
      for (let i = 0; i < length; i++) {
        const at = slotOf(pick(`key ${i}`));
        const slot = slots[at] ?? { key: 0, writes: 0 };
        const key = `k${slot.key}`;
        if (pick(`f ${i}`) < 0.5) {
          steps.push(readOf(key));
          continue;
        }
        const writes = slot.writes + 1;
        steps.push(config.name === "list-append" ? ["append", key, writes] : ["w", key, writes]);
        const full = writes >= config.maxWritesPerKey;
        slots = slots.with(at, full ? { key: next, writes: 0 } : { key: slot.key, writes });
        if (full) next++;
      }
      return [txn(steps), { slots, next }];
    },
  });
}

function slotsBy({ keyDist, keyCount }: CycleWorkload): (u: number) => number {
  if (keyDist === "uniform") return (u) => below(u, keyCount);
  if (keyDist === "zipf") return zipf(keyCount, 1);
  // Slot i in proportion to 2^-i: -log2(1 - u) reaches i with probability 2^-i.
  const all = 1 - 2 ** -keyCount;
  return (u) => Math.min(keyCount - 1, Math.floor(-Math.log2(1 - u * all)));
}

/** So many keys are read by one of the final transactions. */
const FINAL_KEYS = 8;
const ATTEMPTS_MAX = 3;

/** Every key that was used is read, each by one thread, several in one transaction. */
export function finalTxnReads(keys: readonly string[], concurrency: number): Generator {
  const parts: string[][] = [];
  for (let i = 0; i < keys.length; i += FINAL_KEYS) parts.push(keys.slice(i, i + FINAL_KEYS));
  return eachThread((thread) =>
    andThen(
      ...parts
        .filter((_, i) => i % concurrency === thread)
        .map((part) => untilOk(limit(ATTEMPTS_MAX, repeatOp(txn(part.map(readOf)))))),
    ),
  );
}

/** The keys that an operation names. */
export function keysIn(value: Json): readonly string[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly Json[]).flatMap((step) => {
    const key = Array.isArray(step) ? (step as readonly Json[])[1] : null;
    return typeof key === "string" ? [key] : [];
  });
}

/** Of the reads, this share looks at the group that is being written, the others at the one before. */
const CURRENT = 0.8;

/**
 * Keys g0-0, g0-1, ... are written once each, in the order of their numbers; reads take all keys of a group, in an
 * order that is drawn.
 */
export const groupOps = ({ groupSize }: GroupWorkload, seed: number): Generator =>
  evolving<number>({
    seed,
    state: 0,
    op: (_, pick, __, written) => {
      if (pick("f") < 0.4) {
        const key = `g${Math.floor(written / groupSize)}-${written % groupSize}`;
        return [txn([["w", key, 1]]), written + 1];
      }
      const current = Math.floor(Math.max(0, written - 1) / groupSize);
      const group = pick("group") < CURRENT ? current : Math.max(0, current - 1);
      const keys = shuffled(groupSize, pick).map((i) => readOf(`g${group}-${i}`));
      return [txn(keys), written];
    },
  });

/** Counters c0, c1, ...: one is raised and read, or some are read. */
export const monotonicOps = ({ keyCount }: MonotonicWorkload, seed: number): Generator =>
  each(seed, (_, pick) => {
    const keys = shuffled(keyCount, pick).map((i) => `c${i}`);
    const [first = "c0"] = keys;
    if (pick("f") < 0.5) return txn([["add", first, 1], readOf(first)]);
    return txn(keys.slice(0, 2 + below(pick("count"), Math.max(1, keyCount - 1))).map(readOf));
  });

/** 0 .. n-1 in an order that is drawn. */
const shuffled = (n: number, pick: Pick): readonly number[] =>
  Array.from({ length: n }, (_, i) => [pick(`order ${i}`), i] as const)
    .sort(([a], [b]) => a - b)
    .map(([, i]) => i);
