/** The anomalies that refute the isolation that was claimed: each drawn, and told transaction by transaction. */

import type { ExplainedAnomaly, ShownEdge, ShownTransaction } from "../../../checker/isolation/details.js";
import { closes, isCycle, mopWords, tellsMore } from "../../../checker/isolation/explain/text.js";
import { EDGES, meaningOf } from "../anomaly-words.js";
import { drawAnomaly } from "../drawing/anomaly.js";
import { html, type Html, NOTHING } from "../html.js";
import { eventOf, type Material, sentence, type ShownAnomaly } from "../material.js";
import { count, counted, cut } from "../words.js";

const OPEN = 3;

/** Nothing where no anomaly is explained. */
export const anomalies = (material: Material): Html => {
  const { isolation } = material.findings;
  if (isolation === null || material.anomalies.length === 0) return NOTHING;
  const kinds = new Set(material.anomalies.flatMap(({ anomaly }) => anomaly.edges.map(({ kind }) => kind)));
  return html`<p class="hint">Each card is a transaction; its lines are what it did, with what it read. ${
    kinds.size === 0
      ? null
      : "An arrow leads from a transaction to one that must come after it, for the reason that its name says. Arrows in a circle are the contradiction: no order of these transactions explains what they saw."
  }</p>
${material.anomalies.map((shown, i) => draw(shown, i, material, isolation.counts))}
${kinds.size === 0 ? NOTHING : legend(kinds)}`;
};

const draw = (
  { anomaly, anchors }: ShownAnomaly,
  i: number,
  material: Material,
  counts: { readonly [type: string]: number },
): Html => {
  const drawing = drawAnomaly(anomaly, i);
  const meaning = meaningOf(anomaly.type);
  const nth = material.anomalies.slice(0, i + 1).filter((each) => each.anomaly.type === anomaly.type).length;
  const times = Object.hasOwn(counts, anomaly.type) ? (counts[anomaly.type] ?? 0) : 0;
  return html`<details class="example anomaly"${i < OPEN ? html` open` : NOTHING}>
<summary><b>${cut(anomaly.type, 60)}</b>${times > 1 ? html` <span class="muted">${nth} of ${count(times)}</span>` : NOTHING}${meaning === null ? NOTHING : html`<span class="meaning">${meaning}</span>`}</summary>
${isCycle(anomaly.type) ? NOTHING : html`<p>${sentence(cut(anomaly.because, 2000), material.anchored)}</p>`}
${
  anomaly.transactions.length === 0
    ? NOTHING
    : drawing === null
      ? html`<p class="note">${counted(anomaly.transactions.length, "transaction")}: too many to draw.</p>`
      : html`<div class="scroll" tabindex="0" role="group" aria-label="Drawing of ${counted(anomaly.transactions.length, "transaction")}. ${cut(anomaly.because, 400)}">${drawing}</div>`
}
${tellsMore(anomaly) ? reasons(anomaly, material) : NOTHING}
${transactions(anomaly, anchors)}
</details>`;
};

const EDGES_SHOWN = 16;

const reasons = (anomaly: ExplainedAnomaly, { anchored }: Material): Html => {
  const { edges } = anomaly;
  const closed = closes(anomaly);
  const omitted = closed ? 0 : anomaly.omitted;
  return html`<ol class="reasons">${edges
    .slice(0, EDGES_SHOWN)
    .map(
      (edge, i) =>
        html`<li><span class="step">${cut(edge.from, 8)} <b class="k-edge ${edge.kind}">${edge.kind}</b> ${cut(edge.to, 8)}</span><span>${sentence(cut(edge.because, 1000), anchored)}${closed && i === edges.length - 1 ? html` <b>A contradiction.</b>` : NOTHING}</span></li>`,
    )}</ol>${
    edges.length + omitted > EDGES_SHOWN
      ? html`<p class="note">And ${counted(edges.length + omitted - Math.min(edges.length, EDGES_SHOWN), "more step")}, back to ${cut(edges[0]?.from ?? "", 8)}.</p>`
      : NOTHING
  }`;
};

const TRANSACTIONS_SHOWN = 16;

const transactions = (anomaly: ExplainedAnomaly, anchors: ReadonlySet<number>): Html => {
  const shown = anomaly.transactions.slice(0, TRANSACTIONS_SHOWN);
  const more = anomaly.transactions.length - shown.length + anomaly.omitted;
  return html`<ul class="plain transactions">${shown.map((txn) => transaction(txn, anchors))}</ul>${
    more > 0
      ? html`<p class="note">${counted(more, "more transaction")} belong${more === 1 ? "s" : ""} to it.</p>`
      : NOTHING
  }`;
};

const MICRO_OPERATIONS_SHOWN = 24;

const transaction = (txn: ShownTransaction, anchors: ReadonlySet<number>): Html => {
  const at = eventOf(txn);
  const id = at !== null && anchors.has(at) ? html` id="op-${at}"` : NOTHING;
  const mops = txn.value.slice(0, MICRO_OPERATIONS_SHOWN);
  const more = txn.value.length - mops.length;
  return html`<li${id}><b>${cut(txn.name, 8)}</b> <span class="muted">process ${txn.process}, ${txn.type}, ${eventsOf(txn)}</span> ${mops.map(
    (mop, i) => html`${i === 0 ? null : " "}<code>${cut(mopWords(mop), 240)}</code>`,
  )}${more > 0 ? ` and ${count(more)} more` : null}${inFull(txn)}</li>`;
};

/** Longer than this a micro-operation is whole in the file only. */
const FULL_MAX = 4_000;

/** Where something was left out above, such as the middle of a list, all of it, folded away: the proof is in it. */
const inFull = ({ name, value }: ShownTransaction): Html => {
  const whole = value.map(
    ([f, key, found]) => `${f} ${JSON.stringify(key)} ${JSON.stringify(found).replaceAll(",", ", ")}`,
  );
  const short = value.slice(0, MICRO_OPERATIONS_SHOWN).map(mopWords);
  if (whole.join("").length <= short.join("").length + 2 * value.length + 20) return NOTHING;
  return html`<details><summary class="muted">${cut(name, 8)} in full</summary>${whole.map(
    (mop, i) => html`${i === 0 ? null : " "}<code>${cut(mop, FULL_MAX)}</code>`,
  )}</details>`;
};

const eventsOf = ({ invoked, completed }: ShownTransaction): string => {
  if (invoked === null || completed === null) return `#${invoked ?? completed ?? "?"}`;
  return `#${invoked} to #${completed}`;
};

const legend = (kinds: ReadonlySet<ShownEdge["kind"]>): Html =>
  html`<ul class="key" aria-label="Key to the arrows">${Object.entries(EDGES)
    .filter(([kind]) => [...kinds].some((each) => each === kind))
    .map(([kind, words]) => html`<li><b class="k-edge ${kind}">${kind}</b>${words}</li>`)}</ul>`;
