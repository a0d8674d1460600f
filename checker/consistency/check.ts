/** One consistency model, by any of its names -> the verdict of the checker that decides it. */

import type { History } from "../history/operation.js";
import { checkLinearizable } from "../linearizability/check.js";
import { checkSession } from "../session/session.js";
import { checkAtomicity } from "../staleness/atomicity.js";
import { checkRegister } from "../staleness/regular.js";
import type { Verdict } from "../verdict.js";
import { type ConsistencyName, consistencyNamed } from "./models.js";
import { checkSequential } from "./sequential/sequential.js";

export interface ConsistencyOptions {
  /** Budget in the steps of the checker that decides the model; each has a default of its own. */
  readonly stepsMax?: number;
}

/**
 * The verdict's `checker` is the model's first name; its `details` are those of the checker. A model that nobody knows
 * is the caller's mistake: ask `consistencyNamed` first, which says what is known; here it throws.
 */
export const checkConsistency = (
  history: History,
  model: string,
  options: ConsistencyOptions = {},
): Verdict<unknown> => {
  const named = consistencyNamed(model);
  if (named.is === "problem") throw new TypeError(named.problem);
  if (named.is === "k-atomic") {
    return { ...checkAtomicity(history, { k: named.k, ...options }), checker: `${named.k}-atomic` };
  }
  return { ...checkModel(history, named.model, options), checker: named.model };
};

const checkModel = (history: History, model: ConsistencyName, options: ConsistencyOptions): Verdict<unknown> => {
  if (model === "linearizable") return checkLinearizable(history, options);
  if (model === "sequential") return checkSequential(history, options);
  if (model === "2-atomic") return checkAtomicity(history, { k: 2, ...options });
  if (model === "regular" || model === "safe") return checkRegister(history, model);
  return checkSession(history, model, options.stepsMax === undefined ? undefined : { stepsMax: options.stepsMax });
};
