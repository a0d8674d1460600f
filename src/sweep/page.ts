/** A sweep as one page: no script, no network, in the style of the report. */

import { headOf } from "../report/head.js";
import { createHash } from "node:crypto";
import { type Content, html, type Html, NOTHING } from "../report/html.js";
import { STYLE } from "../report/style.js";
import { count, counted, duration, percent, rate } from "../report/words.js";
import { curveFlag, latencyCurve } from "./curve.js";
import { drawn, latencyAgainstStaleness, predictedBesideMeasured } from "./pictures.js";
import type { Predicted } from "./predict-all.js";
import type { Counts, SettingSummary, SweepSummary } from "./summary.js";
import { isClosedLoop, throughputBars } from "./throughput.js";

const OWN_STYLE = `
.picture svg{display:block;max-width:100%;height:auto}
.picture.narrow{display:none}
.sweep td,.sweep th{white-space:nowrap;padding-right:13px}
.sweep.figures-of td{font-size:.875rem}.sweep.figures-of td,.sweep.figures-of tbody th{padding-block:7px}
.sweep.figures-of td.number{min-width:0}
.sweep tbody th{vertical-align:top}
.sweep small{font-size:.75rem;line-height:1.2}
.sweep td.number,.sweep th.number{text-align:right}
.sweep tbody th{color:var(--ink);font-size:.9375rem;font-weight:600;position:sticky;left:0;background:var(--paper)}
.sweep .less{color:var(--muted)}
.bad{color:var(--invalid);font-weight:600}
@media (max-width:620px){.picture.wide{display:none}.picture.narrow{display:block}}
@media print{.picture.narrow{display:none}.picture.wide{display:block}}
`;

export async function renderSweep(summary: SweepSummary): Promise<string> {
  const { settings, plan } = summary;
  const style = STYLE + OWN_STYLE;
  const policy = `default-src 'none'; style-src '${hash(style)}'; base-uri 'none'; form-action 'none'`;
  const seen = settings.some(({ stale }) => stale.share !== null);
  const curve = curveFlag(settings);
  const predicted = settings.filter(({ pbs }) => pbs !== null);
  return html`${headOf({ title: `Sweep of ${counted(settings.length, "setting")} (kvtest)`, policy, style })}
<body>
<main>
<p class="run"><span>kvtest sweep</span> ${plan.id}</p>
<h1>${counted(settings.length, "setting")}</h1>
<p class="because">${headline(summary)}</p>
<p class="tested">${counted(summary.finished, "run")} of ${count(summary.planned)}, seed ${plan.seed}${plan.repeat > 1 ? ` and the ${plan.repeat - 1} after it, the same for every setting` : ""}; in common: <code>${plan.fixed.join(" ") || "the defaults"}</code></p>
${table(settings)}
${curve === null ? NOTHING : await curveSection(settings, curve)}
${isClosedLoop(plan) && settings.some(({ throughput }) => throughput !== null) ? await throughputSection(settings) : NOTHING}
${
  seen
    ? html`<section aria-labelledby="tradeoff"><h2 id="tradeoff">Latency against staleness</h2>
<p class="hint">A point is a setting${plan.repeat > 1 ? ", a faint one each of its runs" : ""}. To the left is fast, below is fresh.</p>
<figure>${await latencyAgainstStaleness(settings, "read")}</figure>
<figure>${await latencyAgainstStaleness(settings, "write")}</figure></section>`
    : NOTHING
}
${predicted.length === 0 ? NOTHING : await bounded(predicted)}
<section aria-labelledby="runs"><h2 id="runs">Runs</h2>
${runsTable(settings)}
<h3>Do it again</h3>
<pre tabindex="0"><code>${plan.command}</code></pre></section>
<section aria-labelledby="limits"><h2 id="limits">What this page does not say</h2>
<p class="prose">Latencies are of operations that succeeded; what was never answered shows as availability. A share of stale reads is a lower
bound: only what is proven counts. “Linearizable in 5 of 5” says that nothing was found in five runs, not that there is nothing.
All nodes run on one machine: its speed is in every figure, so compare within a page rather than between machines.</p></section>
</main>
</body>
</html>
`.markup;
}

