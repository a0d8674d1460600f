/** What a report is made from. */

import type { History } from "../../checker/history/operation.js";
import type { RunVerdict } from "../../checker/judge.js";
import type { FaultPlan, RunConfig } from "../config/config.js";
import type { Message } from "../config/message.js";

export type { RunVerdict };

export interface ReportInput {
  /** null for a history that came from elsewhere. */
  readonly config: RunConfig | null;
  readonly plan: FaultPlan | null;
  readonly history: History;
  readonly verdict: RunVerdict;
  /** What was overheard on the links; absent: nothing was taken down. */
  readonly messages?: readonly Message[];
  /** Title where there is no config: the name of the file. */
  readonly title: string;
}
