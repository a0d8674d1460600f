/** One line of JSON -> one event, or everything that is wrong with it. */

import type { FaultEvent, HistoryEvent, Json, OpEvent } from "./event.js";

/** What the lines before this one settled: a member that the first line has, every line has. */
export interface Expected {
  readonly index: number;
  readonly hasIndex: boolean;
  /** Whether an index must be exactly the next one, or only larger than those before; then times are not compared. */
  readonly dense: boolean;
  readonly hasTime: boolean;
  /** Time of the line before; taken over where the file keeps no times. */
  readonly time: number;
}

/** `foreign`: a line of some other pseudo-process (a nemesis not ours, a logger): no operation, passed over. */
export type Parsed =
  | { readonly is: "event"; readonly event: HistoryEvent }
  | { readonly is: "foreign" }
  | { readonly is: "wrong"; readonly messages: readonly string[] };

/** The members of a line as they come out of JSON.parse: nothing about them is known yet. */
export interface RawEvent {
  readonly [member: string]: unknown;
}

export const isRawEvent = (value: unknown): value is RawEvent =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function parseEvent(raw: RawEvent, expected: Expected): Parsed {
  const messages: string[] = [];
  const index = indexOf(raw, expected, messages);
  const time = timeOf(raw, expected, messages);
  const process = raw["process"];
  if (process === undefined) messages.push(`"process" is missing`);
  else if (typeof process === "string") {
    if (/^\s*-?\d*\s*$/.test(process)) messages.push(`"process" is ${shown(process)}, expected a number`);
    const fault = faultOf(raw, index, time, messages);
    if (messages.length > 0) return { is: "wrong", messages };
    return fault === null ? { is: "foreign" } : { is: "event", event: fault };
  } else if (typeof process !== "number" || !Number.isSafeInteger(process)) {
    messages.push(`"process" is ${shown(process)}, expected a whole number`);
  }
  return operationOf(raw, { index, time, process }, messages);
}

function indexOf(raw: RawEvent, expected: Expected, messages: string[]): number {
  const index = raw["index"];
  if (index === undefined) {
    if (expected.hasIndex) messages.push(`"index" is missing, although the lines before have one`);
    return expected.index;
  }
  if (typeof index !== "number" || !Number.isSafeInteger(index) || index < 0) {
    messages.push(`"index" is ${shown(index)}, expected ${expected.index}`);
    return expected.index;
  }
  if (expected.dense ? index !== expected.index : index < expected.index)
    messages.push(`"index" is ${index}, expected ${expected.index}: lines are missing, doubled or out of order`);
  return index;
}

function timeOf(raw: RawEvent, expected: Expected, messages: string[]): number {
  const time = raw["time"];
  if (time === undefined) {
    if (expected.hasTime) messages.push(`"time" is missing, although the lines before have one`);
    return expected.time;
  }
  if (typeof time !== "number" || !Number.isFinite(time)) {
    messages.push(`"time" is ${shown(time)}, expected a number of nanoseconds`);
    return expected.time;
  }
  if (expected.hasTime && expected.dense && time < expected.time)
    messages.push(`time runs backwards: ${time} after ${expected.time}`);
  return time;
}

function faultOf(raw: RawEvent, index: number, time: number, messages: string[]): FaultEvent | null {
  const { f, phase, fault, value } = raw;
  if (raw["process"] !== "nemesis" || phase === undefined) return null;
  if (typeof f !== "string") messages.push(`"f" is ${shown(f)}, expected the kind of fault`);
  if (phase !== "begin" && phase !== "end") messages.push(`"phase" is ${shown(phase)}, expected "begin" or "end"`);
  if (typeof fault !== "string") messages.push(`"fault" is ${shown(fault)}, expected the fault's id`);
  if (value === undefined) messages.push(`"value" is missing`);
  if (raw["type"] !== "info") messages.push(`"type" of a fault is ${shown(raw["type"])}, expected "info"`);
  if (messages.length > 0 || typeof f !== "string" || typeof fault !== "string") return null;
  // The one cast: `value` came out of JSON.parse, so it is Json, which the compiler cannot know.
  return {
    index,
    time,
    process: "nemesis",
    type: "info",
    f,
    phase: phase === "end" ? "end" : "begin",
    fault,
    value: value as Json,
  };
}

function operationOf(
  raw: RawEvent,
  head: { index: number; time: number; process: unknown },
  messages: string[],
): Parsed {
  const { type, f, key, value, node, error, siblings } = raw;
  if (type !== "invoke" && type !== "ok" && type !== "fail" && type !== "info") {
    messages.push(
      type === undefined ? `"type" is missing` : `"type" is ${shown(type)}, expected invoke, ok, fail or info`,
    );
  }
  if (f === undefined) messages.push(`"f" is missing`);
  else if (typeof f !== "string" || f === "") messages.push(`"f" is ${shown(f)}, expected the name of an operation`);
  if (value === undefined) messages.push(`"value" is missing (null where there is none)`);
  if (key !== undefined && key !== null && typeof key !== "string" && typeof key !== "number") {
    messages.push(`"key" is ${shown(key)}, expected a string`);
  }
  if (siblings !== undefined && !Array.isArray(siblings))
    messages.push(`"siblings" is ${shown(siblings)}, expected a list`);
  if (hasVastNumber(value, 0)) {
    messages.push(
      `"value" is ${shown(value)}: whole numbers beyond 2^53 cannot be told from their neighbours, write them as strings`,
    );
  }
  if (messages.length > 0) return { is: "wrong", messages };
  // Every member was looked at above; the casts say so to the compiler. `value` and `siblings` are Json by JSON.parse.
  const event: OpEvent = {
    index: head.index,
    time: head.time,
    process: head.process as number,
    type: type as OpEvent["type"],
    f: f as string,
    key: typeof key === "string" || typeof key === "number" ? `${key}` : null,
    value: value as Json,
    // Words of other tools may be structured; ours are strings.
    ...(typeof node === "string" ? { node } : {}),
    ...(error === undefined ? {} : { error: typeof error === "string" ? error : JSON.stringify(error) }),
    ...(siblings === undefined ? {} : { siblings: siblings as readonly Json[] }),
  };
  return { is: "event", event };
}

/**
 * Whether a value holds a whole number that JSON.parse may have rounded: then two values of the file may have become one,
 * and a verdict about them would be about another history. Looked for where values live, not in the depth of documents.
 */
function hasVastNumber(value: unknown, depth: number): boolean {
  if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value);
  return Array.isArray(value) && depth < 4 && value.some((member) => hasVastNumber(member, depth + 1));
}

/** A value in a message: as JSON, and short. */
export function shown(value: unknown): string {
  const text = value === undefined ? "missing" : (JSON.stringify(value) ?? "nothing");
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
