/** A clash of two values in one sentence. */

import type { Json } from "../history/event.js";
import { type Clash, FIRST, type Seen } from "./online-key.js";

export interface ClashWords {
  readonly pattern: string;
  readonly because: string;
  /** The operations that prove it. */
  readonly operations: readonly Seen[];
}

/** `now`: the operation that has just completed. */
export function sentenceOfClash({ now, other }: Clash, span: Seen): ClashWords {
  const [mine, theirs] = [now.first, other.first];
  const [last, otherLast] = [now.last ?? span, other.last];
  const operations = [mine, last, theirs, otherLast].flatMap((op) => (op === null || op.invoked === FIRST ? [] : [op]));
  const saw = `${phraseOf(last)}${doneAt(last)}`;
  if (mine?.invoked === FIRST) {
    const set = theirs === null ? "another value" : `${phraseOf(theirs)}${doneAt(theirs)}`;
    return {
      pattern: "lost write",
      because: `${saw}, the initial value, but ${set} shows that it had been overwritten before the ${last.f} began`,
      operations,
    };
  }
  if (mine === null || theirs === null || otherLast === null) return { pattern: "no order", because: saw, operations };
  const isStale = otherLast.f === "write" && theirs.f === "write";
  return {
    pattern: isStale ? "stale read" : "new-old inversion",
    because: `${saw}, but ${textOf(other.value)} had come after it: ${phraseOf(mine)} was done at ${mine.completed} before ${phraseOf(otherLast)} began, and ${phraseOf(theirs)} was done at ${theirs.completed} before the ${last.f} at ${last.invoked} began`,
    operations,
  };
}

const doneAt = ({ invoked, completed }: Seen): string => (completed > invoked ? ` (done at ${completed})` : "");

const phraseOf = ({ f, value, invoked }: Seen): string => {
  if (f === "read") return `read at ${invoked} returned ${textOf(value)}`;
  return f === "write" ? `write of ${textOf(value)} by ${invoked}` : `${f} of ${textOf(value)} at ${invoked}`;
};

export function textOf(value: Json): string {
  const text = value === null ? "nothing" : JSON.stringify(value);
  return text.length <= 40 ? text : `${text.slice(0, 37)}...`;
}
