/** How many reads returned a value that had been overwritten before they began, and how stale was it? */

import { shown } from "../convergence/shown.js";
import type { History, Operation } from "../history/operation.js";
import { quantile, sorted } from "../performance/quantile.js";
import type { Verdict } from "../verdict.js";
import type { StaleRead, StalenessDetails } from "./details.js";
import { type UnseenWrite, unseenWrites } from "./lost.js";
import { boundReads, FRESH, type ReadBounds, UNWRITTEN } from "./per-read.js";
import { type Register, registersOf } from "./registers.js";
import { measureVisibility } from "./visibility.js";
import { wilson } from "./wilson.js";

/** At most so many stale reads are listed in the details. */
const WORST_MAX = 1000;
/** And so many writes that are gone. */
const LOST_MAX = 100;

/**
 * Stale reads, each with lower bounds in milliseconds and in versions.
 *
 * Sound: `invalid` is a proof. A read is called stale only if a newer write lies wholly between the write that it
 * returned and the read, which no linearizable history has; and versions + 1 never exceeds the smallest k for which the
 * history is k-atomic. Not complete: `valid` says that no single read is proven stale, while two reads together may
 * still contradict each other. Order is the order of the events; the recorded times only turn the proven gap into
 * milliseconds.
 *
 * A cas that succeeded counts as a read of its first argument and as a write of its second. An `info` write may take
 * effect at any time after its invocation, and overwrites nothing until a read has returned it. A key's initial value
 * is null. A value that was written several times is judged by the freshest write that the read can have seen, so the
 * share is then a lower bound too. Not judged (`ambiguous`): reads of keys that operations other than read, write and
 * cas also changed. Reads of a value that nobody wrote are not stale but wrong; with no stale read beside them the
 * answer is `unknown`.
 *
 * Definitions: k-atomicity and Δ, Golab, Li and Shah, PODC 2011, of which these are per-read lower bounds.
 */
export const checkStaleness = (history: History): Verdict<StalenessDetails> => {
  const registers = registersOf(history);
  // An operation of another kind on the whole store may have written any key.
  const everyKeyForeign = registers.some((register) => register.key === null && register.foreign.length > 0);
  const tally: Tally = { reads: 0, ambiguous: 0, several: 0, unwritten: null, found: [], lost: [] };
  for (const register of registers) {
    if (everyKeyForeign || register.foreign.length > 0) tally.ambiguous += register.reads.length;
    else {
      judge(register, tally);
      tally.lost.push(...unseenWrites(register));
    }
  }
  tally.found.sort((a, b) => b.stale.staleForMs - a.stale.staleForMs || a.stale.invoked - b.stale.invoked);
  const worst = tally.found[0];
  return {
    checker: "fresh",
    valid: worst !== undefined ? "invalid" : tally.reads === 0 || tally.unwritten !== null ? "unknown" : "valid",
    because: worst === undefined ? sayNoStaleRead(tally) : sayStale(worst, tally),
    witness: worst === undefined ? [] : evidence(worst),
    details: { ...detailsOf(tally), visibility: measureVisibility(history) },
  };
};

interface Found {
  readonly stale: StaleRead;
  readonly read: Operation;
  readonly overwriter: Operation;
  /** Whose completion shows that the overwriter was in place, and that the value returned was. */
  readonly overwriterProof: Operation;
  readonly valueProof: Operation | null;
}

interface Tally {
  reads: number;
  ambiguous: number;
  several: number;
  unwritten: { readonly count: number; readonly first: Operation } | null;
  readonly found: Found[];
  readonly lost: UnseenWrite[];
}

const judge = (register: Register, tally: Tally): void => {
  const bounds = boundReads(register);
  for (const [i, read] of register.reads.entries()) {
    const position = bounds.overwriter[i] ?? FRESH;
    if (position === UNWRITTEN) {
      tally.unwritten = { count: (tally.unwritten?.count ?? 0) + 1, first: tally.unwritten?.first ?? read };
      continue;
    }
    tally.reads++;
    if ((bounds.candidates[i] ?? 0) > 1) tally.several++;
    const found = position === FRESH ? null : foundAt(register, bounds, i, position);
    if (found !== null) tally.found.push(found);
  }
};

const foundAt = (register: Register, bounds: ReadBounds, i: number, position: number): Found | null => {
  const read = register.reads[i];
  const overwriter = register.writes[position];
  const overwriterProof = bounds.provenBy[position] ?? null;
  if (read === undefined || overwriter === undefined || overwriterProof === null) return null;
  const since = overwriterProof.completedTime ?? read.invokedTime;
  const stale: StaleRead = {
    invoked: read.invoked,
    key: read.key,
    time: read.invokedTime,
    node: read.node,
    staleForMs: Math.max(0, (read.invokedTime - since) / 1e6),
    versionsBehind: bounds.versionsBehind[i] ?? 1,
    overwrittenBy: overwriter.invoked,
  };
  return { stale, read, overwriter, overwriterProof, valueProof: bounds.inPlaceBy[i] ?? null };
};

