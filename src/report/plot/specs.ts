/**
 * The plots, as vega-lite. Colours are names of the page's own CSS variables, `var(--ok)`: the page puts in what they
 * are in its theme, so that light, dark and print need one specification.
 *
 * All plots have one x axis: seconds since the run began, from the signal `from` to the signal `to`. Faults are shaded
 * in a fill of their own, in no legend: the lane on top names them, and the page's key says the rest.
 */

import type { TopLevelSpec } from "vega-lite";

/** Space to the left of every panel, so that all plots line up. */
export const LEFT = 66;
export const RIGHT = 12;
const LANE = 16;

type Panel = { readonly [property: string]: unknown };

export interface Axes {
  readonly seconds: number;
  readonly faultKinds: readonly string[];
}

const OUTCOMES = ["ok", "fail", "info"];
const OUTCOME_COLOURS = ["var(--ok)", "var(--fail)", "var(--info)"];

const time = (field: string, last: boolean): Panel => ({
  field,
  type: "quantitative",
  scale: { domainMin: { expr: "from" }, domainMax: { expr: "to" }, nice: false, zero: false },
  axis: last
    ? { title: "seconds since the run began", grid: false, titlePadding: 4 }
    : { labels: false, ticks: false, title: null, grid: false },
});

const shade: Panel = {
  data: { name: "faults" },
  mark: { type: "rect", color: "var(--fault)", opacity: 0.13, clip: true },
  encoding: { x: { field: "from", type: "quantitative" }, x2: { field: "to" } },
};

/** One line for each kind of fault, with the id in every bar that has room for it. */
const lanes = (kinds: readonly string[]): readonly Panel[] =>
  kinds.length === 0
    ? []
    : [
        {
          height: kinds.length * LANE,
          data: { name: "faults" },
          encoding: {
            x: time("from", false),
            y: {
              field: "kind",
              type: "nominal",
              sort: kinds,
              axis: { title: null, ticks: false, domain: false, grid: false },
            },
          },
          layer: [
            {
              mark: { type: "rect", color: "var(--fault)", opacity: 0.34, clip: true, tooltip: { content: "data" } },
              encoding: { x2: { field: "to" } },
            },
            {
              mark: {
                type: "text",
                align: "left",
                dx: 4,
                color: "var(--ink)",
                fontSize: 11,
                clip: true,
                baseline: "middle",
              },
              encoding: {
                text: { field: "id" },
                opacity: {
                  condition: {
                    test: `(datum.to - datum.from) / (to - from) * width > 8 * length(datum.id) + 2`,
                    value: 1,
                  },
                  value: 0,
                },
              },
            },
          ],
        },
      ];

const plot = (axes: Axes, panels: readonly Panel[]): TopLevelSpec =>
  // The parts are put together as plain data; vega-lite's compiler is the judge of their shape.
  ({
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "transparent",
    padding: { left: 0, right: RIGHT, top: 2, bottom: 2 },
    params: [
      { name: "from", value: 0 },
      { name: "to", value: axes.seconds },
    ],
    spacing: 6,
    vconcat: [...lanes(axes.faultKinds), ...panels].map((panel) => ({ width: 900, ...panel })),
    config: {
      aria: false,
      font: "system-ui, sans-serif",
      view: { stroke: "var(--line)" },
      mark: { invalid: null },
      title: { anchor: "start", frame: "group", fontSize: 12, fontWeight: 600, color: "var(--ink)", offset: 4 },
      axis: {
        labelColor: "var(--muted)",
        titleColor: "var(--muted)",
        titleFontWeight: "normal",
        titleFontSize: 12,
        labelFontSize: 11,
        gridColor: "var(--line)",
        domainColor: "var(--line)",
        tickColor: "var(--line)",
      },
      axisY: { minExtent: LEFT, maxExtent: LEFT, labelLimit: LEFT - 10 },
    },
  }) as unknown as TopLevelSpec;

/** Log scale in ms: powers of ten, or 1-2-5 steps where those are too few. */
const logMs = (range: readonly [number, number]): Panel => {
  const [low, high] = logBounds(range);
  const steps = (factors: readonly number[]): readonly number[] => {
    const values: number[] = [];
    for (let power = -3; power <= 7; power++)
      for (const factor of factors) {
        const each = Number((factor * 10 ** power).toPrecision(3));
        if (each >= low && each <= high) values.push(each);
      }
    return values;
  };
  const tens = steps([1]);
  return {
    field: "ms",
    type: "quantitative",
    scale: { type: "log", domain: [low, high], nice: false },
    axis: {
      title: null,
      values: tens.length >= 2 ? tens : steps([1, 2, 5]),
      labelExpr: "format(datum.value, '~g') + ' ms'",
    },
  };
};

const ofPanel = (i: number): Panel => ({ filter: { field: "panel", equal: i } });

