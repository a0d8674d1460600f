/**
 * Is the queue first in, first out, as seen by its clients?
 *
 * A history of a queue with distinct elements is linearizable unless it shows one of four patterns, each about a few
 * operations: an element from nowhere, an element twice, two elements in the wrong order, "empty" while something was
 * surely inside (Henzinger, Sezgin, Vafeiadis: Aspect-oriented linearizability proofs, CONCUR 2013; Bouajjani, Emmi, Enea,
 * Hamza: On reducing linearizability to state reachability, ICALP 2015).
 */

import type { Json } from "../history/event.js";
import { endOf, type History, type Operation } from "../history/operation.js";
import type { Verdict } from "../verdict.js";
import { counted, refused, SAMPLES_MAX, unknown, witnessOf } from "./evidence.js";
import { type QueueHistory, queueHistory } from "./queue-history.js";

export type QueuePattern = "unexpected" | "duplicated" | "overtaken" | "lost" | "empty";

export interface QueueError {
  readonly pattern: QueuePattern;
  readonly element: Json;
  readonly because: string;
}

export interface QueueDetails {
  readonly enqueues: { readonly ok: number; readonly info: number; readonly fail: number };
  readonly dequeues: number;
  readonly empties: number;
  readonly silent: number;
  readonly errorCount: number;
  readonly counts: { readonly [pattern: string]: number };
  readonly errors: readonly QueueError[];
}

/**
 * Reads `enqueue` (value: the element, each once), `dequeue` (ok result: an element, or null for an empty queue).
 * Sound: `invalid` proves that the queue is not linearizable and first in, first out. Complete where every dequeue got
 * an answer. A dequeue without one may have taken any element, so elements that are missing are held against the queue
 * only where more of them are missing than such dequeues can have taken. `drain` is not known here: `total-queue` is.
 */
export const checkQueue = (history: History): Verdict<QueueDetails> => {
  const checker = "queue";
  const queue = queueHistory(history);
  const wrong = assumptionBroken(history, queue);
  const found = wrong === null ? faultsOf(spansOf(queue), queue) : [];
  const details = detailsOf(queue, found);
  if (wrong !== null) return refused(checker, wrong.op, wrong.why, details);
  if (queue.removals.length === 0 && found.length === 0) return unknown(checker, "nothing was dequeued", details);
  const [first] = found;
  if (first === undefined) {
    const because = `${counted(details.dequeues, "element")} came out in the order in which they went in; ${counted(details.empties, "time")} the queue was empty`;
    return { valid: "valid", checker, because, witness: [], details };
  }
  const because = `not first in, first out: ${Object.entries(details.counts)
    .map(([pattern, count]) => `${pattern} ${count}`)
    .join(", ")}. ${first.because}`;
  return { valid: "invalid", checker, because, witness: witnessOf(found.flatMap(({ proof }) => proof)), details };
};

interface Fault extends QueueError {
  readonly proof: readonly Operation[];
}

/** An element's life: put in between two events, taken out between two others. */
interface Span {
  readonly element: Json;
  readonly enqueue: Operation | null;
  /** Ok dequeues of it. */
  readonly dequeues: readonly Operation[];
}

const assumptionBroken = (
  history: History,
  queue: QueueHistory,
): { readonly op: Operation; readonly why: string } | null => {
  const drain = history.operations.find(({ f }) => f === "drain");
  if (drain !== undefined) return { op: drain, why: "drain has no place in an order; total-queue knows it" };
  for (const { attempts, value } of queue.elements) {
    const [, second] = attempts;
    if (second !== undefined)
      return { op: second, why: `enqueues ${JSON.stringify(value)} again: every element must be another one` };
  }
  return null;
};

const spansOf = ({ elements, removals }: QueueHistory): readonly Span[] => {
  const dequeues: Operation[][] = elements.map(() => []);
  for (const { element, op } of removals) dequeues[element]?.push(op);
  return elements.map(({ value, attempts }, id) => ({
    element: value,
    enqueue: attempts[0] ?? null,
    dequeues: dequeues[id] ?? [],
  }));
};

