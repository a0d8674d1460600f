/** Two runs side by side: figures, settings in which they differ, verdicts, and their latencies in one picture. */

import { type ComparedRow, type ComparedRun, compareRuns } from "../report/compare.js";
import { findingsOf } from "../report/findings.js";
import { html, type Html, NOTHING } from "../report/html.js";
import { glyph } from "../report/section/headline.js";
import { table } from "../report/section/table.js";
import { cut } from "../report/words.js";
import { pageOf } from "./layout.js";

export interface NamedRun extends ComparedRun {
  readonly id: string;
}

export const comparePage = (a: NamedRun, b: NamedRun): string => {
  const { settings, figures, checkers } = compareRuns(a, b);
  const names = [cut(a.id, 80), cut(b.id, 80)] as const;
  const body = html`<h1 class="plain">Two runs side by side</h1>
<ul class="plain">${[a, b].map(
    (run, i) =>
      html`<li><b>${i === 0 ? "A" : "B"}</b> <span class="verdict ${run.verdict.valid}">${glyph(run.verdict.valid)}${run.verdict.valid}</span> <a href="/runs/${encodeURIComponent(run.id)}">${names[i] ?? ""}</a></li>`,
  )}</ul>
<section aria-labelledby="figures-title"><h2 id="figures-title">Figures</h2>
${rowsIn("Figures", figures, true)}</section>
<section aria-labelledby="latency-title"><h2 id="latency-title">Latency</h2>
<p class="hint">The median and the 99th percentile of ok operations, window by window: A drawn through, B dashed.</p>
${overlays(a, b)}</section>
<section aria-labelledby="settings-title"><h2 id="settings-title">Settings that differ</h2>
${settings.length === 0 ? html`<p class="note">None: the same test, run twice.</p>` : rowsIn("Settings", settings, false)}</section>
<section aria-labelledby="checkers-title"><h2 id="checkers-title">What the checkers found</h2>
${rowsIn("Checkers", checkers, false)}</section>`;
  return pageOf({ title: "Two runs", script: null }, body);
};

const rowsIn = (name: string, rows: readonly ComparedRow[], withChange: boolean): Html =>
  table(
    name,
    ["", "A", "B", ...(withChange ? ["B against A"] : [])],
    rows.map((row) => [
      html`<b>${cut(row.name, 60)}</b>`,
      cut(row.a ?? "–", 400),
      cut(row.b ?? "–", 400),
      ...(withChange ? [html`<span class="number">${changeOf(row)}</span>`] : []),
    ]),
    "cards",
  );

const changeOf = ({ change }: ComparedRow): string =>
  change === null || !Number.isFinite(change)
    ? ""
    : change > 9
      ? `× ${(change + 1).toFixed(1)}`
      : `${change >= 0 ? "+" : "−"}${Math.abs(change * 100).toFixed(Math.abs(change) < 0.1 ? 1 : 0)} %`;

const WIDTH = 1000;
const HEIGHT = 190;
const LEFT = 62;
const BOTTOM = 20;
const FS_MAX = 6;

const overlays = (a: NamedRun, b: NamedRun): Html => {
  const runs = [a, b].map(({ verdict }) => findingsOf(verdict).statistics);
  const fs = [...new Set(runs.flatMap((each) => Object.keys(each?.byF ?? {})))].slice(0, FS_MAX);
  const drawn = fs.map((f) => overlay(f, runs)).filter((each) => each !== NOTHING);
  return drawn.length === 0 ? html`<p class="note">Neither has latencies.</p>` : html`${drawn}`;
};

type Statistics = ReturnType<typeof findingsOf>["statistics"];

/** One kind of operation: lines of both runs on one log scale, from the begin of each run. */
const overlay = (f: string, runs: readonly Statistics[]): Html => {
  const lines = runs.flatMap((statistics, i) =>
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
  return html`<figure class="lines"><figcaption><h3>${cut(f, 40)}</h3></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Latency of ${cut(f, 40)} in both runs">
${marks.map((ms) => html`<path class="grid" d="M${LEFT} ${y(ms).toFixed(1)}H${WIDTH}"/><text x="${LEFT - 8}" y="${(y(ms) + 4).toFixed(1)}" text-anchor="end">${Number(ms.toPrecision(1))} ms</text>`)}
${lines.map(({ of, points, q }) => (points.length === 0 ? NOTHING : html`<path class="${of} ${q}" d="${points.map(({ s, ms }, i) => `${i === 0 ? "M" : "L"}${x(s).toFixed(1)} ${y(ms).toFixed(1)}`).join("")}"/>`))}
<text x="${LEFT}" y="${HEIGHT - 4}">0 s</text><text x="${WIDTH}" y="${HEIGHT - 4}" text-anchor="end">${seconds.toFixed(1)} s</text>
</svg></figure>`;
};
