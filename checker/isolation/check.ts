/**
 * Which isolation did these transactions really get?
 *
 * Sound: an `invalid` names transactions that prove it, under the assumptions in the README (unique writes per key;
 * for registers also the version rules that were switched on). Complete for what the dependencies show: a model whose
 * forbidden cycles exist is refuted, however large the component. Polynomial, deterministic, no clock and no budget.
 */

import type { Verdict } from "../verdict.js";
import type { IsolationDetails } from "./details.js";
import { checkCycles, type Cyclic, cyclicParts, refutedByCycles } from "./cycles/anomalies.js";
import { mostTelling } from "./explain/select.js";
import { hasOrderedPair } from "./graph/order.js";
import { FAIL, INFO, OK, eventOf, NEVER, type TxnHistory, type Workload } from "./history/columns.js";
import { type Inferred, inferListAppend, inferRegister, registerFacts } from "./infer/infer.js";
import { type Claim, claimOf, claimProblems, EMPTY, type Judgement, judge, orderOf } from "./judge.js";
import { type Assumption, assumptionsOf, nameUnder } from "./assume.js";
import type { VersionRules } from "./infer/version-order.js";
import { boundaryOf, refutedBy, strongestBut } from "./lattice/lattice.js";

export interface IsolationOptions {
  readonly workload: Workload;
  /** Models claimed, by any alias; default: strict-serializable. Empty: none, only `anomalies` are forbidden. */
  readonly consistency?: readonly string[];
  /** Anomalies forbidden beside those that the models forbid. */
  readonly anomalies?: readonly string[];
  /** Answer as Elle does, its known defects included (README). */
  readonly asElle?: boolean;
  /** rw-register: who reads v and then writes v' of the same key makes v' the later version. */
  readonly wfrKeys?: boolean;
  /** rw-register: each key is sequentially consistent by itself. */
  readonly sequentialKeys?: boolean;
  /** rw-register: each key is linearizable by itself. */
  readonly linearizableKeys?: boolean;
  /** rw-register: order versions also by what the claimed models themselves promise (`assume.ts`). Default: unless `asElle`. */
  readonly assumeClaim?: boolean;
  /** rw-register: index of a transaction's completion event to its place in the order of commits. */
  readonly transactionOrder?: { readonly [completed: string]: number };
}

/** Throws RangeError where the claim names no known model or anomaly: ask `claimProblems` first. */
export const checkIsolation = (history: TxnHistory, options: IsolationOptions): Verdict<IsolationDetails> => {
  const [consistency, anomalies] = [options.consistency ?? ["strict-serializable"], options.anomalies ?? []];
  const wrong = claimProblems(consistency, anomalies);
  if (wrong.length > 0) throw new RangeError(wrong.join("; "));
  if (history.workload !== options.workload) {
    throw new RangeError(`the history was read as ${history.workload}, not as ${options.workload}`);
  }
  const claim = claimOf(consistency, anomalies);
  const asElle = options.asElle ?? false;
  if (refused(history, asElle)) return withoutVerdict(history, claim, refusal(history));
  const outcome =
    history.workload === "list-append"
      ? judged(history, claim, withRealTime(history, inferListAppend(history, asElle)), asElle, null)
      : registerOutcome(history, claim, options, asElle);
  const crash = asElle ? elleCrashesOn(history, outcome.inferred) : null;
  return crash === null ? verdict(history, outcome, claim, asElle) : withoutVerdict(history, claim, crash);
};

/** What was inferred, and what it comes to. */
interface Outcome {
  readonly inferred: Inferred;
  /** What lies on cycles of its edges and of real time. */
  readonly realtime: Cyclic;
  readonly judgement: Judgement;
}

type Found = Pick<Outcome, "inferred" | "realtime">;

const withRealTime = (history: TxnHistory, inferred: Inferred): Found => ({
  inferred,
  realtime: cyclicParts(history, inferred.edges, "realtime"),
});

