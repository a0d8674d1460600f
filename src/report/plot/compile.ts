/** vega-lite to vega, so that the page needs no compiler, and no `eval`. */

import type { TopLevelSpec } from "vega-lite";
import type { Plot } from "../section/plots.js";
import { LEFT, latencySpec, quantileSpec, rateSpec, RIGHT, staleSpec } from "./specs.js";
import type { Columns } from "./data.js";

/** What the page's script finds in its data element. The script has the same shape in page/payload.ts. */
export interface Payload {
  /** Width that a plot needs beside its panels, px. */
  readonly margin: number;
  readonly plots: readonly {
    readonly id: string;
    readonly spec: unknown;
    readonly data: { readonly [name: string]: Columns };
  }[];
}

export const compilePlots = async (plots: readonly Plot[]): Promise<Payload> => {
  // Late, since it takes a third of a second that other commands need not pay.
  const { compile } = await import("vega-lite");
  const compiled = plots.map((plot) => ({
    id: plot.id,
    spec: compile(specOf(plot)).spec,
    data: plot.data,
  }));
  return { margin: LEFT + RIGHT, plots: compiled };
};

const specOf = ({ id, axes, panels, range }: Plot): TopLevelSpec =>
  ({
    latency: () => latencySpec(axes, panels, range),
    quantiles: () => quantileSpec(axes, panels, range),
    rate: () => rateSpec(axes, panels),
    stale: () => staleSpec(axes, range),
  })[id]();
