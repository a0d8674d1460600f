/** One value that holds what several hold: what a store can do about siblings without asking anybody. */

import type { Json } from "../../wire.js";
import { isArray, isObject, sameJson } from "../json.js";

/**
 * Lists become their union, in order of first appearance; numbers the greatest; objects are merged field by field. What
 * cannot be merged is left to the first, which every replica puts first. So an element that one sibling took out comes
 * back from the other: the shopping cart of the Dynamo paper (section 4.4).
 */
export function mergedValue(values: readonly Json[]): Json {
  const [first = null, ...others] = values;
  return others.reduce(both, first);
}

function both(a: Json, b: Json): Json {
  if (isArray(a) && isArray(b)) return [...a, ...b.filter((item) => !a.some((other) => sameJson(item, other)))];
  if (typeof a === "number" && typeof b === "number") return Math.max(a, b);
  if (!isObject(a) || !isObject(b)) return a;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const field = (name: string): Json => {
    if (!Object.hasOwn(a, name)) return b[name] ?? null;
    return Object.hasOwn(b, name) ? both(a[name] ?? null, b[name] ?? null) : (a[name] ?? null);
  };
  return Object.fromEntries(names.map((name) => [name, field(name)]));
}
