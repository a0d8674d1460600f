/** What the checkers are told of a run. */

import type { JudgeOptions } from "../../checker/judge.js";
import type { FaultPlan } from "../config/config.js";
import type { TestConfig } from "../config/flags.js";
import { judgedAs } from "../workload/registry.js";
import { holdersOf } from "./holders.js";
import { PATIENCE_MS } from "./patience.js";

export interface Leniency {
  readonly allowVacuous: boolean;
  /** Budget of the linearizability search, in steps. */
  readonly stepsMax?: number;
  /** Ask only the checkers that the claims name. */
  readonly onlyClaims?: boolean;
}

export const judgeOptionsOf = (
  config: Pick<TestConfig, "workload" | "claims" | "protocol" | "nodes">,
  plan: FaultPlan,
  { allowVacuous, stepsMax, onlyClaims }: Leniency,
): JudgeOptions => ({
  workload: judgedAs(config.workload),
  claims: config.claims,
  plannedFaults: plan.faults.map(({ id }) => id),
  allowVacuous,
  patienceMs: PATIENCE_MS,
  ...holdersOf(config),
  ...(stepsMax === undefined ? {} : { stepsMax }),
  ...(onlyClaims === undefined ? {} : { onlyClaims }),
});
