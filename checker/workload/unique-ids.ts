/** Is every id handed out once? */

import { Interner } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";
import type { Verdict } from "../verdict.js";
import { counted, SAMPLES_MAX, sampled, unknown, witnessOf } from "./evidence.js";

export interface UniqueIdsDetails {
  readonly attempted: number;
  readonly acknowledged: number;
  readonly duplicatedCount: number;
  /** The first ids that were handed out more than once: to whom, as events of invocation. */
  readonly duplicated: readonly { readonly id: Json; readonly generated: readonly number[] }[];
  /** Smallest and largest id, where all are numbers. */
  readonly range: readonly [number, number] | null;
}

/**
 * Reads `generate` operations whose ok result is an id. Sound: only ids that clients really got are compared, so an
 * operation without an answer (`info`) accuses nobody. Complete: two equal ids are always found. An ok result of null
 * is no id and counts as handed out twice as soon as two clients get it.
 */
export const checkUniqueIds = (history: History): Verdict<UniqueIdsDetails> => {
  const operations = history.operations.filter(({ f }) => f === "generate");
  const acknowledged = operations.filter(({ type }) => type === "ok");
  const ids = new Interner();
  const holders: Operation[][] = [];
  for (const op of acknowledged) (holders[ids.intern(op.result)] ??= []).push(op);
  const duplicated = holders.flatMap((ops, id) => (ops.length > 1 ? [{ id: ids.values[id] ?? null, ops }] : []));
  const details: UniqueIdsDetails = {
    attempted: operations.length,
    acknowledged: acknowledged.length,
    duplicatedCount: duplicated.length,
    duplicated: duplicated
      .slice(0, SAMPLES_MAX)
      .map(({ id, ops }) => ({ id, generated: ops.slice(0, SAMPLES_MAX).map(({ invoked }) => invoked) })),
    range: rangeOf(ids.values),
  };
  const checker = "unique-ids";
  if (acknowledged.length === 0) return unknown(checker, "no id was handed out", details);
  const [first] = duplicated;
  if (first === undefined) {
    const because = `${counted(acknowledged.length, "id")} handed out, none of them twice`;
    return { valid: "valid", checker, because, witness: [], details };
  }
  const [a, b] = first.ops;
  const because = `${counted(duplicated.length, "id")} handed out more than once: ${sampled(duplicated.map(({ id }) => id))}. Id ${JSON.stringify(first.id)} was given at ${a?.completed ?? a?.invoked} and again at ${b?.completed ?? b?.invoked}`;
  return { valid: "invalid", checker, because, witness: witnessOf(duplicated.flatMap(({ ops }) => ops)), details };
};

const rangeOf = (ids: readonly Json[]): readonly [number, number] | null => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const id of ids) {
    if (typeof id !== "number") return null;
    low = Math.min(low, id);
    high = Math.max(high, id);
  }
  return ids.length === 0 ? null : [low, high];
};
