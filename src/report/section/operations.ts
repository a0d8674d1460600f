/** Operations by kind, and what went wrong with those that failed. */

import { html, type Html, NOTHING } from "../html.js";
import type { Material } from "../material.js";
import { count, cut, duration, percent, nameAndWords } from "../words.js";
import { figure, table } from "./table.js";

const ERRORS_SHOWN = 30;

export const operations = (material: Material): Html => {
  const { statistics } = material.findings;
  return html`<section id="operations" aria-labelledby="operations-title">
<h2 id="operations-title">Operations</h2>
${statistics === null ? byOutcome(material) : byF(statistics)}
${errors(material)}
</section>`;
};

const byF = (statistics: NonNullable<Material["findings"]["statistics"]>): Html =>
  html`${
    Object.keys(statistics.byF).length === 0
      ? html`<p class="note">The history has no operations.</p>`
      : table(
          "Operations by kind",
          ["", "ok", "fail", "info", "p50", "p95", "p99", "max"],
          Object.entries(statistics.byF).map(([f, { ok, fail, info, latency }]) => [
            html`<b>${cut(f, 30)}</b>`,
            ...[ok, fail, info].map((n) => figure(count(n))),
            ...(latency === null
              ? ["", "", "", ""]
              : [latency.p50, latency.p95, latency.p99, latency.max].map((ms) => figure(duration(ms)))),
          ]),
        )
  }<p class="note">Latencies are of ok operations. ${percent(statistics.availability)} of all operations were answered${
    statistics.longestOutageMs > 0
      ? `; the longest time without an ok operation was ${duration(statistics.longestOutageMs)}, from ${(statistics.longestOutageAtMs / 1000).toFixed(2)} s on`
      : ""
  }.</p>`;

/** Without the statistics checker: counts alone. */
const byOutcome = ({ operations }: Material): Html => {
  const rows = new Map<string, { ok: number; fail: number; info: number }>();
  for (const op of operations) {
    const row = rows.get(op.f) ?? { ok: 0, fail: 0, info: 0 };
    row[op.type]++;
    rows.set(op.f, row);
  }
  if (rows.size === 0) return html`<p class="note">The history has no operations.</p>`;
  return table(
    "Operations by kind",
    ["", "ok", "fail", "info"],
    [...rows].map(([f, { ok, fail, info }]) => [
      html`<b>${cut(f, 30)}</b>`,
      ...[ok, fail, info].map((n) => figure(count(n))),
    ]),
  );
};

/** Counted from the history, so that the first occurrence can be named and the error's words shown. */
const errors = ({ operations }: Material): Html => {
  const found = new Map<
    string,
    { times: number; readonly type: string; readonly words: string; readonly first: number }
  >();
  for (const op of operations) {
    if (op.error === null) continue;
    const [name, rest] = nameAndWords(op.error);
    const row = found.get(`${op.type} ${name}`);
    if (row === undefined) found.set(`${op.type} ${name}`, { times: 1, type: op.type, words: rest, first: op.invoked });
    else row.times++;
  }
  if (found.size === 0) return NOTHING;
  const rows = [...found].sort((a, b) => b[1].times - a[1].times);
  return html`<h3>Errors</h3>${table(
    "Errors",
    ["Error", "Outcome", "Times", "First", "In its own words"],
    rows
      .slice(0, ERRORS_SHOWN)
      .map(([name, row]) => [
        html`<b>${cut(name.slice(row.type.length + 1), 60)}</b>`,
        row.type,
        figure(count(row.times)),
        html`<a class="number" href="#op-${row.first}">#${row.first}</a>`,
        cut(row.words, 160),
      ]),
  )}${rows.length > ERRORS_SHOWN ? html`<p class="note">${count(rows.length - ERRORS_SHOWN)} rarer ones are left out.</p>` : NOTHING}`;
};
