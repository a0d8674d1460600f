/** Do two clients see two writes in opposite orders? Parallel snapshot isolation allows that; snapshot isolation does not. */

import type { Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";
import type { Verdict } from "../verdict.js";
import { counted, refused, SAMPLES_MAX, unknown, witnessOf } from "./evidence.js";
import { type GroupRead, sayPhantom, writtenOnce, type WrittenOnce } from "./written-once.js";

export interface Fork {
  /** Events of the completions of two reads of the same keys. */
  readonly reads: readonly [number, number];
  /** The key that only the first saw, and the one that only the second saw. */
  readonly keys: readonly [Json, Json];
  readonly because: string;
}

export interface LongForkDetails {
  readonly writes: number;
  readonly reads: number;
  readonly groups: number;
  /** Reads that found nothing yet, or everything: they prove nothing. */
  readonly early: number;
  readonly late: number;
  readonly forkCount: number;
  readonly forks: readonly Fork[];
  readonly phantomCount: number;
}

/**
 * Reads transactions that write keys, each once, and that read groups of them. Two reads of the same group that each
 * saw something the other missed are a long fork. Sound: a write without an answer may be seen or not, but no order of
 * the writes explains both reads. Complete for reads of the same group: what they saw are sets, and sets that are
 * nested in pairs form a chain, which is an order. `forkCount` counts the breaks of that chain, not all pairs. A read
 * of what nobody wrote (or of a write that failed) is `invalid` as well; groups that nobody caught half written leave
 * it `unknown`.
 */
export const checkLongFork = (history: History): Verdict<LongForkDetails> => {
  const checker = "long-fork";
  const once = writtenOnce(history);
  if (!once.ok) return refused(checker, once.op, once.why, EMPTY);
  const groups = new Map<string, GroupRead[]>();
  for (const read of once.reads) {
    if (read.keys.length < 2) continue;
    const group = groups.get(read.group);
    if (group === undefined) groups.set(read.group, [read]);
    else group.push(read);
  }
  const forks = [...groups.values()].flatMap(forksOf);
  const details = detailsOf(once, groups.size, forks);
  const [fork] = forks;
  const [phantom] = once.phantoms;
  if (fork !== undefined || phantom !== undefined) {
    const parts = [
      ...(fork === undefined ? [] : [`${counted(forks.length, "long fork")}: ${fork.shown.because}`]),
      ...(phantom === undefined ? [] : [sayPhantom(phantom)]),
    ];
    const proof = [...forks.flatMap((each) => each.proof), ...once.phantoms.map(({ op }) => op)];
    return { valid: "invalid", checker, because: parts.join("; "), witness: witnessOf(proof), details };
  }
  const telling = details.reads - details.early - details.late;
  if (telling === 0)
    return unknown(checker, `none of ${counted(details.reads, "read")} caught a group half written`, details);
  const because = `${counted(telling, "read")} of half written groups, all of them in one order of the writes`;
  return { valid: "valid", checker, because, witness: [], details };
};

interface Found {
  readonly shown: Fork;
  readonly proof: readonly Operation[];
}

const sizeOf = ({ seen }: GroupRead): number => seen.reduce((count, write) => count + (write === null ? 0 : 1), 0);

/** From the smallest set to the largest, each must hold the one before. */
const forksOf = (reads: readonly GroupRead[]): readonly Found[] => {
  const sized = reads.map((read) => ({ read, size: sizeOf(read) })).sort((a, b) => a.size - b.size);
  return sized.flatMap(({ read }, i) => {
    const before = sized[i - 1]?.read;
    const fork = before === undefined ? null : forkOf(before, read);
    return fork === null ? [] : [fork];
  });
};

const forkOf = (a: GroupRead, b: GroupRead): Found | null => {
  const onlyA = a.seen.find((write, i) => write !== null && b.seen[i] === null);
  const onlyB = b.seen.find((write, i) => write !== null && a.seen[i] === null);
  if (onlyA === undefined || onlyA === null || onlyB === undefined || onlyB === null) return null;
  const [atA, atB] = [a.op.completed ?? a.op.invoked, b.op.completed ?? b.op.invoked];
  const [keyA, keyB] = [JSON.stringify(onlyA.key), JSON.stringify(onlyB.key)];
  return {
    shown: {
      reads: [atA, atB],
      keys: [onlyA.key, onlyB.key],
      because: `the read at ${atA} saw the write of ${keyA} and not that of ${keyB}, the read at ${atB} the other way round`,
    },
    proof: [a.op, b.op, onlyA.op, onlyB.op],
  };
};

const detailsOf = (once: WrittenOnce, groups: number, forks: readonly Found[]): LongForkDetails => {
  const reads = once.reads.filter(({ keys }) => keys.length > 1);
  return {
    writes: once.writes.size,
    reads: reads.length,
    groups,
    early: reads.filter((read) => sizeOf(read) === 0).length,
    late: reads.filter((read) => sizeOf(read) === read.keys.length).length,
    forkCount: forks.length,
    forks: forks.slice(0, SAMPLES_MAX).map(({ shown }) => shown),
    phantomCount: once.phantoms.length,
  };
};

const EMPTY: LongForkDetails = {
  writes: 0,
  reads: 0,
  groups: 0,
  early: 0,
  late: 0,
  forkCount: 0,
  forks: [],
  phantomCount: 0,
};
