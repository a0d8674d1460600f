/** Numbers, times, values and operations in words, the same everywhere in the report. */

import type { Json } from "../../checker/history/event.js";
import type { Operation } from "../../checker/history/operation.js";
import type { ShownOperation } from "../../checker/linearizability/details.js";

const SPACE = "\u00a0";

export const count = (n: number): string => n.toLocaleString("en-US");

/** `3 reads`, `1 read`. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** 0..1 -> `12.4 %`. Never `0 %` for something that did happen, never `100 %` where something is missing. */
export const percent = (share: number): string => {
  if (share === 0) return `0${SPACE}%`;
  if (share === 1) return `100${SPACE}%`;
  const hundred = share * 100;
  if (hundred < 0.01) return `<${SPACE}0.01${SPACE}%`;
  if (hundred > 99.99) return `>${SPACE}99.99${SPACE}%`;
  const digits = hundred < 0.1 || hundred > 99.9 ? 2 : 1;
  return `${hundred.toFixed(digits)}${SPACE}%`;
};

/** A length of time: `0.42 ms`, `4.2 ms`, `412 ms`, `4.51 s`, `2 min 05 s`. */
export const duration = (ms: number): string => {
  if (!Number.isFinite(ms)) return "for ever";
  if (ms === 0) return `0${SPACE}ms`;
  if (ms < 0.01) return `<${SPACE}0.01${SPACE}ms`;
  if (ms < 1) return `${ms.toFixed(2)}${SPACE}ms`;
  if (ms < 9.95) return `${ms.toFixed(1)}${SPACE}ms`;
  if (ms < 999.5) return `${ms.toFixed(0)}${SPACE}ms`;
  if (ms < 9995) return `${(ms / 1000).toFixed(2)}${SPACE}s`;
  if (ms < 59_950) return `${trimZero((ms / 1000).toFixed(1))}${SPACE}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}${SPACE}min${SPACE}${String(seconds % 60).padStart(2, "0")}${SPACE}s`;
};

const trimZero = (digits: string): string => digits.replace(/\.0$/, "");

/** A moment of the run, ns since it began: `4.512 s`. */
export const moment = (ns: number, digits = 3): string => `${(ns / 1e9).toFixed(digits)}${SPACE}s`;

/** Operations per second. */
export const rate = (perSecond: number): string =>
  `${perSecond >= 100 ? count(Math.round(perSecond)) : trimZero(perSecond.toFixed(1))}/s`;

/** JSON on one line, cut after `max` characters. */
export const value = (json: Json, max = 60): string =>
  // An element takes two characters at least: of a list of a million, those beyond `max` are cut anyway.
  cut(JSON.stringify(Array.isArray(json) && json.length > max ? json.slice(0, max) : json) ?? "null", max);

