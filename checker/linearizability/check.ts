/**
 * Is a history linearizable (Herlihy and Wing, 1990)?
 *
 * The object is split into parts that do not touch each other, usually its keys, and each is decided alone. Parts whose
 * values are distinct are decided at once (`distinct.ts`, `monitor/`), the others by search (`search.ts`), all of them
 * in turn with growing budgets, so that one hard key does not hide the violation in another.
 *
 * Sound: `invalid` is a proof. Complete up to `stepsMax`, beyond which it says `unknown`. Steps, not seconds: the same
 * history gets the same verdict on every machine. That there was anything to check is not judged here.
 */

import type { History } from "../history/operation.js";
import type { Verdict } from "../verdict.js";
import type { LinearizabilityDetails } from "./details.js";
import type { KeyCheck, KeyResult } from "./key-check.js";
import { isRegister, keyChecks, resultOf } from "./keys.js";
import { EXPLAINED_MAX, ROUND_STEPS, STEPS_MAX, verdictOf } from "./merge.js";
import { choose, type ModelChoice } from "./split.js";

export interface LinearizableOptions extends ModelChoice {
  /** Steps of the search over all keys. Default 20 million, some ten seconds. */
  readonly stepsMax?: number;
}

export function checkLinearizable(
  history: History,
  options: LinearizableOptions = {},
): Verdict<LinearizabilityDetails> {
  const stepsMax = options.stepsMax ?? STEPS_MAX;
  const chosen = choose(history, options);
  if (chosen.is === "none") {
    return verdictOf({ model: chosen.name, results: [], stepsMax, problem: chosen.because });
  }
  const { model } = chosen;
  // Of registers the failed writes too: that nobody may see them is part of an explanation.
  const operations = isRegister(model) ? history.operations.filter(({ f }) => model.fs.includes(f)) : chosen.operations;
  const results = decided(keyChecks(model, operations, options.initial), stepsMax);
  return verdictOf({ model: model.name, results, stepsMax, problem: null });
}

/** What keys that share one budget come to. */
export function decided(checks: readonly KeyCheck[], stepsMax: number): KeyResult[] {
  searchInTurn(checks, stepsMax);
  const explained = new Set(checks.filter(({ answer }) => answer === "invalid").slice(0, EXPLAINED_MAX));
  return checks.map((check) => resultOf(check, explained.has(check)));
}

function searchInTurn(checks: readonly KeyCheck[], stepsMax: number): void {
  let spent = 0;
  let open = checks.filter(({ isOpen }) => isOpen);
  for (let round = ROUND_STEPS; open.length > 0 && spent < stepsMax; round *= 10) {
    for (const check of open) {
      if (spent >= stepsMax) break;
      const before = check.steps;
      check.search(Math.min(round, stepsMax - spent));
      spent += check.steps - before;
    }
    // Once a key is invalid so is the history: the others had their turn, and hard ones stay unknown.
    if (checks.some(({ answer }) => answer === "invalid")) break;
    open = open.filter(({ isOpen }) => isOpen);
  }
}