const faultsOf = (spans: readonly Span[], queue: QueueHistory): readonly Fault[] => {
  const simple = spans.flatMap((span) => [...unexpected(span), ...duplicated(span)]);
  // The patterns of order speak about elements with one enqueue and one dequeue: only where that much is in order.
  if (simple.length > 0) return simple;
  return [...overtaken(spans), ...lost(spans, queue), ...emptyThough(spans, queue)];
};

const nameOf = (element: Json): string => JSON.stringify(element);
const endEvent = (op: Operation): number => op.completed ?? op.invoked;

function* unexpected({ element, enqueue, dequeues }: Span): Iterable<Fault> {
  const early = dequeues.find((op) => enqueue === null || endOf(op) < enqueue.invoked);
  if (early === undefined) return;
  const because = `${nameOf(element)} was dequeued at ${endEvent(early)}, and nobody had begun to enqueue it`;
  yield { pattern: "unexpected", element, because, proof: enqueue === null ? [early] : [early, enqueue] };
}

function* duplicated({ element, dequeues }: Span): Iterable<Fault> {
  const [first, second] = dequeues;
  if (first === undefined || second === undefined) return;
  const because = `${nameOf(element)} was dequeued at ${endEvent(first)} and again at ${endEvent(second)}`;
  yield { pattern: "duplicated", element, because, proof: dequeues };
}

/**
 * a was enqueued before b, and b was dequeued before a: for every b the a that was dequeued latest among those that
 * were enqueued before. Sweeping in the order of enqueues makes that one number.
 */
function* overtaken(spans: readonly Span[]): Iterable<Fault> {
  const both = spans.flatMap(({ element, enqueue, dequeues: [dequeue] }) =>
    enqueue === null || dequeue === undefined ? [] : [{ element, enqueue, dequeue }],
  );
  const byBegin = both.toSorted((a, b) => a.enqueue.invoked - b.enqueue.invoked);
  const byEnd = both
    .filter(({ enqueue }) => enqueue.type === "ok")
    .toSorted((a, b) => endOf(a.enqueue) - endOf(b.enqueue));
  let next = 0;
  let latest = byEnd[0];
  for (const b of byBegin) {
    for (let a = byEnd[next]; a !== undefined && endOf(a.enqueue) < b.enqueue.invoked; a = byEnd[++next]) {
      if (next === 0 || latest === undefined || a.dequeue.invoked > latest.dequeue.invoked) latest = a;
    }
    if (next === 0 || latest === undefined || latest.dequeue.invoked <= endOf(b.dequeue)) continue;
    const because = `${nameOf(b.element)} was dequeued at ${endEvent(b.dequeue)}, before anybody asked for ${nameOf(latest.element)} at ${latest.dequeue.invoked}, which was enqueued first`;
    yield {
      pattern: "overtaken",
      element: latest.element,
      because,
      proof: [latest.enqueue, b.enqueue, b.dequeue, latest.dequeue],
    };
  }
}

/**
 * Never dequeued, though an element that was enqueued later was: somebody without an answer must have taken it before.
 * A fault only where those are too few: Hall's condition on the latest events at which they can have begun.
 */
const lost = (spans: readonly Span[], { silent }: QueueHistory): readonly Fault[] => {
  const out = spans
    .flatMap(({ element, enqueue, dequeues: [dequeue] }) =>
      enqueue === null || dequeue === undefined ? [] : [{ element, enqueue, dequeue }],
    )
    .toSorted((a, b) => b.enqueue.invoked - a.enqueue.invoked);
  const stuck = spans
    .flatMap(({ element, enqueue, dequeues }) =>
      enqueue === null || enqueue.type !== "ok" || dequeues.length > 0 ? [] : [{ element, enqueue }],
    )
    .toSorted((a, b) => endOf(b.enqueue) - endOf(a.enqueue));
  const missing: (Fault & { readonly before: number })[] = [];
  let next = 0;
  let first: (typeof out)[number] | null = null;
  for (const { element, enqueue } of stuck) {
    for (let b = out[next]; b !== undefined && b.enqueue.invoked > endOf(enqueue); b = out[++next]) {
      if (first === null || endOf(b.dequeue) < endOf(first.dequeue)) first = b;
    }
    if (first === null) continue;
    const because = `${nameOf(element)} was never dequeued, though ${nameOf(first.element)}, which was enqueued after it, was at ${endEvent(first.dequeue)}`;
    const proof = [enqueue, first.enqueue, first.dequeue];
    missing.push({ pattern: "lost", element, because, proof, before: endOf(first.dequeue) });
  }
  return beyond(missing, silent);
};

