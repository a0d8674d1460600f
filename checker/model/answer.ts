/** What models have in common: how an operation of unknown outcome answers, and how operations are told apart. */

import { canonical } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { Operation } from "../history/operation.js";

/** Whether the object's answer is the one on record. An operation of unknown outcome has none, so any fits. */
export const answers = (op: Operation, answer: Json): boolean =>
  op.type !== "ok" || canonical(op.result) === canonical(answer);

/** For models in which argument and answer are all that matters. */
export const identityOf = (op: Operation): string =>
  op.type === "ok" ? `${op.f} ${canonical(op.value)} ${canonical(op.result)}` : `${op.f} ${canonical(op.value)} ?`;

/** A whole number, or null. */
export const integerOf = (value: Json): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) ? value : null;
