/** How far a history is from atomic: in versions (k), in the age of values (Δ), in the skew of clocks (Γ). */

import { shown } from "../convergence/shown.js";
import type { Quantiles } from "../performance/details.js";
import { quantiles } from "../performance/quantile.js";
import type { History, Operation } from "../history/operation.js";
import type { Validity, Verdict } from "../verdict.js";
import {
  BY_INDEX,
  BY_TIME,
  type Clusters,
  clustersOf,
  conflict,
  lastInvocation,
  UNSHIFTED,
  type Zones,
  zonesOf,
} from "./clusters.js";
import { boundReads } from "./per-read.js";
import { type Register, registersOf } from "./registers.js";
import { isTwoAtomic } from "./two-atomic.js";

export interface AtomicityDetails {
  /**
   * The smallest k such that an order true to real time exists in which every read returns one of the k latest writes;
   * 1 is linearizable. Where not `exact` it is at least this. null: no k will do, or nothing could be judged.
   */
  readonly k: number | null;
  readonly exact: boolean;
  /** Moving every read's invocation so much earlier, and no less, makes the history atomic; resolution 1 ns. */
  readonly deltaMs: number | null;
  /** Widening every operation by so much at both ends, and no less, makes it atomic: clocks that far off explain all. */
  readonly gammaMs: number | null;
  /** False where Δ and Γ may be larger: keys were left out, or a cas counts as a read and a write on their own. */
  readonly timesExact: boolean;
  /** Values written or initial, and those of them that conflict with another. */
  readonly values: number;
  readonly valuesInvolved: number | null;
  /** Of the values involved: the widening that its worst conflict takes. null where none, or too many to list. */
  readonly gammaByValueMs: Quantiles | null;
  readonly keys: number;
  /** Keys of which only single reads were judged (a value was written twice), or nothing (other operations changed them). */
  readonly declinedKeys: number;
  /** Reads of a value that nobody had written: no k, Δ or Γ explains them. */
  readonly unexplained: number;
  readonly steps: number;
  readonly stepsMax: number;
}

export interface AtomicityOptions {
  /** What is asked for: every read returns one of the k latest writes. */
  readonly k: number;
  readonly stepsMax: number;
  /** True where another checker has shown that the history is linearizable: k is 1, and nothing is left to look at. */
  readonly linearizable?: boolean;
}

const DEFAULTS = { k: 1, stepsMax: 1e8 };
/** Pairs of conflicting values looked at for the scores by value; more would take longer than they are worth. */
const PAIRS_MAX = 1e7;
const LEFT_MAX = 1000;

/**
 * Is the history k-atomic (Golab, Li and Shah, Analyzing consistency properties for fun and profit, PODC 2011)? k = 1
 * and 2 are decided; above that `invalid` is proven by a lower bound, and where this does not reach the answer is
 * `unknown`. Needs values that are written once; of keys where they are not only the stalest read counts, and the answer
 * is then `invalid` or `unknown`. A cas that succeeded is taken as a read and a write that need not be together: what is
 * refuted is refuted all the same, but not `exact`.
 *
 * Δ as in that paper, Γ as in Golab et al., Client-centric benchmarking of eventual consistency, ICDCS 2014; both from
 * the recorded times, over all keys.
 */
export const checkAtomicity = (
  history: History,
  options: Partial<AtomicityOptions> = {},
): Verdict<AtomicityDetails> => {
  const { k, stepsMax } = { ...DEFAULTS, ...options };
  if (options.linearizable === true) return sayAtomic(history, stepsMax);
  const { worst, unexplained, details } = analysed(history, stepsMax);
  const [odd] = unexplained;
  if (odd !== undefined) {
    const because = `No k will do: the ${odd.f} at ${odd.invoked} found a value that nobody had written.`;
    return { checker: "k-atomic", valid: "invalid", because, witness: eventsOf([odd]), details };
  }
  const valid: Validity = worst !== null && worst.k > k ? "invalid" : details.exact ? "valid" : "unknown";
  return {
    checker: "k-atomic",
    valid,
    because: say(k, worst, details),
    witness: valid === "invalid" && worst !== null ? eventsOf(worst.proof) : [],
    details,
  };
};

