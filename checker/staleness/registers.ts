/**
 * A history seen as registers: for every key its writes and reads, with values as small integers.
 *
 * A write is a `write`, or a `cas` (which writes its second argument when it succeeds); one that failed for certain
 * is nobody's write. A read is an ok `read`, or an ok `cas` (which saw its first argument).
 */

import { Interner, isList } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";

/** The value of a key that nobody has written yet. */
export const INITIAL: Json = null;
/** What `INITIAL` is interned as. */
export const INITIAL_ID = 0;

export interface Register {
  readonly key: string | null;
  /** ok and info writes in order of invocation; `written[i]` is the value of `writes[i]`. */
  readonly writes: readonly Operation[];
  readonly written: readonly number[];
  /** ok reads in order of invocation; `returned[i]` is what `reads[i]` returned. */
  readonly reads: readonly Operation[];
  readonly returned: readonly number[];
  /** Interned values by number. */
  readonly values: readonly Json[];
  /** The other siblings that a read returned, by position in `reads`; only reads that had any. */
  readonly siblings: ReadonlyMap<number, readonly number[]>;
  /** Operations (not failed) that are neither read, write nor cas: what they write is not known. */
  readonly foreign: readonly Operation[];
}

/** Half a dozen checkers ask this of the same history, one after the other. */
const known = new WeakMap<History, readonly Register[]>();

/** Registers in order of their key's first operation. `dump`s belong to no key and are left out. */
export const registersOf = (history: History): readonly Register[] => {
  const found = known.get(history) ?? registersIn(history);
  known.set(history, found);
  return found;
};

const registersIn = (history: History): readonly Register[] => {
  const byKey = new Map<string | null, Entry>();
  for (const op of history.operations) {
    if (op.f === "dump") continue;
    let entry = byKey.get(op.key);
    if (entry === undefined) {
      entry = emptyRegister(op.key);
      byKey.set(op.key, entry);
    }
    if (op.type !== "fail") add(entry, op);
  }
  return [...byKey.values()].map(({ register }) => register);
};

/** A register while it is read. */
interface Growing extends Register {
  readonly writes: Operation[];
  readonly written: number[];
  readonly reads: Operation[];
  readonly returned: number[];
  readonly siblings: Map<number, readonly number[]>;
  readonly foreign: Operation[];
}

interface Entry {
  readonly register: Growing;
  readonly interner: Interner;
}

const emptyRegister = (key: string | null): Entry => {
  const interner = new Interner();
  interner.intern(INITIAL);
  const { values } = interner;
  const register = { key, writes: [], written: [], reads: [], returned: [], values, siblings: new Map(), foreign: [] };
  return { register, interner };
};

const add = ({ register, interner }: Entry, op: Operation): void => {
  if (op.f === "read") {
    if (op.type === "ok") addRead({ register, interner }, op);
  } else if (op.f === "write") {
    register.writes.push(op);
    register.written.push(interner.intern(op.value));
  } else if (op.f === "cas" && isList(op.value) && op.value.length === 2) {
    const [from, to] = op.value;
    register.writes.push(op);
    register.written.push(interner.intern(to ?? null));
    if (op.type !== "ok") return;
    register.reads.push(op);
    register.returned.push(interner.intern(from ?? null));
  } else {
    register.foreign.push(op);
  }
};

const addRead = ({ register, interner }: Entry, op: Operation): void => {
  if (op.siblings !== null && op.siblings.length > 1) {
    register.siblings.set(
      register.reads.length,
      op.siblings.map((value) => interner.intern(value)),
    );
  }
  register.reads.push(op);
  register.returned.push(interner.intern(op.result));
};

/**
 * How many of the ascending `numbers` are smaller than `bound`. Between `low` and `high` only: `low` plus how many there.
 */
export const countBelow = (
  numbers: ArrayLike<number>,
  bound: number,
  [low, high]: readonly [number, number] = [0, numbers.length],
): number => {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((numbers[middle] ?? Number.POSITIVE_INFINITY) < bound) from = middle + 1;
    else to = middle;
  }
  return from;
};
