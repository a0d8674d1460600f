/** What it takes to do it again, where the data is, and what a valid verdict leaves open. */

import { describeNemesis, describeProtocol, describeWorkload } from "../describe.js";
import { type Content, html, type Html } from "../html.js";
import type { Material } from "../material.js";
import { count, duration, list } from "../words.js";

const FILES = [
  ["history.jsonl", "every event, one a line"],
  ["faults.json", "the planned faults"],
  ["config.json", "the settings"],
  ["verdict.json", "what the checkers found"],
  ["logs/", "what each node said"],
] as const;

export const setup = (material: Material): Html => {
  const { config } = material.input;
  return html`<section id="setup" aria-labelledby="setup-title">
<h2 id="setup-title">Setup</h2>
${
  config === null
    ? html`<p class="note">This history came from elsewhere (${material.input.title}), so nothing is known about how it was made.</p>`
    : html`<h3>Do it again</h3>
<div class="command"><pre tabindex="0"><code id="command">${config.command}</code></pre><button type="button" data-copy="command" hidden>Copy</button></div>
<p class="note">The seed fixes the operations and the faults, not how the machine schedules real processes: a second run asks the same and breaks the same, and may meet another order.</p>
<dl class="settings">
${row("Store", describeProtocol(config.protocol, config.nodes.length))}
${row("Nodes", list(config.nodes))}
${row("Disk", config.protocol.mode === "own" ? "as the database does" : config.fsync ? "every acknowledged write is synced" : "written, not synced: survives a killed process, not a power cut")}
${row("Workload", describeWorkload(config))}
${row("Clients", `${count(config.concurrency)}, ${config.rate === null ? "each asks again as soon as it is answered" : `${count(config.rate)} operations/s over all`}; an answer is awaited for ${duration(config.timeoutMs)}`)}
${row("Time limit", duration(config.timeLimitMs))}
${row("Nemesis", describeNemesis(config))}
${row("Claims", config.claims.length === 0 ? "none" : list(config.claims))}
${row("Seed", html`<code>${config.seed}</code>`)}
${row("Run", html`<code>${config.id}</code>`)}
${row("kvtest", config.version)}
</dl>
<h3>Files of this run</h3>
<ul class="plain">${FILES.map(([name, what]) => html`<li><a href="${name}"><code>${name}</code></a> ${what}</li>`)}</ul>`
}
</section>
<section id="limits" aria-labelledby="limits-title">
<h2 id="limits-title">What <em>valid</em> does not mean</h2>
<p class="prose">Valid says that these ${count(material.operations.length)} operations, under these faults, held no contradiction that the checkers can see.
It is not a proof that the store has none: another order of messages, another fault, a longer run or a key that nobody read may show one.
Only what clients saw is judged. Invalid, on the other hand, is a proof, and the operations named above are all that it needs.
Unknown means that a check ran out of its budget, or had too little to go on: it is not a weaker valid.</p>
</section>`;
};

const row = (name: string, content: Content): Html => html`<div><dt>${name}</dt><dd>${content}</dd></div>`;
