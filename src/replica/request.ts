/** Guards for what clients ask: a request, or the reason why it is none. Written by hand, for the hot path. */

import { isArray, isCount, isObject, type JsonObject } from "./protocol/json.js";
import type { Json, MicroOp, NodeRequest, Quorums, Request, Session } from "./wire.js";

/** Characters. */
const KEY_MAX = 1024;
/** Micro-operations of one transaction. */
const OPS_MAX = 1024;

/** A string is the problem, in words for the client. */
export function parseRequest(json: Json): Request | NodeRequest | string {
  if (!isObject(json)) return "a request is a JSON object";
  const op = json["op"];
  if (op === "dump" || op === "health") return { op };
  if (op === "voters") return parseVoters(json);
  if (op === "promote") return { op };
  if (op === "delay") return parseDelay(json["ms"]);
  const session = parseSession(json["session"]);
  if (typeof session === "string") return session;
  if (op === "txn") return withSession(parseTxn(json["ops"]), session);
  if (op !== "read" && op !== "write" && op !== "delete" && op !== "cas") {
    return `op is ${shown(op)}, expected read, write, delete, cas, txn, voters, promote, delay, dump or health`;
  }
  const key = json["key"];
  if (!isKey(key)) return `key ${keyProblem(key)}`;
  const quorums = parseQuorums(json);
  if (typeof quorums === "string") return quorums;
  if (op === "read") return { op, key, ...quorums };
  const parsed =
    op === "cas" ? parseCas(key, json) : parseWrite(key, op === "delete" ? { ...json, delete: true } : json);
  return withSession(typeof parsed === "string" ? parsed : { ...parsed, ...quorums }, session);
}

function withSession(request: Request | string, session: Session | null): Request | string {
  if (session === null || typeof request === "string" || request.op === "read") return request;
  // Called with a write, a cas or a txn, which all have one.
  return { ...request, session } as Request;
}

function parseSession(session: Json | undefined): Session | null | string {
  if (session === undefined || session === null) return null;
  if (isObject(session) && isKey(session["client"]) && isCount(session["seq"])) {
    return { client: session["client"], seq: session["seq"] };
  }
  return `session is ${shown(session)}, expected {"client": name, "seq": 0, 1, 2 ...}`;
}

/** Longer is none that anybody waits for. */
const DELAY_MAX_MS = 600_000;

function parseDelay(ms: Json | undefined): NodeRequest | string {
  if (typeof ms === "number" && ms >= 0 && ms <= DELAY_MAX_MS) return { op: "delay", ms };
  return `ms is ${shown(ms)}, expected 0 .. ${DELAY_MAX_MS}`;
}

function parseVoters({ change, node }: JsonObject): Request | string {
  if (change !== "add" && change !== "remove") return `change is ${shown(change)}, expected add or remove`;
  if (!isKey(node)) return `node ${keyProblem(node)}`;
  return { op: "voters", change, node };
}

function parseQuorums(json: JsonObject): Quorums | string {
  const quorums: { n?: number; r?: number; w?: number } = {};
  for (const name of ["n", "r", "w"] as const) {
    const given = json[name];
    if (given === undefined || given === null) continue;
    // In a URL every value is a string.
    const count = typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given;
    if (!isCount(count) || count === 0) return `${name} is ${shown(given)}, expected a whole number from 1`;
    quorums[name] = count;
  }
  return quorums;
}

function parseWrite(key: string, json: JsonObject): Request | string {
  const { value, context } = json as { readonly value?: Json; readonly context?: Json };
  if (json["delete"] !== undefined && json["delete"] !== true) return "delete is true, or is not there";
  const deletes = json["delete"] === true;
  if (deletes && (value ?? null) !== null) return `value is ${shown(value)}, expected null, or none, with a delete`;
  if (value === undefined && !deletes) return "value is missing";
  return {
    op: "write",
    key,
    value: value ?? null,
    ...(deletes ? { delete: true } : {}),
    // A null context is as good as none: it is what a client has that never read.
    ...(context === undefined || context === null ? {} : { context }),
  };
}

function parseCas(key: string, json: JsonObject): Request | string {
  const { from, to } = json as { readonly from?: Json; readonly to?: Json };
  if (from === undefined) return "from is missing (null: not written yet)";
  if (to === undefined) return "to is missing";
  return { op: "cas", key, from, to };
}

function parseTxn(ops: Json | undefined): Request | string {
  if (!isArray(ops)) return `ops is ${shown(ops)}, expected a list`;
  if (ops.length > OPS_MAX) return `ops has ${ops.length} micro-operations, at most ${OPS_MAX} are allowed`;
  for (const [i, op] of ops.entries()) {
    const problem = isArray(op) ? microOpProblem(op) : `is ${shown(op)}, expected a list`;
    if (problem !== null) return `ops[${i}] ${problem}`;
  }
  // Every element was checked one by one above.
  return { op: "txn", ops: ops as unknown as readonly MicroOp[] };
}

function microOpProblem(op: readonly Json[]): string | null {
  const [f, key, value, min] = op;
  const fits = (expected: string, holds: boolean): string | null =>
    holds ? null : `is ${shown(op)}, expected ${expected}`;
  const known = typeof f === "string" && Object.hasOwn(MICRO_OPS, f);
  if (!known) return `is ${shown(op)}, expected one of ${Object.values(MICRO_OPS).join(" ")}`;
  if (!isKey(key)) return `has a key that ${keyProblem(key)}`;
  switch (f) {
    case "r":
      return fits(MICRO_OPS.r, op.length === 3 && value === null);
    case "add":
      return fits(
        MICRO_OPS.add,
        typeof value === "number" && (op.length === 3 || (op.length === 4 && typeof min === "number")),
      );
    case "pop":
      return fits(MICRO_OPS.pop, op.length === 2);
    default:
      return fits(MICRO_OPS[f as "w" | "append" | "include"], op.length === 3);
  }
}

const MICRO_OPS = {
  r: '["r", key, null]',
  w: '["w", key, value]',
  append: '["append", key, element]',
  include: '["include", key, element]',
  add: '["add", key, delta, min?]',
  pop: '["pop", key]',
} as const;

function isKey(key: Json | undefined): key is string {
  return typeof key === "string" && key.length <= KEY_MAX;
}

function keyProblem(key: Json | undefined): string {
  if (typeof key !== "string") return `is ${shown(key)}, expected a string`;
  return `has ${key.length} characters, at most ${KEY_MAX} are allowed`;
}

function shown(json: Json | undefined): string {
  const text = json === undefined ? "missing" : JSON.stringify(json);
  return text.length <= 80 ? text : `${text.slice(0, 80)}...`;
}
