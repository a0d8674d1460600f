/** Who wrote what: explains the values that replicas hold, and finds the acknowledged writes that none reflects. */

import { canonical } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";
import { endOf } from "../history/operation.js";
import { type Register, registersOf } from "../staleness/registers.js";
import type { LostWrite } from "./details.js";
import type { Dump } from "./rounds.js";

/** When a value may have been written to a key, over all writes of it that did not definitely fail. */
interface Writers {
  /** Index of the first invocation. */
  readonly first: number;
  /** The last event index at which one of them may have taken effect; infinite for an indefinite one. */
  readonly last: number;
}

export interface Written {
  /** Writers by key, then by canonical value. */
  readonly byKey: ReadonlyMap<string, ReadonlyMap<string, Writers>>;
  readonly registers: readonly Register[];
  /** False for keys that operations other than read, write and cas changed: what these left is not known. */
  readonly knows: (key: string) => boolean;
}

export const writtenIn = (history: History): Written => {
  const registers = registersOf(history);
  const byKey = new Map<string, ReadonlyMap<string, Writers>>();
  const foreign = new Set<string | null>();
  for (const register of registers) {
    if (register.foreign.length > 0) foreign.add(register.key);
    if (register.key !== null) byKey.set(register.key, writersOf(register));
  }
  return { byKey, registers, knows: (key) => !foreign.has(key) && !foreign.has(null) };
};

const writersOf = ({ values, writes, written }: Register): ReadonlyMap<string, Writers> => {
  const ids = values.map(canonical);
  const writers = new Map<string, Writers>();
  for (const [i, write] of writes.entries()) {
    const id = ids[written[i] ?? 0] ?? "null";
    const known = writers.get(id);
    writers.set(id, {
      first: Math.min(known?.first ?? Number.POSITIVE_INFINITY, write.invoked),
      last: Math.max(known?.last ?? -1, endOf(write)),
    });
  }
  return writers;
};

export interface Phantom {
  readonly key: string;
  readonly value: Json;
  readonly node: string;
  readonly dump: Operation;
}

/** Values in dumps that no write begun before the dump ended can have written. Once per key, value and node. */
export const phantomsIn = (dumps: readonly Dump[], written: Written): Phantom[] => {
  const phantoms = new Map<string, Phantom>();
  for (const { node, op, holdings } of dumps) {
    for (const [key, { ids, values }] of holdings) {
      if (!written.knows(key)) continue;
      for (const [i, id] of ids.entries()) {
        const writers = written.byKey.get(key)?.get(id);
        if (id === "null" || (writers !== undefined && writers.first < endOf(op))) continue;
        const name = JSON.stringify([node, key, id]);
        if (!phantoms.has(name)) phantoms.set(name, { key, value: values[i] ?? null, node, dump: op });
      }
    }
  }
  return [...phantoms.values()];
};

export interface Lost extends LostWrite {
  readonly op: Operation;
}

/**
 * Acknowledged writes that the replicas together show to be gone: every value that any replica holds for the key
 * (absent: the initial value, or a written null) was written only by writes that had all completed before this one was
 * invoked. A value that a later, overlapping or indefinite write may have written explains it, so repeated values hide
 * losses but never invent one. In order of key, then of invocation.
 */
export const lostWrites = (states: readonly Dump[], written: Written, replicas = states.length): Lost[] => {
  const lost: Lost[] = [];
  for (const register of written.registers) {
    const { key, values, writes } = register;
    if (key === null || !written.knows(key)) continue;
    const explainedUntil = latestShown(key, replicasOf(key, states, replicas), written.byKey.get(key) ?? new Map());
    for (const [i, op] of writes.entries()) {
      if (op.type !== "ok" || op.invoked <= explainedUntil) continue;
      lost.push({ key, value: values[register.written[i] ?? 0] ?? null, invoked: op.invoked, op });
    }
  }
  return lost.sort((a, b) => (a.key === b.key ? a.invoked - b.invoked : a.key < b.key ? -1 : 1));
};

/** Where not every replica holds every key, those that hold none of it are none of its own, unless too few do. */
const replicasOf = (key: string, states: readonly Dump[], replicas: number): readonly Dump[] => {
  const holders = states.filter(({ holdings }) => holdings.has(key));
  return holders.length < replicas ? states : holders;
};

/** The last moment at which a value that some replica shows may have been written; -1 when only at the start. */
const latestShown = (key: string, states: readonly Dump[], writers: ReadonlyMap<string, Writers>): number => {
  let latest = -1;
  for (const { holdings } of states) {
    for (const id of holdings.get(key)?.ids ?? ["null"]) latest = Math.max(latest, writers.get(id)?.last ?? -1);
  }
  return latest;
};
