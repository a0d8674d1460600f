/**
 * Messages that have to do with a violation: which to keep of a whole run, which to draw, and what they say in few
 * words. Pure. What a message holds is a stranger's: it is searched, never believed.
 */

import type { Json } from "../../checker/history/event.js";
import type { ShownOperation } from "../../checker/linearizability/details.js";
import type { Message } from "../config/message.js";
import { cut, value } from "./words.js";

/** Operations that together prove something. */
export interface Proof {
  readonly key: string | null;
  readonly operations: readonly ShownOperation[];
}

const PROOFS_MAX = 3;
const KEPT_MAX = 2000;
/** What was on its way when it began, and what it brought about, ns. */
const MARGIN = 20e6;

/** Those around the proofs, in the order given. */
export const messagesAround = (proofs: readonly Proof[], messages: readonly Message[]): readonly Message[] => {
  const kept = new Set(proofs.slice(0, PROOFS_MAX).flatMap((proof) => around(proof, messages)));
  return messages.filter((message) => kept.has(message));
};

const around = (proof: Proof, messages: readonly Message[]): readonly Message[] => {
  const [from, to] = timeOf(proof);
  const all = messages.filter(
    ({ sent, arrived }) => sent <= to + MARGIN && (sent >= from - MARGIN || (arrived !== null && arrived >= from)),
  );
  if (all.length <= KEPT_MAX) return all;
  const { key } = proof;
  const ofKey = key === null ? all : all.filter((message) => mentions(message.text, key));
  return [...new Set([...ofKey.slice(-KEPT_MAX), ...all.slice(-(KEPT_MAX / 4))])];
};

export const timeOf = ({ operations }: Proof): readonly [from: number, to: number] => [
  Math.min(...operations.map(({ start }) => start)),
  Math.max(...operations.map(({ start, end }) => end ?? start)),
];

export interface Exchange {
  readonly proof: Proof;
  /** In the order in which they set out. */
  readonly messages: readonly Drawn[];
  /** On the same key and at the same time, and left out since they were too many. */
  readonly omitted: number;
}

export interface Drawn {
  readonly message: Message;
  /** The operation that it asks for or answers; null: nodes among themselves. */
  readonly of: ShownOperation | null;
  readonly label: string;
}

const DRAWN_MAX = 36;

/**
 * What a diagram of a proof shows: questions and answers of its operations, and what nodes said to each other about its
 * key meanwhile; where that is too much, what speaks of the operations' own values first, then what came last.
 */
export const exchangeOf = (proof: Proof, messages: readonly Message[]): Exchange | null => {
  const [from, to] = timeOf(proof);
  const meanwhile = messages.filter(
    ({ sent, arrived }) => sent <= to + MARGIN && (arrived ?? Number.POSITIVE_INFINITY) >= from - MARGIN,
  );
  const ofClients = new Map(
    proof.operations.flatMap((op) => dialogueOf(op, meanwhile).map((message) => [message, op] as const)),
  );
  if (ofClients.size === 0) return null;
  const between = amongNodes(proof, meanwhile).filter(({ sent }) => sent <= to);
  const values = proof.operations.flatMap(valuesOf);
  const room = Math.max(0, DRAWN_MAX - ofClients.size);
  const ranked = between
    .map((message, i) => ({ message, i, rank: values.some((each) => holds(message.text, each)) ? 1 : 0 }))
    .sort((a, b) => b.rank - a.rank || b.i - a.i)
    .slice(0, room)
    .map(({ message }) => message);
  const chosen = new Set([...ofClients.keys(), ...ranked]);
  const drawn = messages
    .filter((message) => chosen.has(message))
    .map((message) => ({
      message,
      of: ofClients.get(message) ?? null,
      label: labelOf(message, proof.key, ofClients.get(message)),
    }));
  return { proof, messages: drawn, omitted: between.length - ranked.length };
};

/** The question of an operation and its answer: by node, kind, key and time, then by connection and number. */
const dialogueOf = (op: ShownOperation, messages: readonly Message[]): readonly Message[] => {
  const end = op.end ?? Number.POSITIVE_INFINITY;
  for (const asked of messages) {
    if (asked.from !== CLIENTS || asked.sent < op.start - SLACK || asked.sent > end) continue;
    const question = objectIn(asked.text);
    if (question === null || question["op"] !== op.f || (op.key !== null && question["key"] !== op.key)) continue;
    if (op.f === "write" && !same(question["value"], op.value)) continue;
    const answer = messages.find(
      ({ connection, to, sent, text }) =>
        connection === asked.connection &&
        to === CLIENTS &&
        sent >= asked.sent &&
        objectIn(text)?.["id"] === question["id"],
    );
    const cameLate = answer?.arrived !== null && (answer?.arrived ?? 0) > end + SLACK;
    // Somebody else's question of the same kind: its answer is not what this client saw.
    if (
      answer !== undefined &&
      op.type === "ok" &&
      op.f === "read" &&
      !same(objectIn(answer.text)?.["value"], op.value)
    )
      continue;
    return answer === undefined || cameLate ? [asked] : [asked, answer];
  }
  return [];
};

