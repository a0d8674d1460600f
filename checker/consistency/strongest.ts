/**
 * The strongest consistency that a history has, and the weakest that it has not.
 *
 * Linearizability is asked first, since it implies the rest. Where it does not hold the weak models come first: one that
 * is violated takes all stronger ones with it, and they need not be looked at.
 */

import type { History } from "../history/operation.js";
import type { Validity, Verdict } from "../verdict.js";
import { checkConsistency } from "./check.js";
import { CONSISTENCY_NAMES, type ConsistencyName, consistencyNamed, strongerThan, weakerThan } from "./models.js";

export interface ModelFinding {
  readonly model: ConsistencyName;
  readonly valid: Validity;
  /** The reason of the checker that decided it, or of the model from which it follows. */
  readonly because: string;
  readonly witness: readonly number[];
  /** The model from which it follows; null where it was looked at itself. */
  readonly by: ConsistencyName | null;
}

export interface StrongestConsistency {
  /** The strongest models that are proven to hold: none that another of them implies. */
  readonly holds: readonly ConsistencyName[];
  /** The strongest models that are not ruled out; those that are not in `holds` are not proven either. */
  readonly possible: readonly ConsistencyName[];
  /** The weakest models that are violated: none that implies another of them. */
  readonly violated: readonly ConsistencyName[];
  /** All models that could not be decided. */
  readonly unknown: readonly ConsistencyName[];
  /** All models, strongest first. */
  readonly models: readonly ModelFinding[];
}

export interface StrongestOptions {
  /** Budget of all checks together, in visits of clock entries. The default takes about two seconds at most. */
  readonly stepsMax?: number;
  /** What the linearizability checker found, where it was asked already. */
  readonly linearizable?: Verdict<unknown>;
}

const STEPS_MAX = 2e8;

/** In steps of the checker's own kind, the part of the budget that each model may use. Of the others: a tenth. */
const SHARES: { readonly [model in ConsistencyName]?: number } = {
  linearizable: 1 / 200,
  "2-atomic": 1 / 20,
  sequential: 1 / 2,
};
const SHARE = 1 / 10;

export const strongestConsistency = (history: History, options: StrongestOptions = {}): StrongestConsistency => {
  const stepsMax = options.stepsMax ?? STEPS_MAX;
  const found = new Map<ConsistencyName, ModelFinding>();
  const nothing = nothingToJudge(history);
  const ask = (model: ConsistencyName): Verdict<unknown> =>
    model === "linearizable" && options.linearizable !== undefined
      ? options.linearizable
      : checkConsistency(history, model, { stepsMax: Math.ceil(stepsMax * (SHARES[model] ?? SHARE)) });
  for (const model of ["linearizable" as const, ...CONSISTENCY_NAMES.toReversed()]) {
    if (found.has(model)) continue;
    const { valid, because, witness } = nothing ?? ask(model);
    found.set(model, { model, valid, because, witness, by: null });
    if (valid === "unknown") continue;
    for (const other of valid === "valid" ? weakerThan(model) : strongerThan(model)) {
      if ((found.get(other)?.valid ?? "unknown") !== "unknown") continue;
      found.set(other, { model: other, valid, because, witness, by: model });
    }
  }
  const models = CONSISTENCY_NAMES.flatMap((name) => found.get(name) ?? []);
  const named = (which: (finding: ModelFinding) => boolean): ConsistencyName[] =>
    models.filter(which).map(({ model }) => model);
  return {
    holds: strongestOf(named(({ valid }) => valid === "valid")),
    possible: strongestOf(named(({ valid }) => valid !== "invalid")),
    violated: weakestOf(named(({ valid }) => valid === "invalid")),
    unknown: named(({ valid }) => valid === "unknown"),
    models,
  };
};

const strongestOf = (names: readonly ConsistencyName[]): ConsistencyName[] =>
  names.filter((name) => ![...strongerThan(name)].some((other) => names.includes(other)));

