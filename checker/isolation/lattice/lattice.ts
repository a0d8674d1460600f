/**
 * From anomalies to models and back: which anomalies a claim forbids, and which models a set of anomalies rules out.
 *
 * Both are closures over the two relations of `models.ts`; nothing here looks at a history.
 */

import { IMPLIED_ANOMALIES, MODELS } from "./models.js";

type Relation = ReadonlyMap<string, readonly string[]>;

const relation = (table: { readonly [from: string]: readonly string[] }): Relation => new Map(Object.entries(table));

const reversed = (forward: Relation): Relation => {
  const back = new Map<string, string[]>();
  for (const [from, tos] of forward) {
    for (const to of tos) {
      const list = back.get(to);
      if (list === undefined) back.set(to, [from]);
      else list.push(from);
    }
  }
  return back;
};

/** Everything reachable from `start`, `start` included. */
const closure = (start: Iterable<string>, along: Relation): Set<string> => {
  const seen = new Set(start);
  // A set iterates over what is added meanwhile: this loop is the whole traversal.
  for (const name of seen) for (const next of along.get(name) ?? []) seen.add(next);
  return seen;
};

const modelNames = Object.keys(MODELS);
const weakerModels = relation(Object.fromEntries(modelNames.map((name) => [name, MODELS[name]?.implies ?? []])));
const strongerModels = reversed(weakerModels);
const impliedAnomalies = relation(IMPLIED_ANOMALIES);
const implyingAnomalies = reversed(impliedAnomalies);
const proscribed = relation(Object.fromEntries(modelNames.map((name) => [name, MODELS[name]?.proscribes ?? []])));
const modelsProscribing = reversed(proscribed);

const names = new Map<string, string>();
for (const [name, model] of Object.entries(MODELS)) {
  for (const alias of [name, model.canonical, ...model.aliases]) names.set(alias, name);
}

/** The model called `name` (any alias, "PL-3" as well as "serializable"), by the name that verdicts show; null: unknown. */
export const modelNamed = (name: string): string | null => names.get(name) ?? null;

export const allModels: readonly string[] = [...modelNames].sort();

/** Every name a claim may use. */
export const allModelNames: readonly string[] = [...names.keys()].sort();

const anomalyNames = new Set([
  ...Object.keys(IMPLIED_ANOMALIES),
  ...Object.values(IMPLIED_ANOMALIES).flat(),
  ...modelNames.flatMap((name) => MODELS[name]?.proscribes ?? []),
]);

export const isAnomaly = (name: string): boolean => anomalyNames.has(name);
export const allAnomalies: readonly string[] = [...anomalyNames].sort();

/** The anomalies and all that imply one of them: seeing any of those means seeing these. */
export const implying = (anomalies: Iterable<string>): Set<string> => closure(anomalies, implyingAnomalies);

/** The anomalies and all that follow from them. */
export const impliedBy = (anomalies: Iterable<string>): Set<string> => closure(anomalies, impliedAnomalies);

/** Anomalies that must not occur if all these models hold. Models by their shown names. */
export const prohibitedBy = (models: Iterable<string>): Set<string> => {
  const direct = new Set<string>();
  for (const model of closure(models, weakerModels)) for (const name of proscribed.get(model) ?? []) direct.add(name);
  return implying(direct);
};

export interface Boundary {
  /** The weakest models ruled out. */
  readonly not: readonly string[];
  /** Stronger ones, ruled out with them. */
  readonly alsoNot: readonly string[];
}

/** All models that cannot hold of a history with these anomalies. */
export const refutedBy = (anomalies: Iterable<string>): ReadonlySet<string> => {
  const refuted = new Set<string>();
  for (const name of impliedBy(anomalies)) for (const model of modelsProscribing.get(name) ?? []) refuted.add(model);
  return closure(refuted, strongerModels);
};

/** Of models among which is every stronger one of each. Both lists sorted. */
export const boundaryOf = (impossible: ReadonlySet<string>): Boundary => {
  const not: string[] = [];
  const alsoNot: string[] = [];
  for (const model of [...impossible].sort()) {
    const weakest = ![...closure([model], weakerModels)].some((weaker) => weaker !== model && impossible.has(weaker));
    (weakest ? not : alsoNot).push(model);
  }
  return { not, alsoNot };
};

/** The models that cannot hold of a history with these anomalies. */
export const boundary = (anomalies: Iterable<string>): Boundary => boundaryOf(refutedBy(anomalies));

/** Models that at least one anomaly can refute: of the others no verdict of this checker says anything. */
export const testable = (model: string): boolean => prohibitedBy([model]).size > 0;

/** The strongest of the models that are left possible, untestable ones left out. Sorted. */
export const strongestBut = (impossible: ReadonlySet<string>): readonly string[] => {
  const possible = allModels.filter((model) => !impossible.has(model) && testable(model));
  const candidates = new Set(possible);
  return possible.filter(
    (model) => ![...closure([model], strongerModels)].some((other) => other !== model && candidates.has(other)),
  );
};

/** The model and all stronger ones. */
export const atLeast = (model: string): Set<string> => closure([model], strongerModels);
