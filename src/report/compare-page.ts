/** A comparison of two runs as a page: sections for any page, and one file of its own without a script. */

import { headOf } from "./head.js";
import {
  changeInWords,
  type ComparedFigure,
  type ComparedRun,
  compareRuns,
  figureInWords,
  type Said,
} from "./compare.js";
import { type Findings, findingsOf } from "./findings.js";
import { type Content, html, type Html, NOTHING } from "./html.js";
import { glyph } from "./section/headline.js";
import { figure, table } from "./section/table.js";
import { digest } from "./report.js";
import { STYLE } from "./style.js";
import { cut } from "./words.js";

/** What these sections need beside the report's style. */
export const COMPARE_STYLE = `
.better{font-weight:660}
.better::before{content:"✓ ";color:var(--valid)}
.pair{list-style:none;padding:0;display:grid;gap:6px}
.pair li{overflow-wrap:anywhere}
.key-of{display:inline-block;width:1.6em}
.lines{overflow-x:auto}
.lines svg{display:block;width:100%;min-width:560px;height:auto}
.lines text{font:11px system-ui,sans-serif;fill:var(--muted)}
.lines path{fill:none;stroke-width:1.8}
.lines .a{stroke:var(--p95)}.lines .b{stroke:var(--fail);stroke-dasharray:6 3}
.lines .p50{stroke-opacity:.55}
.lines .grid{stroke:var(--line);stroke-width:1}
`;

export const renderComparison = (a: ComparedRun, b: ComparedRun): string => {
  const style = `${STYLE}${COMPARE_STYLE}h1.plain{font-size:1.75rem;margin:8px 0 14px;display:block}`;
  const policy = `default-src 'none'; style-src 'sha256-${digest(style)}'; base-uri 'none'; form-action 'none'`;
  return html`${headOf({ title: "Two runs side by side (kvtest)", policy, style })}
<body><main>
<p class="run">kvtest<span>compare</span></p>
${comparisonOf(a, b, (name) => html`<code>${name}</code>`)}
</main></body>
</html>
`.markup;
};

/** The heading and its sections. `named`: how a run is named, perhaps with a link. */
export const comparisonOf = (a: ComparedRun, b: ComparedRun, named: (name: string) => Html): Html => {
  const { settings, figures, checkers } = compareRuns(a, b);
  return html`<h1 class="plain">Two runs side by side</h1>
<ul class="pair">${[a, b].map(
    ({ name, verdict }, i) =>
      html`<li><b class="key-of">${i === 0 ? "A" : "B"}</b>${verdictOf(verdict.valid)} ${named(name)}</li>`,
  )}</ul>
<section aria-labelledby="settings-title"><h2 id="settings-title">Settings that differ</h2>
${
  settings.length === 0
    ? html`<p class="note">None: the same test, run twice.</p>`
    : table(
        "Settings",
        ["", "A", "B"],
        settings.map((row) => [html`<b>${cut(row.name, 60)}</b>`, row.a ?? "–", row.b ?? "–"]),
        "cards",
      )
}</section>
<section aria-labelledby="figures-title"><h2 id="figures-title">Figures</h2>
<p class="hint">A tick marks the better one. Latencies are of operations that succeeded. One run each says nothing about chance: <code>kvtest sweep --repeat</code> does.</p>
${table(
  "Figures",
  ["", "A", "B", "B against A"],
  figures.map((row) => [
    html`<b>${cut(row.name, 60)}</b>`,
    marked(row, "a"),
    marked(row, "b"),
    figure(changeInWords(row)),
  ]),
)}</section>
<section aria-labelledby="latency-title"><h2 id="latency-title">Latency</h2>
<p class="hint">The median (pale) and the 99th percentile of ok operations, window by window: A drawn through, B dashed.</p>
${overlays([findingsOf(a.verdict), findingsOf(b.verdict)])}</section>
<section aria-labelledby="checkers-title"><h2 id="checkers-title">What the checkers found</h2>
${table(
  "Checkers",
  ["", "A", "B"],
  checkers.map((row) => [html`<b>${cut(row.name, 60)}</b>`, said(row.a), said(row.b)]),
  "cards",
)}</section>`;
};

const verdictOf = (valid: Said["valid"]): Html => html`<span class="verdict ${valid}">${glyph(valid)}${valid}</span>`;

const said = (each: Said | null): Content =>
  each === null ? "–" : html`${verdictOf(each.valid)}<br>${cut(each.because, 400)}`;

const marked = (row: ComparedFigure, side: "a" | "b"): Html => {
  const words = figureInWords(row, row[side]);
  return row.better === side
    ? html`<span class="number better">${words}<span class="sr"> (better)</span></span>`
    : figure(words);
};

const WIDTH = 1000;
const HEIGHT = 190;
const LEFT = 62;
const BOTTOM = 20;
const FS_MAX = 6;

const overlays = (runs: readonly Findings[]): Html => {
  const fs = [...new Set(runs.flatMap(({ statistics }) => Object.keys(statistics?.byF ?? {})))].slice(0, FS_MAX);
  const drawn = fs.map((f) => overlay(f, runs)).filter((each) => each !== NOTHING);
  return drawn.length === 0 ? html`<p class="note">Neither has latencies.</p>` : html`${drawn}`;
};

/** One kind of operation: lines of both runs on one log scale, from the begin of each run. */
const overlay = (f: string, runs: readonly Findings[]): Html => {
  const lines = runs.flatMap(({ statistics }, i) =>
    (["p50", "p99"] as const).map((q) => ({
      of: i === 0 ? "a" : "b",
      q,
      points: (statistics?.windows ?? [])
        .filter((window) => window.f === f && window.type === "ok")
        .map((window) => ({
          s: (window.atMs + (statistics?.windowMs ?? 0) / 2) / 1000,
          ms: Math.max(1e-3, window[q]),
        })),
    })),
  );
  const all = lines.flatMap(({ points }) => points);
  if (all.length === 0) return NOTHING;
  const seconds = Math.max(...all.map(({ s }) => s), 1e-3);
  const [low, high] = [Math.min(...all.map(({ ms }) => ms)) * 0.8, Math.max(...all.map(({ ms }) => ms)) * 1.25];
  const x = (s: number): number => LEFT + (s / seconds) * (WIDTH - LEFT - 8);
  const y = (ms: number): number => (1 - Math.log(ms / low) / Math.log(high / low)) * (HEIGHT - BOTTOM - 8) + 8;
  const marks = [-3, -2, -1, 0, 1, 2, 3, 4, 5]
    .flatMap((power) => [1, 3].map((factor) => factor * 10 ** power))
    .filter((ms) => ms >= low && ms <= high);
  return html`<figure class="lines" tabindex="0"><figcaption><h3>${cut(f, 40)}</h3></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Latency of ${cut(f, 40)} in both runs">
${marks.map((ms) => html`<path class="grid" d="M${LEFT} ${y(ms).toFixed(1)}H${WIDTH}"/><text x="${LEFT - 8}" y="${(y(ms) + 4).toFixed(1)}" text-anchor="end">${Number(ms.toPrecision(1))} ms</text>`)}
${lines.map(({ of, points, q }) => (points.length === 0 ? NOTHING : html`<path class="${of} ${q}" d="${points.map(({ s, ms }, i) => `${i === 0 ? "M" : "L"}${x(s).toFixed(1)} ${y(ms).toFixed(1)}`).join("")}"/>`))}
<text x="${LEFT}" y="${HEIGHT - 4}">0 s</text><text x="${WIDTH}" y="${HEIGHT - 4}" text-anchor="end">${seconds.toFixed(1)} s</text>
</svg></figure>`;
};
