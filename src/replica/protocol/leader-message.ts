/** What the nodes of the leader protocol say to each other. */

import type { Json } from "../wire.js";
import { isArray, isCount, isObject } from "./json.js";
import { type Chained, isChained, isVersioned, type Versioned } from "./versions.js";

export type Message =
  /** Each for itself. */
  | { readonly is: "replicate"; readonly entries: readonly Versioned[] }
  /** All at once, and none before what it comes `after`. */
  | { readonly is: "together"; readonly entries: readonly Chained[] }
  /** [key, version]: the sender holds this version of the key, or a greater one. */
  | { readonly is: "ack"; readonly acks: readonly Ack[] }
  /** The leader, after a restart: how far are you? */
  | { readonly is: "where" }
  | { readonly is: "at"; readonly upTo: number }
  /** The leader: you have acknowledged all up to this version. */
  | { readonly is: "settled"; readonly upTo: number }
  /** With naive failover: I lead. */
  | { readonly is: "lead" }
  | { readonly is: "read"; readonly op: number; readonly key: string }
  | Answer;

export type Answer = { readonly is: "answer"; readonly op: number; readonly version: number; readonly value: Json };
export type Ack = readonly [key: string, version: number];

export function isMessage(json: Json): json is Message {
  if (!isObject(json)) return false;
  const { is, upTo, op, key, value, version, entries, acks } = json as { readonly [field: string]: Json | undefined };
  if (is === "lead" || is === "where") return true;
  if (is === "at" || is === "settled") return isCount(upTo);
  if (is === "replicate") return isArray(entries) && entries.every(isVersioned);
  if (is === "together") return isArray(entries) && entries.every(isChained);
  if (is === "ack") return isArray(acks) && acks.every(isAck);
  if (is === "read") return isCount(op) && typeof key === "string";
  return is === "answer" && isCount(op) && isCount(version) && value !== undefined;
}

function isAck(json: Json): json is Ack {
  return isArray(json) && json.length === 2 && typeof json[0] === "string" && isCount(json[1]);
}
