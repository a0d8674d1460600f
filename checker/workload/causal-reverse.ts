/** One write completes, then another begins: does a read see the second without the first? (Jepsen's causal-reverse) */

import type { Json } from "../history/event.js";
import { endOf, type History, type Operation } from "../history/operation.js";
import type { Verdict } from "../verdict.js";
import { counted, refused, SAMPLES_MAX, unknown, witnessOf } from "./evidence.js";
import { type GroupRead, sayPhantom, type Write, writtenOnce } from "./written-once.js";

export interface Reversal {
  readonly read: number;
  /** The key that was missing, though its write had completed before the write of the other began. */
  readonly missing: Json;
  readonly seen: Json;
  readonly because: string;
}

export interface CausalReverseDetails {
  readonly writes: number;
  readonly reads: number;
  /** Reads that saw some of their keys and missed some: only these can show anything. */
  readonly partial: number;
  readonly reversalCount: number;
  readonly reversals: readonly Reversal[];
  readonly phantomCount: number;
}

/**
 * Reads transactions that write keys, each once, and that read many of them. A read that sees w' and misses w, where w
 * was acknowledged before w' began, is a reversal: no strictly serializable order of the writes has it. Sound: of a
 * write without an answer only that it was seen counts. Complete for each read by itself; that a read is older than
 * real time allows is not held against it. A read of what nobody wrote is `invalid` as well; without any read that saw
 * a part of its keys the answer is `unknown`.
 */
export const checkCausalReverse = (history: History): Verdict<CausalReverseDetails> => {
  const checker = "causal-reverse";
  const once = writtenOnce(history);
  if (!once.ok) return refused(checker, once.op, once.why, EMPTY);
  const found = once.reads.flatMap((read) => reversalOf(read, once.writes));
  const partial = once.reads.filter(({ seen }) => seen.includes(null) && seen.some((write) => write !== null));
  const details: CausalReverseDetails = {
    writes: once.writes.size,
    reads: once.reads.length,
    partial: partial.length,
    reversalCount: found.length,
    reversals: found.slice(0, SAMPLES_MAX).map(({ shown }) => shown),
    phantomCount: once.phantoms.length,
  };
  const [reversal] = found;
  const [phantom] = once.phantoms;
  if (reversal !== undefined || phantom !== undefined) {
    const parts = [
      ...(reversal === undefined
        ? []
        : [`${counted(found.length, "read")} saw a later write and missed an earlier one: ${reversal.shown.because}`]),
      ...(phantom === undefined ? [] : [sayPhantom(phantom)]),
    ];
    const proof = [...found.flatMap((each) => each.proof), ...once.phantoms.map(({ op }) => op)];
    return { valid: "invalid", checker, because: parts.join("; "), witness: witnessOf(proof), details };
  }
  if (partial.length === 0)
    return unknown(checker, `none of ${counted(once.reads.length, "read")} saw a part of its keys`, details);
  const because = `${counted(partial.length, "read")} that saw a part of their keys, none a later write without an earlier one`;
  return { valid: "valid", checker, because, witness: [], details };
};

interface Found {
  readonly shown: Reversal;
  readonly proof: readonly Operation[];
}

/** The seen write that began last, and the missed one that completed first: if any pair is reversed, these are. */
const reversalOf = (read: GroupRead, writes: ReadonlyMap<string, Write>): readonly Found[] => {
  let latest: Write | null = null;
  let earliest: Write | null = null;
  for (const [i, write] of read.seen.entries()) {
    if (write !== null) {
      if (latest === null || write.op.invoked > latest.op.invoked) latest = write;
      continue;
    }
    const missed = writes.get(read.keys[i] ?? "");
    if (missed === undefined || missed.op.type !== "ok") continue;
    if (earliest === null || endOf(missed.op) < endOf(earliest.op)) earliest = missed;
  }
  if (latest === null || earliest === null || endOf(earliest.op) > latest.op.invoked) return [];
  const at = read.op.completed ?? read.op.invoked;
  const shown: Reversal = {
    read: at,
    missing: earliest.key,
    seen: latest.key,
    because: `the read at ${at} saw ${JSON.stringify(latest.key)}, whose write began at ${latest.op.invoked}, and missed ${JSON.stringify(earliest.key)}, whose write was acknowledged before, at ${earliest.op.completed ?? earliest.op.invoked}`,
  };
  return [{ shown, proof: [earliest.op, latest.op, read.op] }];
};

const EMPTY: CausalReverseDetails = {
  writes: 0,
  reads: 0,
  partial: 0,
  reversalCount: 0,
  reversals: [],
  phantomCount: 0,
};
