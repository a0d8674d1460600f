/** What the run looked like over time, with every fault shaded. The page draws them; here are words and data. */

import { html, type Html, NOTHING } from "../html.js";
import type { Material } from "../material.js";
import {
  type Columns,
  faultColumns,
  panelsOf,
  pointColumns,
  quantileColumns,
  rateColumns,
  staleColumns,
} from "../plot/data.js";
import { samplePoints, type Sample } from "../plot/points.js";
import type { Axes } from "../plot/specs.js";
import { count, counted, cut, duration } from "../words.js";

/** One picture: what to draw, and from which data. */
export interface Plot {
  readonly id: "latency" | "quantiles" | "rate" | "stale";
  readonly title: string;
  readonly hint: string;
  readonly key: "outcomes" | "quantiles" | "none";
  readonly data: { readonly [name: string]: Columns };
  readonly axes: Axes;
  readonly panels: readonly string[];
  /** Least and greatest y, ms. */
  readonly range: readonly [number, number];
}

export const plotsOf = (material: Material): readonly Plot[] => {
  const { findings, operations, spans, end } = material;
  const panels = panelsOf(operations.map((op) => op.f));
  const axes: Axes = {
    seconds: Math.max(1e-3, end / 1e9),
    faultKinds: [...new Set(spans.map((span) => cut(span.kind, 14)))],
  };
  const faults = faultColumns(spans, end);
  const names = panels.map((f) => cut(f, 30));
  const plots: Plot[] = [];
  const add = (plot: Omit<Plot, "axes" | "panels" | "data">, data: Plot["data"]): void => {
    plots.push({ ...plot, axes, panels: names, data: { ...data, faults } });
  };
  const sample = samplePoints(operations, end);
  if (sample.operations.length > 0) {
    const points = pointColumns(sample, panels);
    add(
      {
        id: "latency",
        title: "Latency of each operation",
        hint: saySample(sample),
        key: "outcomes",
        range: extent(points["ms"]),
      },
      { points },
    );
  }
  if (findings.statistics !== null && findings.statistics.windows.length > 0) {
    const window = duration(findings.statistics.windowMs);
    const quantiles = quantileColumns(findings.statistics, panels);
    if (extent(quantiles["ms"])[1] > 0)
      add(
        {
          id: "quantiles",
          title: "Latency quantiles",
          hint: `Of ok operations, in windows of ${window}. A line breaks where none completed.`,
          key: "quantiles",
          range: extent(quantiles["ms"]),
        },
        { quantiles },
      );
    add(
      {
        id: "rate",
        title: "Rate",
        hint: `Completions per second, in windows of ${window}; from below ok, fail, info.`,
        key: "outcomes",
        range: [0, 0],
      },
      { rates: rateColumns(findings.statistics, panels, end / 1e6) },
    );
  }
  const { fresh } = findings;
  if (fresh !== null && fresh.worst.length > 0) {
    const stale = staleColumns(fresh);
    const shown =
      fresh.worst.length < fresh.stale
        ? `The ${count(fresh.worst.length)} stalest of ${counted(fresh.stale, "stale read")}`
        : counted(fresh.stale, "stale read");
    add(
      {
        id: "stale",
        title: "Stale reads",
        hint: `${shown}: for at least how long the value had been overwritten when the read began.`,
        key: "none",
        range: extent(stale["ms"]),
      },
      { stale },
    );
  }
  return plots;
};

const extent = (column: Columns[string] | undefined): readonly [number, number] => {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  if (column !== undefined && !("words" in column))
    for (const n of column) {
      low = Math.min(low, n);
      high = Math.max(high, n);
    }
  return high === 0 ? [0, 0] : [low, high];
};

const saySample = (sample: Sample): string => {
  const drawn =
    sample.operations.length === sample.of
      ? `All ${counted(sample.of, "operation")} that completed, by the time they began.`
      : `${count(sample.operations.length)} of ${count(sample.of)} operations are drawn: ${sample.allFailures ? "every failed and every indefinite one" : "an even share of the failed and indefinite ones, too many to draw all"}, the slowest of each moment, and an even share of the rest.`;
  return sample.neverCompleted === 0
    ? drawn
    : `${drawn} ${counted(sample.neverCompleted, "operation")} never completed and so ${sample.neverCompleted === 1 ? "has" : "have"} no latency.`;
};

