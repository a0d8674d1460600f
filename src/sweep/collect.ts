/** A sweep's folder -> its summary, page and JSON; also of one that is not finished. */

import { join } from "node:path";
import { writeJson, writeWhole } from "../archive/archive.js";
import { figuresOf, type RunFigures } from "./figures.js";
import { renderSweep } from "./page.js";
import { readDone, SWEEP_FILES, type SweepPlan } from "./plan.js";
import { summarize, type SweepSummary } from "./summary.js";

export interface Collected {
  readonly summary: SweepSummary;
  /** Runs whose folders could not be read. */
  readonly problems: readonly string[];
}

export async function collectSweep(dir: string, plan: SweepPlan): Promise<Collected> {
  const problems: string[] = [];
  const figures: RunFigures[][] = plan.settings.map(() => []);
  const seen = new Set<string>();
  for (const done of readDone(dir)) {
    const of = figures[done.setting];
    if (done.dir === null || of === undefined || seen.has(done.dir)) continue;
    seen.add(done.dir);
    const found = await figuresOf(join(dir, SWEEP_FILES.runs, done.dir));
    if ("problem" in found) problems.push(found.problem);
    else of.push(found);
  }
  const summary = summarize(plan, figures);
  writeJson(join(dir, SWEEP_FILES.summary), summary);
  writeWhole(join(dir, SWEEP_FILES.page), await renderSweep(summary));
  return { summary, problems };
}
