/** What goes into a queue must come out: once, and nothing else. In which order does not matter. */

import type { Json } from "../history/event.js";
import { endOf, type History } from "../history/operation.js";
import type { Verdict } from "../verdict.js";
import { attemptsBefore, type Element } from "./elements.js";
import { counted, refused, SAMPLES_MAX, sampled, unknown, witnessOf } from "./evidence.js";
import { type QueueHistory, queueHistory, type Removal } from "./queue-history.js";

export interface TotalQueueOptions {
  /** May an element be handed out more than once, as queues do that deliver at least once? */
  readonly atLeastOnce: boolean;
}

export interface TotalQueueDetails {
  readonly attempted: number;
  readonly acknowledged: number;
  readonly dequeued: number;
  /** Dequeued, though the enqueue was never acknowledged. */
  readonly recoveredCount: number;
  readonly lostCount: number;
  readonly lost: readonly Json[];
  readonly unexpectedCount: number;
  readonly unexpected: readonly Json[];
  readonly duplicatedCount: number;
  readonly duplicated: readonly Json[];
  /** Gone when the queue was empty, but not more than dequeues without an answer can have taken. */
  readonly unaccounted: number;
  /** Acknowledged and never dequeued, and nobody found the queue empty afterwards: they may still be in it. */
  readonly remaining: number;
}

/**
 * Reads `enqueue` (value: the element), `dequeue` (ok result: an element, or null for an empty queue) and `drain` (ok
 * result: a list, after which the queue was empty).
 *
 * - *unexpected*: dequeued by an operation that ended before anybody had begun to enqueue it;
 * - *duplicated*: dequeued more often than it can have been enqueued;
 * - *lost*: enqueues acknowledged before somebody began to find the queue empty, and dequeued less often; counted only
 *   beyond the number of dequeues without an answer, each of which may have taken one.
 *
 * Sound for a linearizable bag of any order. What nobody found missing is *remaining*, not lost: without a drain at the
 * end there is nothing that could be lost. Values may repeat.
 */
export const checkTotalQueue = (
  history: History,
  { atLeastOnce }: TotalQueueOptions = { atLeastOnce: false },
): Verdict<TotalQueueDetails> => {
  const checker = "total-queue";
  const queue = queueHistory(history);
  const found = judged(queue);
  const details = detailsOf(queue, found);
  if (queue.problem !== null) return refused(checker, queue.problem.op, queue.problem.why, details);
  if (queue.removals.length === 0 && found.lost.length === 0) return unknown(checker, "nothing was dequeued", details);
  const { lost, unexpected, duplicated } = found;
  const bad = [
    ...(lost.length > 0
      ? [`${counted(lost.length, "acknowledged element")} lost (${sampled(lost.map(valueOf))})`]
      : []),
    ...(unexpected.length > 0
      ? [`${counted(unexpected.length, "element")} that nobody had enqueued (${sampled(unexpected.map(valueOf))})`]
      : []),
    ...(duplicated.length > 0 && !atLeastOnce
      ? [
          `${counted(duplicated.length, "element")} dequeued more often than enqueued (${sampled(duplicated.map(valueOf))})`,
        ]
      : []),
  ];
  if (bad.length === 0) {
    const because = `${counted(details.dequeued, "element")} came out, ${details.acknowledged} had been acknowledged going in; ${details.remaining} may still be inside`;
    return { valid: "valid", checker, because, witness: [], details };
  }
  return { valid: "invalid", checker, because: bad.join("; "), witness: witnessOf(proofOf(queue, found)), details };
};

const valueOf = ({ value }: Element): Json => value;

interface Found {
  readonly lost: readonly Element[];
  readonly unexpected: readonly Element[];
  readonly duplicated: readonly Element[];
  readonly unaccounted: number;
  readonly remaining: number;
  readonly recovered: number;
}

const judged = ({ elements, removals, empties, silent }: QueueHistory): Found => {
  const byElement: Removal[][] = elements.map(() => []);
  for (const removal of removals) byElement[removal.element]?.push(removal);
  const lastEmpty = empties.reduce((last, { op }) => Math.max(last, op.invoked), -1);
  const takenBy = silent.filter(({ invoked }) => invoked < lastCompletion(empties)).length;
  const missing: Element[] = [];
  let remaining = 0;
  for (const [id, element] of elements.entries()) {
    const taken = byElement[id]?.length ?? 0;
    const inBefore = element.attempts.filter((op) => endOf(op) < lastEmpty).length;
    for (let i = taken; i < inBefore; i++) missing.push(element);
    const acknowledged = element.attempts.filter(({ type }) => type === "ok").length;
    remaining += Math.max(0, acknowledged - Math.max(taken, inBefore));
  }
  const explained = missing.length <= takenBy;
  return {
    lost: explained ? [] : missing,
    unaccounted: explained ? missing.length : 0,
    remaining,
    unexpected: elements.filter((element, id) =>
      byElement[id]?.some(({ completed }) => attemptsBefore(element, completed) === 0),
    ),
    duplicated: elements.filter((element, id) => {
      const taken = byElement[id]?.length ?? 0;
      return element.attempts.length > 0 && taken > element.attempts.length;
    }),
    recovered: elements.filter(({ attempts }, id) => {
      const unsure = attempts.length > 0 && attempts.every(({ type }) => type !== "ok");
      return unsure && (byElement[id]?.length ?? 0) > 0;
    }).length,
  };
};

const lastCompletion = (empties: QueueHistory["empties"]): number =>
  empties.reduce((last, { completed }) => Math.max(last, completed), -1);

const proofOf = (queue: QueueHistory, { lost, unexpected, duplicated }: Found) => {
  const wrong = new Set([...unexpected, ...duplicated]);
  const ids = new Set(queue.elements.flatMap((element, id) => (wrong.has(element) ? [id] : [])));
  const last = queue.empties.toSorted((a, b) => b.op.invoked - a.op.invoked).slice(0, 1);
  return [
    ...(lost.length > 0 ? last.map(({ op }) => op) : []),
    ...queue.removals.filter(({ element }) => ids.has(element)).map(({ op }) => op),
    ...[...lost, ...wrong].flatMap(({ attempts }) => attempts),
  ];
};

const detailsOf = ({ enqueues, removals }: QueueHistory, found: Found): TotalQueueDetails => {
  return {
    attempted: enqueues.ok + enqueues.info + enqueues.fail,
    acknowledged: enqueues.ok,
    dequeued: removals.length,
    recoveredCount: found.recovered,
    lostCount: found.lost.length,
    lost: samplesOf(found.lost),
    unexpectedCount: found.unexpected.length,
    unexpected: samplesOf(found.unexpected),
    duplicatedCount: found.duplicated.length,
    duplicated: samplesOf(found.duplicated),
    unaccounted: found.unaccounted,
    remaining: found.remaining,
  };
};

const samplesOf = (elements: readonly Element[]): readonly Json[] => elements.slice(0, SAMPLES_MAX).map(valueOf);