async function curveSection(settings: readonly SettingSummary[], flag: string): Promise<Html> {
  return html`<section aria-labelledby="curve"><h2 id="curve">Latency of writes</h2>
<p class="hint">Of writes that succeeded. One that waits for more replicas waits for a slower one.</p>
<figure>${await drawn(latencyCurve(settings, flag))}</figure></section>`;
}

async function throughputSection(settings: readonly SettingSummary[]): Promise<Html> {
  return html`<section aria-labelledby="throughput"><h2 id="throughput">Throughput</h2>
<p class="hint">Every client asked again as soon as it was answered. The line at the end of a bar goes from the slowest run to the fastest.</p>
<figure>${await drawn(throughputBars(settings))}</figure></section>`;
}

const hash = (content: string): string => `sha256-${createHash("sha256").update(content, "utf8").digest("base64")}`;

function headline({ settings, finished, planned }: SweepSummary): string {
  const judged = settings.filter(({ linearizable }) => linearizable.valid + linearizable.invalid > 0);
  const never = judged.filter(({ linearizable }) => linearizable.invalid > 0);
  const broken =
    judged.length === 0
      ? ""
      : `${never.length} of ${counted(judged.length, "setting")} broke linearizability at least once. `;
  const stalest = settings.toSorted((a, b) => (b.stale.share ?? 0) - (a.stale.share ?? 0))[0];
  const stale =
    stalest === undefined || stalest.stale.share === null || stalest.stale.share === 0
      ? "No read is proven stale. "
      : `Most stale reads: ${percent(stalest.stale.share)} with ${stalest.label}. `;
  return `${broken}${stale}${finished < planned ? `Not finished: ${finished} of ${counted(planned, "run")}.` : ""}`;
}

const COLUMNS: readonly (readonly [string, string])[] = [
  ["Linearizable", "runs in which no violation was found, of those that were decided"],
  ["Stale reads", "share of reads that are proven stale, with its 95 % interval"],
  ["Stalest", "how long the value of the stalest read had been overwritten"],
  ["Read p50", "ms"],
  ["p95", "ms"],
  ["p99", "ms"],
  ["Write p50", "ms"],
  ["p95", "ms"],
  ["p99", "ms"],
  ["Ok/s", "operations that succeeded, a second"],
  ["Under faults", "share of operations that were answered while a fault was active"],
  ["Converged", "median time from the last fault or write until all replicas agreed"],
  ["Lost", "acknowledged writes that no replica reflects any more, in all runs"],
];

