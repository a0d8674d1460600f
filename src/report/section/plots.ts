/** What the run looked like over time, with every fault shaded. The page draws them; here are words and data. */

import { html, type Html, NOTHING } from "../html.js";
import type { Material } from "../material.js";
import {
  answeredColumns,
  type Columns,
  divergenceColumns,
  faultColumns,
  panelsOf,
  quantileColumns,
  rateColumns,
  staleColumns,
} from "../plot/data.js";
import { POINTS_MAX, type Sample, samplePoints } from "../plot/points.js";
import type { Unpacked } from "../packed.js";
import type { Axes } from "../plot/specs.js";
import { count, counted, cut, duration } from "../words.js";

/** One picture: what to draw, and from which data. */
export interface Plot {
  readonly id: "latency" | "quantiles" | "rate" | "availability" | "stale" | "divergence";
  readonly title: string;
  readonly hint: string;
  readonly key: "outcomes" | "quantiles" | "none";
  readonly data: { readonly [name: string]: Columns };
  readonly axes: Axes;
  readonly panels: readonly string[];
  /** Least and greatest y, ms. */
  readonly range: readonly [number, number];
}

/** `table`: the same operations as columns, from which the page paints the scatter. */
export const plotsOf = (material: Material, table: Unpacked): readonly Plot[] => {
  const { findings, operations, spans, end, input } = material;
  const panels = panelsOf(operations.map((op) => op.f));
  const axes: Axes = {
    seconds: Math.max(1e-3, end / 1e9),
    faultKinds: [...new Set(spans.map((span) => cut(span.kind, 14)))],
  };
  const faults = faultColumns(spans, end);
  const names = panels.map((f) => cut(f, 30));
  const plots: Plot[] = [];
  const add = (plot: Omit<Plot, "axes" | "panels" | "data" | "range"> & Partial<Plot>, data: Plot["data"]): void => {
    plots.push({ range: [0, 0], ...plot, axes, panels: names, data: { ...data, faults } });
  };
  const known = table.textsOf("f");
  const sample = samplePoints(table, { fs: new Set(names.map((f) => known.indexOf(f, 1))) });
  if (sample.drawn.length > 0)
    add(
      {
        id: "latency",
        title: "Latency of each operation",
        hint: saySample(sample),
        key: "outcomes",
        range: latenciesOf(table, sample),
      },
      {},
    );
  const { statistics } = findings;
  if (statistics !== null && statistics.windows.length > 0) {
    const window = duration(statistics.windowMs);
    const quantiles = quantileColumns(statistics, panels);
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
      },
      { rates: rateColumns(statistics, panels, end / 1e6) },
    );
    add(
      {
        id: "availability",
        title: "Answered",
        hint: `Of the operations that began in each window of ${window}, the share that was answered: ok, or a cas that found another value.`,
        key: "none",
      },
      { answered: answeredColumns(operations, statistics.windowMs) },
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
        title: "Staleness",
        hint: `${shown}: for at least how long the value had been overwritten when the read began.`,
        key: "none",
        range: extent(stale["ms"]),
      },
      { stale },
    );
  }
  const divergence = divergenceColumns(input.history);
  const rounds = new Set(divergence.rounds).size;
  if (rounds > 0)
    add(
      {
        id: "divergence",
        title: "Divergence of the replicas",
        hint: `Each replica was read on its own after healing, ${rounds === 1 ? "once" : `${count(rounds)} times`}: the number of keys on which it differed from most. While faults were active nobody looked.`,
        key: "none",
      },
      { divergence },
    );
  return plots;
};

/** Least and greatest latency of those that are points, ms; a microsecond at least, since the scale is logarithmic. */
const latenciesOf = (table: Unpacked, { drawn }: Sample): readonly [number, number] => {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const op of drawn) {
    const ms = Math.max(1e-3, (((table.end[op] ?? 0) - (table.start[op] ?? 0)) * table.unitNs) / 1e6);
    low = Math.min(low, ms);
    high = Math.max(high, ms);
  }
  return [low, high];
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

const saySample = ({ drawn, of, allFailures, neverCompleted }: Sample): string => {
  const said =
    drawn.length === of
      ? `All ${counted(of, "operation")} that completed, by the time they began.`
      : `${count(drawn.length)} of ${count(of)} operations are drawn: ${allFailures ? "every failed and every indefinite one" : "an even share of the failed and indefinite ones, too many to draw all"}, the slowest of each moment, and an even share of the rest. A stretch with at most ${count(POINTS_MAX)} shows all of them.`;
  return neverCompleted === 0
    ? said
    : `${said} ${counted(neverCompleted, "operation")} never completed and so ${neverCompleted === 1 ? "has" : "have"} no latency.`;
};

const CHIPS_MAX = 10;

export const plots = (material: Material, drawn: readonly Plot[]): Html => {
  if (drawn.length === 0)
    return html`<section id="plots" aria-labelledby="plots-title"><h2 id="plots-title">Over time</h2><p class="note">Nothing completed, so there is nothing to plot.</p></section>`;
  return html`<section id="plots" aria-labelledby="plots-title">
<h2 id="plots-title">Over time</h2>
<p class="hint">All plots and the timeline have one time axis: drag over a stretch to show it alone, double click to show all again. ${material.spans.length > 0 ? "Shaded stretches are faults; the lane on top of each plot names them." : ""}</p>
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

/** Buttons that set the time axis of all pictures, so that no wheel and no drag is needed. */
export const zooms = ({ spans, end, timeline, counterexamples }: Material): Html => {
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
  return html`<div class="zooms" role="group" aria-label="Part of the run that is shown" hidden><span>Show</span>
<button type="button" data-from="0" data-to="${whole}" aria-pressed="true">the whole run</button>
${chips.map((chip) => html`<button type="button" data-from="${chip.from}" data-to="${chip.to}" aria-pressed="false">${chip.label}</button>`)}
<span class="steps"><button type="button" data-pan="-0.5" aria-label="earlier">←</button><button type="button" data-zoom="0.5" aria-label="nearer">+</button><button type="button" data-zoom="2" aria-label="further away">−</button><button type="button" data-pan="0.5" aria-label="later">→</button></span>
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
