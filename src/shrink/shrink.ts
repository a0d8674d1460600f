/**
 * A run that breaks its promise -> the fewest nodes, faults and clients, and the shortest times, with which it still does.
 *
 * Fast-check makes it smaller (MacIver and Donaldson, "Test-Case Reduction via Test-Case Generation", 2020, tells why by
 * its choices and not by its schedule). A change moves every later draw, so one seed would often miss what is still
 * there: a candidate counts as showing the violation when one of several tries does.
 */

import { asyncProperty, check } from "fast-check";
import { type Candidate, candidates, isBelow, type Subject, subjectOf, wholeOf } from "./candidate.js";

/** Whether it shows the violation: the seed of a run that did, null when none of the tries did. */
export type Try = (subject: Subject) => Promise<number | null>;

export interface ShrinkOptions {
  readonly subject: Subject;
  readonly attempt: Try;
  /** A candidate below one that was sound is sound too, and is not asked: where each costs a real run. */
  readonly isCostly?: boolean;
  /** Told of every candidate that was tried. */
  readonly onCandidate: (tried: Tried) => void;
  /** Aborted: the smallest so far is the answer. */
  readonly signal: AbortSignal;
}

export interface Tried {
  readonly subject: Subject;
  readonly seed: number | null;
  /** Candidates tried so far, this one included. */
  readonly count: number;
}

export interface Shrunk {
  readonly subject: Subject;
  /** Of the run that showed the violation. */
  readonly seed: number;
  readonly tried: number;
  /** No single step makes it smaller: false when it was ended before. */
  readonly isSmallest: boolean;
}

/** null: not even the whole run shows it again. */
export async function shrink(options: ShrinkOptions): Promise<Shrunk | null> {
  const { subject, attempt, onCandidate, signal, isCostly = false } = options;
  const sound: Candidate[] = [];
  let best: { readonly subject: Subject; readonly seed: number } | null = null;
  let count = 0;
  const seen = new Set<string>();
  const holds = async (candidate: Candidate): Promise<boolean> => {
    const smaller = subjectOf(subject, candidate);
    if (smaller === null) return true;
    // What differs only in faults that never begin, or in their times, is the same run.
    const name = JSON.stringify([smaller.test, smaller.plan.faults]);
    if (signal.aborted || seen.has(name)) return true;
    if (isCostly && sound.some((other) => isBelow(candidate, other))) return true;
    seen.add(name);
    // The seed that showed the last one is the likeliest to show the next.
    const seed = await attempt(best === null ? smaller : { ...smaller, test: { ...smaller.test, seed: best.seed } });
    onCandidate({ subject: smaller, seed, count: ++count });
    if (seed === null) {
      sound.push(candidate);
      return true;
    }
    best = { subject: smaller, seed };
    return false;
  };
  await check(asyncProperty(candidates(subject), holds), {
    examples: [[wholeOf(subject)]],
    // The example is the run; nothing is drawn.
    numRuns: 1,
    seed: 0,
  });
  const found = best as { readonly subject: Subject; readonly seed: number } | null; // set in the closure above
  return found === null ? null : { ...found, tried: count, isSmallest: !signal.aborted };
}
