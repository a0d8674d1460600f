/** A short name for a JSON value: two values that differ have, but for one chance in 2^64, different ones. */

import type { Json } from "../wire.js";
import { draw } from "./draw.js";
import { isArray, isObject } from "./json.js";

/** 64 bits in hexadecimal, independent of the order of an object's fields. */
export function digestOf(json: Json): string {
  const text = canonical(json);
  return [1, 2].map((seed) => (draw(seed, 0, text) * 2 ** 32).toString(16).padStart(8, "0")).join("");
}

function canonical(json: Json): string {
  if (isArray(json)) return `[${json.map(canonical).join(",")}]`;
  if (!isObject(json)) return JSON.stringify(json);
  const names = Object.keys(json).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(json[name] ?? null)}`).join(",")}}`;
}