/** The missing elements that are more than the dequeues which can have taken them, deadline by deadline. */
const beyond = (
  missing: readonly (Fault & { readonly before: number })[],
  silent: readonly Operation[],
): readonly Fault[] => {
  const byDeadline = missing.toSorted((a, b) => a.before - b.before);
  let begun = 0;
  for (const [i, fault] of byDeadline.entries()) {
    while ((silent[begun]?.invoked ?? Number.POSITIVE_INFINITY) < fault.before) begun++;
    if (i + 1 > begun) return byDeadline.slice(0, i + 1);
  }
  return [];
};

/** "Empty" although at every moment of the dequeue some element was surely inside. */
function* emptyThough(spans: readonly Span[], { empties, silent }: QueueHistory): Iterable<Fault> {
  if (empties.length === 0) return;
  const firstSilent = silent[0]?.invoked ?? Number.POSITIVE_INFINITY;
  const inside = spans
    .flatMap(({ element, enqueue, dequeues: [dequeue] }) => {
      if (enqueue === null || enqueue.type !== "ok") return [];
      return [{ element, enqueue, from: endOf(enqueue), to: dequeue?.invoked ?? firstSilent }];
    })
    .filter(({ from, to }) => from < to)
    .toSorted((a, b) => a.from - b.from);
  const reach = coverage(inside);
  for (const { op, completed } of empties) {
    const cover = reach(op.invoked);
    if (cover === null || cover.to < completed) continue;
    const because = `the dequeue at ${completed} found the queue empty, though something was inside all the time, such as ${nameOf(cover.element)} since ${endEvent(cover.enqueue)}`;
    yield { pattern: "empty", element: cover.element, because, proof: [op, ...cover.enqueues] };
  }
}

interface Inside {
  readonly element: Json;
  readonly enqueue: Operation;
  readonly from: number;
  readonly to: number;
}

type Cover = Inside & { readonly enqueues: readonly Operation[] };

/**
 * Spans joined where the next one begins before the last one ends; then the answer to "how far from here is the queue
 * never empty" is a binary search. Events have different numbers, so spans never touch.
 */
const coverage = (inside: readonly Inside[]): ((event: number) => Cover | null) => {
  const joined: (Inside & { readonly parts: Operation[] })[] = [];
  for (const span of inside) {
    const last = joined.at(-1);
    if (last === undefined || span.from > last.to) joined.push({ ...span, parts: [span.enqueue] });
    else {
      last.parts.push(span.enqueue);
      joined[joined.length - 1] = { ...last, to: Math.max(last.to, span.to) };
    }
  }
  return (event) => {
    let low = 0;
    let high = joined.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((joined[middle]?.from ?? 0) < event) low = middle + 1;
      else high = middle;
    }
    const found = joined[low - 1];
    return found === undefined || found.to < event ? null : { ...found, enqueues: found.parts.slice(-PARTS_MAX) };
  };
};

const PARTS_MAX = 5;

const detailsOf = ({ enqueues, removals, empties, silent }: QueueHistory, found: readonly Fault[]): QueueDetails => {
  const counts = new Map<string, number>();
  for (const { pattern } of found) counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  return {
    enqueues,
    dequeues: removals.length,
    empties: empties.length,
    silent: silent.length,
    errorCount: found.length,
    counts: Object.fromEntries(counts),
    errors: found.slice(0, SAMPLES_MAX).map(({ pattern, element, because }) => ({ pattern, element, because })),
  };
};
