/**
 * Whole lines of JSON, each one object -> the objects, by one call of JSON.parse for all of them: to call it for each line
 * takes several times as long.
 *
 * Only where every line is an object without objects in it and nothing else: then braces stand at the ends of lines and
 * nowhere else, so that what is parsed together means what it would mean line by line. Newlines stay between them, for no
 * text of JSON may run over one.
 */

import { isRawEvent, type RawEvent } from "../../history/parse.js";

const BETWEEN = /\}\n\{/g;

/** `text`: lines, the last with or without its newline. null: read it some other way. */
export function objectsOf(text: string): readonly RawEvent[] | null {
  const end = text.endsWith("\n") ? text.length - 1 : text.length;
  if (end < 2 || text[0] !== "{" || text[end - 1] !== "}") return null;
  const inner = text.slice(1, end - 1);
  const members = inner.replace(BETWEEN, ",");
  if (members.includes("{") || members.includes("}") || members.includes("\n")) return null;
  try {
    const parsed: unknown = JSON.parse(`[{${inner.replace(BETWEEN, "},\n{")}}]`);
    return Array.isArray(parsed) && parsed.every(isRawEvent) ? parsed : null;
  } catch {
    return null;
  }
}
