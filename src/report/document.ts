/** The page around the sections: one file, no network, and a policy under which nothing from a run can be executed. */

import { createHash } from "node:crypto";
import { titleOf } from "./describe.js";
import { html, type Html, jsonInScript, trusted } from "./html.js";
import type { Material } from "./material.js";
import type { Payload } from "./plot/compile.js";
import { checkers } from "./section/checkers.js";
import { counterexamples } from "./section/counterexamples.js";
import { faults } from "./section/faults.js";
import { headline } from "./section/headline.js";
import { isolation } from "./section/isolation.js";
import { operations } from "./section/operations.js";
import { type Plot, plots } from "./section/plots.js";
import { replicas } from "./section/replicas.js";
import { setup } from "./section/setup.js";
import { timeline } from "./section/timeline.js";
import { STYLE } from "./style.js";

export interface Parts {
  readonly plots: readonly Plot[];
  readonly payload: Payload;
  /** The page's own script, bundled. */
  readonly script: string;
}

export const documentOf = (material: Material, { plots: drawn, payload, script }: Parts): string => {
  // The bundle holds libraries of others: nothing in them may end the element early.
  const code = script.replace(/<\/script/gi, "<\\/script").replace(/<!--/g, "<\\!--");
  const sections: readonly (readonly [id: string, title: string, section: Html])[] = [
    ["broke", "What broke it", counterexamples(material)],
    ["checkers", "Checks", checkers(material)],
    ["isolation", "Isolation", isolation(material)],
    ["plots", "Over time", plots(material, drawn)],
    ["timeline", "Timeline", timeline(material)],
    ["faults", "Faults", faults(material)],
    ["replicas", "Replicas", replicas(material)],
    ["operations", "Operations", operations(material)],
    ["setup", "Setup", setup(material)],
  ];
  const shown = sections.filter(([, , section]) => section.markup !== "");
  const { input } = material;
  const policy = `default-src 'none'; script-src '${hash(code)}'; style-src '${hash(STYLE)}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${input.verdict.valid}: ${titleOf(input.config, input.title)} (kvtest)</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#checkers">Skip to what was checked</a>
${HATCH}
<main>
${headline(material)}
<nav aria-label="Sections">${shown.map(([id, title]) => html`<a href="#${id}">${title}</a>`)}</nav>
${shown.map(([, , section]) => section)}
</main>
<script type="application/json" id="payload">${jsonInScript(payload)}</script>
<script>${trusted(code)}</script>
</body>
</html>
`.markup;
};

const hash = (content: string): string => `sha256-${createHash("sha256").update(content, "utf8").digest("base64")}`;

/** Faults are hatched in the drawings, so that they cannot be taken for an operation. */
const HATCH = html`<svg width="0" height="0" aria-hidden="true" class="defs"><defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" class="hatch-ground"/><line x1="0" y1="0" x2="0" y2="7" class="hatch-line"/></pattern></defs></svg>`;