/** The bounds of the log scale on which such values are shown, ms. */
export const logBounds = (range: readonly [number, number]): readonly [number, number] => [
  range[0] * 0.7,
  range[1] * 1.6,
];

/** Axes and faults only: the page paints the points, since there are too many of them to be objects. */
export const latencySpec = (axes: Axes, names: readonly string[], range: readonly [number, number]): TopLevelSpec =>
  plot(
    axes,
    names.map((name, i) => ({
      title: name,
      height: names.length > 3 ? 90 : 120,
      layer: [
        shade,
        {
          data: { values: [{ t: 0, ms: range[0] }] },
          mark: { type: "point", opacity: 0, clip: true },
          encoding: { x: time("t", i === names.length - 1), y: logMs(range) },
        },
      ],
    })),
  );

export const quantileSpec = (axes: Axes, names: readonly string[], range: readonly [number, number]): TopLevelSpec =>
  plot(
    axes,
    names.map((name, i) => ({
      title: name,
      height: 90,
      layer: [
        shade,
        {
          data: { name: "quantiles" },
          transform: [ofPanel(i)],
          mark: { type: "line", clip: true, strokeWidth: 1.8, point: { size: 14 }, tooltip: { content: "data" } },
          encoding: {
            x: time("t", i === names.length - 1),
            y: logMs(range),
            detail: { field: "run", type: "nominal" },
            color: {
              field: "q",
              type: "nominal",
              scale: { domain: ["p50", "p95", "p99"], range: ["var(--p50)", "var(--p95)", "var(--p99)"] },
              legend: null,
            },
            strokeDash: {
              field: "q",
              type: "nominal",
              scale: {
                domain: ["p50", "p95", "p99"],
                range: [
                  [1, 0],
                  [7, 3],
                  [2, 2],
                ],
              },
              legend: null,
            },
          },
        },
      ],
    })),
  );

export const rateSpec = (axes: Axes, names: readonly string[]): TopLevelSpec =>
  plot(
    axes,
    names.map((name, i) => ({
      title: name,
      height: 76,
      layer: [
        shade,
        {
          data: { name: "rates" },
          transform: [ofPanel(i)],
          mark: { type: "bar", clip: true, binSpacing: 0.5, tooltip: { content: "data" } },
          encoding: {
            x: { ...time("t", i === names.length - 1), bin: "binned" },
            x2: { field: "t2" },
            y: {
              field: "perSecond",
              type: "quantitative",
              stack: "zero",
              axis: { title: null, tickCount: 3, labelExpr: "format(datum.value, '~s') + '/s'" },
            },
            order: { field: "order" },
            color: {
              field: "type",
              type: "nominal",
              scale: { domain: OUTCOMES, range: OUTCOME_COLOURS },
              legend: null,
            },
          },
        },
      ],
    })),
  );

export const staleSpec = (axes: Axes, range: readonly [number, number]): TopLevelSpec =>
  plot(axes, [
    {
      height: 140,
      layer: [
        shade,
        {
          data: { name: "stale" },
          mark: {
            type: "point",
            shape: "diamond",
            filled: true,
            size: 26,
            opacity: 0.7,
            clip: true,
            color: "var(--fail)",
            tooltip: { content: "data" },
          },
          encoding: { x: time("t", true), y: logMs(range) },
        },
      ],
    },
  ]);

/** The share of operations that were answered, window by window. */
export const availabilitySpec = (axes: Axes): TopLevelSpec =>
  plot(axes, [
    {
      height: 76,
      layer: [
        shade,
        {
          data: { name: "answered" },
          mark: {
            type: "area",
            line: { color: "var(--ok)" },
            color: "var(--ok)",
            fillOpacity: 0.18,
            interpolate: "step-after",
            clip: true,
            tooltip: { content: "data" },
          },
          encoding: {
            x: time("t", true),
            y: {
              field: "answered",
              type: "quantitative",
              scale: { domain: [0, 100] },
              axis: { title: null, values: [0, 50, 100], labelExpr: "datum.value + ' %'" },
            },
          },
        },
      ],
    },
  ]);

/** On how many keys each replica differs from most, look by look. */
export const divergenceSpec = (axes: Axes): TopLevelSpec =>
  plot(axes, [
    {
      height: 110,
      layer: [
        shade,
        {
          data: { name: "divergence" },
          mark: {
            type: "line",
            strokeWidth: 1.8,
            clip: true,
            point: { size: 34, filled: true },
            tooltip: { content: "data" },
          },
          encoding: {
            x: time("t", true),
            y: {
              field: "keys",
              type: "quantitative",
              axis: {
                title: null,
                tickMinStep: 1,
                tickCount: 4,
                format: "d",
                labelExpr: "datum.value + (datum.value === 1 ? ' key' : ' keys')",
              },
            },
            detail: { field: "node", type: "nominal" },
            color: { value: "var(--fail)" },
          },
        },
      ],
    },
  ]);