const detailsOf = (tally: Tally): StalenessDetails => {
  const { found, reads } = tally;
  const ascending = sorted(found.map(({ stale }) => stale.staleForMs));
  return {
    reads,
    stale: found.length,
    share: reads === 0 ? null : found.length / reads,
    interval: reads === 0 ? null : wilson(found.length, reads),
    ambiguous: tally.ambiguous,
    severalWriters: tally.several,
    unwritten: tally.unwritten?.count ?? 0,
    staleForMs:
      found.length === 0
        ? null
        : {
            p50: quantile(ascending, 0.5),
            p95: quantile(ascending, 0.95),
            p99: quantile(ascending, 0.99),
            max: quantile(ascending, 1),
          },
    lost: tally.lost.slice(0, LOST_MAX).map(({ op, value, reads: after }) => ({
      key: op.key,
      value,
      invoked: op.invoked,
      readsAfter: after,
    })),
    lostCount: tally.lost.length,
    versionsBehindMax: found.reduce((most, { stale }) => Math.max(most, stale.versionsBehind), 0),
    worst: found.slice(0, WORST_MAX).map(({ stale }) => stale),
  };
};

const evidence = ({ read, overwriter, overwriterProof, valueProof }: Found): number[] => {
  const events = new Set<number>();
  for (const op of [read, overwriter, overwriterProof, valueProof]) {
    if (op === null) continue;
    events.add(op.invoked);
    if (op.completed !== null) events.add(op.completed);
  }
  return [...events].sort((a, b) => a - b);
};

const sayNoStaleRead = ({ reads, ambiguous, unwritten }: Tally): string => {
  if (unwritten !== null) {
    const { count, first } = unwritten;
    return `No read is proven stale, but ${counted(count, "read")} returned a value that nobody had written: the first is the ${nameOf(first)}.`;
  }
  if (reads === 0) {
    return ambiguous === 0
      ? "No read returned, so nothing can be said about stale reads."
      : `None of ${counted(ambiguous, "read")} can be judged: operations other than read, write and cas changed their keys.`;
  }
  const left = ambiguous === 0 ? "" : `; ${ambiguous} more could not be judged`;
  return `None of ${counted(reads, "read")} is proven stale (at most ${percent(wilson(0, reads)[1])} of all such reads, with 95 % confidence)${left}.`;
};

const sayLost = (lost: readonly UnseenWrite[]): string => {
  const [first] = lost;
  if (first === undefined) return "";
  const { op, value, reads } = first;
  const key = op.key === null ? "" : ` to ${shown(op.key)}`;
  return (
    ` ${counted(lost.length, "acknowledged write")} ${lost.length === 1 ? "is" : "are"} gone at the end: ${shown(value)}, written${key} by ` +
    `${op.invoked} (ok at ${op.completed ?? "?"}), which none of the ${reads} reads after the last write shows.`
  );
};

const sayStale = (worst: Found, { found, reads, lost }: Tally): string => {
  const { read, overwriter, overwriterProof, stale } = worst;
  const wrote = overwriter.f === "cas" ? "set by the cas" : "written";
  const inPlace =
    overwriterProof === overwriter
      ? `finished at ${overwriterProof.completed ?? "?"}`
      : `seen by the ${overwriterProof.f} at ${overwriterProof.invoked} that finished at ${overwriterProof.completed ?? "?"}`;
  const [low, high] = wilson(found.length, reads);
  const share = `${percent(found.length / reads)}, 95 % interval ${percent(low).slice(0, -2)}-${percent(high)}`;
  return (
    `${capital(nameOf(read))}, although ${shown(valueWritten(overwriter))} had been ${wrote} over it by ${overwriter.invoked}, ` +
    `${inPlace}, ${milliseconds(stale.staleForMs)} before it began (at least ${counted(stale.versionsBehind, "version")} behind). ` +
    `${found.length} of ${counted(reads, "read")} ${found.length === 1 ? "is" : "are"} stale (${share}).${sayLost(lost)}`
  );
};

const nameOf = (read: Operation): string => {
  const key = read.key === null ? "" : ` of ${shown(read.key)}`;
  const node = read.node === null ? "" : ` on ${read.node}`;
  return read.f === "cas"
    ? `cas at ${read.invoked}${key}${node} found ${shown(valueRead(read))}`
    : `read at ${read.invoked}${key}${node} returned ${shown(valueRead(read))}`;
};

const valueRead = (op: Operation) => (op.f === "cas" && Array.isArray(op.value) ? op.value[0] : op.result);
const valueWritten = (op: Operation) => (op.f === "cas" && Array.isArray(op.value) ? op.value[1] : op.value);
const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
/** Two digits. */
const percent = (share: number): string =>
  `${100 * share >= 10 ? (100 * share).toFixed(0) : Number((100 * share).toPrecision(2))} %`;
const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
