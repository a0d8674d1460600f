/** The life of every element of a set that is read again and again: when was it surely in, was it missed, is it lost? */

import type { Json } from "../history/event.js";
import { endOf, type History, type Operation } from "../history/operation.js";
import { quantile, sorted } from "../performance/quantile.js";
import type { Verdict } from "../verdict.js";
import { attemptsBefore, type Element, elementsOf, type SetRead, setReads } from "./elements.js";
import { counted, refused, SAMPLES_MAX, sampled, unknown, witnessOf } from "./evidence.js";

export interface SetFullOptions {
  /** Is an element that was ever missed after it was known an error, though it came back? */
  readonly linearizable: boolean;
}

/** Milliseconds at the quantiles 0, 0.5, 0.95, 0.99 and 1. */
export type Latencies = readonly [number, number, number, number, number];

export interface StaleElement {
  readonly element: Json;
  /** Event since which it was known, and the invocation of the last read that missed it. */
  readonly known: number;
  readonly missedBy: number;
  readonly latencyMs: number;
}

export interface SetFullDetails {
  readonly attemptCount: number;
  readonly reads: number;
  readonly stableCount: number;
  readonly lostCount: number;
  readonly lost: readonly Json[];
  readonly neverReadCount: number;
  readonly neverRead: readonly Json[];
  readonly staleCount: number;
  readonly stale: readonly Json[];
  readonly worstStale: readonly StaleElement[];
  readonly duplicatedCount: number;
  readonly duplicated: readonly Json[];
  /** Read, and put in by nobody (until then). */
  readonly phantomCount: number;
  readonly phantoms: readonly Json[];
  readonly stableLatenciesMs: Latencies | null;
  readonly lostLatenciesMs: Latencies | null;
}

/**
 * Reads `add` (value: the element) and every ok `read` (result: a list). Of each element:
 *
 * - *known*: the completion of its addition or of the first read that saw it, whichever is earlier;
 * - *stable*: the last read that saw it was invoked after the last read that missed it;
 * - *lost*: known, and the last read that missed it was invoked after both the last that saw it and the known event;
 * - *stale*: stable, and some read that was invoked after the known event missed it;
 * - *phantom*: in a read that ended before anybody had begun to add it; *duplicated*: in one read more often than that.
 *
 * Only a read that was invoked after the addition began can miss it. `invalid`: anything lost, duplicated or phantom,
 * with `linearizable` also anything stale; `unknown`: nothing is stable. Sound with `linearizable` as a claim about a
 * linearizable set; without it as a claim about the end of the history (that nobody reads later what is lost now). An
 * addition without an answer is known only once it was seen. Complete for each element by itself: that two reads
 * disagree about the order of two additions is not looked for. O(what was read): an element is looked at in a read only
 * if it is there, or missing there for the last time.
 */
export const checkSetFull = (
  history: History,
  { linearizable }: SetFullOptions = { linearizable: true },
): Verdict<SetFullDetails> => {
  const checker = "set-full";
  const elements = elementsOf(history, "add");
  const read = setReads(history, elements.idOf);
  if (!read.ok) {
    const details = detailsOf([], 0);
    return refused(checker, read.op, `read ${JSON.stringify(read.op.result)}, expected a list`, details);
  }
  const lives = livesOf(elements.all, read.reads);
  const details = detailsOf(lives, read.reads.length);
  if (read.reads.length === 0) return unknown(checker, "the set was never read", details);
  const bad = lives.filter(({ fate, phantom, twice }) => {
    return fate === "lost" || phantom !== null || twice !== null || (linearizable && fate === "stale");
  });
  if (bad.length > 0) {
    return {
      valid: "invalid",
      checker,
      because: sayBad(bad, details, linearizable),
      witness: witnessOf(bad.flatMap(proofOf)),
      details,
    };
  }
  if (details.stableCount === 0)
    return unknown(checker, "no element was surely in the set: nothing can be said", details);
  const stale = details.staleCount > 0 ? `, ${details.staleCount} of them missed for a while` : "";
  const because = `${counted(details.stableCount, "element")} stable over ${counted(details.reads, "read")}${stale}; none lost, none from nowhere`;
  return { valid: "valid", checker, because, witness: [], details };
};

