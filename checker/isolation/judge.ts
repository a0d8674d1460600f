/** From anomalies and a claim to a verdict: which of them break the claim, which models they refute. */

import type { Validity } from "../verdict.js";
import { atLeast, implying, isAnomaly, modelNamed, prohibitedBy, refutedBy, testable } from "./lattice/lattice.js";
import { EXISTENCE_SPECS } from "./cycles/specs.js";
import type { Order } from "./graph/order.js";

export interface Claim {
  /** By the names that verdicts show; sorted. */
  readonly models: readonly string[];
  /** Anomalies forbidden beside those that the models forbid, as given. */
  readonly forbidden: readonly string[];
  /** All anomalies that break the claim. */
  readonly prohibited: ReadonlySet<string>;
  readonly untestable: readonly string[];
}

/** What a claim gets wrong: unknown names, each with what was expected. Empty for a good one. */
export const claimProblems = (consistency: readonly string[], anomalies: readonly string[]): readonly string[] => [
  ...consistency
    .filter((name) => modelNamed(name) === null)
    .map((name) => `${name}: no consistency model of that name`),
  ...anomalies.filter((name) => !isAnomaly(name)).map((name) => `${name}: no anomaly of that name`),
];

export const claimOf = (consistency: readonly string[], anomalies: readonly string[]): Claim => {
  const models = [...new Set(consistency.flatMap((name) => modelNamed(name) ?? []))].sort();
  return {
    models,
    forbidden: anomalies,
    prohibited: new Set([...prohibitedBy(models), ...implying(anomalies)]),
    untestable: models.filter((model) => !testable(model)),
  };
};

const CYCLE = /^(G0|G1c|G-single|G-nonadjacent|G2)/;

/** The order that the claim is about: real time, else the order within processes, else none. */
export const orderOf = (claim: Claim): Order => {
  const cycles = [...claim.prohibited].filter((name) => CYCLE.test(name));
  if (cycles.some((name) => name.endsWith("-realtime"))) return "realtime";
  return cycles.some((name) => name.endsWith("-process")) ? "process" : null;
};

/** Nothing was checked; an anomaly only in so far as it keeps a verdict from being valid. */
export const EMPTY = "empty-transaction-graph";

export interface Judgement {
  readonly valid: Validity;
  /** Anomalies to report, sorted. */
  readonly shown: readonly string[];
  /** Every model that cannot hold. */
  readonly refuted: ReadonlySet<string>;
  /** Of models that a contradiction would refute those that it refutes under what was assumed in finding it. */
  readonly within: (models: ReadonlySet<string>) => ReadonlySet<string>;
}

const modelOfExistence = new Map(EXISTENCE_SPECS.map((spec) => [spec.anomaly, spec.model]));

/** `under`: a model that was assumed in finding them. Of models that do not promise it nothing is refuted. */
export const judge = (claim: Claim, found: readonly string[], under: string | null = null): Judgement => {
  const within = (models: ReadonlySet<string>): ReadonlySet<string> => {
    if (under === null) return models;
    const promising = atLeast(under);
    return new Set([...models].filter((model) => promising.has(model)));
  };
  const reportable = found.filter((name) => claim.prohibited.has(name) || name === EMPTY);
  const shown = reportable.filter((name) => {
    const model = modelOfExistence.get(name);
    if (model === undefined) return true;
    // Better evidence against the model makes the bare existence of a cycle uninteresting.
    return !within(refutedBy(reportable.filter((other) => other !== name))).has(model);
  });
  const broken = found.some((name) => claim.prohibited.has(name));
  const valid: Validity = broken ? "invalid" : shown.length > 0 ? "unknown" : "valid";
  return { valid, shown: [...shown].sort(), refuted: within(refutedBy(found)), within };
};
