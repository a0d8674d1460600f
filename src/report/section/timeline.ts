/** The operations around the violation, or around the first fault when there is none. */

import { drawIntervals, SCALE_IN_WORDS } from "../drawing/intervals.js";
import { html, type Html } from "../html.js";
import type { Material } from "../material.js";
import { count, counted, key, moment } from "../words.js";
import { keyTo } from "./counterexamples.js";

const TITLES = {
  violation: "Around the violation",
  fault: "Around the first fault",
  beginning: "How it began",
} as const;

export const timeline = (material: Material): Html => {
  const { timeline: window } = material;
  const title = TITLES[window.about];
  if (window.operations.length === 0)
    return html`<section id="timeline" aria-labelledby="timeline-title"><h2 id="timeline-title">${title}</h2>
<p class="note">The history has no operations.</p></section>`;
  const from = Math.min(...window.operations.map((op) => op.start));
  const to = Math.max(...window.operations.map((op) => op.end ?? op.start));
  const { figure, scale } = drawIntervals({
    operations: window.operations,
    faults: material.spans,
    told: window.told,
    anchors: material.timelineAnchors,
    size: "small",
    alternative: `${title}: ${counted(window.operations.length, "operation")} by process`,
  });
  return html`<section id="timeline" aria-labelledby="timeline-title">
<h2 id="timeline-title">${title}</h2>
<p class="hint">${counted(window.operations.length, "operation")} ${window.key === null ? "on all keys" : html`on key <code>${key(window.key)}</code>`},
from ${moment(from)} to ${moment(to)}, one row for each process.
${window.told.size > 0 ? "Those that prove the violation have a heavy outline." : null}
${window.omitted > 0 ? `${count(window.omitted)} operations in between are left out.` : null}
${SCALE_IN_WORDS[scale]}
A short bar says only the value that was read or written; hover over a bar, or move with the arrow keys, to read all of it.</p>
${figure}
<p class="reading" aria-live="polite"></p>
${keyTo(window.operations)}
</section>`;
};
