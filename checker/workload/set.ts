/** Elements are added to a set, and in the end it is read: is everything there, and nothing else? (Jepsen's set test) */

import type { Json } from "../history/event.js";
import { endOf, type History } from "../history/operation.js";
import type { Verdict } from "../verdict.js";
import { attemptsBefore, type Element, elementsOf, type SetRead, setReads } from "./elements.js";
import { counted, refused, SAMPLES_MAX, sampled, unknown, witnessOf } from "./evidence.js";

export interface SetDetails {
  readonly attempted: number;
  readonly acknowledged: number;
  /** Event of the final read's invocation. */
  readonly finalRead: number | null;
  /** Read, and put in by somebody. */
  readonly okCount: number;
  /** Acknowledged before the final read began, and not in it. */
  readonly lostCount: number;
  readonly lost: readonly Json[];
  /** In the final read, and put in by nobody. */
  readonly unexpectedCount: number;
  readonly unexpected: readonly Json[];
  /** In the final read more often than anybody put them in. */
  readonly duplicatedCount: number;
  readonly duplicated: readonly Json[];
  /** Read, though their addition was never acknowledged. */
  readonly recoveredCount: number;
}

/**
 * Reads `add` (value: the element) and the last `read` to be invoked that is ok (result: a list). Sound for a set whose
 * reads see every addition that was acknowledged before they began: an addition without an answer may be in it or not,
 * one acknowledged only after the read began too. Complete for that one read; `set-full` looks at all of them.
 */
export const checkSet = (history: History): Verdict<SetDetails> => {
  const checker = "set";
  const elements = elementsOf(history, "add");
  const read = setReads(history, elements.idOf);
  const final = read.ok ? (read.reads.at(-1) ?? null) : null;
  const found = final === null ? null : judged(elements.all, final);
  const details = detailsOf(history, final, found);
  if (!read.ok) return refused(checker, read.op, `read ${JSON.stringify(read.op.result)}, expected a list`, details);
  if (final === null || found === null) return unknown(checker, "the set was never read", details);
  const { lost, unexpected, duplicated } = found;
  const bad = [
    ...(lost.length > 0
      ? [`${counted(lost.length, "acknowledged element")} lost (${sampled(lost.map(valueOf))})`]
      : []),
    ...(unexpected.length > 0
      ? [`${counted(unexpected.length, "element")} that nobody added (${sampled(unexpected.map(valueOf))})`]
      : []),
    ...(duplicated.length > 0
      ? [`${counted(duplicated.length, "element")} more than once (${sampled(duplicated.map(valueOf))})`]
      : []),
  ];
  if (bad.length === 0 && details.attempted === 0) return unknown(checker, "nothing was added", details);
  if (bad.length === 0) {
    const because = `all ${counted(details.acknowledged, "acknowledged element")} in the final read at ${final.completed}, and ${details.recoveredCount} more whose addition got no answer`;
    return { valid: "valid", checker, because, witness: [], details };
  }
  const because = `the final read at ${final.completed} misses or invents: ${bad.join("; ")}`;
  const witness = witnessOf([final.op, ...[...lost, ...duplicated].flatMap(({ attempts }) => attempts)]);
  return { valid: "invalid", checker, because, witness, details };
};

const valueOf = ({ value }: Element): Json => value;

interface Found {
  readonly ok: number;
  readonly lost: readonly Element[];
  readonly unexpected: readonly Element[];
  readonly duplicated: readonly Element[];
  readonly recovered: number;
}

const judged = (elements: readonly Element[], final: SetRead): Found => {
  const times = (id: number): number => final.counts.get(id) ?? 0;
  const possible = (element: Element): number => attemptsBefore(element, final.completed);
  const seen = elements.filter((_, id) => times(id) > 0);
  const real = seen.filter((element) => possible(element) > 0);
  return {
    ok: real.length,
    lost: elements.filter(({ attempts }, id) => times(id) === 0 && attempts.some((op) => endOf(op) < final.op.invoked)),
    unexpected: seen.filter((element) => possible(element) === 0),
    duplicated: elements.filter((element, id) => possible(element) > 0 && times(id) > possible(element)),
    recovered: real.filter(({ attempts }) => attempts.every(({ type }) => type !== "ok")).length,
  };
};

const detailsOf = (history: History, final: SetRead | null, found: Found | null): SetDetails => {
  const adds = history.operations.filter(({ f }) => f === "add");
  return {
    attempted: adds.length,
    acknowledged: adds.filter(({ type }) => type === "ok").length,
    finalRead: final?.op.invoked ?? null,
    okCount: found?.ok ?? 0,
    lostCount: found?.lost.length ?? 0,
    lost: samplesOf(found?.lost),
    unexpectedCount: found?.unexpected.length ?? 0,
    unexpected: samplesOf(found?.unexpected),
    duplicatedCount: found?.duplicated.length ?? 0,
    duplicated: samplesOf(found?.duplicated),
    recoveredCount: found?.recovered ?? 0,
  };
};

const samplesOf = (elements: readonly Element[] | undefined): readonly Json[] =>
  (elements ?? []).slice(0, SAMPLES_MAX).map(valueOf);