const CHIPS_MAX = 10;

export const plots = (material: Material, drawn: readonly Plot[]): Html => {
  if (drawn.length === 0)
    return html`<section id="plots" aria-labelledby="plots-title"><h2 id="plots-title">Over time</h2><p class="note">Nothing completed, so there is nothing to plot.</p></section>`;
  return html`<section id="plots" aria-labelledby="plots-title">
<h2 id="plots-title">Over time</h2>
<p class="hint">All plots have one time axis. ${material.spans.length > 0 ? "Shaded stretches are faults; the lane on top of each plot names them." : ""}</p>
${zooms(material)}
<noscript><p class="note">The plots are drawn by a script of this page, and scripts are off.</p></noscript>
${drawn.map(
  (plot) => html`<figure>
<figcaption><h3>${plot.title}</h3><p class="note">${plot.hint}</p>${keys(plot)}</figcaption>
<div class="plot" id="plot-${plot.id}" role="img" aria-label="${plot.title}. ${plot.hint}"></div>
</figure>`,
)}
</section>`;
};

/** Buttons that set the time axis of all plots: no wheel and no drag, so that they work from the keyboard. */
const zooms = ({ spans, end, timeline, counterexamples }: Material): Html => {
  const chips: { readonly label: string; readonly from: number; readonly to: number }[] = [];
  const whole = end / 1e9;
  const example =
    counterexamples[0]?.operations ??
    (timeline.about === "violation" ? timeline.operations.filter((op) => timeline.told.has(op.invoked)) : []);
  if (example.length > 0) {
    const from = Math.min(...example.map((op) => op.start)) / 1e9;
    const to = Math.max(...example.map((op) => op.end ?? op.start)) / 1e9;
    chips.push({ label: "the violation", ...around(from, to, whole) });
  }
  for (const span of spans.slice(0, CHIPS_MAX))
    chips.push({
      label: `${cut(span.id, 10)} ${cut(span.kind, 14)}`,
      ...around(span.begin.time / 1e9, (span.end?.time ?? end) / 1e9, whole),
    });
  if (chips.length === 0) return NOTHING;
  return html`<div class="zooms" role="group" aria-label="Part of the run that the plots show" hidden><span>Show</span>
<button type="button" data-from="0" data-to="${whole}" aria-pressed="true">the whole run</button>
${chips.map((chip) => html`<button type="button" data-from="${chip.from}" data-to="${chip.to}" aria-pressed="false">${chip.label}</button>`)}
</div>`;
};

const around = (from: number, to: number, whole: number): { readonly from: number; readonly to: number } => {
  const margin = Math.max(0.02 * whole, 0.25 * (to - from), 0.05);
  return { from: Math.max(0, from - margin), to: Math.min(whole, to + margin) };
};

const keys = (plot: Plot): Html => {
  if (plot.key === "outcomes")
    return html`<ul class="key" aria-label="Key">
<li><svg width="14" height="14"><circle class="k-ok" cx="7" cy="7" r="4"/></svg>ok</li>
<li><svg width="14" height="14"><path class="k-fail" d="M5 2h4v3h3v4H9v3H5V9H2V5h3z"/></svg>fail</li>
<li><svg width="14" height="14"><path class="k-info" d="M7 2l6 10H1z"/></svg>info</li>
</ul>`;
  if (plot.key === "quantiles")
    return html`<ul class="key" aria-label="Key">
<li><svg width="28" height="14"><path class="k-p50" d="M1 7h26"/></svg>p50</li>
<li><svg width="28" height="14"><path class="k-p95" d="M1 7h26" stroke-dasharray="7 3"/></svg>p95</li>
<li><svg width="28" height="14"><path class="k-p99" d="M1 7h26" stroke-dasharray="2 2"/></svg>p99</li>
</ul>`;
  return NOTHING;
};
