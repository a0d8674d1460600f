/** Each replica's own state after healing: key by node, what differs marked, and what was lost. */

import type { Json } from "../../../checker/history/event.js";
import type { ConvergenceDetails, Disagreement } from "../../../checker/convergence/details.js";
import { html, type Html, NOTHING } from "../html.js";
import type { Material } from "../material.js";
import { count, counted, cut, duration, key, list, value } from "../words.js";
import { table } from "./table.js";

export const replicas = (material: Material): Html => {
  const details = material.findings.converges;
  return html`<section id="replicas" aria-labelledby="replicas-title">
<h2 id="replicas-title">Replicas at the end</h2>
${details === null ? html`<p class="note">The replicas' own states are not part of this history, or were not checked.</p>` : found(details, material)}
</section>`;
};

const found = (details: ConvergenceDetails, material: Material): Html => {
  const differing = details.disagreements.length > 0 ? details.disagreements : details.finalState.filter(differs);
  const told = new Set(differing.map((row) => row.key));
  const agreeing = details.finalState.filter((row) => !told.has(row.key));
  const nodes = nodesOf(details, differing);
  return html`<p class="hint">${summary(details)}</p>
${lostAndFound(details, material)}
${differing.length === 0 ? NOTHING : html`<p class="note">Marked cells (≠) hold something else than most replicas do${details.disagreementCount > differing.length ? `; the first ${differing.length} of ${count(details.disagreementCount)} differing keys` : ""}.</p>${states("Keys on which replicas differ", nodes, differing)}`}
${
  agreeing.length === 0
    ? NOTHING
    : html`<details class="more"${differing.length === 0 ? html` open` : NOTHING}><summary>${agreeing.length === details.keys ? `All ${counted(agreeing.length, "key")}, on every replica alike` : `${counted(agreeing.length, "key")} on which all agree`}</summary>${states("Keys on which replicas agree", nodes, agreeing)}</details>`
}`;
};

const summary = (details: ConvergenceDetails): string => {
  const looked = `${counted(details.replicas.length, "replica")} ${details.replicas.length === 1 ? "was" : "were"} read on ${details.replicas.length === 1 ? "its" : "their"} own after healing, in ${counted(details.rounds, "round")}, over ${counted(details.keys, "key")}.`;
  const missing =
    details.missingReplicas.length === 0
      ? ""
      : ` Never seen: ${list(details.missingReplicas.map((name) => cut(name, 30)))}.`;
  const agreed = details.agreed
    ? ` All agree${details.timeToAgreeMs === null ? "" : `, ${duration(details.timeToAgreeMs)} after the last fault and the last write`}.`
    : ` They differ on ${counted(details.disagreementCount, "key")}.`;
  return looked + missing + agreed;
};

const nodesOf = (details: ConvergenceDetails, rows: readonly Disagreement[]): readonly string[] =>
  [
    ...new Set([
      ...details.replicas.map((replica) => replica.node),
      ...[...rows, ...details.finalState].flatMap((row) => Object.keys(row.values)),
    ]),
  ].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));

const lostAndFound = ({ lost, phantoms }: ConvergenceDetails, { anchored }: Material): Html =>
  html`${
    lost.length === 0
      ? NOTHING
      : html`<h3>Acknowledged writes that are gone</h3><ul class="plain">${lost.map(
          (write) =>
            html`<li>key <code>${key(write.key)}</code>, write <code>${value(write.value)}</code> ${eventLink(write.invoked, anchored)}</li>`,
        )}</ul>`
  }${
    phantoms.length === 0
      ? NOTHING
      : html`<h3>Values that nobody wrote</h3><ul class="plain">${phantoms.map(
          (phantom) =>
            html`<li>key <code>${key(phantom.key)}</code> on ${cut(phantom.node, 30)}: <code>${value(phantom.value)}</code></li>`,
        )}</ul>`
  }`;

const states = (name: string, nodes: readonly string[], rows: readonly Disagreement[]): Html =>
  table(
    name,
    ["Key", ...nodes.map((node) => cut(node, 24))],
    rows.map((row) => {
      const odd = oddOnes(row, nodes);
      return [
        html`<code>${key(row.key)}</code>`,
        ...nodes.map((node) => state(row.values[node] ?? null, odd.has(node))),
      ];
    }),
  );

const state = (siblings: readonly Json[] | null, odd: boolean): Html => {
  const held =
    siblings === null || siblings.length === 0
      ? html`<span class="muted">absent</span>`
      : html`${siblings.map((each, i) => html`${i === 0 ? null : " "}<code>${value(each, 28)}</code>`)}${siblings.length > 1 ? html`<small>${siblings.length} siblings</small>` : NOTHING}`;
  return odd ? html`<span class="odd"><i aria-label="differs">≠</i> ${held}</span>` : held;
};

const canonical = (siblings: readonly Json[] | null): string =>
  siblings === null || siblings.length === 0
    ? "absent"
    : JSON.stringify(siblings.map((each) => JSON.stringify(each)).sort());

const differs = (row: Disagreement): boolean => new Set(Object.values(row.values).map(canonical)).size > 1;

/** Nodes that do not hold what most hold; all of them when no state is the most common one. */
const oddOnes = (row: Disagreement, nodes: readonly string[]): ReadonlySet<string> => {
  const votes = new Map<string, string[]>();
  for (const node of nodes) {
    const held = canonical(row.values[node] ?? null);
    votes.set(held, [...(votes.get(held) ?? []), node]);
  }
  if (votes.size === 1) return new Set();
  const most = Math.max(...[...votes.values()].map((group) => group.length));
  const winners = [...votes.values()].filter((group) => group.length === most);
  const common = winners.length === 1 ? new Set(winners[0]) : new Set<string>();
  return new Set(nodes.filter((node) => !common.has(node)));
};

const eventLink = (event: number, anchored: Material["anchored"]): Html => {
  const op = anchored.get(event);
  return op === undefined ? html`<span class="muted">#${event}</span>` : html`<a href="#op-${op}">#${event}</a>`;
};