interface Moment {
  readonly event: number;
  readonly time: number;
  readonly op: Operation;
}

interface Life {
  readonly element: Element;
  readonly fate: "stable" | "stale" | "lost" | "never-read" | "phantom";
  readonly known: Moment | null;
  readonly lastPresent: SetRead | null;
  readonly lastAbsent: SetRead | null;
  /** The first read in which it was too early, and the first in which it was too often. */
  readonly phantom: SetRead | null;
  readonly twice: SetRead | null;
}

const livesOf = (elements: readonly Element[], reads: readonly SetRead[]): readonly Life[] => {
  const lastPresent = new Map<number, SetRead>();
  const firstSeen = new Map<number, SetRead>();
  const phantom = new Map<number, SetRead>();
  const twice = new Map<number, SetRead>();
  for (const read of reads) {
    for (const [id, times] of read.counts) {
      lastPresent.set(id, read);
      const first = firstSeen.get(id);
      if (first === undefined || read.completed < first.completed) firstSeen.set(id, read);
      const element = elements[id];
      if (element === undefined) continue;
      // Nearly always there is one attempt, long before: then there is nothing to count.
      const possible = attemptsBefore(element, read.completed);
      if (possible === 0) phantom.set(id, phantom.get(id) ?? read);
      else if (times > possible) twice.set(id, twice.get(id) ?? read);
    }
  }
  const lastAbsent = lastAbsences(elements, reads);
  return elements.map((element, id) => {
    const seen = firstSeen.get(id) ?? null;
    const found = {
      element,
      known: element.attempts.length === 0 ? null : knownOf(element, seen),
      lastPresent: lastPresent.get(id) ?? null,
      lastAbsent: lastAbsent.get(id) ?? null,
      phantom: phantom.get(id) ?? null,
      twice: twice.get(id) ?? null,
    };
    return { ...found, fate: fateOf(found) };
  });
};

const fateOf = ({ element, known, lastPresent, lastAbsent }: Omit<Life, "fate">): Life["fate"] => {
  if (element.attempts.length === 0) return "phantom";
  const present = lastPresent?.op.invoked ?? -1;
  const absent = lastAbsent?.op.invoked ?? -1;
  const missed = known !== null && known.event < absent;
  if (present > absent) return missed ? "stale" : "stable";
  return missed ? "lost" : "never-read";
};

const knownOf = ({ attempts }: Element, seen: SetRead | null): Moment | null => {
  let known: Moment | null =
    seen === null ? null : { event: seen.completed, time: seen.op.completedTime ?? seen.op.invokedTime, op: seen.op };
  for (const op of attempts) {
    const event = endOf(op);
    if (event < (known?.event ?? Number.POSITIVE_INFINITY))
      known = { event, time: op.completedTime ?? op.invokedTime, op };
  }
  return known;
};

/**
 * Of every element the last read (by invocation) that misses it. Backwards from the last read; an element that a read
 * misses is done, and the others are in that read, so the work is bounded by what was read.
 */
const lastAbsences = (elements: readonly Element[], reads: readonly SetRead[]): ReadonlyMap<number, SetRead> => {
  const absences = new Map<number, SetRead>();
  let open = elements.flatMap(({ attempts }, id) => {
    const [first] = attempts;
    return first === undefined ? [] : [{ id, begun: first.invoked }];
  });
  for (let i = reads.length - 1; i >= 0 && open.length > 0; i--) {
    const read = reads[i];
    if (read === undefined) continue;
    open = open.filter(({ id, begun }) => {
      // This read, and all before it, were under way when the addition began.
      if (read.op.invoked < begun) return false;
      if (read.counts.has(id)) return true;
      absences.set(id, read);
      return false;
    });
  }
  return absences;
};

const staleOf = ({ element, known, lastAbsent }: Life): StaleElement => ({
  element: element.value,
  known: known?.event ?? -1,
  missedBy: lastAbsent?.op.invoked ?? -1,
  latencyMs: Math.max(0, ((lastAbsent?.op.invokedTime ?? 0) - (known?.time ?? 0)) / 1e6),
});

