/** One row for each checker: what it asked, what it answered, and whether the run stands or falls with it. */

import { html, type Html } from "../html.js";
import { type Material, sentence } from "../material.js";
import { cut } from "../words.js";
import { table } from "./table.js";
import { glyph } from "./headline.js";

const QUESTIONS: { readonly [checker: string]: string } = {
  linearizable: "Can every key's operations be put in one order that respects real time?",
  fresh: "Did every read return the newest completed write, or a concurrent one?",
  converges: "After healing, do all replicas hold the same, with no acknowledged write lost?",
  isolation: "Is there an order of the transactions, of the kind that was claimed, that explains all reads?",
  set: "Are all acknowledged elements in the final read, and nothing else?",
  "set-full": "Once an element was seen or acknowledged, did every later read have it?",
  queue: "Did elements come out once each, in the order in which they went in?",
  "total-queue": "Did every element that went in come out, once, and nothing else?",
  counter: "Was every read within what can have been counted by then?",
  "pn-counter": "Was every read a sum of additions that can have been made by then?",
  bank: "Did every read of all accounts find the same total?",
  "unique-ids": "Was no id given twice?",
  "long-fork": "Did all reads see the writes in one order?",
  "causal-reverse": "Did no read see a later write without an earlier one?",
  monotonic: "Is there one order of the transactions in which no value falls?",
  "read-your-writes": "Did each client see its own writes?",
  "monotonic-reads": "Did no client see something older than it had seen before?",
  "monotonic-writes": "Did each client's writes take effect in its order?",
  "writes-follow-reads": "Does a write come after the writes that its client had read?",
  pram: "Does everybody see each client's writes in that client's order?",
  causal: "Did everybody see causes before their effects?",
  "causal-convergence": "The same, with all agreeing on the order of concurrent writes?",
  "causal-memory": "The same, with each client never changing its mind?",
  "k-atomic":
    "How far from the latest write is what was read: in versions (k), in time (Δ), in the error of clocks (Γ)?",
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
          html`<b>${each.checker}</b><small>${Object.hasOwn(QUESTIONS, each.checker) ? (QUESTIONS[each.checker] ?? "") : ""}</small>`,
          html`<span class="verdict ${each.valid}">${glyph(each.valid)}${each.valid}</span>`,
          claims.has(each.checker) ? "claim" : html`<span class="muted">just told</span>`,
          sentence(cut(each.because, 1500), material.anchored),
        ]),
        "cards",
      )
}
</section>`;
};
