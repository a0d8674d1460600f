/** The viewer as one file: a page that checks whatever history is dropped on it, perhaps with one in it already. */

import { headOf } from "./head.js";
import { deflateRawSync } from "node:zlib";
import { bundled } from "./bundled.js";
import { inScript } from "./document.js";
import { html, NOTHING, trusted } from "./html.js";
import { digest } from "./report.js";
import { STYLE } from "./style.js";
import { WORKLOADS } from "./viewer-workloads.js";

export interface OwnHistory {
  readonly name: string;
  /** The file as it is, in any format that is read, gzip too. */
  readonly bytes: Uint8Array;
}

/** @throws Error when the page's scripts were not built (`npm run build`). */
export const viewerPage = async (own: OwnHistory | null): Promise<string> => {
  const [script, checker] = (await Promise.all([bundled("viewer"), bundled("checker")])).map(inScript);
  // The worker is made from text of this page, and inherits its policy: neither of them can ask anybody for anything.
  const policy = `default-src 'none'; script-src ${hash(script ?? "")}; worker-src blob:; style-src ${hash(STYLE)}; connect-src 'none'; img-src data:; base-uri 'none'; form-action 'none'`;
  return html`${headOf({
    title: "Check a history (kvtest)",
    policy,
    style: STYLE,
    more: html`<link rel="icon" href="data:,">
`,
  })}
<body>
<div class="viewer">
<p class="run">kvtest<span>check a history</span></p>
<noscript><p>The checker is a script of this page, and scripts are off.</p></noscript>
<div id="drop" class="drop">
<p><b>Drop a history here</b>, or <label class="choose" for="file">choose a file</label> <input type="file" id="file"></p>
<p class="note">JSON lines, Jepsen EDN, or a log of Porcupine's test data; gzip too. It is checked on this page, without a network: nothing leaves this machine.</p>
<p><label>What made it <select id="workload"><option value="">found from its operations</option>${WORKLOADS.map((name) => html`<option>${name}</option>`)}</select></label></p>
</div>
<p><span id="status" role="status"></span> <button type="button" id="stop" hidden>Stop</button></p>
<ul id="problems" class="problems"></ul>
</div>
<div id="shown"></div>
${own === null ? NOTHING : html`<script type="text/plain" id="own" data-name="${own.name}">${deflateRawSync(own.bytes).toString("base64")}</script>`}
<script type="text/plain" id="checker">${trusted(checker ?? "")}</script>
<script>${trusted(script ?? "")}</script>
</body>
</html>
`.markup;
};

const hash = (text: string): string => `'sha256-${digest(text)}'`;
