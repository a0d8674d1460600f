/** What was broken on purpose: planned, done, and proven to have bitten. */

import { describeDone, describeFault, describeRecord } from "../fault-words.js";
import { html, type Html, NOTHING } from "../html.js";
import type { Material } from "../material.js";
import { bit, type FaultSpan } from "../spans.js";
import { counted, cut, duration, moment } from "../words.js";
import { figure, table } from "./table.js";

export const faults = (material: Material): Html => {
  const { spans, input } = material;
  const begun = new Set(spans.map((span) => span.id));
  const never = input.plan?.faults.filter((fault) => !begun.has(fault.id)) ?? [];
  return html`<section id="faults" aria-labelledby="faults-title">
<h2 id="faults-title">Faults</h2>
${
  spans.length === 0
    ? html`<p class="note">Nothing was broken in this run.</p>`
    : table(
        "Faults",
        ["Fault", "Began", "Lasted", "What was done", "Evidence", "Bit"],
        spans.map((span) => [
          html`<b>${cut(span.id, 20)}</b> ${cut(span.kind, 30)}`,
          figure(moment(span.begin.time)),
          figure(span.end === null ? "never ended" : duration((span.end.time - span.begin.time) / 1e6)),
          done(span),
          describeRecord(span.evidence),
          said(bit(span)),
        ]),
        "cards",
      )
}
${
  never.length > 0
    ? html`<p class="note">${counted(never.length, "planned fault")} never began, since the run ended first: ${never
        .slice(0, 20)
        .map((fault) => `${fault.id} ${fault.fault.f}`)
        .join(", ")}.</p>`
    : NOTHING
}
</section>`;
};

/** What was done is told; what was planned too, where it left open whom it would hit. */
const done = (span: FaultSpan): Html => {
  const planned = span.planned === null ? "" : describeFault(span.planned);
  const recorded = describeDone(span.kind, span.done);
  if (recorded === "") return html`${planned}`;
  const open = planned.includes("the leader");
  return html`${recorded}${open ? html`<small>planned: ${planned}</small>` : NOTHING}`;
};

const said = (bitten: boolean | null): Html =>
  bitten === null
    ? html`<span class="muted">not told</span>`
    : bitten
      ? html`<span class="verdict valid">✓ yes</span>`
      : html`<span class="verdict invalid">× no</span>`;
