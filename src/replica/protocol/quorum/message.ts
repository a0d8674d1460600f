/** What the nodes of a leaderless store say to each other, and the guard for what comes in. */

import type { Json, NodeName, Reply, Request } from "../../wire.js";
import { isArray, isCount, isObject, type JsonObject } from "../json.js";
import { isView, type View } from "./view.js";

/** What a node coordinates. */
export type Coordinated = Extract<Request, { readonly op: "read" | "write" | "cas" }>;

export type RingChange = { readonly change: "add" | "remove"; readonly node: NodeName };

export type Message<State extends Json> =
  /**
   * Merge this into what you hold. `op` null: nobody waits for an answer (read repair, anti-entropy). `for`: keep it for
   * that replica, which seems to be away.
   */
  | {
      readonly is: "store";
      readonly op: number | null;
      readonly key: string;
      readonly state: State;
      readonly for?: NodeName;
    }
  | { readonly is: "stored"; readonly op: number }
  /** Forget this key: a delete that leaves no tombstone. Answered by `stored`. */
  | { readonly is: "remove"; readonly op: number; readonly key: string }
  | { readonly is: "fetch"; readonly op: number; readonly key: string }
  | { readonly is: "fetched"; readonly op: number; readonly state: State | null }
  /** You are a replica of this key and I am not: coordinate this for me. */
  | { readonly is: "forward"; readonly op: number; readonly request: Coordinated }
  | { readonly is: "forwarded"; readonly op: number; readonly reply: Reply }
  /** What was kept for you while you were away, or is yours since the ring changed. Answered by `stored`. */
  | { readonly is: "handoff"; readonly op: number; readonly key: string; readonly state: State }
  /** Anti-entropy: the hashes of the sixteen parts below this node of the tree of the keys that we share. */
  | { readonly is: "tree"; readonly prefix: string; readonly hashes: readonly string[] }
  /** All keys of a leaf, each with the digest of its state. */
  | { readonly is: "leaf"; readonly prefix: string; readonly digests: { readonly [key: string]: string } }
  /** Send me these. */
  | { readonly is: "want"; readonly keys: readonly string[] }
  /** Before tombstones are collected: do you hold anything that these deletes hide? */
  | { readonly is: "graves"; readonly op: number; readonly keys: readonly string[] }
  | { readonly is: "alive"; readonly op: number; readonly keys: readonly string[] }
  /** The greatest heartbeat that I have heard of each node. */
  | { readonly is: "gossip"; readonly beats: { readonly [node: NodeName]: Beat } }
  /** The clerk's: who is on the ring. Answered by `viewed`, once the step is done. */
  | { readonly is: "view"; readonly view: View }
  | { readonly is: "viewed"; readonly at: number }
  /** To the clerk: somebody asked me for this. Answered by `changed`. */
  | { readonly is: "change"; readonly op: number; readonly change: RingChange }
  | { readonly is: "changed"; readonly op: number; readonly reply: Reply };

/** The later life counts, and in one life the greater number. */
export type Beat = readonly [life: number, beat: number];

type Guard<State extends Json> = (json: JsonObject, isState: (json: Json | undefined) => json is State) => boolean;

const isName = (json: Json | undefined): json is string => typeof json === "string";
const isNames = (json: Json | undefined): boolean => isArray(json) && json.every(isName);
const areStrings = (json: Json | undefined): boolean => isObject(json) && Object.values(json).every(isName);
const isBeat = (json: Json): boolean => isArray(json) && json.length === 2 && json.every(isCount);

const isRingChange = (json: Json | undefined): boolean =>
  isObject(json) && (json["change"] === "add" || json["change"] === "remove") && isName(json["node"]);

const GUARDS: { readonly [is in Message<Json>["is"]]: Guard<Json> } = {
  store: ({ op, key, state, for: to }, isState) =>
    (op === null || isCount(op)) && isName(key) && isState(state) && (to === undefined || isName(to)),
  stored: ({ op }) => isCount(op),
  remove: ({ op, key }) => isCount(op) && isName(key),
  fetch: ({ op, key }) => isCount(op) && isName(key),
  fetched: ({ op, state }, isState) => isCount(op) && (state === null || isState(state)),
  // What a node forwards it has checked itself.
  forward: ({ op, request }) => isCount(op) && isObject(request) && isName(request["key"]),
  forwarded: ({ op, reply }) => isCount(op) && isObject(reply) && typeof reply["ok"] === "boolean",
  handoff: ({ op, key, state }, isState) => isCount(op) && isName(key) && isState(state),
  tree: ({ prefix, hashes }) => isName(prefix) && isNames(hashes),
  leaf: ({ prefix, digests }) => isName(prefix) && areStrings(digests),
  want: ({ keys }) => isNames(keys),
  graves: ({ op, keys }) => isCount(op) && isNames(keys),
  alive: ({ op, keys }) => isCount(op) && isNames(keys),
  gossip: ({ beats }) => isObject(beats) && Object.values(beats).every(isBeat),
  view: ({ view }) => isView(view),
  viewed: ({ at }) => isCount(at),
  change: ({ op, change }) => isCount(op) && isRingChange(change),
  changed: ({ op, reply }) => isCount(op) && isObject(reply) && typeof reply["ok"] === "boolean",
};

/** null: it makes no sense. */
export function decode<State extends Json>(
  json: Json,
  isState: (json: Json | undefined) => json is State,
): Message<State> | null {
  if (!isObject(json)) return null;
  const { is } = json;
  if (typeof is !== "string" || !Object.hasOwn(GUARDS, is)) return null;
  const guard = GUARDS[is as Message<Json>["is"]]; // it is one of its keys
  // The guard of its kind looked at every field.
  return guard(json, isState) ? (json as unknown as Message<State>) : null;
}
