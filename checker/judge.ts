/** Every checker over one history, and what they come to for the claims of a test. Pure: `kvtest check` is this alone. */

import { checkConvergence } from "./convergence/convergence.js";
import type { History } from "./history/operation.js";
import { checkLinearizable, type LinearizableOptions } from "./linearizability/check.js";
import { checkPerformance } from "./performance/performance.js";
import { checkStaleness } from "./staleness/staleness.js";
import { checkVacuity } from "./vacuity/vacuity.js";
import { SEVERITY, type Validity, type Verdict, worst } from "./verdict.js";

/** Properties that a test may claim: the names of the checkers that decide them. */
export const CLAIMS = ["linearizable", "fresh", "converges"] as const;
export type Claim = (typeof CLAIMS)[number];

export interface JudgeOptions {
  readonly claims: readonly Claim[];
  /** Ids of the faults that were planned; each must have bitten for a run to count as a test. */
  readonly plannedFaults: readonly string[];
  /** Do not ask for ok reads, ok writes and faults that bit. */
  readonly allowVacuous: boolean;
  /** Replicas that differ have diverged only if they were read so long after the last fault and write. */
  readonly patienceMs: number;
  /** Budget of the linearizability search, in steps. */
  readonly stepsMax?: number;
  /** What the operations mean; default: found from their names. */
  readonly model?: LinearizableOptions["model"];
  /** Verdicts reached elsewhere already (on other threads), by the names of their checkers. */
  readonly decided?: { readonly [checker: string]: Verdict<unknown> };
}

/** `verdict.json`: the worst of the claimed checkers; the others are told but do not decide. */
export interface RunVerdict {
  readonly format: 1;
  readonly valid: Validity;
  /** One or two sentences for people. */
  readonly because: string;
  /** Names of the checkers whose verdict counts. */
  readonly claims: readonly string[];
  readonly verdicts: readonly Verdict<unknown>[];
}

type Check = (history: History, options: JudgeOptions) => Verdict<unknown>;

const CHECKERS: { readonly [name: string]: Check } = {
  linearizable: (history, { stepsMax, model }) =>
    checkLinearizable(history, {
      ...(stepsMax === undefined ? {} : { stepsMax }),
      ...(model === undefined ? {} : { model }),
    }),
  fresh: checkStaleness,
  converges: (history, { patienceMs }) => checkConvergence(history, { patienceMs }),
  "not-vacuous": (history, { plannedFaults }) => checkVacuity(history, { plannedFaults }),
  statistics: checkPerformance,
};

export function judge(history: History, options: JudgeOptions): RunVerdict {
  const verdicts = Object.entries(CHECKERS).map(([name, check]) =>
    safely(name, () => options.decided?.[name] ?? check(history, options)),
  );
  const claims: readonly string[] = options.allowVacuous ? options.claims : [...options.claims, "not-vacuous"];
  const deciding = verdicts.filter(({ checker }) => claims.includes(checker));
  return { format: 1, valid: worst(deciding), because: sentence(deciding), claims, verdicts };
}

/** The reasons of those that decide, worst first; of a valid run, what was found to hold. */
function sentence(deciding: readonly Verdict<unknown>[]): string {
  const valid = worst(deciding);
  if (valid === "valid") {
    const held = deciding.filter(({ checker }) => checker !== "not-vacuous").map(({ because }) => because);
    return held.length === 0 ? "nothing was claimed" : held.join("; ");
  }
  return deciding
    .filter((verdict) => verdict.valid !== "valid")
    .toSorted((a, b) => SEVERITY[b.valid] - SEVERITY[a.valid])
    .map(
      ({ checker, valid: validity, because }) =>
        `${validity === "invalid" ? "not " : "unknown whether "}${checker}: ${because}`,
    )
    .join("; ");
}

/** A checker that throws is a bug of ours: the answer is unknown (C2), never a pass, and the others still speak. */
function safely(name: string, check: () => Verdict<unknown>): Verdict<unknown> {
  try {
    return check();
  } catch (error) {
    const because = `the checker failed: ${error instanceof Error ? error.message : String(error)}`;
    return { valid: "unknown", checker: name, because, witness: [], details: null };
  }
}
