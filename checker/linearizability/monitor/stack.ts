/**
 * A stack of distinct elements. While elements are certainly inside without a gap, one of them is at the bottom: it went
 * in before all others were certainly in, and came out, if at all, after all others were certainly out. Take it away, and
 * what is left falls into shorter spans, each with a bottom of its own. Where a span has no bottom, the history is
 * illegal; any that will do is as good as any other.
 *
 * An element that may have come out right after it went in says nothing about the others. Source of the approach: Lee and
 * Mathur (OOPSLA 2025), monitors for stacks; this one is O(n) a level of nesting.
 */

import type { Operation } from "../../history/operation.js";
import { elementsOf, type Elements, everyElement, isEmptyWhileFull, type Span, spansOf } from "./elements.js";
import type { MonitorAnswer } from "./monitor.js";

/** Elements looked at before the monitor leaves it to the search: nested deeply, it would take time quadratic in them. */
const LOOKS_MAX = 50_000_000;

export function checkStack(operations: readonly Operation[]): MonitorAnswer {
  const elements = elementsOf(operations, "push", "pop");
  if (elements === "invalid" || elements === "declined") return elements;
  const open = spansOf(elements, everyElement(elements));
  if (isEmptyWhileFull(elements.empties, open)) return "invalid";
  let looks = 0;
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    looks += span.elements.length;
    if (looks > LOOKS_MAX) return "declined";
    const bottoms = span.elements.filter((element) => canBeBottom(elements, element, span));
    if (bottoms.length === 0) return "invalid";
    // All that can be at the bottom are taken away at once: what one leaves of the span has the others as its bottoms.
    const above = new Set(bottoms);
    open.push(
      ...spansOf(
        elements,
        span.elements.filter((element) => !above.has(element)),
      ),
    );
  }
  return "valid";
}

const canBeBottom = ({ putStart, takeEnd }: Elements, element: number, { from, to }: Span): boolean =>
  (putStart[element] ?? 0) <= from && (takeEnd[element] ?? 0) >= to;
