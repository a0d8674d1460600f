/** What broke it: circles of transactions, the smallest sub-histories that no order explains, and other proofs. */

import type { ShownOperation } from "../../../checker/linearizability/details.js";
import type { StepList } from "../../../checker/linearizability/steps.js";
import { drawIntervals, SCALE_IN_WORDS } from "../drawing/intervals.js";
import { html, type Html, NOTHING } from "../html.js";
import { type Material, sentence, type Shown } from "../material.js";
import { capital, counted, cut, key, list } from "../words.js";
import { anomalies } from "./anomalies.js";

const OPEN = 3;

export const counterexamples = (material: Material): Html => {
  const circles = anomalies(material);
  const bars = intervals(material);
  if (circles === NOTHING && bars === NOTHING) return NOTHING;
  const both = circles !== NOTHING && bars !== NOTHING;
  return html`<section id="broke" aria-labelledby="broke-title">
<h2 id="broke-title">What broke it</h2>
${both ? html`<h3>Isolation</h3>` : NOTHING}
${circles}
${both ? html`<h3>Other checks</h3>` : NOTHING}
${bars}
</section>`;
};

const intervals = (material: Material): Html => {
  const { linearizable } = material.findings;
  if (material.counterexamples.length === 0) return NOTHING;
  const found = linearizable?.counterexamples.filter((each) => each.operations.length > 0) ?? [];
  const others =
    linearizable === null || found.length === 0
      ? 0
      : linearizable.invalidKeyCount - new Set(found.map((example) => example.key)).size;
  return html`<p class="hint">Each bar is one operation, from the moment a client asked (left end) to the moment it was answered (right end); its effect took place
at some instant in between. A bar that starts after another has ended must see what that one did. ${
    found.length > 0
      ? "Below is the least that contradicts itself: no choice of instants explains every value that was read."
      : "Below are the operations that the checker names as its proof."
  }</p>
${material.counterexamples.map((example, i) => draw(example, i, material))}
${keyTo(material.counterexamples.flatMap(({ operations }) => operations))}
${others > 0 ? html`<p class="note">${counted(others, "more key")} ${others === 1 ? "is" : "are"} not linearizable either.</p>` : NOTHING}`;
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
${example.steps.map((each) => stepList(each, material))}
${wide.figure}${narrow.figure}
<p class="note">${SCALE_IN_WORDS[wide.scale]}${example.omitted > 0 ? ` The checker names ${counted(example.omitted, "more operation")}.` : null}</p>
</details>`;
};

const stepList = ({ title, steps }: StepList, { anchored }: Material): Html =>
  html`<div class="why"><p>${sentence(title, anchored)}</p>${steps.length === 0 ? NOTHING : html`<ol>${steps.map((step) => html`<li>${sentence(step, anchored)}</li>`)}</ol>`}</div>`;

/** How bars are to be read; the same for all drawings. Registers' operations have colours, others share one. */
export const keyTo = (operations: readonly Pick<ShownOperation, "f">[]): Html => {
  const fs = new Set(operations.map(({ f }) => f));
  const others = [...fs].filter((f) => !Object.hasOwn(COLOURED, f));
  const kinds = Object.entries(COLOURED).filter(([f]) => fs.has(f));
  const other =
    others.length === 1 && others[0] === "txn" ? "transaction" : list(others.slice(0, 4).map((f) => cut(f, 20)));
  return html`<ul class="key" aria-label="Key">
${kinds.map(([f, words]) => html`<li><svg width="26" height="14" class="op ok ${f}"><rect class="bar" x="1" y="1" width="24" height="12" rx="3"/></svg>${words}</li>\n`)}${others.length === 0 ? NOTHING : html`<li><svg width="26" height="14" class="op ok other"><rect class="bar" x="1" y="1" width="24" height="12" rx="3"/></svg>${others.length > 4 ? "other operations" : other}</li>`}
<li><svg width="26" height="14" class="op fail"><rect class="bar" x="1" y="1" width="24" height="12" rx="3"/></svg>× fail: it did not happen</li>
<li><svg width="26" height="14" class="op info"><path class="bar" d="M26 1H1V13H26"/></svg>? info: nobody knows, perhaps later, perhaps never</li>
<li><svg width="26" height="14" class="fault"><rect width="26" height="14"/></svg>a fault is active</li>
</ul>`;
};

const COLOURED = { read: "read", write: "write", cas: "compare-and-set" } as const;
