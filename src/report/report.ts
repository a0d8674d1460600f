/** (config, faults, history, verdict) -> one self-contained HTML file. Pure: the caller reads and writes the files. */

import type { History } from "../../checker/history/operation.js";
import type { Validity, Verdict } from "../../checker/verdict.js";
import type { RunConfig, FaultPlan } from "../config/config.js";

/** `verdict.json`: the worst of the claimed checkers; the others are told but do not decide. */
export interface RunVerdict {
  readonly format: 1;
  readonly valid: Validity;
  /** One or two sentences for people. */
  readonly because: string;
  /** Names of the checkers whose verdict counts. */
  readonly claims: readonly string[];
  readonly verdicts: readonly Verdict[];
}

export interface ReportInput {
  /** null for a history that came from elsewhere. */
  readonly config: RunConfig | null;
  readonly plan: FaultPlan | null;
  readonly history: History;
  readonly verdict: RunVerdict;
  /** Title where there is no config: the name of the file. */
  readonly title: string;
}
