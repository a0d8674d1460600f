/** The isolation checker's drawing of an anomaly, as a part of the page. */

import type { ExplainedAnomaly } from "../../../checker/isolation/details.js";
import { drawSvg } from "../../../checker/isolation/explain/svg.js";
import { type Html, trusted, visible } from "../html.js";

/** More transactions than this make a drawing that nobody follows; more micro-operations, one that has no end. */
const TRANSACTIONS_MAX = 12;
const MICRO_OPERATIONS_MAX = 150;

/**
 * null where it would be too large. `number`: of this drawing in the page.
 *
 * The checker escapes every text that it draws, and what else it puts in (kinds, outcomes, numbers) is of a known shape
 * once the details were read by `findings.ts`. Left for us: characters that cannot be seen; and the arrow heads, whose
 * names must occur once in a page. A quotation mark never stands in a text of the drawing unescaped, so that what is
 * replaced can only be the attribute.
 */
export const drawAnomaly = (anomaly: ExplainedAnomaly, number: number): Html | null => {
  const { transactions } = anomaly;
  const micro = transactions.reduce((sum, txn) => sum + txn.value.length, 0);
  if (transactions.length === 0 || transactions.length > TRANSACTIONS_MAX || micro > MICRO_OPERATIONS_MAX) return null;
  const svg = visible(drawSvg(anomaly))
    .replaceAll(/ id="arrow-(\w+)"/g, ` id="arrow-$1-${number}"`)
    .replaceAll(/="url\(#arrow-(\w+)\)"/g, `="url(#arrow-$1-${number})"`);
  return trusted(svg);
};
