/** The first screen: the verdict in words, what was tested, and the few figures that matter. */

import type { Validity } from "../../../checker/verdict.js";
import { describeRun, titleOf } from "../describe.js";
import { type Content, html, type Html, NOTHING } from "../html.js";
import { type Material, sentence } from "../material.js";
import type { RunVerdict } from "../report-input.js";
import { count, counted, cut, duration, list, percent, rate } from "../words.js";

export const headline = (material: Material): Html => {
  const { config, title, verdict } = material.input;
  const tested =
    config === null
      ? ["a history from elsewhere: its settings are not known", `${count(material.operations.length)} operations`]
      : describeRun(config);
  return html`<header>
<p class="run">kvtest<span>${config?.id ?? title}</span>${config === null ? NOTHING : html`<time datetime="${config.startedAt}">${when(config.startedAt)}</time>`}</p>
<h1 class="${verdict.valid}">${glyph(verdict.valid)}<span>${verdict.valid.toUpperCase()}</span></h1>
<p class="because">${sentence(cut(verdict.because, BECAUSE_MAX), material.anchored)}</p>
${alsoRefuted(verdict)}
<p class="tested"><span class="sr">${titleOf(config, title)}. Tested: </span>${tested.map((part) => html`<span>${part}</span> `)}</p>
</header>
${figures(material)}`;
};

/** A cycle of eight steps in words is no headline; the whole of it is below. */
const BECAUSE_MAX = 700;

/** What was refuted without having been claimed: it decides nothing, and must not be overlooked. */
const alsoRefuted = ({ verdicts, claims }: RunVerdict): Html => {
  const others = verdicts.filter(({ valid, checker }) => valid === "invalid" && !claims.includes(checker));
  return others.length === 0
    ? NOTHING
    : html`<p class="also">Not claimed, and refuted: ${list(others.map(({ checker }) => cut(checker, 30)))}. <a href="#checkers">What was checked</a></p>`;
};

/** A shape for each verdict, so that colour is never alone: a tick in a circle, a cross in an octagon, a question. */
export const glyph = (valid: Validity): Html => {
  const inner = {
    valid: html`<circle cx="12" cy="12" r="11"/><path d="M6.5 12.5l3.8 3.8 7.4-8.2"/>`,
    invalid: html`<path class="face" d="M7.5 1h9L23 7.500v9L16.500 23h-9L1 16.500v-9z"/><path d="M8 8l8 8M16 8l-8 8"/>`,
    unknown: html`<path class="face" d="M12 .8L23.200 12 12 23.200.8 12z"/><path d="M9.300 9.800a2.700 2.700 0 1 1 3.900 2.500c-.9.4-1.200.9-1.200 1.900M12 17.200v.2"/>`,
  }[valid];
  return html`<svg class="glyph ${valid}" viewBox="0 0 24 24" aria-hidden="true">${inner}</svg>`;
};

/** ISO 8601 -> `2026-11-21 09:14:05 UTC`; anything else as it is. */
const when = (iso: string): string => iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, "$1 $2 UTC");

const figures = (material: Material): Html => {
  const { statistics, fresh, converges } = material.findings;
  const { operations } = material;
  const counts = { ok: 0, fail: 0, info: 0 };
  for (const op of operations) counts[op.type]++;
  const latencies = okLatencies(material);
  const cells: Html[] = [
    cell(
      "operations",
      count(operations.length),
      html`${count(counts.ok)} ok, ${count(counts.fail)} fail, ${count(counts.info)} info`,
    ),
    cell("rate", statistics === null ? null : rate(statistics.rate), "ok operations"),
    cell(
      "latency, p50",
      latencies === null ? null : duration(latencies.p50),
      latencies === null ? "no ok operation" : `p99 ${duration(latencies.p99)}`,
    ),
    fresh === null
      ? cell("stale reads", null, "not checked")
      : cell(
          "stale reads",
          fresh.share === null ? null : percent(fresh.share),
          fresh.staleForMs === null
            ? `none of ${count(fresh.reads)} reads`
            : `${count(fresh.stale)} of ${count(fresh.reads)}, by up to ${duration(fresh.staleForMs.max)}`,
        ),
    converges === null
      ? cell("time to agree", null, "not checked")
      : cell(
          "time to agree",
          converges.timeToAgreeMs === null ? "never" : duration(converges.timeToAgreeMs),
          converges.agreed
            ? "all replicas, after healing"
            : `${counted(converges.disagreementCount, "key")} ${converges.disagreementCount === 1 ? "differs" : "differ"} at the end`,
        ),
    statistics === null
      ? cell("answered under faults", null, "not measured")
      : cell(
          "answered under faults",
          statistics.availabilityUnderFault === null ? null : percent(statistics.availabilityUnderFault),
          statistics.availabilityUnderFault === null
            ? "there was no fault"
            : `${percent(statistics.availability)} over the whole run`,
        ),
  ];
  return html`<dl class="figures">${cells}</dl>`;
};

const cell = (name: string, figure: string | null, note: Content): Html =>
  html`<div><dt>${name}</dt><dd><b${figure === null ? html` class="none"` : NOTHING}>${figure ?? "–"}</b><span>${note}</span></dd></div>`;

const okLatencies = (material: Material): { readonly p50: number; readonly p99: number } | null => {
  const sorted = Float64Array.from(
    material.operations
      .filter((op) => op.type === "ok" && op.completedTime !== null)
      .map((op) => ((op.completedTime ?? 0) - op.invokedTime) / 1e6),
  ).sort();
  if (sorted.length === 0) return null;
  // Nearest rank: a latency that some operation really had.
  const at = (q: number): number => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
};
