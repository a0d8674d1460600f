/**
 * A history -> its independent parts, each of which can be checked alone: linearizability is local (Herlihy and Wing,
 * 1990, theorem 1), so a history is linearizable exactly if every part is.
 */

import type { Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";
import type { Model } from "../model/model.js";
import { modelNamed, type ModelName, MODELS } from "../model/models.js";
import { suggestModel } from "../model/suggest.js";

export interface ModelChoice {
  /** A name, a model of one's own (`modelOf`), or by default `auto`: told from the names of the operations. */
  readonly model?: "auto" | ModelName | Model<unknown>;
  /** What the object holds at first. Default: what the model says, of a register null. */
  readonly initial?: Json;
}

/** Operations that look at replicas, not at the store as clients see it. */
const NOT_THE_STORE = ["dump"];

export type Chosen =
  | { readonly is: "model"; readonly model: Model<unknown>; readonly operations: readonly Operation[] }
  /** No model can judge this history, and why. */
  | { readonly is: "none"; readonly name: string; readonly because: string };

/** The model of a history, and the operations that count for it: none that failed, no read of unknown outcome. */
export function choose(history: History, choice: ModelChoice): Chosen {
  const operations = history.operations.filter((op) => !NOT_THE_STORE.includes(op.f));
  const asked = choice.model ?? "auto";
  const name = asked === "auto" ? suggestModel(operations) : asked;
  if (name === null) {
    const fs = [...new Set(operations.map((op) => op.f))].sort();
    return { is: "none", name: "none", because: `no model has all of these operations: ${fs.join(", ")}; name one` };
  }
  const model = typeof name === "string" ? modelNamed(nameOf(name), choice.initial) : name;
  const kept: Operation[] = [];
  for (const op of operations) {
    if (op.type === "fail") continue;
    if (model.fs.length > 0 && !model.fs.includes(op.f)) {
      return { is: "none", name: model.name, because: `the model ${model.name} knows no ${op.f}, as at ${op.invoked}` };
    }
    const problem = model.problem(op);
    if (problem !== null) return { is: "none", name: model.name, because: problem };
    if (op.type === "ok" || model.effect(op) !== "read") kept.push(op);
  }
  return { is: "model", model, operations: kept };
}

function nameOf(name: string): ModelName {
  const known = MODELS.find((one) => one === name);
  if (known === undefined) throw new TypeError(`no model is named ${name}: expected one of ${MODELS.join(", ")}`);
  return known;
}

export interface Part {
  readonly key: string | null;
  readonly operations: readonly Operation[];
}

/** The parts in the order of their first operations. */
export function partsOf(model: Model<unknown>, operations: readonly Operation[]): Part[] {
  const partOf = model.partition?.(operations) ?? ((op: Operation): string | null => op.key);
  const parts = new Map<string | null, Operation[]>();
  for (const op of operations) {
    const key = partOf(op);
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [op]);
    else part.push(op);
  }
  return [...parts].map(([key, part]) => ({ key, operations: part }));
}
