/** A counterexample of any object in one sentence, and the name of its pattern where it has one. */

import { canonical, isList } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import { endOf, type Operation } from "../history/operation.js";
import type { Model } from "../model/model.js";
import { textOf } from "./counterexample.js";
import { culpritInWords, furthestInWords, ORDER_MAX, type Words } from "./dead-ends.js";
import type { Cut } from "./object-cut.js";
import { LOST } from "./kv-automaton.js";
import { culpritOf, type Start } from "./orders.js";
import { plainState, stateInWords } from "./state-words.js";

interface Reason {
  readonly pattern: string;
  readonly because: string;
}

/** The names of the operations by which elements go in and come out, and what each object does to their order. */
const CONTAINERS: { readonly [model: string]: { readonly put: string; readonly take: string } } = {
  queue: { put: "enqueue", take: "dequeue" },
  stack: { put: "push", take: "pop" },
  "priority-queue": { put: "insert", take: "poll" },
  "max-priority-queue": { put: "insert", take: "poll" },
};

/** Explains operations that together have no order by a pattern known for their object; null where it is none. */
export function objectPattern(model: Model<unknown>, operations: readonly Operation[]): Reason | null {
  const names = CONTAINERS[model.name];
  return names === undefined ? null : containerReason(operations, names);
}

/** How a cut is told, when no pattern has a name for it. */
export function cutReason(model: Model<unknown>, cut: Cut): Reason {
  const { input, shown, orders, starts, at, beside } = cut;
  const words = wordsOf(model, cut);
  const culprit = culpritOf(input, orders, shown);
  const why =
    culprit === null
      ? furthestInWords(input, { shown, orders, words })
      : culpritInWords(culprit, shown.length - 1 + beside.length, words);
  // Where it is plain how things stand, that is the whole story.
  const isPlain = culprit !== null && culprit.states.length === 1 && culprit.order.length <= ORDER_MAX;
  if (at === -1 && isPlain) return { pattern: "no order", because: why };
  if (at === -1) {
    const count = shown.length === 1 ? "this operation alone" : `these ${shown.length} operations`;
    return { pattern: "no order", because: `no order of ${count} explains what they answered: ${why}` };
  }
  const stateOf = ({ state, done }: Start): string =>
    [words.stateOf(state), ...done.map((i) => `${words.phraseOf(i)} has taken effect`)].join(" and ");
  // Where nothing can come in between, the state is in the reason already.
  const isSaid = culprit !== null && starts.length === 1 && culprit.states.length === 1 && starts[0]?.done.length === 0;
  const context = isSaid ? "" : ` ${starts.length === 1 ? "" : "either "}${starts.map(stateOf).join(", or ")}; then`;
  return { pattern: "no order", because: `after event ${at}${context} ${why}` };
}

/** How the operations and states of a cut are named. */
export function wordsOf(model: Model<unknown>, { input, operations }: Cut): Words {
  const named =
    (say: (op: Operation) => string) =>
    (i: number): string => {
      const op = operations[i];
      return op === undefined ? "" : say(op);
    };
  return {
    indexOf: (i) => operations[i]?.invoked ?? -1,
    phraseOf: named(nameOf),
    sentenceOf: named(sentenceOf),
    stateOf: (state) =>
      state === LOST
        ? "the string is nothing that a get returned"
        : stateInWords(model.name, plainState(input.automaton.stateOf(state))),
  };
}

function containerReason(operations: readonly Operation[], names: { put: string; take: string }): Reason | null {
  const puts = operations.filter((op) => op.f === names.put);
  const answered = operations.filter((op) => op.type === "ok" && op.result !== null);
  const takes = answered.filter((op) => op.f === names.take);
  for (const op of answered.filter((one) => one.f === names.take || one.f === "peek")) {
    const sources = puts.filter((put) => canonical(put.value) === canonical(op.result));
    const [first] = sources;
    if (first === undefined) {
      return { pattern: "value never put in", because: `${phraseOf(op)}, which nobody had put in` };
    }
    if (sources.every((put) => put.invoked > endOf(op))) {
      return {
        pattern: "taken before it was put in",
        because: `${phraseOf(op)} (done at ${op.completed}), but ${phraseOf(first)} began only after that`,
      };
    }
    if (op.f === "peek") continue;
    const twin = takes.find((other) => other !== op && canonical(other.result) === canonical(op.result));
    if (twin !== undefined && sources.length === 1) {
      return { pattern: "taken twice", because: `${phraseOf(op)} and ${phraseOf(twin)}, but it was put in only once` };
    }
  }
  return names.put === "enqueue" ? overtaken(puts, takes) : null;
}

/** The one pattern of order that needs only two elements: the later of them left a queue first. */
function overtaken(puts: readonly Operation[], takes: readonly Operation[]): Reason | null {
  for (const [a, b] of puts.flatMap((put) => puts.map((other) => [put, other] as const))) {
    if (endOf(a) >= b.invoked) continue;
    const taken = (put: Operation): Operation | undefined =>
      takes.find((op) => canonical(op.result) === canonical(put.value));
    const [first, second] = [taken(a), taken(b)];
    if (second === undefined || endOf(second) >= (first?.invoked ?? Number.POSITIVE_INFINITY)) continue;
    const stillIn = first === undefined ? "never came out" : `came out only by ${first.invoked}`;
    return {
      pattern: "overtaken in the queue",
      because: `${phraseOf(second)} (done at ${second.completed}), but ${textOf(a.value)}, put in before it (by ${a.invoked}, done at ${a.completed}), ${stillIn}`,
    };
  }
  return null;
}

/** "enqueue of 7 by 640", "dequeue at 812": the number is the index of the invocation. */
function nameOf(op: Operation): string {
  if (op.f === "txn") return `txn at ${op.invoked}`;
  return op.value === null ? `${op.f} at ${op.invoked}` : `${op.f} of ${textOf(op.value)} by ${op.invoked}`;
}

/** "dequeue at 812 returned 3", "enqueue of 7 by 640": with its answer, where that says anything. */
function phraseOf(op: Operation): string {
  if (op.type !== "ok") return `${nameOf(op)} (outcome unknown)`;
  if (op.f === "txn") return `${nameOf(op)} (${microsInWords(op.result ?? op.value)})`;
  const silent = op.value !== null && (op.result === null || canonical(op.result) === canonical(op.value));
  return silent ? nameOf(op) : `${nameOf(op)} returned ${textOf(op.result)}`;
}

/** The same, of one that cannot have answered so: it did. */
function sentenceOf(op: Operation): string {
  const phrase = phraseOf(op);
  if (op.type === "ok" && op.result === null && !ASKS.has(op.f)) return `${nameOf(op)} succeeded`;
  return phrase === nameOf(op) ? `${phrase} succeeded` : phrase;
}

/** Operations of which null is an answer: nothing was there. */
const ASKS: ReadonlySet<string> = new Set(["read", "get", "dequeue", "pop", "poll", "peek"]);

/** "x read 1, y set to 2" */
function microsInWords(value: Json): string {
  if (!isList(value)) return textOf(value);
  return value
    .map((micro) => {
      const [f, key, of] = isList(micro) ? micro : [];
      const name = typeof key === "string" ? key : textOf(key ?? null);
      return `${name} ${f === "write" || f === "w" ? "set to" : "read"} ${textOf(of ?? null)}`;
    })
    .join(", ");
}