/** What has been found, whatever k is asked for. */
interface Analysis {
  readonly worst: Bound | null;
  readonly unexplained: readonly Operation[];
  readonly details: AtomicityDetails;
}

/** It is told for itself, and asked again for the model 2-atomic. */
const known = new WeakMap<History, Analysis>();

const analysed = (history: History, stepsMax: number): Analysis => {
  const before = known.get(history);
  if (before !== undefined && before.details.stepsMax === stepsMax) return before;
  const analysis = analyse(history, stepsMax);
  known.set(history, analysis);
  return analysis;
};

const analyse = (history: History, stepsMax: number): Analysis => {
  const registers = registersOf(history);
  const foreign = registers.some((register) => register.key === null && register.foreign.length > 0);
  const budget = { steps: 0, stepsMax };
  const judged = registers.map((register) => (foreign ? null : judge(register, budget)));
  const keys = judged.filter((key) => key !== null);
  const bounds = registers.flatMap((register, i) => (foreign || judged[i] !== null ? [] : boundOf(register)));
  const worst = [...keys, ...bounds].reduce<Bound | null>(
    (most, key) => (most === null || key.k > most.k ? key : most),
    null,
  );
  const unexplained = keys.flatMap((key) => key.unexplained);
  const details: AtomicityDetails = {
    ...measures(keys, bounds, unexplained.length),
    keys: registers.length,
    declinedKeys: registers.length - keys.length,
    k: worst === null || unexplained.length > 0 ? null : worst.k,
    exact: worst !== null && keys.every(({ exact }) => exact) && keys.length === registers.length,
    timesExact: keys.every(({ clusters }) => clusters.complete) && keys.length === registers.length,
    unexplained: unexplained.length,
    ...budget,
  };
  return { worst, unexplained, details };
};

/** Of a history that is known to be linearizable, whatever its operations and values are. */
const sayAtomic = (history: History, stepsMax: number): Verdict<AtomicityDetails> => {
  const registers = registersOf(history);
  const values = registers.reduce((count, register) => count + register.values.length, 0);
  return {
    checker: "k-atomic",
    valid: "valid",
    because: ATOMIC,
    witness: [],
    details: {
      k: 1,
      exact: true,
      deltaMs: 0,
      gammaMs: 0,
      timesExact: true,
      values,
      valuesInvolved: 0,
      gammaByValueMs: null,
      keys: registers.length,
      declinedKeys: 0,
      unexplained: 0,
      steps: 0,
      stepsMax,
    },
  };
};

interface Bound {
  readonly key: string | null;
  readonly k: number;
  readonly exact: boolean;
  /** Operations that admit no smaller k; empty for k = 1. */
  readonly proof: readonly Operation[];
}

interface KeyFacts extends Bound {
  readonly unexplained: readonly Operation[];
  readonly clusters: Clusters;
}

const judge = (register: Register, budget: { steps: number; readonly stepsMax: number }): KeyFacts | null => {
  const clusters = clustersOf(register);
  if (clusters === null) return null;
  const { unexplained, complete } = clusters;
  const facts = { key: register.key, unexplained, clusters };
  if (unexplained.length > 0) return { ...facts, k: Number.POSITIVE_INFINITY, exact: false, proof: unexplained };
  const zones = zonesOf(clusters.clusters, BY_INDEX);
  const clash = conflict(zones, UNSHIFTED);
  if (clash === null) return { ...facts, k: 1, exact: complete, proof: [] };
  const two = isTwoAtomic(clusters, budget);
  if (two.is === "two-atomic") return { ...facts, k: 2, exact: complete, proof: proofOf(zones, clash) };
  const stale = stalest(register);
  if (two.is === "budget")
    return { ...facts, k: Math.max(2, stale.versions + 1), exact: false, proof: proofOf(zones, clash) };
  const proof = stale.versions + 1 > 3 ? stale.proof : two.left.slice(0, LEFT_MAX);
  return { ...facts, k: Math.max(3, stale.versions + 1), exact: false, proof };
};

