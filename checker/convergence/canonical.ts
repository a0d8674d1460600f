/** JSON values as strings: one canonical form for comparing, one short form for showing. */

import type { Json } from "../history/event.js";

/** Equal for equal JSON values, whatever the order of an object's members; `null` and `"null"` differ. */
export const canonical = (value: Json): string => {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.sort().join(",")}}`;
};

/** A value for a sentence: at most `lengthMax` characters, so that a huge value cannot drown the words around it. */
export const shown = (value: Json, lengthMax = 40): string => {
  const text = canonical(value);
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
};

/** `Array.isArray` does not narrow a readonly array out of a union; this does. */
export const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);
