/** How latency goes with one setting that is a number: the classic curve of writes against their quorum. */

import type { TopLevelSpec } from "vega-lite";
import { COLOURS, CONFIG, type Drawing } from "./pictures.js";
import { labelOf } from "./settings.js";
import type { SettingSummary } from "./summary.js";

/** Fewer are no curve. */
const VALUES_MIN = 3;

/** The flag that is varied over numbers; the write quorum, where that is one of several. null: none is. */
export function curveFlag(settings: readonly Pick<SettingSummary, "setting">[]): string | null {
  const flags = Object.keys(settings[0]?.setting ?? {}).filter((flag) => {
    const values = new Set(settings.map(({ setting }) => Number(setting[flag])));
    return values.size >= VALUES_MIN && !values.has(Number.NaN);
  });
  return flags.find((flag) => flag === "writeQuorum") ?? flags[0] ?? null;
}

interface Point {
  readonly x: number;
  readonly ms: number;
  readonly line: string;
  /** The rest of the setting. */
  readonly group: string;
}

function pointsOf(settings: readonly SettingSummary[], flag: string): readonly Point[] {
  return settings.flatMap(({ setting, write }) => {
    if (write === null) return [];
    const rest = Object.fromEntries(Object.entries(setting).filter(([name]) => name !== flag));
    const group = Object.keys(rest).length === 0 ? "" : labelOf(rest);
    const x = Number(setting[flag]);
    return [
      { x, ms: write.p50, line: "median", group },
      { x, ms: write.p95, line: "95th percentile", group },
    ];
  });
}

/** Latency of writes against that flag: the median solid, the 95th percentile dashed. */
export function latencyCurve(settings: readonly SettingSummary[], flag: string): Drawing {
  const points = pointsOf(settings, flag);
  const groups = [...new Set(points.map(({ group }) => group))];
  const words = labelOf({ [flag]: "" }).trim();
  const label = points.map(({ x, ms, line, group }) => `${group} ${x}: ${line} ${ms.toFixed(0)} ms`.trim()).join("; ");
  const { x, y, color, strokeDash } = {
    x: {
      field: "x",
      type: "quantitative",
      scale: { zero: false, nice: false },
      axis: { title: words, values: points.map((point) => point.x), format: "~g" },
    },
    y: {
      field: "ms",
      type: "quantitative",
      scale: { zero: true, nice: true },
      axis: { title: "latency of a write, ms", tickCount: 5 },
    },
    color: {
      field: "group",
      type: "nominal",
      scale: { domain: groups, range: COLOURS },
      legend: groups.length < 2 ? null : { title: null, orient: "top" },
    },
    strokeDash: {
      field: "line",
      type: "nominal",
      scale: {
        domain: ["median", "95th percentile"],
        range: [
          [1, 0],
          [5, 4],
        ],
      },
      legend: { title: null, orient: "top", symbolType: "stroke" },
    },
  } as const;
  return {
    id: "curve",
    label: `Latency of writes against ${words}. ${label}`,
    spec: (width): TopLevelSpec => ({
      config: CONFIG as never,
      width,
      height: 280,
      padding: { left: 4, right: 8, top: 4, bottom: 12 },
      data: { values: [...points] },
      layer: [
        { mark: { type: "line", strokeWidth: 2 }, encoding: { x, y, color, strokeDash } },
        { mark: { type: "point", filled: true, size: 60, opacity: 1 }, encoding: { x, y, color } },
      ],
    }),
  };
}
