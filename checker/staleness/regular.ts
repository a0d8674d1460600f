/** Regular and safe registers: what a read may return, looked at one read at a time. */

import { shown } from "../convergence/shown.js";
import type { History, Operation } from "../history/operation.js";
import { endOf } from "../history/operation.js";
import type { Verdict } from "../verdict.js";
import { boundReads, FRESH, UNWRITTEN } from "./per-read.js";
import { countBelow, type Register, registersOf } from "./registers.js";

export type WeakRegister = "regular" | "safe";

export interface RegularDetails {
  readonly reads: number;
  /** Reads that overlapped a write: a safe register may then answer anything. */
  readonly overlapped: number;
  readonly violations: number;
  /** Reads of keys that operations other than read, write and cas changed: not judged. */
  readonly ambiguous: number;
  /** Invocations of the first hundred violating reads. */
  readonly first: readonly number[];
}

const FIRST_MAX = 100;

/**
 * `regular`: every read returns the value of a write that it overlaps, or of one that no other write came wholly after
 * before the read began (Lamport, On interprocess communication, 1986; with several writers this is the weak
 * regularity of Shao, Welch, Pierce and Lee, 2011: each read on its own can be placed among all writes). `safe`: the
 * same for reads that overlap no write; the others may return anything, even what nobody wrote.
 *
 * Sound and complete, repeated values included, except for keys that other operations changed (`unknown`). An `info`
 * write overlaps everything after its invocation. Of siblings it is enough that one may be returned.
 */
export const checkRegister = (history: History, kind: WeakRegister): Verdict<RegularDetails> => {
  const registers = registersOf(history);
  const everyKeyForeign = registers.some((register) => register.key === null && register.foreign.length > 0);
  const bad: Violation[] = [];
  let [reads, overlapped, ambiguous] = [0, 0, 0];
  for (const register of registers) {
    if (everyKeyForeign || register.foreign.length > 0) {
      ambiguous += register.reads.length;
      continue;
    }
    reads += register.reads.length;
    const overlaps = overlapsOf(register);
    overlapped += overlaps.reduce((count, some) => count + (some ? 1 : 0), 0);
    for (const violation of violationsOf(register)) {
      if (kind === "regular" || !(overlaps[violation.position] ?? false)) bad.push(violation);
    }
  }
  bad.sort((a, b) => a.read.invoked - b.read.invoked);
  const [worst] = bad;
  return {
    checker: kind,
    valid: worst !== undefined ? "invalid" : reads === 0 || ambiguous > 0 ? "unknown" : "valid",
    because: worst === undefined ? sayNone(kind, reads, ambiguous) : sayBad(kind, worst, bad.length),
    witness: worst === undefined ? [] : eventsOf([worst.read, worst.source, worst.over]),
    details: {
      reads,
      overlapped,
      violations: bad.length,
      ambiguous,
      first: bad.slice(0, FIRST_MAX).map(({ read }) => read.invoked),
    },
  };
};

interface Violation {
  /** Position among the reads of its register. */
  readonly position: number;
  readonly read: Operation;
  /** The write that it returned, at its freshest; null for the initial value, or none. */
  readonly source: Operation | null;
  /** A write that came wholly after that and before the read; null when nobody wrote the value. */
  readonly over: Operation | null;
}

const violationsOf = (register: Register): Violation[] => {
  const bounds = boundReads(register, { readsProve: false });
  const found: Violation[] = [];
  for (const [position, read] of register.reads.entries()) {
    const over = bounds.overwriter[position] ?? FRESH;
    if (over === FRESH) continue;
    found.push({
      position,
      read,
      source: bounds.inPlaceBy[position] ?? null,
      over: over === UNWRITTEN ? null : (register.writes[over] ?? null),
    });
  }
  return found;
};

/** Per read: is some write under way at some moment of it? A cas does not overlap itself. */
const overlapsOf = ({ reads, writes }: Register): boolean[] => {
  const invoked = writes.map((write) => write.invoked);
  const ended = Float64Array.from(writes, endOf).sort();
  return reads.map((read) => {
    const begun = countBelow(invoked, endOf(read));
    const over = countBelow(ended, read.invoked);
    return begun - over > (read.f === "cas" ? 1 : 0);
  });
};

const eventsOf = (ops: readonly (Operation | null)[]): number[] => {
  const events = new Set<number>();
  for (const op of ops) {
    if (op === null) continue;
    events.add(op.invoked);
    if (op.completed !== null) events.add(op.completed);
  }
  return [...events].sort((a, b) => a - b);
};

const sayNone = (kind: WeakRegister, reads: number, ambiguous: number): string => {
  if (ambiguous > 0)
    return `${ambiguous} reads cannot be judged: operations other than read, write and cas changed their keys.`;
  return reads === 0 ? "No read returned." : `Each of ${reads} reads returned what a ${kind} register may return.`;
};

const sayBad = (kind: WeakRegister, { read, over }: Violation, count: number): string => {
  const value = shown(read.f === "cas" && Array.isArray(read.value) ? read.value[0] : read.result);
  const why =
    over === null
      ? "which nobody had written"
      : `although the ${over.f} at ${over.invoked} had come wholly between that value's write and the read`;
  const more = count > 1 ? ` ${count} reads in all are no read of a ${kind} register.` : "";
  return `The ${read.f} at ${read.invoked} found ${value}, ${why}.${more}`;
};
