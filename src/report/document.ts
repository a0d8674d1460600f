/** The page around the sections: one file, no network, and a policy under which nothing from a run can be executed. */

import { headOf } from "./head.js";
import { titleOf } from "./describe.js";
import { html, type Html, jsonInScript, trusted } from "./html.js";
import type { Material } from "./material.js";
import type { Payload } from "./payload.js";
import { checkers } from "./section/checkers.js";
import { counterexamples } from "./section/counterexamples.js";
import { faults } from "./section/faults.js";
import { headline } from "./section/headline.js";
import { history } from "./section/history.js";
import { isolation } from "./section/isolation.js";
import { messages } from "./section/messages.js";
import { operations } from "./section/operations.js";
import { type Plot, plots } from "./section/plots.js";
import { replicas } from "./section/replicas.js";
import { setup } from "./section/setup.js";
import { timeline } from "./section/timeline.js";
import { STYLE } from "./style.js";

/** The page without its head and its scripts: what the viewer puts into a page of its own. */
export const bodyOf = (material: Material, drawn: readonly Plot[]): Html => {
  const sections: readonly (readonly [id: string, title: string, section: Html])[] = [
    ["broke", "What broke it", counterexamples(material)],
    ["checkers", "Checks", checkers(material)],
    ["isolation", "Isolation", isolation(material)],
    ["plots", "Over time", plots(material, drawn)],
    ["history", "All operations", history(material)],
    ["timeline", "Close up", timeline(material)],
    ["messages", "Messages", messages(material)],
    ["faults", "Faults", faults(material)],
    ["replicas", "Replicas", replicas(material)],
    ["operations", "Operations", operations(material)],
    ["setup", "Setup", setup(material)],
  ];
  const shown = sections.filter(([, , section]) => section.markup !== "");
  return html`<a class="skip" href="#checkers">Skip to what was checked</a>
${HATCH}
<main>
${headline(material)}
<nav aria-label="Sections">${shown.map(([id, title]) => html`<a href="#${id}">${title}</a>`)}</nav>
${shown.map(([, , section]) => section)}
</main>`;
};

export interface Parts {
  readonly body: Html;
  readonly payload: Payload;
  /** The operations' columns, deflated, in base64. */
  readonly columns: string;
  /** The page's own script, bundled. */
  readonly script: string;
  /** SHA-256 of a text, in base64. */
  readonly digest: (text: string) => string;
}

export const documentOf = ({ input }: Material, { body, payload, columns, script, digest }: Parts): string => {
  const code = inScript(script);
  const hash = (text: string): string => `sha256-${digest(text)}`;
  const policy = `default-src 'none'; script-src '${hash(code)}'; style-src '${hash(STYLE)}'; base-uri 'none'; form-action 'none'`;
  return html`${headOf({ title: `${input.verdict.valid}: ${titleOf(input.config, input.title)} (kvtest)`, policy, style: STYLE })}
<body>
${body}
<script type="application/json" id="payload">${jsonInScript(payload)}</script>
<script type="text/plain" id="columns">${columns}</script>
<script>${trusted(code)}</script>
</body>
</html>
`.markup;
};

/** A bundle as the content of a script element: it holds libraries of others, and nothing in them may end it early. */
export const inScript = (script: string): string =>
  script.replace(/<\/script/gi, "<\\/script").replace(/<!--/g, "<\\!--");

/** Faults are hatched in the drawings, so that they cannot be taken for an operation. */
const HATCH = html`<svg width="0" height="0" aria-hidden="true" class="defs"><defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" class="hatch-ground"/><line x1="0" y1="0" x2="0" y2="7" class="hatch-line"/></pattern></defs></svg>`;