const CLIENTS = "clients";
/** Two threads look at one clock: a little apart, ns. */
const SLACK = 1e6;

/** What names the key, and answers to it: those have the number of the question, and go the other way. */
const amongNodes = ({ key }: Proof, messages: readonly Message[]): readonly Message[] => {
  const nodes = messages.filter(({ from, to, text }) => from !== CLIENTS && to !== CLIENTS && !isHello(text));
  if (key === null) return nodes;
  const asked = new Set<string>();
  return nodes.filter((message) => {
    const op = objectIn(message.text)?.["op"];
    if (mentions(message.text, key)) {
      if (typeof op === "number") asked.add(JSON.stringify([message.to, message.from, op]));
      return true;
    }
    return typeof op === "number" && asked.has(JSON.stringify([message.from, message.to, op]));
  });
};

const isHello = (text: string): boolean => text.startsWith('{"peer":');

const mentions = (text: string, key: string): boolean => text.includes(JSON.stringify(key));

/** Values that tell one operation from another: what was written, what was read. */
const valuesOf = ({ f, value: own }: ShownOperation): readonly Json[] =>
  f === "cas" && Array.isArray(own) ? own.slice(1) : own === null ? [] : [own];

const holds = (text: string, wanted: Json): boolean => {
  const message = objectIn(text);
  return message !== null && anyWithin(message, (each) => same(each["value"], wanted));
};

type JsonObject = { readonly [name: string]: Json };

/** Messages are JSON where the store is ours; cut ones, and those of others, are not. */
const objectIn = (text: string): JsonObject | null => {
  try {
    const json = JSON.parse(text) as Json;
    return isObject(json) ? json : null;
  } catch {
    return null;
  }
};

const isObject = (json: Json | undefined): json is JsonObject =>
  json !== null && typeof json === "object" && !Array.isArray(json);

const DEPTH_MAX = 8;

const anyWithin = (json: Json, wanted: (each: JsonObject) => boolean, depth = 0): boolean => {
  if (depth > DEPTH_MAX) return false;
  if (Array.isArray(json)) return json.some((each: Json) => anyWithin(each, wanted, depth + 1));
  if (!isObject(json)) return false;
  return wanted(json) || Object.values(json).some((each) => anyWithin(each, wanted, depth + 1));
};

const same = (a: Json | undefined, b: Json): boolean => a !== undefined && JSON.stringify(a) === JSON.stringify(b);

const LABEL_MAX = 22;
const LIST_MAX = 4;

/** `write 7`, `ok 7`, `replicate 7`, `ack`: what it is, and the value that it carries for the key. */
export const labelOf = (
  { text, bytes }: Pick<Message, "text" | "bytes">,
  key: string | null,
  of: Pick<ShownOperation, "f"> | null = null,
): string => {
  const message = objectIn(text);
  if (message === null) return cut(/^\{"(?:is|op)":"([\w-]{1,20})"/.exec(text)?.[1] ?? `${bytes} bytes`, LABEL_MAX);
  const { op, ok, error, is } = message;
  if (typeof op === "string" && "id" in message) return cut(`${op}${saying(message, key)}`, LABEL_MAX);
  // What a write is answered is null, and says nothing.
  if (ok === true) return cut(of === null || of.f === "read" ? `ok${saying(message, null)}` : "ok", LABEL_MAX);
  if (ok === false) return cut(typeof error === "string" ? error : "refused", LABEL_MAX);
  if (typeof is === "string") return cut(`${is}${saying(message, key)}`, LABEL_MAX);
  return `${bytes} bytes`;
};

const saying = (message: JsonObject, key: string | null): string => {
  if (message["op"] === "cas") return ` ${value(message["from"] ?? null, 8)} → ${value(message["to"] ?? null, 8)}`;
  if (message["op"] === "read" || message["op"] === "txn") return "";
  const part = key === null ? message : (partOf(message, key) ?? message);
  const found = valueIn(part);
  if (found === undefined) return "";
  // Of a list its end tells one version from another.
  const last = Array.isArray(found) && found.length > LIST_MAX ? (found as readonly Json[]).at(-1) : undefined;
  return ` ${found === null ? "nothing" : last === undefined ? value(found, 14) : `[…,${value(last, 9)}]`}`;
};

/** Of a message about several keys the part that is about this one; its latest, where there are more. */
const partOf = (json: Json, key: string): JsonObject | null => {
  let found: JsonObject | null = null;
  anyWithin(json, (each) => {
    if (each["key"] === key) found = each;
    return false;
  });
  return found;
};

const valueIn = (json: JsonObject): Json | undefined => {
  let found: Json | undefined;
  anyWithin(json, (each) => {
    found = each["value"];
    return found !== undefined;
  });
  return found;
};
