/** One run: its report and its files, or, while it is in progress, how it goes. */

import type { Standing, RunFile } from "../archive/folder.js";
import type { RunConfig } from "../config/config.js";
import { describeRun } from "../report/describe.js";
import { html, type Html, NOTHING } from "../report/html.js";
import type { RunVerdict } from "../report/report-input.js";
import { glyph } from "../report/section/headline.js";
import { figure, table } from "../report/section/table.js";
import { counted, cut } from "../report/words.js";
import { pageOf } from "./layout.js";

export interface ShownRun {
  readonly id: string;
  readonly config: RunConfig | null;
  readonly verdict: RunVerdict | null;
  readonly standing: Standing;
  readonly files: readonly RunFile[];
  /** Proves to the server that a request to delete comes from a page of its own. */
  readonly token: string;
}

export const runPage = (run: ShownRun): string => {
  const { id, config, verdict, standing, files } = run;
  const base = `/runs/${encodeURIComponent(id)}`;
  const inProgress = verdict === null && standing !== "dead" && standing !== "over";
  const hasReport = files.some(({ path }) => path === "report.html");
  const body = html`<h1 class="plain">${id}</h1>
${config === null ? html`<p class="note">Its <code>config.json</code> cannot be read.</p>` : html`<p class="tested">${describeRun(config).map((part) => html`<span>${part}</span> `)}</p>`}
${verdict === null ? NOTHING : html`<p><span class="verdict ${verdict.valid}">${glyph(verdict.valid)}${verdict.valid}</span></p><p class="because">${cut(verdict.because, 700)}</p>`}
${verdict === null && standing === "dead" ? html`<p class="note">It was never judged: <code>kvtest check</code> tells what its history proves.</p>` : NOTHING}
<div class="bar-of">
${hasReport ? html`<a href="${base}/files/report.html"><b>Report</b></a>` : NOTHING}
<a href="${base}/archive.tar.gz" download>All files (.tar.gz)</a>
${deletion(run, base, inProgress)}
</div>
${inProgress ? live(config, base) : NOTHING}
<section id="files" class="files" aria-labelledby="files-title"><h2 id="files-title">Files</h2>
${table(
  "Files",
  ["File", "Size"],
  files.map(({ path, bytes }) => [
    html`<a href="${base}/files/${path.split("/").map(encodeURIComponent).join("/")}">${cut(path, 120)}</a>`,
    figure(size(bytes)),
  ]),
)}
</section>`;
  return pageOf({ title: id, script: inProgress ? "live" : null }, body);
};

const deletion = ({ id, token }: ShownRun, base: string, inProgress: boolean): Html =>
  inProgress
    ? html`<span class="muted">a run in progress cannot be deleted</span>`
    : html`<details><summary>Delete…</summary><form method="post" action="${base}/delete">
<input type="hidden" name="token" value="${token}">
<p>All files of <code>${cut(id, 90)}</code> are removed, for ever.</p>
<button type="submit" class="danger">Delete this run</button></form></details>`;

/** Filled by the script from the server's events. */
const live = (
  config: RunConfig | null,
  base: string,
): Html => html`<section id="live" class="live" aria-labelledby="live-title" data-events="${base}/events">
<h2 id="live-title">In progress</h2>
<p class="note" id="phase" aria-live="polite">Waiting for the first event.</p>
<noscript><p class="note">Live figures need scripts; the files below are read as they are.</p></noscript>
<dl class="figures">
${["operations", "rate now", "ok", "fail, info", "stale reads", "faults"].map(
  (name) => html`<div><dt>${name}</dt><dd><b data-figure="${name}">–</b><span data-note="${name}"></span></dd></div>`,
)}
</dl>
<p class="violation" id="violation" hidden></p>
<h3>Completions per second</h3>
<canvas id="rates" role="img" aria-label="Completions in each second, ok, fail and info, with faults shaded"></canvas>
<h3>${counted(config?.nodes.length ?? 0, "replica")}</h3>
${table(
  "Replicas",
  ["Replica", "Trouble", "ok answers in 5 s", "Its log says"],
  (config?.nodes ?? []).map((name) => [
    cut(name, 60),
    html`<span data-node="${name}" data-what="trouble"></span>`,
    html`<span class="number" data-node="${name}" data-what="answers"></span>`,
    html`<span data-node="${name}" data-what="said"></span>`,
  ]),
  "cards",
)}
<h3>Faults</h3>
<ul class="plain" id="faults"><li class="muted">none yet</li></ul>
</section>`;

const size = (bytes: number): string =>
  bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
