/**
 * A queue of distinct elements: illegal exactly if an element came out that was not in, an element that certainly went
 * in later came out certainly before one that went in earlier, or it answered "empty" while it certainly was not.
 *
 * Source: Emmi and Enea ("Sound, complete, and tractable linearizability monitoring", POPL 2018) and Henzinger, Sezgin
 * and Vafeiadis (CONCUR 2013) for the patterns; the sweep over them is O(n log n).
 */

import type { Operation } from "../../history/operation.js";
import { elementsOf, type Elements, everyElement, isEmptyWhileFull, spansOf } from "./elements.js";
import type { MonitorAnswer } from "./monitor.js";

export function checkQueue(operations: readonly Operation[]): MonitorAnswer {
  const elements = elementsOf(operations, "enqueue", "dequeue");
  if (elements === "invalid" || elements === "declined") return elements;
  if (hasInversion(elements)) return "invalid";
  return isEmptyWhileFull(elements.empties, spansOf(elements, everyElement(elements))) ? "invalid" : "valid";
}

/** Some b went in wholly after some a, and was out before anybody began to take a. */
function hasInversion(elements: Elements): boolean {
  const { putStart, putEnd, takeStart, takeEnd } = elements;
  const byStart = everyElement(elements).sort((a, b) => (putStart[a] ?? 0) - (putStart[b] ?? 0));
  const byEnd = everyElement(elements).sort((a, b) => (putEnd[a] ?? 0) - (putEnd[b] ?? 0));
  let [latestTake, next] = [Number.NEGATIVE_INFINITY, 0];
  for (const b of byStart) {
    for (; next < byEnd.length; next++) {
      const a = byEnd[next] ?? 0;
      if ((putEnd[a] ?? 0) >= (putStart[b] ?? 0)) break;
      latestTake = Math.max(latestTake, takeStart[a] ?? 0);
    }
    if ((takeEnd[b] ?? 0) < latestTake) return true;
  }
  return false;
}