/** Of both clusters the write, the operation that completed first, and the one that began last. */
const proofOf = (zones: Zones, clash: readonly [number, number]): Operation[] =>
  clash.flatMap((i) => {
    const { write, reads } = zones.clusters[i] ?? { write: null, reads: [] };
    const all = write === null ? reads : [write, ...reads];
    const first = all.find((op) => BY_INDEX.end(op) === zones.f[i]);
    const last = all.find((op) => op.invoked === lastInvocation(zones, i, UNSHIFTED));
    return [write, first ?? null, last ?? null].filter((op) => op !== null);
  });

/** Where values are written twice, single reads still prove how far off it is at least. Empty: none is stale. */
const boundOf = (register: Register): readonly (Bound & { readonly deltaMs: number })[] => {
  if (register.foreign.length > 0) return [];
  const { versions, proof } = stalest(register);
  if (versions === 0) return [];
  const { overwriter, provenBy } = boundReads(register);
  let ns = 0;
  for (const [i, read] of register.reads.entries()) {
    const since = provenBy[overwriter[i] ?? -1]?.completedTime ?? read.invokedTime;
    ns = Math.max(ns, read.invokedTime - since);
  }
  return [{ key: register.key, k: versions + 1, exact: false, proof, deltaMs: ns / 1e6 }];
};

/** The read with the most overwriters, and these. */
const stalest = (register: Register): { readonly versions: number; readonly proof: readonly Operation[] } => {
  const bounds = boundReads(register);
  let worst = -1;
  for (const [i, versions] of bounds.versionsBehind.entries()) {
    if (versions > (bounds.versionsBehind[worst] ?? 0)) worst = i;
  }
  const read = register.reads[worst];
  if (read === undefined) return { versions: 0, proof: [] };
  const since = bounds.inPlaceBy[worst] ?? null;
  const after = since === null ? -1 : BY_INDEX.end(since);
  const proof = [read, ...(since === null ? [] : [since])];
  for (const [i, write] of register.writes.entries()) {
    const provenBy = bounds.provenBy[i] ?? null;
    if (write.invoked < after || provenBy === null || BY_INDEX.end(provenBy) >= read.invoked) continue;
    if (proof.length < LEFT_MAX) proof.push(write, provenBy);
  }
  return { versions: bounds.versionsBehind[worst] ?? 0, proof };
};

type Measures = Pick<AtomicityDetails, "deltaMs" | "gammaMs" | "values" | "valuesInvolved" | "gammaByValueMs">;

const measures = (
  keys: readonly KeyFacts[],
  bounds: readonly { readonly deltaMs: number }[],
  unexplained: number,
): Measures => {
  const values = keys.reduce((count, { clusters }) => count + clusters.clusters.length, 0);
  if (unexplained > 0 || keys.length + bounds.length === 0) {
    return { deltaMs: null, gammaMs: null, values, valuesInvolved: null, gammaByValueMs: null };
  }
  let [delta, gamma, pairs] = [bounds.reduce((most, { deltaMs }) => Math.max(most, deltaMs * 1e6), 0), 0, 0];
  const scores: number[] = [];
  for (const { clusters } of keys) {
    const zones = zonesOf(clusters.clusters, BY_TIME);
    delta = Math.max(
      delta,
      smallestShift(zones, (ns) => ({ reads: ns, all: 0 })),
    );
    // Widening both ends by g brings each invocation 2 g closer to each completion.
    gamma = Math.max(gamma, smallestShift(zones, (ns) => ({ reads: 0, all: ns })) / 2);
    if (pairs <= PAIRS_MAX) pairs += addScores(zones, PAIRS_MAX - pairs, scores);
  }
  const told = pairs <= PAIRS_MAX;
  return {
    deltaMs: delta / 1e6,
    // Of a key whose values are written twice no widening is known.
    gammaMs: keys.length === 0 ? null : gamma / 1e6,
    values,
    valuesInvolved: told ? scores.length : null,
    gammaByValueMs: told ? quantiles(scores) : null,
  };
};

