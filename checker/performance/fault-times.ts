/** When faults were active, on the recorded clock. */

import type { FaultEvent } from "../history/event.js";

/** Nanoseconds since the run began; both ends included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One span per fault that began; a fault that was never ended lasts until `end`. Overlapping spans are merged. */
export const activeTimes = (faults: readonly FaultEvent[], end: number): readonly Span[] => {
  const begun = new Map<string, number>();
  const spans: Span[] = [];
  for (const { fault, phase, time } of faults) {
    if (phase === "begin") {
      begun.set(fault, time);
      continue;
    }
    const from = begun.get(fault);
    if (from === undefined) continue;
    spans.push({ from, to: time });
    begun.delete(fault);
  }
  for (const from of begun.values()) spans.push({ from, to: Math.max(from, end) });
  return merged(spans);
};

const merged = (spans: readonly Span[]): readonly Span[] => {
  const disjoint: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = disjoint.at(-1);
    if (last === undefined || last.to < span.from) disjoint.push(span);
    else disjoint[disjoint.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return disjoint;
};

/** Does from..to touch one of the disjoint ascending spans? */
export const activeAt = (spans: readonly Span[], from: number, to: number): boolean => {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle]?.to ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  const first = spans[low];
  return first !== undefined && first.from <= to;
};
