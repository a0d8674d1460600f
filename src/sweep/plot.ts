/** The picture of a sweep that is kept as a file of its own. */

import { curveFlag, latencyCurve } from "./curve.js";
import { svgFile } from "./pictures.js";
import type { SweepPlan } from "./plan.js";
import type { SweepSummary } from "./summary.js";
import { isClosedLoop, throughputBars } from "./throughput.js";

/** What it shows, by what was asked; null: there is nothing to draw. */
export function plotted({ fixed, settings }: Pick<SweepPlan, "fixed" | "settings">): "throughput" | "latency" | null {
  if (isClosedLoop({ fixed })) return "throughput";
  return curveFlag(settings.map((setting) => ({ setting }))) === null ? null : "latency";
}

/** As SVG; null where the runs came to nothing that could be drawn. */
export async function plotOf({ plan, settings }: SweepSummary): Promise<string | null> {
  const what = plotted(plan);
  const flag = curveFlag(settings);
  if (what === "throughput" && settings.some(({ throughput }) => throughput !== null))
    return svgFile(throughputBars(settings));
  if (what === "latency" && flag !== null && settings.some(({ write }) => write !== null))
    return svgFile(latencyCurve(settings, flag));
  return null;
}
