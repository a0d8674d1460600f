/** What nodes said to each other, and to the clients, around what broke it: Lamport diagrams, where we know. */

import { drawMessages, fateOf, nameAt } from "../drawing/lamport.js";
import { html, type Html, NOTHING } from "../html.js";
import { type Material, proofsOf } from "../material.js";
import { type Drawn, type Exchange, exchangeOf } from "../messages.js";
import { count, counted, cut, key, moment } from "../words.js";

const EXCHANGES_MAX = 3;

export const messages = (material: Material): Html => {
  const overheard = material.input.messages ?? [];
  if (overheard.length === 0) return NOTHING;
  const exchanges = proofsOf(material.input)
    .map((proof) => exchangeOf(proof, overheard))
    .filter((exchange) => exchange !== null)
    .slice(0, EXCHANGES_MAX);
  if (exchanges.length === 0) return NOTHING;
  return html`<section id="messages" aria-labelledby="messages-title">
<h2 id="messages-title">Messages</h2>
<p class="hint">What the links saw around what broke it. Time runs downwards, every line is a client or a node, and every arrow a message, from where
it set out to where it arrived. Dashed: it was on its way for longer than 1 ms, or never arrived (×). Distances are not to scale.</p>
${exchanges.map((exchange, i) => draw(exchange, i === 0, material))}
</section>`;
};

const draw = (exchange: Exchange, open: boolean, { spans }: Material): Html => {
  const { proof, messages: all, omitted } = exchange;
  return html`<details class="example"${open ? html` open` : NOTHING}>
<summary>${proof.key === null ? html`<b>${counted(all.length, "message")}</b>` : html`<b>${counted(all.length, "message")}</b> about key <code>${key(proof.key)}</code>`}</summary>
${drawMessages(all, spans)}
${omitted > 0 ? html`<p class="note">${count(omitted)} more between nodes at that time are left out: these speak of other values, or came earlier.</p>` : NOTHING}
<details class="more"><summary>The same in words</summary><ol class="overheard">${all.map((each) => html`<li>${inWords(each)}</li>`)}</ol></details>
</details>`;
};

const inWords = (drawn: Drawn): Html =>
  html`${moment(drawn.message.sent, 4)} <b>${cut(nameAt(drawn, "from"), 30)}</b> to <b>${cut(nameAt(drawn, "to"), 30)}</b>: ${drawn.label}; ${fateOf(drawn)}`;