/** `assumption`: what was taken for granted in inferring it. */
const judged = (
  history: TxnHistory,
  claim: Claim,
  { inferred, realtime }: Found,
  asElle: boolean,
  assumption: Assumption | null,
): Outcome => {
  const order = orderOf(claim);
  const { edges, findings: own } = inferred;
  checkCycles(history, edges, realtime, order, own, asElle);
  if (!edges.seen && !hasOrderedPair(history, order)) own.add(EMPTY, { is: "empty" });
  const findings = assumption === null ? own : own.renamed((type) => nameUnder(assumption, type));
  const judgement = judge(claim, findings.types, assumption?.model ?? null);
  return { inferred: { ...inferred, findings }, realtime, judgement };
};

/**
 * Where nothing contradicts the claim as it is: what does once versions are ordered as the claim promises?
 *
 * Each assumption has the edges of those before it and more. So the strongest is tried first: where it leads to no
 * cycle, of versions or of transactions, none of the others does.
 */
const registerOutcome = (history: TxnHistory, claim: Claim, options: IsolationOptions, asElle: boolean): Outcome => {
  const facts = registerFacts(history, asElle);
  const rules = rulesOf(options);
  const assumptions = (options.assumeClaim ?? !asElle) ? assumptionsOf(claim) : [];
  const found = (assumption: Assumption | null): Found =>
    withRealTime(history, inferRegister(history, facts, { ...rules, ...assumption?.rules }));
  const shown = judge(claim, facts.findings.types);
  const strongest = shown.valid === "valid" ? (assumptions.at(-1) ?? null) : null;
  const most = strongest === null ? null : found(strongest);
  if (most?.realtime.groups.length === 0 && !most.inferred.findings.counts.has("cyclic-versions")) {
    const outcome = judged(history, claim, most, asElle, strongest);
    return { ...outcome, judgement: { ...outcome.judgement, refuted: shown.refuted } };
  }
  let best = judged(history, claim, found(null), asElle, null);
  for (const assumption of assumptions) {
    if (best.judgement.valid === "invalid") break;
    const known = assumption === strongest && most !== null ? most : found(assumption);
    const next = judged(history, claim, known, asElle, assumption);
    const refuted = new Set([...best.judgement.refuted, ...next.judgement.refuted]);
    best = { ...next, judgement: { ...next.judgement, refuted } };
  }
  return best;
};

const rulesOf = (options: IsolationOptions): VersionRules => ({
  wfrKeys: options.wfrKeys ?? false,
  sequentialKeys: options.sequentialKeys ?? false,
  linearizableKeys: options.linearizableKeys ?? false,
  realTime: false,
  transactionOrder: options.transactionOrder ?? null,
});

/** What Elle throws at; the rest of our problems it does not look at. */
const ELLE_REFUSES: { readonly [workload in Workload]: readonly string[] } = {
  "list-append": ["malformed", "unexpected-operation", "duplicate-write"],
  "rw-register": ["malformed"],
};

const refused = (history: TxnHistory, asElle: boolean): boolean =>
  asElle
    ? history.problems.some(({ kind }) => ELLE_REFUSES[history.workload].includes(kind))
    : history.problemCount > 0;

const verdict = (
  history: TxnHistory,
  { inferred, realtime, judgement }: Outcome,
  claim: Claim,
  asElle: boolean,
): Verdict<IsolationDetails> => {
  const { findings, edges } = inferred;
  const { anomalies, txns } = mostTelling(history, inferred, judgement.shown);
  const doubt = judgement.valid === "valid" && !asElle ? doubtOf(claim, edges.leftOut) : null;
  // What was assumed to find these cycles, only the models that promise it are refuted by.
  const cyclesRefute = judgement.within(refutedBy(refutedByCycles(history, edges, realtime)));
  const tolerated = findings.types.filter((type) => !judgement.shown.includes(type) && !type.endsWith("-cycle-exists"));
  const counts = (types: readonly string[]): { readonly [type: string]: number } =>
    Object.fromEntries(types.map((type) => [type, findings.counts.get(type) ?? 0]));
  return {
    valid: doubt === null ? judgement.valid : "unknown",
    checker: "isolation",
    because: doubt ?? because(claim, judgement, anomalies[0]?.because ?? ""),
    witness: judgement.valid === "invalid" ? witness(history, txns) : [],
    details: {
      ...empty(history, claim),
      dependencies: edges.count,
      anomalyTypes: judgement.shown,
      counts: counts(judgement.shown),
      tolerated: counts(tolerated),
      anomalies,
      ...boundaryOf(judgement.refuted),
      strongest: judgement.shown.includes(EMPTY) ? [] : strongestBut(new Set([...judgement.refuted, ...cyclesRefute])),
    },
  };
};

