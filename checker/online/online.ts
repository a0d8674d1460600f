/**
 * The check of registers with distinct values while the run goes on: push every event, and the first violation comes
 * back with the event that completes its proof.
 *
 * Sound: what is reported is a proof, whatever happens later. Not complete: chains of cas are not followed beyond one
 * link, and of very old values the check may have let go; the check of the whole history has the last word. A key on which
 * a value is written twice is left alone from there on.
 *
 * Values A and B contradict each other where something of each was over before something of the other began
 * (`../linearizability/distinct.ts`). Only the second of two such moments is news, and it is the invocation of the
 * operation that completes now. So of each key the values are kept by their latest invocations, and the first of those
 * that was there before this operation began is the only one to look at. An event costs time in what overlaps, not in
 * what was.
 */

import { type HistoryEvent, isFault, type Json, type OpEvent } from "../history/event.js";
import { casPair } from "../model/register.js";
import { FIRST, OnlineKey, type Seen } from "./online-key.js";
import { sentenceOfClash, textOf } from "./words.js";

export interface Violation {
  readonly key: string | null;
  /** One sentence; names operations by the index of their invocation. */
  readonly because: string;
  readonly pattern: string;
  /** Indexes of events, ascending; the last is the one pushed just now. */
  readonly witness: readonly number[];
}

export class OnlineRegister {
  readonly #keys = new Map<string | null, OnlineKey>();
  readonly #open = new Map<number, OpEvent>();

  /** Values that the next event may have to be compared with, of all keys. */
  get kept(): number {
    return [...this.#keys.values()].reduce((sum, key) => sum + key.kept, 0);
  }

  /** Events in their order, faults and operations of other objects included; those say nothing here. */
  push(event: HistoryEvent): Violation | null {
    if (isFault(event) || (event.f !== "read" && event.f !== "write" && event.f !== "cas")) return null;
    let key = this.#keys.get(event.key);
    if (key === undefined) this.#keys.set(event.key, (key = new OnlineKey()));
    if (event.type === "invoke") {
      this.#open.set(event.process, event);
      key.begins(event.index);
      const written = writtenBy(event);
      if (written !== undefined) key.invoked(written, event.index);
      return null;
    }
    const begun = this.#open.get(event.process);
    if (begun === undefined) return null;
    this.#open.delete(event.process);
    const violation = key.isLeft ? null : complete(key, begun, event);
    key.ends(begun.index);
    return violation;
  }
}

/** What a write or cas writes; undefined of a read, and of a cas that changes nothing or makes no sense. */
function writtenBy(event: OpEvent): Json | undefined {
  if (event.f === "write") return event.value;
  const pair = event.f === "cas" ? casPair(event) : null;
  return pair === null || JSON.stringify(pair[0]) === JSON.stringify(pair[1]) ? undefined : pair[1];
}

function complete(key: OnlineKey, begun: OpEvent, event: OpEvent): Violation | null {
  const written = writtenBy(begun);
  if (event.type === "fail") return written === undefined ? null : failed(key, written, event);
  if (event.type === "info") return null;
  const span = { f: event.f, invoked: begun.index, completed: event.index };
  const pair = begun.f === "cas" ? casPair(begun) : null;
  const seen = begun.f === "read" ? event.value : pair?.[0];
  if (seen !== undefined) {
    // Two cas of one value say more than that the later of them found it overwritten.
    const other = written === undefined ? null : key.replaced(seen, span);
    if (other !== null) {
      const because = `cas at ${other.invoked} and cas at ${begun.index} both replaced ${textOf(seen)}, which was there only once`;
      return violationOf(event, "lost update", because, [other.invoked, other.completed, begun.index, event.index]);
    }
    const violation = sees(key, seen, { ...span, value: seen }, event);
    if (violation !== null) return violation;
  }
  return written === undefined ? null : clashOf(key, written, { ...span, value: written }, event);
}

/** An operation saw a value: it must be there, and must not have been overwritten. */
function sees(key: OnlineKey, value: Json, span: Seen, event: OpEvent): Violation | null {
  if (!key.isWritten(value)) {
    const because = `${span.f} at ${span.invoked} ${span.f === "read" ? "returned" : "found"} ${textOf(value)}, which nobody had begun to write`;
    return violationOf(event, "value never written", because, [span.invoked, span.completed]);
  }
  return clashOf(key, value, span, event);
}

function clashOf(key: OnlineKey, value: Json, span: Seen, event: OpEvent): Violation | null {
  const clash = key.completed(value, span);
  if (clash === null) return null;
  const { pattern, because, operations } = sentenceOfClash(clash, span);
  const witness = operations.flatMap(({ invoked, completed }) => [invoked, completed]);
  return violationOf(event, pattern, because, witness);
}

/** A write failed: nobody may have seen what it would have written. */
function failed(key: OnlineKey, value: Json, event: OpEvent): Violation | null {
  const seen = key.failed(value);
  if (seen === null) return null;
  const because = `${seen.f} at ${seen.invoked} saw ${textOf(value)} (done at ${seen.completed}), but the ${event.f} of it definitely failed at ${event.index}`;
  return violationOf(event, "read of a failed write", because, [seen.invoked, seen.completed, event.index]);
}

function violationOf(event: OpEvent, pattern: string, because: string, witness: readonly number[]): Violation {
  return {
    key: event.key,
    because: event.key === null ? because : `key ${event.key}: ${because}`,
    pattern,
    witness: [...new Set(witness)].filter((index) => index !== FIRST).sort((a, b) => a - b),
  };
}