export const cut = (text: string, max: number): string => {
  if (text.length <= max) return text;
  // By code points, so that no surrogate pair is torn; no more of a long text than can matter.
  const characters = Array.from(text.slice(0, max * 2 + 2));
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join("")}…`;
};

export const key = (name: string | null, max = 40): string => (name === null ? "the whole store" : cut(name, max));

/**
 * `write 7`, `read → 3`, `read → nothing` (never written), `read → ?` (no answer), `cas 1 → 2`, `txn r x 1, append y 3`.
 */
export const operation = (op: Pick<ShownOperation, "f" | "type" | "value">, max = 24): string => {
  const mops = microOperations(op.value);
  if (mops !== null) return transaction(cut(op.f, max), mops, max);
  if (ANSWERS.has(op.f)) {
    const answer = op.type === "ok" ? held(op.value, Math.max(4, max - op.f.length - 3)) : "?";
    return `${op.f} → ${answer}`;
  }
  if (op.f === "cas" && Array.isArray(op.value) && op.value.length === 2) {
    const each = Math.max(4, Math.floor((max - 7) / 2));
    return `cas ${held(op.value[0] as Json, each)} → ${held(op.value[1] as Json, each)}`;
  }
  const f = cut(op.f, max);
  return op.value === null ? f : `${f} ${value(op.value, Math.max(4, max - f.length - 1))}`;
};

/** Operations that ask: what matters of them is the answer. */
const ANSWERS: ReadonlySet<string> = new Set(["read", "dequeue", "drain", "generate"]);

type MicroOperation = readonly [f: string, key: Json, value: Json];
const MICRO: ReadonlySet<Json> = new Set(["r", "w", "append", "add"]);

/** The micro-operations of a transaction, [f, key, value]; null where the value is something else. */
const microOperations = (json: Json): readonly MicroOperation[] | null => {
  if (!isList(json) || json.length === 0) return null;
  const mops: MicroOperation[] = [];
  for (const mop of json) {
    if (!isList(mop) || mop.length < 2 || mop.length > 3) return null;
    const [f = null, key = null, found = null] = mop;
    if (typeof f !== "string" || !MICRO.has(f)) return null;
    mops.push([f, key, found]);
  }
  return mops;
};

/** Without the name where there is no room for all of it: that it is a transaction shows. */
const transaction = (f: string, mops: readonly MicroOperation[], max: number): string => {
  // A micro-operation takes three characters at least.
  const all = mops.slice(0, max).map(microOperation).join(", ");
  return f.length + 1 + all.length <= max ? `${f} ${all}` : cut(all, max);
};

/** `r x` (it found nothing, or its answer is not known), `r x [1,2]`, `append y 3`; of a long list its end. */
const microOperation = ([f, name, found]: MicroOperation): string => {
  const what = `${f} ${typeof name === "string" ? cut(name, 40) : value(name, 40)}`;
  if (found === null) return what;
  if (!isList(found) || found.length <= LIST_MAX) return `${what} ${value(found, 40)}`;
  const end = found.slice(1 - LIST_MAX).map((each) => value(each, 12));
  return `${what} […,${end.join(",")}]`;
};

/** Of longer lists the last elements are shown: they tell one version from another. */
const LIST_MAX = 6;

const isList = (json: Json): json is readonly Json[] => Array.isArray(json);

/** A register that was never written holds null: nothing, as the checkers say. */
const held = (json: Json, max: number): string => (json === null ? "nothing" : value(json, max));

/** The outcome as a reader has to take it. */
export const OUTCOMES = {
  ok: "it happened",
  fail: "it did not happen",
  info: "nobody knows whether it happened",
} as const;

/** An operation as the drawings take it: of one that asked, or a transaction, the answer; of everything else the argument. */
export const shown = (op: Operation): ShownOperation => ({
  invoked: op.invoked,
  completed: op.completed,
  start: op.invokedTime,
  end: op.completedTime,
  process: op.process,
  node: op.node,
  type: op.type,
  f: op.f,
  key: op.key,
  value: op.type === "ok" && (ANSWERS.has(op.f) || microOperations(op.result) !== null) ? op.result : op.value,
});

/** Every fact of one operation, on lines: for tooltips. */
export const everything = (op: ShownOperation, error: string | null = null): string =>
  [
    `#${op.invoked} ${operation(op, 80)}${op.key === null ? "" : ` on ${cut(op.key, 60)}`}`,
    `process ${op.process}${op.node === null ? "" : `, asked ${cut(op.node, 40)}`}`,
    op.end === null
      ? `from ${moment(op.start, 4)}, never answered`
      : `from ${moment(op.start, 4)} to ${moment(op.end, 4)} (${duration((op.end - op.start) / 1e6)})`,
    `${op.type}: ${OUTCOMES[op.type]}`,
    ...(error === null ? [] : [cut(error, 160)]),
  ].join("\n");

/** Sets a name as the first word of a sentence. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `a, b and c`. */
export const list = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1) ?? ""}`;

/** An error as recorded: its name, then words: `timeout: no answer in 1000 ms` -> ["timeout", "no answer in 1000 ms"]. */
export const nameAndWords = (error: string): readonly [name: string, words: string] => {
  const [, name = error, words = ""] = /^([\w.-]{1,40})[:\s]\s*(.*)$/s.exec(error) ?? [];
  return [name, words];
};