const WORST_MAX = 8;

const detailsOf = (lives: readonly Life[], reads: number): SetFullDetails => {
  const of = (...fates: readonly Life["fate"][]): readonly Life[] => lives.filter(({ fate }) => fates.includes(fate));
  const list = (some: readonly Life[]): readonly Json[] =>
    some.slice(0, SAMPLES_MAX).map(({ element }) => element.value);
  const [stable, lost, stale, neverRead] = [of("stable", "stale"), of("lost"), of("stale"), of("never-read")];
  const duplicated = lives.filter(({ twice }) => twice !== null);
  const phantoms = lives.filter(({ phantom }) => phantom !== null);
  return {
    attemptCount: lives.filter(({ element }) => element.attempts.length > 0).length,
    reads,
    stableCount: stable.length,
    lostCount: lost.length,
    lost: list(lost),
    neverReadCount: neverRead.length,
    neverRead: list(neverRead),
    staleCount: stale.length,
    stale: list(stale),
    worstStale: stale
      .map(staleOf)
      .sort((a, b) => b.latencyMs - a.latencyMs)
      .slice(0, WORST_MAX),
    duplicatedCount: duplicated.length,
    duplicated: list(duplicated),
    phantomCount: phantoms.length,
    phantoms: list(phantoms),
    // Of a stable element from known until it was missed for the last time, of a lost one until it was last seen.
    stableLatenciesMs: latencies(stable.map((life) => (life.fate === "stale" ? staleOf(life).latencyMs : 0))),
    lostLatenciesMs: latencies(
      lost.map(({ known, lastPresent }) => ((lastPresent?.op.invokedTime ?? 0) - (known?.time ?? 0)) / 1e6),
    ),
  };
};

const latencies = (values: readonly number[]): Latencies | null => {
  if (values.length === 0) return null;
  const ascending = sorted(values.map((value) => Math.max(0, value)));
  const at = (q: number): number => quantile(ascending, q);
  return [at(0), at(0.5), at(0.95), at(0.99), at(1)];
};

/** Who knew it, and the read that is wrong about it. */
const proofOf = ({ element, known, lastAbsent, phantom, twice, fate }: Life): readonly Operation[] =>
  [
    ...(fate === "lost" || fate === "stale" ? [known?.op, lastAbsent?.op] : []),
    ...(phantom === null ? [] : [phantom.op, ...element.attempts.slice(0, 1)]),
    ...(twice === null ? [] : [twice.op, ...element.attempts]),
  ].filter((op) => op !== undefined);

const sayBad = (bad: readonly Life[], details: SetFullDetails, linearizable: boolean): string => {
  const { lostCount, lost, staleCount, stale, duplicatedCount, duplicated, phantomCount, phantoms } = details;
  const parts = [
    ...(lostCount > 0 ? [`${counted(lostCount, "element")} lost (${sampled(lost, 3)})`] : []),
    ...(linearizable && staleCount > 0
      ? [`${counted(staleCount, "element")} missed after being known (${sampled(stale, 3)})`]
      : []),
    ...(duplicatedCount > 0
      ? [`${counted(duplicatedCount, "element")} more than once in a read (${sampled(duplicated, 3)})`]
      : []),
    ...(phantomCount > 0
      ? [`${counted(phantomCount, "element")} read before anybody added them (${sampled(phantoms, 3)})`]
      : []),
  ];
  const [first] = bad;
  return `${parts.join("; ")}. ${first === undefined ? "" : sayOne(first)}`;
};

const sayOne = ({ element, known, lastAbsent, phantom, twice, fate }: Life): string => {
  const value = JSON.stringify(element.value);
  if (phantom !== null) return `${value} was in the read at ${phantom.completed}, and nobody had begun to add it`;
  if (twice !== null) return `${value} was in the read at ${twice.completed} more often than it was added`;
  const missed = `the read at ${lastAbsent?.op.completed ?? lastAbsent?.op.invoked} missed it`;
  return `${value} was known at ${known?.event}, ${fate === "lost" ? "and the last to look," : "yet"} ${missed}`;
};
