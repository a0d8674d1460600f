/**
 * Acknowledged writes that are gone as far as any client could still see.
 *
 *     0: |-w1-| |-w2-|
 *     1:               |-r1-| |-r1-|
 *
 * Once the last acknowledged write of a key is done, all that is read of the key ought to be that write, or one that
 * overlapped it or may have come later. Where every read from then on (two at least) returned what was written by writes
 * that had all completed before this one began, it was acknowledged and is seen by nobody. A stale replica answers so
 * too, which is why the number of reads is told; whether it is on no replica at all only their own states can say
 * (`../convergence`).
 *
 * Sound: a linearizable history has none. A value written again later hides a loss and never makes one up. O(n).
 */

import type { Json } from "../history/event.js";
import { endOf, type Operation } from "../history/operation.js";
import { INITIAL_ID, type Register } from "./registers.js";

export interface UnseenWrite {
  readonly op: Operation;
  readonly value: Json;
  /** How many reads came after the key's last acknowledged write. */
  readonly reads: number;
}

/** One read alone is a stale read and no more. */
const READS_MIN = 2;

/** In order of invocation. */
export function unseenWrites({ writes, written, reads, returned, values, siblings }: Register): UnseenWrite[] {
  let settled = -1;
  const lastWritten = new Map<number, number>([[INITIAL_ID, -1]]);
  for (const [i, op] of writes.entries()) {
    const value = written[i] ?? INITIAL_ID;
    lastWritten.set(value, Math.max(lastWritten.get(value) ?? -1, endOf(op)));
    if (op.type === "ok") settled = Math.max(settled, op.completed ?? -1);
  }
  let explained = -1;
  let count = 0;
  for (const [i, read] of reads.entries()) {
    // A cas that succeeded is a write too, which none of those comes after.
    if (read.invoked <= settled) continue;
    count++;
    for (const value of [returned[i] ?? INITIAL_ID, ...(siblings.get(i) ?? [])]) {
      // What nobody wrote says nothing about who was overwritten.
      explained = Math.max(explained, lastWritten.get(value) ?? Number.POSITIVE_INFINITY);
    }
  }
  if (count < READS_MIN) return [];
  return writes.flatMap((op, i) =>
    op.type === "ok" && op.invoked > explained
      ? [{ op, value: values[written[i] ?? INITIAL_ID] ?? null, reads: count }]
      : [],
  );
}
