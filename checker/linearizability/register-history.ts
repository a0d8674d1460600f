/**
 * The operations of one key in columns, as the register checks read them.
 *
 * Every operation is a pair (from, to) of value numbers: a read has only `from` (what it returned), a write only `to`,
 * a cas both. A cas from a value to itself changes nothing and is a read. Position in the columns is the order of
 * invocations. Left out: failed operations (no effect) and reads whose outcome is unknown (they say nothing).
 */

import { Interner } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import { endOf, type Operation } from "../history/operation.js";
import { casPair, casRegister } from "../model/register.js";

/** No value: the `from` of a write, the `to` of a read. */
export const NONE = -1;
/** The number of the initial value. */
export const INIT = 0;

/** What decides, without what explains. */
export interface RegisterColumns {
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Index of the invocation, and of the completion: +Infinity where the outcome is unknown. */
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Values by number; number 0 is the initial value. */
  readonly values: readonly Json[];
}

export interface RegisterHistory extends RegisterColumns {
  readonly key: string | null;
  readonly operations: readonly Operation[];
  /** Writes and cas that definitely failed: nobody may ever read what they would have written. */
  readonly failed: readonly Operation[];
}

/** Splits a history by key. Keys in order of their first operation; operations other than read, write, cas left out. */
export function splitByKey(operations: readonly Operation[], initial: Json = null): RegisterHistory[] {
  const groups = new Map<string | null, { kept: Operation[]; failed: Operation[] }>();
  for (const op of operations) {
    if (op.f !== "read" && op.f !== "write" && op.f !== "cas") continue;
    let group = groups.get(op.key);
    if (group === undefined) groups.set(op.key, (group = { kept: [], failed: [] }));
    if (op.type === "fail") {
      if (op.f !== "read") group.failed.push(op);
    } else if (op.type === "ok" || casRegister.effect(op) !== "read") {
      group.kept.push(op);
    }
  }
  return [...groups].map(([key, group]) => registerHistory(key, { ...group, initial }));
}

function registerHistory(
  key: string | null,
  { kept, failed, initial }: { kept: readonly Operation[]; failed: readonly Operation[]; initial: Json },
): RegisterHistory {
  const interner = new Interner();
  interner.intern(initial);
  const from = new Int32Array(kept.length).fill(NONE);
  const to = new Int32Array(kept.length).fill(NONE);
  const start = new Float64Array(kept.length);
  const end = new Float64Array(kept.length);
  for (const [i, op] of kept.entries()) {
    start[i] = op.invoked;
    end[i] = endOf(op);
    if (op.f === "read") from[i] = interner.intern(op.result);
    else if (op.f === "write") to[i] = interner.intern(op.value);
    else {
      const [a, b] = casPair(op) ?? [null, null];
      from[i] = interner.intern(a);
      const target = interner.intern(b);
      to[i] = target === from[i] ? NONE : target;
    }
  }
  return { key, operations: kept, from, to, start, end, values: interner.values, failed };
}

/**
 * Which operations can matter, as 0 or 1 a position: an operation of unknown outcome whose value nobody observed may
 * as well not have happened. What counts is that an observation with a known outcome comes out at the end: two crashed
 * cas, from 1 to 3 and from 3 to 1, observe each other and still may both not have happened.
 */
export function relevant(history: RegisterColumns): Uint8Array {
  const { from, to, end, values } = history;
  const keep = new Uint8Array(from.length).fill(1);
  const observed = new Uint8Array(values.length);
  const uncertain: number[][] = [];
  const open: number[] = [];
  const observe = (value: number): void => {
    if (value === NONE || observed[value] === 1) return;
    observed[value] = 1;
    open.push(value);
  };
  for (let i = 0; i < from.length; i++) {
    if (end[i] !== Number.POSITIVE_INFINITY) {
      observe(from[i] ?? NONE);
    } else {
      keep[i] = 0;
      (uncertain[to[i] ?? NONE] ??= []).push(i);
    }
  }
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    for (const i of uncertain[value] ?? []) {
      keep[i] = 1;
      observe(from[i] ?? NONE);
    }
  }
  return keep;
}