const weakestOf = (names: readonly ConsistencyName[]): ConsistencyName[] =>
  names.filter((name) => ![...weakerThan(name)].some((other) => names.includes(other)));

type Undecided = Pick<ModelFinding, "valid" | "because" | "witness">;

const unknown = (because: string): Undecided => ({ valid: "unknown", because, witness: [] });

/** Why the models, which are those of registers, have nothing to say about a history; null where they have. */
const nothingToJudge = (history: History): Undecided | null => {
  let reads = 0;
  for (const { f, type, invoked } of history.operations) {
    if (type === "fail" || f === "dump") continue;
    if (f !== "read" && f !== "write" && f !== "cas") {
      return unknown(`Not a history of registers: the ${f} at ${invoked} is neither read, write nor cas.`);
    }
    if (f !== "write" && type === "ok") reads++;
  }
  return reads === 0 ? unknown("No read returned, so there is nothing to judge.") : null;
};

export interface StrongestVerdictOptions extends StrongestOptions {
  /** The models that are claimed, by any of their names; default: linearizable. Throws for a name that nobody knows. */
  readonly claimed?: readonly string[];
}

/**
 * All of it as one verdict: valid if the claimed models hold, invalid if one is violated. The sentence names the strongest
 * that hold and the weakest that do not, with the reason of the first of these.
 */
export const checkStrongest = (
  history: History,
  { claimed = ["linearizable"], ...options }: StrongestVerdictOptions = {},
): Verdict<StrongestConsistency> => {
  const found = strongestConsistency(history, options);
  const claims = claimed.map((name): ModelFinding => {
    const model = consistencyNamed(name);
    if (model.is === "problem") throw new TypeError(model.problem);
    const known = found.models.find((finding) => model.is === "model" && finding.model === model.model);
    return known ?? { ...checkConsistency(history, name), model: "linearizable", by: null };
  });
  const broken = claims.find(({ valid }) => valid === "invalid");
  const open = claims.find(({ valid }) => valid === "unknown");
  const [told] = toldFirst(found, broken?.model);
  return {
    checker: "consistency",
    valid: broken !== undefined ? "invalid" : open !== undefined ? "unknown" : "valid",
    because: say(found, broken?.model),
    // What proves that the model of the sentence is violated: those above it fall with it.
    witness: broken === undefined ? [] : (found.models.find(({ model }) => model === told) ?? broken).witness,
    details: found,
  };
};

/** The weakest violated models, one that refutes the broken claim before others. */
const toldFirst = ({ violated }: StrongestConsistency, broken: ConsistencyName | undefined): ConsistencyName[] => {
  const refutes = (name: ConsistencyName): boolean =>
    broken !== undefined && (name === broken || weakerThan(broken).has(name));
  return [...violated.filter(refutes), ...violated.filter((name) => !refutes(name))];
};

const say = (found: StrongestConsistency, broken: ConsistencyName | undefined): string => {
  const { holds, possible, models } = found;
  const violated = toldFirst(found, broken);
  const reason = (name: ConsistencyName | undefined): string =>
    models.find(({ model }) => model === name)?.because.replace(/\.$/, "") ?? "";
  if (violated.length === 0 && holds.length === 0) return `No model is decided: ${reason(models[0]?.model)}.`;
  const open = possible.filter((name) => !holds.includes(name));
  const parts: string[] = [];
  if (holds.length > 0) parts.push(`Holds: ${holds.join(", ")}.`);
  if (open.length > 0) parts.push(`Not decided: ${open.join(", ")}.`);
  const [first, ...others] = violated;
  if (first === undefined) return parts.join(" ");
  const more = others.length === 0 ? "" : ` Violated too: ${others.join(", ")}.`;
  return `${parts.join(" ")}${parts.length > 0 ? " " : ""}The weakest that is violated: ${first}: ${reason(first)}.${more}`;
};
