/** A value for a sentence. */

import { canonical } from "../history/canonical.js";
import type { Json } from "../history/event.js";

/** At most `lengthMax` characters, so that a huge value cannot drown the words around it. */
export const shown = (value: Json, lengthMax = 40): string => {
  const text = canonical(value);
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
};
