/** What one micro-operation makes of a key, given what its transaction sees there. */

import type { DoneMicroOp, Json, MicroOp } from "../wire.js";
import { isArray, sameJson } from "./json.js";

export type Ran =
  | { readonly ok: true; readonly done: DoneMicroOp; readonly write: { readonly value: Json } | null }
  /** In words, why it does not fit. */
  | { readonly ok: false; readonly why: string };

type Op<F extends MicroOp[0]> = Extract<MicroOp, readonly [F, ...Json[]]>;

export function runMicroOp(op: MicroOp, seen: Json): Ran {
  switch (op[0]) {
    case "r":
      return { ok: true, done: ["r", op[1], seen], write: null };
    case "w":
      return { ok: true, done: op, write: { value: op[2] } };
    case "append":
      return append(op, seen);
    case "include":
      return include(op, seen);
    case "add":
      return add(op, seen);
    case "pop":
    default:
      return pop(op, seen);
  }
}

export function isWrite([f]: MicroOp): boolean {
  return f !== "r";
}

/** Whether what it finds decides what it writes or answers: then it reads first and writes in a step of its own. */
export function isReadThenWrite([f]: MicroOp): boolean {
  return f === "add" || f === "pop" || f === "include";
}

function append(op: Op<"append">, seen: Json): Ran {
  const [, key, element] = op;
  const list = listOf(seen);
  if (list === null) return { ok: false, why: notA("a list", key, seen) };
  return { ok: true, done: op, write: { value: [...list, element] } };
}

function include(op: Op<"include">, seen: Json): Ran {
  const [, key, element] = op;
  const list = listOf(seen);
  if (list === null) return { ok: false, why: notA("a list", key, seen) };
  const there = list.some((each) => sameJson(each, element));
  return { ok: true, done: op, write: there ? null : { value: [...list, element] } };
}

function add(op: Op<"add">, seen: Json): Ran {
  const [, key, delta, min] = op;
  if (seen !== null && typeof seen !== "number") return { ok: false, why: notA("a number", key, seen) };
  const sum = (seen ?? 0) + delta;
  if (min !== undefined && sum < min) return { ok: false, why: `${key} would become ${sum}, less than ${min}` };
  return { ok: true, done: op, write: { value: sum } };
}

/** From an empty list nothing is taken, and nothing is written. */
function pop([, key]: Op<"pop">, seen: Json): Ran {
  const list = listOf(seen);
  if (list === null) return { ok: false, why: notA("a list", key, seen) };
  const [first, ...rest] = list;
  if (first === undefined) return { ok: true, done: ["pop", key, null], write: null };
  return { ok: true, done: ["pop", key, first], write: { value: rest } };
}

function listOf(json: Json): readonly Json[] | null {
  if (json === null) return [];
  return isArray(json) ? json : null;
}

function notA(what: string, key: string, found: Json): string {
  const text = JSON.stringify(found);
  return `${key} is ${text.length <= 80 ? text : `${text.slice(0, 80)}...`}, not ${what}`;
}
