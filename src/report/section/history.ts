/** Every operation of the run on one timeline. The page paints it; here are its words and its controls. */

import { html, type Html } from "../html.js";
import type { Material } from "../material.js";
import { count, counted, cut } from "../words.js";
import { keyTo } from "./counterexamples.js";
import { zooms } from "./plots.js";

const CHOICES_MAX = 40;

export const history = (material: Material): Html => {
  const { operations } = material.input.history;
  if (operations.length === 0) return html``;
  const fs = [...new Set(operations.map(({ f }) => f))].slice(0, CHOICES_MAX);
  const label = `Timeline of ${counted(operations.length, "operation")}: arrow keys go from one to the next, plus and minus zoom, 0 shows all`;
  return html`<section id="history" aria-labelledby="history-title">
<h2 id="history-title">All operations</h2>
<p class="hint">${counted(operations.length, "operation")}, a row for each client: the process that it was is on the left, and a process whose operation stayed
indefinite hands its row to the next. Click an operation, or go through them with the arrow keys; drag to show a stretch, with Shift to move.
Every event has an address: <code>report.html#op-${operations.at(-1)?.invoked ?? 0}</code>.</p>
<noscript><p class="note">The timeline is drawn by a script of this page, and scripts are off. The same is in <code>history.jsonl</code>.</p></noscript>
${zooms(material)}
<form class="filters" hidden role="search" aria-label="Filter the operations">
<label>Search<input type="search" name="text" placeholder="value, key, error or #12" autocomplete="off"></label>
<label>Key<input name="key" list="history-keys" autocomplete="off"></label><datalist id="history-keys"></datalist>
<label>Process<input name="process" inputmode="numeric" size="5" autocomplete="off"></label>
<label>Operation<select name="f"><option value="">any</option>${fs.map((f) => html`<option value="${cut(f, 30)}">${cut(f, 30)}</option>`)}</select></label>
<label>Outcome<select name="type"><option value="">any</option><option>ok</option><option>fail</option><option>info</option><option>not ok</option></select></label>
<button type="reset">Clear</button>
<output aria-live="polite">${count(operations.length)} shown</output>
</form>
<div class="overview"></div>
<div class="timeline" data-label="${label}"></div>
<div class="reading chosen" aria-live="polite"></div>
${keyTo(operations)}
</section>`;
};
