/** What broke it: the smallest sub-histories that no order explains. */

import { drawIntervals } from "../drawing/intervals.js";
import { html, type Html, NOTHING } from "../html.js";
import { type Material, sentence, type Shown } from "../material.js";
import { capital, counted, key } from "../words.js";

const OPEN = 3;

export const counterexamples = (material: Material): Html => {
  const { linearizable } = material.findings;
  if (material.counterexamples.length === 0) return NOTHING;
  const smallest = (linearizable?.counterexamples.length ?? 0) > 0;
  const others =
    linearizable === null || !smallest
      ? 0
      : linearizable.invalidKeyCount - new Set(material.counterexamples.map((example) => example.key)).size;
  return html`<section id="broke" aria-labelledby="broke-title">
<h2 id="broke-title">What broke it</h2>
<p class="hint">Each bar is one operation, from the moment a client asked (left end) to the moment it was answered (right end); its effect took place
at some instant in between. A bar that starts after another has ended must see what that one did. ${
    smallest
      ? "Below is the least that contradicts itself: no choice of instants explains every value that was read."
      : "Below are the operations that the checker names as its proof."
  }</p>
${material.counterexamples.map((example, i) => draw(example, i, material))}
${KEY}
${others > 0 ? html`<p class="note">${counted(others, "more key")} ${others === 1 ? "is" : "are"} not linearizable either.</p>` : NOTHING}
</section>`;
};

const draw = (example: Shown, i: number, material: Material): Html => {
  const drawing = {
    operations: example.operations,
    faults: material.spans,
    told: new Set<number>(),
    alternative: `Drawing of ${counted(example.operations.length, "operation")}. ${example.because}`,
  };
  // Two drawings, of which the style shows one: scaling one of them down would make its words unreadable.
  const wide = drawIntervals({ ...drawing, size: "large", anchors: example.anchors });
  const narrow = drawIntervals({ ...drawing, size: "narrow", anchors: new Set() });
  return html`<details class="example"${i < OPEN ? html` open` : NOTHING}>
<summary><b>${example.pattern === "" ? "Not linearizable" : capital(example.pattern)}</b>${example.key === null ? NOTHING : html` on key <code>${key(example.key)}</code>`}</summary>
<p>${sentence(example.because, material.anchored)}</p>
${wide.figure}${narrow.figure}
<p class="note">${wide.compressed ? "The time axis is compressed so that the order is visible: lengths are not to scale." : "The time axis is to scale."}</p>
</details>`;
};

/** How bars are to be read; the same for both drawings. */
export const KEY = html`<ul class="key" aria-label="Key">
<li><svg width="26" height="14" class="op ok read"><rect class="bar" x="1" y="1" width="24" height="12" rx="3"/></svg>read</li>
<li><svg width="26" height="14" class="op ok write"><rect class="bar" x="1" y="1" width="24" height="12" rx="3"/></svg>write</li>
<li><svg width="26" height="14" class="op ok cas"><rect class="bar" x="1" y="1" width="24" height="12" rx="3"/></svg>compare-and-set</li>
<li><svg width="26" height="14" class="op fail"><rect class="bar" x="1" y="1" width="24" height="12" rx="3"/></svg>× fail: it did not happen</li>
<li><svg width="26" height="14" class="op info"><path class="bar" d="M26 1H1V13H26"/></svg>? info: nobody knows, perhaps later, perhaps never</li>
<li><svg width="26" height="14" class="fault"><rect width="26" height="14"/></svg>a fault is active</li>
</ul>`;
