/** Transactions that only write or only read, over keys that are written once each: what long fork and causal reverse judge. */

import { canonical, isList } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import { endOf, type History, type Operation } from "../history/operation.js";

export interface Write {
  readonly op: Operation;
  readonly key: Json;
  readonly value: Json;
}

export interface GroupRead {
  readonly op: Operation;
  /** Canonical keys, sorted: reads of the same keys have the same name. */
  readonly group: string;
  /** In the order of the group: the write that was seen, or null where the key was still unwritten. */
  readonly seen: readonly (Write | null)[];
  readonly keys: readonly string[];
}

/** A read of what no write can have put there. */
export interface Phantom {
  readonly op: Operation;
  readonly key: Json;
  readonly value: Json;
  /** The write of that key, where there is one: it failed, it wrote something else, or it began too late. */
  readonly write: Operation | null;
}

export interface WrittenOnce {
  /** By canonical key; those that failed definitely too. */
  readonly writes: ReadonlyMap<string, Write>;
  /** Ok reads without phantoms. */
  readonly reads: readonly GroupRead[];
  readonly phantoms: readonly Phantom[];
}

type Broken = { readonly ok: false; readonly op: Operation; readonly why: string };

/** The operations whose value is a list of micro-operations [f, key, value], whatever their own f; the others are passed over. */
export const writtenOnce = (history: History): (WrittenOnce & { readonly ok: true }) | Broken => {
  const writes = new Map<string, Write>();
  const readers: Operation[] = [];
  for (const op of history.operations) {
    const mops = microOps(op.value);
    if (mops === null) continue;
    const kinds = new Set(mops.map(([f]) => f));
    if (kinds.size === 1 && kinds.has("r")) {
      readers.push(op);
      continue;
    }
    if (kinds.size > 1 || !kinds.has("w"))
      return { ok: false, op, why: `${JSON.stringify(op.value)}: expected writes only or reads only` };
    for (const [, key, value] of mops) {
      const name = canonical(key);
      if (writes.has(name)) return { ok: false, op, why: `writes key ${name} again: every key must be written once` };
      if (value === null)
        return { ok: false, op, why: `writes null to ${name}: it cannot be told from the initial state` };
      writes.set(name, { op, key, value });
    }
  }
  const reads: GroupRead[] = [];
  const phantoms: Phantom[] = [];
  for (const op of readers) {
    if (op.type !== "ok") continue;
    const mops = microOps(op.result);
    if (mops === null) return { ok: false, op, why: `read ${JSON.stringify(op.result)}, expected micro-operations` };
    const found = readOf(op, mops, writes);
    phantoms.push(...found.phantoms);
    if (found.phantoms.length === 0) reads.push(found.read);
  }
  return { ok: true, writes, reads, phantoms };
};

const readOf = (
  op: Operation,
  mops: readonly MicroOp[],
  writes: ReadonlyMap<string, Write>,
): { readonly read: GroupRead; readonly phantoms: readonly Phantom[] } => {
  const seen = new Map<string, Write | null>();
  const phantoms: Phantom[] = [];
  for (const [, key, value] of mops) {
    const name = canonical(key);
    const write = writes.get(name) ?? null;
    if (value === null) {
      seen.set(name, seen.get(name) ?? null);
      continue;
    }
    const real = write !== null && write.op.type !== "fail" && canonical(write.value) === canonical(value);
    if (real && write.op.invoked < endOf(op)) seen.set(name, write);
    else phantoms.push({ op, key, value, write: write?.op ?? null });
  }
  const keys = [...seen.keys()].sort();
  return { read: { op, group: keys.join("\n"), keys, seen: keys.map((key) => seen.get(key) ?? null) }, phantoms };
};

export const sayPhantom = ({ op, key, value, write }: Phantom): string => {
  const why = write === null ? "nobody wrote it" : `the write at ${write.invoked} cannot have put it there`;
  return `the read at ${op.completed ?? op.invoked} found ${JSON.stringify(value)} under ${JSON.stringify(key)}, and ${why}`;
};

export type MicroOp = readonly [f: string, key: Json, value: Json];

/** null where it is no list of micro-operations. */
export const microOps = (value: Json): readonly MicroOp[] | null => {
  if (value === null || !isList(value) || value.length === 0) return null;
  const mops: MicroOp[] = [];
  for (const mop of value) {
    if (mop === null || !isList(mop)) return null;
    const [f, key = null, argument = null] = mop;
    if (typeof f !== "string") return null;
    mops.push([f, key, argument]);
  }
  return mops;
};
