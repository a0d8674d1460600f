/**
 * The promise of some workloads that no value is written twice under a key. A checker that relies on it must not be
 * handed a history that breaks it: with two writers of one value, a stale read may look like a fresh one.
 */

import { canonical, isList } from "./canonical.js";
import type { Json } from "./event.js";
import { withoutTuples } from "./formats/tuples.js";
import type { History, Operation } from "./operation.js";

export interface Repetition {
  /** Index of the invocation that writes again what is there already. */
  readonly invoked: number;
  /** Index of the one that wrote it before; null: it is the initial value. */
  readonly before: number | null;
  /** What it wrote, in words. */
  readonly what: string;
}

/**
 * Writes and cas, whatever became of them unless they failed: those never happen, and may be tried again with the same
 * value. A cas from a value to itself only looks. The initial value, null, counts as written before all others.
 */
export function repetitionsIn(history: History): readonly Repetition[] {
  const writers = new Map<string, Operation>();
  const found: Repetition[] = [];
  for (const op of withoutTuples(history).operations) {
    const written = op.type === "fail" ? undefined : writtenBy(op);
    if (written === undefined) continue;
    const value = canonical(written);
    const where = op.key === null ? "" : ` to key ${JSON.stringify(op.key)}`;
    const name = `${JSON.stringify(op.key)} ${value}`;
    const earlier = writers.get(name);
    writers.set(name, earlier ?? op);
    if (written !== null && earlier === undefined) continue;
    found.push({ invoked: op.invoked, before: earlier?.invoked ?? null, what: `${value} is written${where}` });
  }
  return found;
}

function writtenBy({ f, value }: Operation): Json | undefined {
  if (f === "write") return value;
  if (f !== "cas" || !isList(value) || value.length !== 2) return undefined;
  const [from = null, to = null] = value;
  return canonical(from) === canonical(to) ? undefined : to;
}
