/** The one order of all changes, as far as a replica has it, and what the keys hold there. */

import type { Json, NodeName, Reply } from "../wire.js";
import { isObject, sameJson } from "./json.js";

export type Change =
  | { readonly f: "write"; readonly key: string; readonly value: Json }
  | { readonly f: "cas"; readonly key: string; readonly from: Json; readonly value: Json };

/** A change with the node that was asked for it, and that node's number for it. */
export type Ordered = { readonly origin: NodeName; readonly op: number; readonly change: Change };

/** Whole: what the sequencer sends to one that was away is as long as it was away. The log only grows. */
export class OrderedLog {
  readonly #entries: Ordered[] = [];
  readonly #known = new Set<string>();
  readonly #held = new Map<string, { readonly value: Json; readonly position: number }>();

  /** How many changes are applied. */
  get applied(): number {
    return this.#entries.length;
  }

  /** Whether this change of this node has its place. */
  has(origin: NodeName, op: number): boolean {
    return this.#known.has(`${op} ${origin}`);
  }

  /** Applies the next change, and says what its client is answered. The same at every replica. */
  append(entry: Ordered): Reply {
    this.#entries.push(entry);
    this.#known.add(`${entry.op} ${entry.origin}`);
    const { change } = entry;
    const found = this.valueOf(change.key);
    if (change.f === "cas" && !sameJson(found, change.from)) {
      return { ok: false, error: "mismatch", message: `found ${JSON.stringify(found)}` };
    }
    this.#held.set(change.key, { value: change.value, position: this.applied });
    return { ok: true, value: null };
  }

  after(position: number, countMax: number): readonly Ordered[] {
    return this.#entries.slice(position, position + countMax);
  }

  valueOf(key: string): Json {
    return this.#held.get(key)?.value ?? null;
  }

  /** Where the key got its value; 0: never. */
  positionOf(key: string): number {
    return this.#held.get(key)?.position ?? 0;
  }

  dump(): { readonly [key: string]: readonly Json[] } {
    return Object.fromEntries([...this.#held].map(([key, { value }]) => [key, [value]]));
  }
}

export function isChange(json: Json | undefined): json is Change {
  if (!isObject(json) || typeof json["key"] !== "string" || json["value"] === undefined) return false;
  return json["f"] === "write" || (json["f"] === "cas" && json["from"] !== undefined);
}
