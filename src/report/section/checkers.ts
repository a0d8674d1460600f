/** One row for each checker: what it asked, what it answered, and whether the run stands or falls with it. */

import { html, type Html } from "../html.js";
import { type Material, sentence } from "../material.js";
import { table } from "./table.js";
import { glyph } from "./headline.js";

const QUESTIONS: { readonly [checker: string]: string } = {
  linearizable: "Can every key's operations be put in one order that respects real time?",
  fresh: "Did every read return the newest completed write, or a concurrent one?",
  converges: "After healing, do all replicas hold the same, with no acknowledged write lost?",
  statistics: "How fast, how available?",
  "not-vacuous": "Did the run really test something: reads, writes, and faults that bit?",
};

export const checkers = (material: Material): Html => {
  const { verdict } = material.input;
  const claims = new Set(verdict.claims);
  return html`<section id="checkers" aria-labelledby="checkers-title">
<h2 id="checkers-title">What was checked</h2>
<p class="hint">The run's verdict is the worst of the claims. The others are told, and decide nothing.</p>
${
  verdict.verdicts.length === 0
    ? html`<p class="note">No checker has looked at this history.</p>`
    : table(
        "Checkers",
        ["Checker", "Verdict", "Counts as", "Because"],
        verdict.verdicts.map((each) => [
          html`<b>${each.checker}</b><small>${QUESTIONS[each.checker] ?? ""}</small>`,
          html`<span class="verdict ${each.valid}">${glyph(each.valid)}${each.valid}</span>`,
          claims.has(each.checker) ? "claim" : html`<span class="muted">just told</span>`,
          sentence(each.because, material.anchored),
        ]),
        "cards",
      )
}
</section>`;
};
