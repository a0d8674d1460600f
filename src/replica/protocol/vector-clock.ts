/**
 * Vector clocks with siblings: a write replaces what it has seen and stands beside what it has not.
 *
 * Each sibling carries its own event, a dot (node, counter), apart from the vector of what it replaces: dotted version
 * vectors (Preguiça, Baquero, Almeida, Fonte, Gonçalves 2010, "Dotted Version Vectors: Logical Clocks for Optimistic
 * Replication", section 5). With a plain vector the coordinator's counter would stand for "and all before", so a write
 * with an old context would silently replace a sibling of the same coordinator that its client never saw.
 *
 * A replica that holds a dot of node n holds, or has replaced, every earlier dot of n for that key: n stores first, and
 * replicas send each other whole states. So the join of all siblings' vectors and dots is a true context.
 */

import type { Json, NodeName } from "../wire.js";
import { isArray, isCount, isObject } from "./json.js";
import type { Versioning } from "./versioning.js";

type Vector = { readonly [node: NodeName]: number };

type Sibling = {
  readonly node: NodeName;
  readonly counter: number;
  /** What the writer had seen: node -> greatest counter. */
  readonly seen: Vector;
  readonly value: Json;
};

/** At least one; the winner first (greatest counter, then greatest node name): a choice that every replica makes alike. */
type State = readonly Sibling[];

export const vectorClock: Versioning<State> = {
  isState(json): json is State {
    return isArray(json) && json.length > 0 && json.every(isSibling);
  },
  isContext: isVector,
  /** A blind write has seen what its coordinator has: it replaces that, and is concurrent with everything else. */
  write(state, { value, context }, { node }) {
    const known = contextOf(state ?? []);
    const seen = context !== undefined && isVector(context) ? context : known;
    const counter = Math.max(countOf(known, node), countOf(seen, node)) + 1;
    const written: State = [{ node, counter, seen, value }];
    return state === null ? written : vectorClock.merge(state, written);
  },
  merge(a, b) {
    const kept = a.filter((sibling) => !isReplaced(sibling, b));
    const added = b.filter((sibling) => !isReplaced(sibling, a) && !a.some((other) => isSameDot(other, sibling)));
    if (added.length === 0 && kept.length === a.length) return a;
    return [...kept, ...added].sort((x, y) => y.counter - x.counter || (x.node < y.node ? 1 : -1));
  },
  read(state) {
    const context = contextOf(state ?? []);
    const values = vectorClock.values(state ?? []);
    const value = values[0] ?? null;
    return values.length > 1 ? { ok: true, value, siblings: values, context } : { ok: true, value, context };
  },
  values: (state) => state.map(({ value }) => value),
  /** The dots count for themselves. */
  sequence: () => 0,
};

/** A planted bug: of siblings that meet only the winner is kept, as if it had seen the others. */
export const lossyVectorClock: Versioning<State> = {
  ...vectorClock,
  merge(a, b) {
    const merged = vectorClock.merge(a, b);
    return merged.length > 1 ? merged.slice(0, 1) : merged;
  },
};

function contextOf(state: State): Vector {
  const context = new Map<NodeName, number>();
  const saw = (node: NodeName, counter: number): void =>
    void context.set(node, Math.max(counter, context.get(node) ?? 0));
  for (const { node, counter, seen } of state) {
    saw(node, counter);
    for (const [name, count] of Object.entries(seen)) saw(name, count);
  }
  return Object.fromEntries(context);
}

/** Own fields only: "constructor" is a possible name. */
function countOf(vector: Vector, node: NodeName): number {
  return Object.hasOwn(vector, node) ? (vector[node] ?? 0) : 0;
}

function isReplaced(sibling: Sibling, by: State): boolean {
  return by.some(({ seen }) => countOf(seen, sibling.node) >= sibling.counter);
}

function isSameDot(a: Sibling, b: Sibling): boolean {
  return a.node === b.node && a.counter === b.counter;
}

function isVector(json: Json | undefined): json is Vector {
  return isObject(json) && Object.values(json).every(isCount);
}

function isSibling(json: Json): json is Sibling {
  return (
    isObject(json) &&
    typeof json["node"] === "string" &&
    isCount(json["counter"]) &&
    isVector(json["seen"]) &&
    json["value"] !== undefined
  );
}