const table = (settings: readonly SettingSummary[]): Html => html`<section aria-labelledby="settings">
<h2 id="settings">Settings</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of settings"><table class="grid sweep figures-of">
<thead><tr><th scope="col">Setting</th>${COLUMNS.map(([name, what]) => html`<th scope="col" class="number" title="${what}">${name}</th>`)}</tr></thead>
<tbody>${settings.map((one) => html`<tr><th scope="row">${one.short}</th>${cells(one).map((cell) => html`<td class="number">${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>
<p class="note">${COLUMNS.filter(([, what]) => what !== "ms").map(([name, what]) => html`<b>${name}</b>: ${what}. `)}Latencies in milliseconds.</p>
</section>`;

const NONE = html`<span class="less">–</span>`;
const ms = (value: number | undefined): Content =>
  value === undefined ? NONE : value < 10 ? value.toFixed(1) : count(Math.round(value));

function cells({
  linearizable,
  stale,
  read,
  write,
  throughput,
  availabilityUnderFault,
  converge,
  lostWrites,
}: SettingSummary): readonly Content[] {
  const [low, high] = stale.interval ?? [0, 0];
  return [
    ofRuns(linearizable),
    stale.share === null
      ? NONE
      : html`${percent(stale.share)}${stale.share === 0 ? NOTHING : html`<small>${percent(low)}–${percent(high)}</small>`}`,
    stale.maxMs === null ? NONE : duration(stale.maxMs),
    ms(read?.p50),
    ms(read?.p95),
    ms(read?.p99),
    ms(write?.p50),
    ms(write?.p95),
    ms(write?.p99),
    throughput === null ? NONE : rate(throughput),
    availabilityUnderFault === null ? NONE : percent(availabilityUnderFault),
    convergeCell(converge),
    lostWrites === null ? NONE : lostWrites === 0 ? "0" : html`<span class="bad">${count(lostWrites)}</span>`,
  ];
}

function ofRuns({ valid, invalid, unknown }: Counts): Content {
  const decided = valid + invalid;
  if (decided + unknown === 0) return NONE;
  const words = `${valid} of ${decided}`;
  const more = unknown === 0 ? "" : ` (${unknown} unknown)`;
  return invalid === 0 ? `${words}${more}` : html`<span class="bad">✗ ${words}</span>${more}`;
}

function convergeCell({ agreedIn, of, medianMs }: SettingSummary["converge"]): Content {
  if (of === 0) return NONE;
  const time = medianMs === null ? "never" : duration(medianMs);
  return agreedIn === of ? time : html`<span class="bad">${agreedIn} of ${of}</span> ${time}`;
}

const bounded = async (settings: readonly SettingSummary[]): Promise<Html> => html`<section aria-labelledby="pbs">
<h2 id="pbs">Staleness predicted and measured</h2>
<p class="hint">Probabilistically bounded staleness (Bailis et al., VLDB 2012): from how long calm runs of this sweep waited for one, two, ... replicas
follows how long one takes, and from that how many reads must miss the last acknowledged write. A bar is measured, with its 95 % interval; a ring
is predicted. Bars are pale where the prediction takes for granted what the setting does not give.</p>
<figure>${await predictedBesideMeasured(settings)}</figure>
<div class="scroll" tabindex="0" role="region" aria-label="Table of predictions"><table class="grid sweep">
<thead><tr><th scope="col">Setting</th><th scope="col" class="number">Predicted</th><th scope="col" class="number">Measured</th><th scope="col" class="number">Difference</th><th scope="col" class="number">Reads</th><th scope="col">Assumptions</th></tr></thead>
<tbody>${settings.map(({ short, pbs }) => (pbs === null ? NOTHING : html`<tr><th scope="row">${short}</th>${boundedCells(pbs)}</tr>\n`))}</tbody>
</table></div>
<p class="note">Of reads that began after a write of their key was acknowledged: how many return an older value. The difference is in percentage points.</p>
</section>`;

function boundedCells({ predicted, measured, reads, broken, why }: Predicted): Html {
  const difference = predicted === null || measured === null ? NONE : points(predicted - measured);
  return html`<td class="number">${predicted === null ? NONE : percent(predicted)}</td><td class="number">${measured === null ? NONE : percent(measured)}</td><td class="number">${difference}</td><td class="number">${count(reads)}</td><td>${why ?? (broken.length === 0 ? "hold" : `broken: ${broken.join(", ")}`)}</td>`;
}

const points = (share: number): string => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)}`;

const runsTable = (
  settings: readonly SettingSummary[],
): Html => html`<div class="scroll" tabindex="0" role="region" aria-label="Table of runs"><table class="grid sweep">
<thead><tr><th scope="col">Setting</th><th scope="col">Verdict</th><th scope="col" class="number">Stale reads</th><th scope="col">Report</th></tr></thead>
<tbody>${settings.flatMap(({ short, each }) =>
  each.map(
    ({ dir, valid, staleShare }) =>
      html`<tr><th scope="row">${short}</th><td><span class="verdict ${valid}">${valid}</span></td><td class="number">${staleShare === null ? NONE : percent(staleShare)}</td><td><a href="runs/${dir}/report.html">${dir}</a></td></tr>\n`,
  ),
)}</tbody>
</table></div>`;