/** The smallest whole number of ns that leaves no conflict. */
const smallestShift = (zones: Zones, shiftOf: (ns: number) => { reads: number; all: number }): number => {
  if (conflict(zones, UNSHIFTED) === null) return 0;
  let [refuted, enough] = [0, 1];
  while (conflict(zones, shiftOf(enough)) !== null) [refuted, enough] = [enough, 2 * enough];
  while (enough - refuted > 1) {
    const middle = Math.floor((refuted + enough) / 2);
    if (conflict(zones, shiftOf(middle)) === null) enough = middle;
    else refuted = middle;
  }
  return enough;
};

/** For every value in a conflict the widening, ms, that its worst one takes. Returns how many pairs were looked at. */
const addScores = (zones: Zones, pairsMax: number, scores: number[]): number => {
  const worst = new Map<number, number>();
  let pairs = 0;
  for (let a = 0; a < zones.f.length && pairs <= pairsMax; a++) {
    const f = zones.f[a] ?? 0;
    const s = lastInvocation(zones, a, UNSHIFTED);
    for (let b = a + 1; b < zones.f.length && (zones.f[b] ?? 0) < s && pairs <= pairsMax; b++) {
      pairs++;
      const otherS = lastInvocation(zones, b, UNSHIFTED);
      if (f >= otherS) continue;
      const score = Math.min(otherS - f, s - (zones.f[b] ?? 0)) / 2e6;
      worst.set(a, Math.max(worst.get(a) ?? 0, score));
      worst.set(b, Math.max(worst.get(b) ?? 0, score));
    }
  }
  for (const score of worst.values()) scores.push(score);
  return pairs;
};

const eventsOf = (ops: readonly Operation[]): number[] => {
  const events = new Set<number>();
  for (const op of ops) {
    events.add(op.invoked);
    if (op.completed !== null) events.add(op.completed);
  }
  return [...events].sort((a, b) => a - b);
};

const ATOMIC = "Every read returned the latest write: k is 1, Δ and Γ are 0 ms.";

const say = (k: number, worst: Bound | null, details: AtomicityDetails): string => {
  if (worst === null) {
    return details.keys === 0
      ? "No key was used."
      : "Not decided: no single read is stale, and more can be said only where each value is written once.";
  }
  const left =
    details.declinedKeys > 0
      ? ` On ${details.declinedKeys} of ${details.keys} keys values were written twice, so there might be more to it.`
      : "";
  const key = worst.key === null ? "" : ` (${shown(worst.key)})`;
  const least = details.timesExact ? "" : "at least ";
  const clocks =
    details.gammaMs === null ? "" : `, and so would clocks that are off by ${least}${inMs(details.gammaMs)} (Γ)`;
  const far = `Moving reads back by ${least}${inMs(details.deltaMs)} would explain them (Δ)${clocks}.`;
  if (worst.k > k) {
    const some = worst.exact ? `needs the ${worst.k} latest` : `needs at least the ${worst.k} latest`;
    const asked = k === 1 ? "the latest write" : `one of the ${k} latest writes`;
    return `In no order do all reads return ${asked}: one key${key} ${some}. ${far}${left}`;
  }
  if (!details.exact) return `Not decided: k is at least ${worst.k}.${left}`;
  return worst.k === 1 ? ATOMIC : `Every read returned one of the ${worst.k} latest writes. ${far}`;
};

const inMs = (ms: number | null): string => `${(ms ?? 0) < 10 ? (ms ?? 0).toFixed(2) : (ms ?? 0).toFixed(0)} ms`;