const claimWords = (claim: Claim): string => {
  const forbidden = claim.forbidden.length > 0 ? [`the absence of ${claim.forbidden.join(", ")}`] : [];
  return [...claim.models, ...forbidden].join(" and ");
};

/** Why nothing found is not enough to call the claim valid; null where it is. */
const doubtOf = (claim: Claim, leftOut: number): string | null => {
  if (claim.untestable.length > 0) {
    return `no anomaly that this checker knows can refute ${claim.untestable.join(", ")}: it cannot confirm it either`;
  }
  if (leftOut === 0) return null;
  return `nothing found contradicts ${claimWords(claim)}, but ${leftOut} anti-dependencies were too many to look at`;
};

const because = (claim: Claim, judgement: Judgement, first: string): string => {
  if (judgement.valid === "valid") return `nothing found contradicts ${claimWords(claim)}`;
  if (judgement.valid === "unknown") return first;
  return `not ${claimWords(claim)}: ${judgement.shown.filter((name) => name !== EMPTY).join(", ")}. ${first}`;
};

/** Events of the transactions shown: completions, and the invocations that real time speaks about. */
const witness = (history: TxnHistory, txns: readonly number[]): readonly number[] => {
  const events = txns.flatMap((txn) => [
    history.txnInvoked[txn] ?? -1,
    history.txnCompleted[txn] ?? NEVER,
    eventOf(history, txn),
  ]);
  return [...new Set(events)].filter((event) => event >= 0).sort((a, b) => a - b);
};

const refusal = (history: TxnHistory): string => {
  const [first] = history.problems;
  const more = history.problemCount > 1 ? ` (and ${history.problemCount - 1} more)` : "";
  return `not a history that can be judged: line ${first?.line ?? 0}: ${first?.message ?? ""}${more}`;
};

/** Elle ends in an assertion where a list holds an element that no completed transaction wrote. */
const elleCrashesOn = (history: TxnHistory, { basis, writers }: Inferred): string | null => {
  if (basis.is !== "list-append") return null;
  const completed = (txn: number): boolean => txn >= 0 && history.txnCompleted[txn] !== NEVER;
  for (const order of basis.versions.order) {
    for (const element of order) {
      if (completed(writers.writer[element] ?? -1) || completed(writers.failed[element] ?? -1)) continue;
      const [key, value] = [history.keyName(history.elementKey[element] ?? 0), history.elementValue(element)];
      return `Elle crashes here: no completed transaction wrote ${JSON.stringify(key)} = ${JSON.stringify(value)}`;
    }
  }
  return null;
};

const withoutVerdict = (history: TxnHistory, claim: Claim, why: string): Verdict<IsolationDetails> => ({
  valid: "unknown",
  checker: "isolation",
  because: why,
  witness: [],
  details: empty(history, claim),
});

const empty = (history: TxnHistory, claim: Claim): IsolationDetails => {
  const count = (type: number): number => history.txnType.reduce((sum, each) => sum + (each === type ? 1 : 0), 0);
  return {
    workload: history.workload,
    models: claim.models,
    forbidden: claim.forbidden,
    transactions: { ok: count(OK), info: count(INFO), fail: count(FAIL) },
    dependencies: 0,
    anomalyTypes: [],
    counts: {},
    tolerated: {},
    anomalies: [],
    not: [],
    alsoNot: [],
    strongest: [],
    untestable: claim.untestable,
    problems: history.problems,
    problemCount: history.problemCount,
  };
};
