/** vega-lite to vega, so that the page needs no compiler, and no `eval`. */

import type { TopLevelSpec } from "vega-lite";
import type { Payload } from "../payload.js";
import type { Plot } from "../section/plots.js";
import { availabilitySpec, divergenceSpec, latencySpec, quantileSpec, rateSpec, staleSpec } from "./specs.js";

export const compilePlots = async (plots: readonly Plot[]): Promise<Payload["plots"]> => {
  // Late, since it takes a third of a second that other commands need not pay.
  const { compile } = await import("vega-lite");
  return plots.map((plot) => ({ id: plot.id, spec: compile(specOf(plot)).spec, data: plot.data }));
};

const specOf = ({ id, axes, panels, range }: Plot): TopLevelSpec =>
  ({
    latency: () => latencySpec(axes, panels, range),
    quantiles: () => quantileSpec(axes, panels, range),
    rate: () => rateSpec(axes, panels),
    availability: () => availabilitySpec(axes),
    stale: () => staleSpec(axes, range),
    divergence: () => divergenceSpec(axes),
  })[id]();
