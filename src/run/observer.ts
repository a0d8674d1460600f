/** Who watches a run. */

import type { Violation } from "../../checker/online/online.js";
import type { ConductEvent } from "../../nemesis/index.js";

/** Told what goes on, for people to watch. */
export interface RunObserver {
  phase(name: "start" | "run" | "heal" | "final" | "check" | "done", detail: string): void;
  fault(event: ConductEvent): void;
  /** The first contradiction that shows while the run goes on. */
  violation(violation: Violation): void;
}
