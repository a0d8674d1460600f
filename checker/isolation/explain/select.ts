/** Which anomalies to show: ten, the most telling, of as many types as there are. */

import type { ExplainedAnomaly } from "../details.js";
import type { TxnHistory } from "../history/columns.js";
import { CYCLE_SPECS } from "../cycles/specs.js";
import { type Finding, txnsOf } from "../infer/finding.js";
import type { Inferred } from "../infer/infer.js";
import { explain } from "./anomaly.js";

const SHOWN_MAX = 10;

/** What single reads prove needs no cycle to be followed; then cycles as searched; the rest last. */
const TELLING = [
  "G1a",
  "G1b",
  "garbage-read",
  "duplicate-elements",
  "incompatible-order",
  "internal",
  "future-read",
  "dirty-update",
  "lost-update",
  ...CYCLE_SPECS.map((spec) => spec.type),
  "cyclic-versions",
];

const rank = (type: string): number => {
  const at = TELLING.indexOf(type);
  return at < 0 ? TELLING.length : at;
};

/** Transactions that somebody has to look at. */
const size = (history: TxnHistory, finding: Finding): number => {
  const txns = txnsOf(finding);
  return txns.length * 1000 + txns.reduce((sum, txn) => sum + (history.mopCount[txn] ?? 0), 0);
};

export const mostTelling = (
  history: TxnHistory,
  inferred: Inferred,
  types: readonly string[],
): { readonly anomalies: readonly ExplainedAnomaly[]; readonly txns: readonly number[] } => {
  const byType = [...types]
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map((type) => ({
      type,
      samples: [...(inferred.findings.samples.get(type) ?? [])].sort((a, b) => size(history, a) - size(history, b)),
    }));
  const chosen: { type: string; finding: Finding }[] = [];
  for (let round = 0; chosen.length < SHOWN_MAX; round++) {
    const more = byType.flatMap(({ type, samples }) => {
      const finding = samples[round];
      return finding === undefined ? [] : [{ type, finding }];
    });
    if (more.length === 0) break;
    chosen.push(...more);
  }
  const shown = chosen.slice(0, SHOWN_MAX);
  return {
    anomalies: shown.map(({ type, finding }) => explain(history, inferred, type, finding)),
    txns: shown.flatMap(({ finding }) => txnsOf(finding)),
  };
};
