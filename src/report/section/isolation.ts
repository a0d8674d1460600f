/** Which isolation the transactions had: the models that the history refutes, and the strongest that it leaves. */

import { meaningOf } from "../anomaly-words.js";
import { type Content, html, type Html, NOTHING } from "../html.js";
import type { Material } from "../material.js";
import { count, counted, cut, list } from "../words.js";
import { figure, table } from "./table.js";

const TYPES_SHOWN = 40;
const PROBLEMS_SHOWN = 10;

export const isolation = ({ findings }: Material): Html => {
  const details = findings.isolation;
  if (details === null) return NOTHING;
  const { ok, info, fail } = details.transactions;
  const types = [
    ...Object.entries(details.counts).map(([type, times]) => ({ type, times, counts: true })),
    ...Object.entries(details.tolerated).map(([type, times]) => ({ type, times, counts: false })),
  ].slice(0, TYPES_SHOWN);
  return html`<section id="isolation" aria-labelledby="isolation-title">
<h2 id="isolation-title">Isolation</h2>
<p class="hint">${counted(ok + info + fail, "transaction")} (${count(ok)} ok, ${count(info)} info, ${count(fail)} fail) of a history of ${
    details.workload === "list-append" ? "lists that are appended to" : "registers that are read and written"
  }, with ${counted(details.dependencies, "dependency", "dependencies")} between them.</p>
<dl class="settings">
${row("Claimed", details.models.length === 0 ? "no model" : names(details.models))}
${details.forbidden.length === 0 ? NOTHING : row("Forbidden too", names(details.forbidden))}
${details.not.length === 0 ? NOTHING : row("Ruled out", html`${names(details.not)}${details.alsoNot.length === 0 ? NOTHING : html`<small>and with ${details.not.length === 1 ? "it" : "them"} ${names(details.alsoNot)}</small>`}`)}
${details.strongest.length === 0 ? NOTHING : row("Strongest left", html`${names(details.strongest)}<small>Nothing found refutes ${details.strongest.length === 1 ? "it" : "these"}; that is no proof.</small>`)}
${details.untestable.length === 0 ? NOTHING : row("Not testable", html`${names(details.untestable)}<small>No anomaly known here refutes ${details.untestable.length === 1 ? "it" : "these"}.</small>`)}
</dl>
${
  types.length === 0
    ? NOTHING
    : html`<h3>Anomalies by type</h3>${table(
        "Anomalies by type",
        ["Type", "Found", "Claim", "Meaning"],
        types.map(({ type, times, counts }) => [
          html`<b>${cut(type, 60)}</b>`,
          figure(count(times)),
          counts ? "broken" : html`<span class="muted">tolerated</span>`,
          meaningOf(type) ?? "",
        ]),
        "cards",
      )}<p class="note">Of cycles, the groups of transactions that have one are counted.</p>`
}
${
  details.problemCount === 0
    ? NOTHING
    : html`<h3>Why it cannot be judged</h3><ul class="plain">${details.problems
        .slice(0, PROBLEMS_SHOWN)
        .map(
          ({ line, message }) => html`<li><span class="muted">line ${line}:</span> ${cut(message, 400)}</li>`,
        )}</ul>${details.problemCount > PROBLEMS_SHOWN ? html`<p class="note">${counted(details.problemCount, "problem")} in all.</p>` : NOTHING}`
}
</section>`;
};

const names = (all: readonly string[]): string => list(all.map((name) => cut(name, 60)));

const row = (name: string, content: Content): Html => html`<div><dt>${name}</dt><dd>${content}</dd></div>`;
