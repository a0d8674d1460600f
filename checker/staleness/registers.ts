/**
 * A history seen as registers: for every key its writes and reads, with values as small integers.
 *
 * A write is a `write`, or a `cas` (which writes its second argument when it succeeds); one that failed for certain
 * is nobody's write. A read is an ok `read`, or an ok `cas` (which saw its first argument).
 */

import { canonical, isArray } from "../convergence/canonical.js";
import type { Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";

/** The value of a key that nobody has written yet. */
export const INITIAL: Json = null;
/** What `INITIAL` is interned as. */
export const INITIAL_ID = 0;

export interface Register {
  readonly key: string | null;
  /** ok and info writes in order of invocation; `written[i]` is the value of `writes[i]`. */
  readonly writes: Operation[];
  readonly written: number[];
  /** ok reads in order of invocation; `returned[i]` is what `reads[i]` returned. */
  readonly reads: Operation[];
  readonly returned: number[];
  /** Interned values by number. */
  readonly values: Json[];
  /** The other siblings that a read returned, by position in `reads`; only reads that had any. */
  readonly siblings: Map<number, readonly number[]>;
  /** Operations (not failed) that are neither read, write nor cas: what they write is not known. */
  readonly foreign: Operation[];
}

/** Registers in order of their key's first operation. `dump`s belong to no key and are left out. */
export const registersOf = (history: History): Register[] => {
  const byKey = new Map<string | null, { readonly register: Register; readonly intern: (value: Json) => number }>();
  for (const op of history.operations) {
    if (op.f === "dump") continue;
    let entry = byKey.get(op.key);
    if (entry === undefined) {
      entry = emptyRegister(op.key);
      byKey.set(op.key, entry);
    }
    if (op.type !== "fail") add(entry.register, entry.intern, op);
  }
  return [...byKey.values()].map(({ register }) => register);
};

const emptyRegister = (
  key: string | null,
): { readonly register: Register; readonly intern: (value: Json) => number } => {
  const values: Json[] = [];
  const intern = interner(values);
  intern(INITIAL);
  const register = { key, writes: [], written: [], reads: [], returned: [], values, siblings: new Map(), foreign: [] };
  return { register, intern };
};

const add = (register: Register, intern: (value: Json) => number, op: Operation): void => {
  if (op.f === "read") {
    if (op.type === "ok") addRead(register, intern, op);
  } else if (op.f === "write") {
    register.writes.push(op);
    register.written.push(intern(op.value));
  } else if (op.f === "cas" && isArray(op.value) && op.value.length === 2) {
    const [from, to] = op.value;
    register.writes.push(op);
    register.written.push(intern(to ?? null));
    if (op.type !== "ok") return;
    register.reads.push(op);
    register.returned.push(intern(from ?? null));
  } else {
    register.foreign.push(op);
  }
};

const addRead = (register: Register, intern: (value: Json) => number, op: Operation): void => {
  if (op.siblings !== null && op.siblings.length > 1) {
    register.siblings.set(register.reads.length, op.siblings.map(intern));
  }
  register.reads.push(op);
  register.returned.push(intern(op.result));
};

/** Numbers and strings, which nearly all values are, are looked up as they are; the others by their canonical form. */
const interner = (values: Json[]): ((value: Json) => number) => {
  const plain = new Map<number | string, number>();
  const other = new Map<string, number>();
  const put = <K>(map: Map<K, number>, name: K, value: Json): number => {
    const known = map.get(name);
    if (known !== undefined) return known;
    const id = values.length;
    map.set(name, id);
    values.push(value);
    return id;
  };
  return (value) =>
    typeof value === "number" || typeof value === "string"
      ? put(plain, value, value)
      : put(other, canonical(value), value);
};

/** How many of the ascending `numbers` are smaller than `bound`. */
export const countBelow = (numbers: ArrayLike<number>, bound: number): number => {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? Number.POSITIVE_INFINITY) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
};
