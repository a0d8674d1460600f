/** Tables that scroll on their own when the page is narrow, by keyboard too. */

import { type Content, html, type Html } from "../html.js";

/** `kind` is a class: `cards` turns rows into cards on a narrow page, for tables with sentences in them. */
export const table = (
  name: string,
  columns: readonly string[],
  rows: readonly (readonly Content[])[],
  kind: "cards" | "grid" = "grid",
): Html => html`<div class="scroll" tabindex="0" role="region" aria-label="${name}"><table class="${kind}">
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map((cell, i) => html`<td data-label="${columns[i] ?? ""}"><div>${cell}</div></td>`)}</tr>\n`)}</tbody>
</table></div>`;

/** Figures that line up. */
export const figure = (text: string): Html => html`<span class="number">${text}</span>`;
