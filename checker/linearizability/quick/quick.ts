/**
 * Registers from the text of JSON lines to a verdict, for histories that are as they should be and keys whose order is easy
 * to find or whose values are distinct: nearly all. For them it takes a fraction of what `readHistory` and
 * `checkLinearizable` take, which make objects of all operations and prepare for anything.
 *
 *     const check = new QuickCheck();
 *     for (const lines of pieces) check.push(lines);
 *     const answer = check.end();
 *
 * What it finds in order is valid. Of the other keys it says nothing: push the same lines to a `QuickRest`, which makes
 * operations of those keys alone and checks them in full. A history that is not as it should be is `declined`, whatever
 * may be wrong with it.
 */

import type { Verdict } from "../../verdict.js";
import type { LinearizabilityDetails } from "../details.js";
import { checkDistinct } from "../distinct.js";
import type { KeyResult } from "../key-check.js";
import { STEPS_MAX, verdictOf } from "../merge.js";
import { QuickColumns, type QuickKey } from "./columns.js";
import { objectsOf } from "./objects.js";
import { findsOrder } from "./order.js";

export type QuickResult =
  | { readonly is: "declined" }
  /** `hasOk`: some operation succeeded, so that the verdict is about something. */
  | { readonly is: "valid"; readonly verdict: Verdict<LinearizabilityDetails>; readonly hasOk: boolean }
  /** Results by key in the order of the keys, null where the key is not decided. */
  | { readonly is: "open"; readonly open: QuickOpen; readonly hasOk: boolean };

/** The keys in their order, with null for the result of those that are not decided. */
export interface QuickOpen {
  readonly model: "register" | "cas-register";
  readonly keys: readonly { readonly key: string | null; readonly result: KeyResult | null }[];
}

export class QuickCheck {
  readonly #columns = new QuickColumns();
  #declined = false;

  /** Whole lines, the very last with or without its newline. False: it is declined already. */
  push(lines: string): boolean {
    if (this.#declined) return false;
    const events = objectsOf(lines);
    this.#declined = events === null || !events.every((event) => this.#columns.take(event));
    return !this.#declined;
  }

  /** `stepsMax` is only told: none are taken. */
  end(stepsMax = STEPS_MAX): QuickResult {
    if (this.#declined) return { is: "declined" };
    const columns = this.#columns;
    const model = columns.hasCas ? "cas-register" : "register";
    const keys = columns.keys().map((key) => ({ key: key.name, result: resultOf(key) }));
    const results = keys.flatMap(({ result }) => result ?? []);
    const { hasOk } = columns;
    if (results.length < keys.length) return { is: "open", open: { model, keys }, hasOk };
    return { is: "valid", verdict: verdictOf({ model, results, stepsMax, problem: null }), hasOk };
  }
}

function resultOf({ name, columns }: QuickKey): KeyResult | null {
  if (!findsOrder(columns) && checkDistinct(columns).is !== "valid") return null;
  const operations = columns.from.length;
  return { key: name, operations, answer: "valid", steps: 0, reached: 0, counterexample: null };
}
