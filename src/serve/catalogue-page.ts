/** The table of all runs. It stands without a script, newest first; the script sorts and filters it. */

import { html, type Html, NOTHING } from "../report/html.js";
import { glyph } from "../report/section/headline.js";
import { count, counted, cut } from "../report/words.js";
import type { Row } from "./catalogue.js";
import { pageOf } from "./layout.js";

const COLUMNS = [
  ["verdict", "Verdict"],
  ["id", "Run"],
  ["started", "Started"],
  ["workload", "Workload"],
  ["mode", "Mode"],
  ["nemesis", "Nemesis"],
  ["seed", "Seed"],
  ["why", "Why"],
] as const;

/** A page with more rows helps nobody: the newest are shown. */
const ROWS_MAX = 5000;

export const cataloguePage = (rows: readonly Row[], out: string): string => {
  const shown = rows.slice(0, ROWS_MAX);
  const body = html`<h1 class="plain">Runs</h1>
${
  rows.length === 0
    ? html`<p class="hint">There are none in <code>${out}</code> yet. <code>npx kvtest run --workload register --nemesis partition</code> makes one.</p>`
    : html`<p class="hint">${counted(rows.length, "run")} in <code>${out}</code>${rows.length > ROWS_MAX ? `, of which the newest ${count(ROWS_MAX)} are listed` : ""}.</p>
${filters(shown)}
<form action="/compare" id="choice">
<div class="bar-of"><button type="submit">Compare two</button><span class="muted">tick two runs to compare them</span></div>
<div class="scroll" tabindex="0" role="region" aria-label="Runs"><table class="runs cards">
<thead><tr><th scope="col"><span class="sr">Compare</span></th>${COLUMNS.map(([name, title]) => html`<th scope="col" data-column="${name}"${name === "id" ? html` aria-sort="descending"` : NOTHING}>${title}</th>`)}</tr></thead>
<tbody>
${shown.map(rowOf)}
</tbody></table></div>
</form>`
}`;
  return pageOf({ title: "Runs", script: "catalogue" }, body);
};

const filters = (
  rows: readonly Row[],
): Html => html`<form class="filters" role="search" aria-label="Filter the runs" hidden>
<label>Search<input type="search" name="text" placeholder="words, seed, name" autocomplete="off"></label>
${choices("verdict", "Verdict", rows.map(verdictOf))}
${choices(
  "workload",
  "Workload",
  rows.map((row) => row.workload),
)}
${choices(
  "mode",
  "Mode",
  rows.map((row) => row.mode),
)}
${choices("nemesis", "Nemesis", rows.flatMap(faultsOf))}
<label>Seed<input name="seed" inputmode="numeric" size="8" autocomplete="off"></label>
<button type="reset">Clear</button>
<output aria-live="polite"></output>
</form>`;

const choices = (name: string, title: string, values: readonly string[]): Html =>
  html`<label>${title}<select name="${name}"><option value="">any</option>${[...new Set(values)].sort().map((each) => html`<option value="${each}">${cut(each, 40)}</option>`)}</select></label>`;

const verdictOf = ({ valid, standing }: Row): string => valid ?? (standing === "running" ? "running" : "no verdict");
const faultsOf = ({ nemesis }: Row): readonly string[] => (nemesis.length === 0 ? ["none"] : nemesis);

/** What a row says is what the script sorts and filters by: text of the cells, or `data-value` where that is something else. */
const rowOf = (row: Row): Html => {
  const verdict = verdictOf(row);
  return html`<tr>
<td data-label="Compare"><div><input type="checkbox" name="run" value="${row.id}" aria-label="Compare ${row.id}"></div></td>
${cell(
  "verdict",
  verdict,
  row.valid === null
    ? html`<span class="standing ${row.standing}">${row.standing === "running" ? "● in progress" : "no verdict"}</span>`
    : html`<span class="verdict ${row.valid}">${glyph(row.valid)}${row.valid}</span>`,
)}
${cell("id", row.id, html`<a href="/runs/${encodeURIComponent(row.id)}">${cut(row.id, 90)}</a>`, "id")}
${cell("started", row.startedAt ?? "", when(row.startedAt))}
${cell("workload", row.workload, cut(row.workload, 40))}
${cell("mode", row.mode, cut(row.mode, 20))}
${cell("nemesis", faultsOf(row).join(","), cut(faultsOf(row).join(", "), 60))}
${cell("seed", row.seed === null ? "" : String(row.seed), row.seed === null ? "" : String(row.seed))}
${cell("why", row.because, cut(row.because, 140), "why")}
</tr>
`;
};

const when = (iso: string | null): string =>
  iso === null ? "" : cut(iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?(\.\d+)?Z$/, "$1 $2"), 30);

const cell = (name: string, value: string, content: Html | string, className = ""): Html =>
  html`<td data-label="${COLUMNS.find(([column]) => column === name)?.[1] ?? ""}" data-column="${name}" data-value="${value}"${className === "" ? NOTHING : html` class="${className}"`}><div>${content}</div></td>`;
