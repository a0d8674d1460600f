/** Guards for what clients ask: a request, or the reason why it is none. Written by hand, for the hot path. */

import { isObject, type JsonObject } from "./protocol/json.js";
import type { Json, Request } from "./wire.js";

/** Characters. */
export const KEY_MAX = 1024;

/** A string is the problem, in words for the client. */
export function parseRequest(json: Json): Request | string {
  if (!isObject(json)) return "a request is a JSON object";
  const op = json["op"];
  if (op === "dump" || op === "health") return { op };
  if (op !== "read" && op !== "write" && op !== "cas") {
    return `op is ${shown(op)}, expected read, write, cas, dump or health`;
  }
  const key = json["key"];
  if (typeof key !== "string") return `key is ${shown(key)}, expected a string`;
  if (key.length > KEY_MAX) return `key has ${key.length} characters, at most ${KEY_MAX} are allowed`;
  if (op === "read") return { op, key };
  return op === "write" ? parseWrite(key, json) : parseCas(key, json);
}

function parseWrite(key: string, json: JsonObject): Request | string {
  const { value, context } = json as { readonly value?: Json; readonly context?: Json };
  if (value === undefined) return "value is missing";
  // A null context is as good as none: it is what a client has that never read.
  if (context === undefined || context === null) return { op: "write", key, value };
  return { op: "write", key, value, context };
}

function parseCas(key: string, json: JsonObject): Request | string {
  const { from, to } = json as { readonly from?: Json; readonly to?: Json };
  if (from === undefined) return "from is missing (null: not written yet)";
  if (to === undefined) return "to is missing";
  return { op: "cas", key, from, to };
}

function shown(json: Json | undefined): string {
  const text = json === undefined ? "missing" : JSON.stringify(json);
  return text.length <= 80 ? text : `${text.slice(0, 80)}...`;
}
