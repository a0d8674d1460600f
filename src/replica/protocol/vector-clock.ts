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
import { mergedValue } from "./quorum/merged-value.js";
import type { Versioning } from "./versioning.js";

type Vector = { readonly [node: NodeName]: number };

type Sibling = {
  readonly node: NodeName;
  readonly counter: number;
  /** What the writer had seen: node -> greatest counter. */
  readonly seen: Vector;
  readonly value: Json;
  /** It is a tombstone (its value is null), since then: ms since 1970 by its coordinator's clock. */
  readonly deletedMs?: number;
  /** When it was written, by its coordinator's clock. Only where something goes by it. */
  readonly writtenMs?: number;
  /** When the latest of what was seen of each node was written. Only where vectors are pruned. */
  readonly seenMs?: Vector;
};

/** At least one; the winner first (greatest counter, then greatest node name): a choice that every replica makes alike. */
type State = readonly Sibling[];

export interface VectorClockOptions {
  /**
   * What a read makes of several siblings. client: it returns them all. lww: it returns the latest written. merge: it
   * returns one that holds what all of them hold, where that can be said. The siblings stay until a write replaces them.
   */
  readonly siblings: "client" | "lww" | "merge";
  /**
   * A vector has at most so many entries; of more, those of the nodes that wrote longest ago are forgotten (DeCandia et
   * al. 2007, "Dynamo", section 4.4). What was forgotten is no longer known to be replaced: null keeps them all.
   */
  readonly entriesMax: number | null;
}

export function vectorClocks({ siblings, entriesMax }: VectorClockOptions): Versioning<State> {
  const dated = siblings === "lww" || entriesMax !== null;
  return {
    isState(json): json is State {
      return isArray(json) && json.length > 0 && json.every(isSibling);
    },
    isContext: isVector,
    /** A blind write has seen what its coordinator has: it replaces that, and is concurrent with everything else. */
    write(state, { value, context, delete: deleted }, { node, clockMs, sequence }) {
      const known = contextOf(state ?? []);
      const given = context !== undefined && isVector(context) ? context : known;
      // A pruned vector may have forgotten this node's own count, and a dot that comes twice is taken for replaced.
      const counted = entriesMax === null ? 0 : sequence - 1;
      const counter = Math.max(countOf(known, node), countOf(given, node), counted) + 1;
      const seen = entriesMax === null ? given : newest(given, agesOf(state ?? []), entriesMax);
      const written: Sibling = {
        node,
        counter,
        seen,
        value,
        ...(deleted === true ? { deletedMs: clockMs } : {}),
        ...(dated ? { writtenMs: clockMs } : {}),
        ...(entriesMax === null ? {} : { seenMs: only(agesOf(state ?? []), seen) }),
      };
      return state === null ? [written] : merge(state, [written]);
    },
    merge,
    read(state) {
      const context = contextOf(state ?? []);
      const live = (state ?? []).filter(({ deletedMs }) => deletedMs === undefined);
      const values = live.map(({ value }) => value);
      const value = values[0] ?? null;
      if (values.length < 2) return { ok: true, value, context };
      if (siblings === "merge") return { ok: true, value: mergedValue(values), context };
      if (siblings === "lww") return { ok: true, value: live.reduce(latest).value, context };
      return { ok: true, value, siblings: values, context };
    },
    values: (state) => state.flatMap(({ value, deletedMs }) => (deletedMs === undefined ? [value] : [])),
    deletedMs: (state) =>
      state.some(({ deletedMs }) => deletedMs === undefined)
        ? null
        : Math.max(...state.map(({ deletedMs }) => deletedMs ?? 0)),
    sequence: (state, node) => countOf(contextOf(state), node),
  };
}

export const vectorClock: Versioning<State> = vectorClocks({ siblings: "client", entriesMax: null });

function merge(a: State, b: State): State {
  const kept = a.filter((sibling) => !isReplaced(sibling, b));
  const added = b.filter((sibling) => !isReplaced(sibling, a) && !a.some((other) => isSameDot(other, sibling)));
  if (added.length === 0 && kept.length === a.length) return a;
  return [...kept, ...added].sort((x, y) => y.counter - x.counter || (x.node < y.node ? 1 : -1));
}

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

/** When each node wrote last, as far as these siblings tell. */
function agesOf(state: State): ReadonlyMap<NodeName, number> {
  const ages = new Map<NodeName, number>();
  const saw = (node: NodeName, ms: number): void => void ages.set(node, Math.max(ms, ages.get(node) ?? 0));
  for (const { node, writtenMs, seenMs } of state) {
    saw(node, writtenMs ?? 0);
    for (const [name, ms] of Object.entries(seenMs ?? {})) saw(name, ms);
  }
  return ages;
}

function newest(vector: Vector, ages: ReadonlyMap<NodeName, number>, entriesMax: number): Vector {
  const byAge = Object.entries(vector).sort(([a], [b]) => (ages.get(b) ?? 0) - (ages.get(a) ?? 0) || (a < b ? -1 : 1));
  return Object.fromEntries(byAge.slice(0, entriesMax));
}

/** Of the nodes that the vector names. */
function only(ages: ReadonlyMap<NodeName, number>, vector: Vector): Vector {
  return Object.fromEntries([...ages].filter(([node]) => Object.hasOwn(vector, node)));
}

function latest(a: Sibling, b: Sibling): Sibling {
  const [aMs, bMs] = [a.writtenMs ?? 0, b.writtenMs ?? 0];
  if (aMs !== bMs) return aMs > bMs ? a : b;
  return a.node > b.node ? a : b;
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

/** Milliseconds, or nothing. */
function isTime(json: Json | undefined): boolean {
  return json === undefined || typeof json === "number";
}

function isSibling(json: Json): json is Sibling {
  return (
    isObject(json) &&
    typeof json["node"] === "string" &&
    isCount(json["counter"]) &&
    isVector(json["seen"]) &&
    json["value"] !== undefined &&
    isTime(json["deletedMs"]) &&
    isTime(json["writtenMs"]) &&
    (json["seenMs"] === undefined || (isObject(json["seenMs"]) && Object.values(json["seenMs"]).every(isTime)))
  );
}
