/**
 * The check in pieces that can run apart, as plain data that can be sent: split, check each key alone, merge.
 *
 *     const { tasks } = split(history, { model: "auto" });
 *     const results = tasks.map((task) => checkKey(task));      // anywhere, in any order
 *     mergeKeys(history.model, results);                        // the verdict of the whole
 *
 * `checkLinearizable` is the same on one thread, except that there one budget goes round all keys, while here every key
 * has one of its own. So what is decided here may be more, and never differs.
 */

import type { Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";
import { modelNamed, type ModelName } from "../model/models.js";
import type { Model } from "../model/model.js";
import type { Verdict } from "../verdict.js";
import type { LinearizabilityDetails } from "./details.js";
import type { KeyCheck, KeyResult } from "./key-check.js";
import { EXPLAIN_STEPS_MAX, ROUND_STEPS, STEPS_MAX, verdictOf } from "./merge.js";
import { ObjectKey } from "./object-key.js";
import { splitByKey } from "./register-history.js";
import { RegisterKey } from "./register-key.js";
import { choose, type ModelChoice, partsOf } from "./split.js";

/** All that a check of one key needs. JSON, as far as the values of the history are. */
export interface KeyTask {
  readonly model: ModelName;
  readonly initial: Json | undefined;
  readonly key: string | null;
  readonly operations: readonly Operation[];
}

export type Split =
  | { readonly is: "tasks"; readonly model: string; readonly tasks: readonly KeyTask[] }
  /** Nothing can be checked: the verdict already. */
  | { readonly is: "verdict"; readonly verdict: Verdict<LinearizabilityDetails> };

/** A model of one's own cannot be sent: only named ones can be split. */
export function split(history: History, choice: ModelChoice & { readonly model?: "auto" | ModelName }): Split {
  const chosen = choose(history, choice);
  if (chosen.is === "none") {
    return { is: "verdict", verdict: verdictOf({ model: chosen.name, results: [], problem: chosen.because }) };
  }
  const { model, operations } = chosen;
  // The name of a model that came by its name.
  const name = model.name as ModelName;
  // Failed operations are kept: what one would have written explains a read of it.
  const all = isRegister(model) ? history.operations.filter(({ f }) => model.fs.includes(f)) : operations;
  const tasks = partsOf(model, all).map((part) => ({ model: name, initial: choice.initial, ...part }));
  return { is: "tasks", model: name, tasks };
}

export interface KeyOptions {
  /** Steps of the search. Default 20 million. */
  readonly stepsMax?: number;
  /** Whether an invalid key is explained. Default yes. */
  readonly explain?: boolean;
}

export function checkKey(task: KeyTask, options: KeyOptions = {}): KeyResult {
  const stepsMax = options.stepsMax ?? STEPS_MAX;
  const [check] = keyChecks(modelNamed(task.model, task.initial), task.operations, task.initial);
  if (check === undefined) {
    return { key: task.key, operations: 0, answer: "valid", steps: 0, reached: 0, counterexample: null };
  }
  for (let round = ROUND_STEPS; check.isOpen && check.steps < stepsMax; round *= 10) {
    check.search(Math.min(round, stepsMax - check.steps));
  }
  return { ...resultOf(check, options.explain ?? true), key: task.key };
}

/** The verdict of a history from those of all its keys. */
export function mergeKeys(
  model: string,
  results: readonly KeyResult[],
  stepsMax: number = STEPS_MAX,
): Verdict<LinearizabilityDetails> {
  return verdictOf({ model, results, stepsMax, problem: null });
}

/** The checks of all parts; those that need no search are decided already. */
export function keyChecks(model: Model<unknown>, operations: readonly Operation[], initial?: Json): KeyCheck[] {
  if (isRegister(model)) return splitByKey(operations, initial ?? null).map((history) => new RegisterKey(history));
  return partsOf(model, operations).map((part) => new ObjectKey(model, part.key, part.operations));
}

/** Registers by their names: only those that came with kvtest have them, for there is no other way to make them. */
export const isRegister = (model: Model<unknown>): boolean =>
  model.name === "register" || model.name === "cas-register";

export const resultOf = (check: KeyCheck, explain: boolean): KeyResult => ({
  key: check.key,
  operations: check.operations,
  answer: check.answer,
  steps: check.steps,
  reached: check.reached,
  counterexample: explain && check.answer === "invalid" ? check.explain(EXPLAIN_STEPS_MAX) : null,
});
