/** The last look at every key, once everything is healed: what the convergence of reads is judged by. */

import { limit, untilOk } from "../generator/bounds.js";
import { repeatOp } from "../generator/each.js";
import type { Generator } from "../generator/generator.js";
import { andThen } from "../generator/sequence.js";
import { eachThread } from "../generator/threads.js";

/** So many reads at most, unless there are more keys: then one for each. */
export const finalReadsMax = 2000;
/** A read that fails is tried again, so many times in all. */
const attemptsMax = 3;

/**
 * Every thread reads every key once. Where that would be more than `finalReadsMax` reads, each key is read by as many
 * threads as fit, at least one, and by neighbours: threads are dealt to nodes in turn, so neighbours ask different
 * nodes.
 */
export function finalReads(keys: readonly string[], concurrency: number): Generator {
  const readers = Math.min(concurrency, Math.max(1, Math.floor(finalReadsMax / Math.max(1, keys.length))));
  const reads = (thread: number): Generator =>
    andThen(
      ...keys
        .filter((_, i) => (thread - (i % concurrency) + concurrency) % concurrency < readers)
        .map((key) => untilOk(limit(attemptsMax, repeatOp({ f: "read", key, value: null })))),
    );
  return eachThread(reads);
}

/** The keys of a history in the order of their first use. */
export function keysOf(events: Iterable<{ readonly key?: string | null }>): readonly string[] {
  const keys = new Set<string>();
  for (const { key } of events) if (key !== null && key !== undefined) keys.add(key);
  return [...keys];
}
