/** How much settings get done when every client asks again as soon as it is answered: a bar a setting. */

import type { TopLevelSpec } from "vega-lite";
import { rate } from "../report/words.js";
import { COLOURS, CONFIG, type Drawing } from "./pictures.js";
import type { SweepPlan } from "./plan.js";
import { type Setting, shortLabelOf } from "./settings.js";
import type { SettingSummary } from "./summary.js";

/** With a rate limit the limit would be drawn. */
export const isClosedLoop = ({ fixed }: Pick<SweepPlan, "fixed">): boolean =>
  fixed[fixed.indexOf("--rate") + 1] === "max" && fixed.includes("--rate");

/** The part of a setting that has a colour instead of a line. */
const GROUP = "nodes";

/** Successes a second: the mean of a setting's runs, and a line from the least to the greatest. */
export function throughputBars(settings: readonly SettingSummary[]): Drawing {
  const rows = settings.flatMap(({ setting, throughput, each }) => {
    if (throughput === null) return [];
    const { [GROUP]: nodes, ...rest } = setting;
    const seen = each.map((run) => run.throughput);
    const [low, high] = [Math.min(...seen), Math.max(...seen)];
    const group = nodes === undefined ? "" : `${nodes} nodes`;
    return [{ name: nameOf(rest), group, mean: throughput, low, high, text: rate(throughput) }];
  });
  const names = [...new Set(rows.map(({ name }) => name))];
  const groups = [...new Set(rows.map(({ group }) => group))];
  const label = rows.map(({ name, group, mean }) => `${name} ${group}: ${rate(mean)}`.replace(" :", ":")).join("; ");
  const y = {
    field: "name",
    type: "nominal",
    sort: names,
    axis: { title: null, grid: false, labelColor: "var(--ink)", labelLimit: 200 },
  } as const;
  const yOffset = { field: "group", type: "nominal", sort: groups } as const;
  const color = {
    field: "group",
    type: "nominal",
    scale: { domain: groups, range: COLOURS },
    legend: groups.length < 2 ? null : { title: null, orient: "top", symbolType: "square" },
  } as const;
  return {
    id: "throughput",
    label: `Throughput. ${label}`,
    spec: (width): TopLevelSpec => ({
      config: CONFIG as never,
      width: Math.max(120, width - 120),
      height: { step: 20 },
      padding: { left: 4, right: 64, top: 4, bottom: 12 },
      data: { values: rows },
      layer: [
        { mark: { type: "bar", height: 14 }, encoding: { y, yOffset, x: x("mean"), color } },
        {
          mark: { type: "rule", color: "var(--ink)", strokeWidth: 1.2 },
          encoding: { y, yOffset, x: x("low"), x2: { field: "high" } },
        },
        {
          mark: { type: "text", align: "left", dx: 4, fontSize: 12, color: "var(--ink)" },
          encoding: { y, yOffset, x: x("high"), text: { field: "text" } },
        },
      ],
    }),
  };
}

const nameOf = (setting: Setting): string => (Object.keys(setting).length === 0 ? "" : shortLabelOf(setting));

const x = (field: string) =>
  ({ field, type: "quantitative", axis: { title: "operations that succeeded, a second", tickCount: 5 } }) as const;
