/**
 * Two values are the same value when their canonical texts are equal: object members sorted by name, no white space.
 * Stores and clients may hand back an object with its members in another order; that must not look like another value.
 */

import type { Json } from "./event.js";

export function canonical(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  const members: string[] = [];
  for (const name of Object.keys(value).sort()) {
    const member = value[name];
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${canonical(member)}`);
  }
  return `{${members.join(",")}}`;
}

export const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** Gives equal values one small number, in the order in which they are first seen. */
export class Interner {
  readonly values: Json[] = [];
  readonly #scalars = new Map<Json, number>();
  readonly #structures = new Map<string, number>();

  /** The number of `value`, a new one if it was never seen. */
  intern(value: Json): number {
    const known = this.find(value);
    if (known !== -1) return known;
    const id = this.values.length;
    this.values.push(value);
    if (value === null || typeof value !== "object") this.#scalars.set(value, id);
    else this.#structures.set(canonical(value), id);
    return id;
  }

  /** The number of `value`, or -1. */
  find(value: Json): number {
    // Numbers and strings, nearly all values there are, need no canonical text: a Map already tells 1 from "1".
    if (value === null || typeof value !== "object") return this.#scalars.get(value) ?? -1;
    return this.#structures.get(canonical(value)) ?? -1;
  }
}
