/**
 * Registers under many keys: read, write, compare-and-set.
 *
 * The upper half of the threads only reads: a client of a cut-off node is soon stuck in a write that nobody
 * acknowledges, and would then read nothing stale. Threads are dealt to nodes in turn, so with at least two threads a
 * node every node has a writer and a pure reader. The lower half mixes 20 % reads, 50 % writes, 30 % cas; where all
 * operations take equally long that makes 60 : 25 : 15 over all threads.
 */

import type { Json, OpEvent } from "../../checker/history/event.js";
import { limit } from "../generator/bounds.js";
import { learning, type Op, type Pick } from "../generator/each.js";
import type { Generator } from "../generator/generator.js";
import { below, subSeed } from "../generator/random.js";
import { keySlots } from "../generator/slots.js";

export interface RegisterOptions {
  readonly keys: number;
  /** Written values are 0 .. values-1 (only where they are not unique). */
  readonly values: number;
  /** 0: every key alike; s: key i is drawn in proportion to 1 / (i + 1)^s. */
  readonly skew: number;
  /** After so many operations a key is retired and a fresh one takes its place; null: never. */
  readonly opsPerKey: number | null;
  /** The share of the writes that write null, which is to delete. */
  readonly deleteRate?: number;
  /** false: what would be a cas is a write. */
  readonly cas?: false;
}

export interface RegisterPlan {
  readonly options: RegisterOptions;
  readonly seed: number;
  readonly concurrency: number;
  /** Is every value written to a key another one? Else values are drawn from 0 .. values-1 and repeat. */
  readonly unique: boolean;
}

/** Shares of a mixing thread. */
const READS = 0.2;
const WRITES = 0.5;
/** Of the cas of a register with repeating values, this share expects any value instead of the one last seen. */
const BLIND = 0.25;

/** Operations `read` (value null), `write` (value v) and `cas` (value [from, to]) on keys k0, k1, ...; endless. */
export function registerOps(plan: RegisterPlan): Generator {
  const { options, seed, concurrency } = plan;
  const mixing = Math.ceil(concurrency / 2);
  return keySlots({
    seed,
    slots: options.keys,
    skew: options.skew,
    child: (number) => {
      const ops = learning<Json>({
        seed: subSeed(seed, number, "key"),
        known: null,
        op: (n, pick, thread, current) => {
          const u = thread < mixing ? pick("f") : 0;
          if (u < READS) return read;
          return u < READS + WRITES || current === null || options.cas === false
            ? write(pick("delete") < (options.deleteRate ?? 0) ? null : argument(plan, n, pick))
            : cas(expected(plan, pick, current), argument(plan, n, pick));
        },
        observe: lastSeen,
      });
      return options.opsPerKey === null ? ops : limit(options.opsPerKey, ops);
    },
  });
}

// The slot puts its key in place of the null.
const read: Op = { f: "read", key: null, value: null };
const write = (value: Json): Op => ({ f: "write", key: null, value });
const cas = (from: Json, to: Json): Op => ({ f: "cas", key: null, value: [from, to] });

/** n counts the operations of one key over the whole run, whoever issues them, so it is distinct for its key. */
const argument = (plan: RegisterPlan, n: number, pick: Pick): number =>
  plan.unique ? n : below(pick("value"), plan.options.values);

/** Most often what was last seen, so that a cas can succeed and not only fail. */
const expected = (plan: RegisterPlan, pick: Pick, current: Json): Json =>
  !plan.unique && pick("blind") < BLIND ? below(pick("expected"), plan.options.values) : current;

/** The value that the latest completion tells of; null while none told of any. */
function lastSeen(known: Json, event: OpEvent): Json {
  if (event.type !== "ok") return known;
  if (event.f === "cas") return Array.isArray(event.value) ? ((event.value as readonly Json[])[1] ?? known) : known;
  // A read that found nothing, or a store that does not repeat what was written, tells nothing to compare with.
  return event.value ?? known;
}
