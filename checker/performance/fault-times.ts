/** When faults were active: on the recorded clock, or by event index. */

import type { FaultEvent } from "../history/event.js";

/** Times in ns since the run began, or event indexes; both ends included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface FaultSpan extends Span {
  readonly id: string;
  readonly ended: boolean;
}

/** One span per fault that began, in order of their ends; a fault that was never ended lasts until `end`. */
export const faultSpans = (
  faults: readonly FaultEvent[],
  end: number,
  of: (event: FaultEvent) => number,
): readonly FaultSpan[] => {
  const begun = new Map<string, number>();
  const spans: FaultSpan[] = [];
  for (const event of faults) {
    const { fault: id } = event;
    const from = begun.get(id);
    if (event.phase === "begin") begun.set(id, from ?? of(event));
    else if (from !== undefined && begun.delete(id)) spans.push({ id, from, to: of(event), ended: true });
  }
  for (const [id, from] of begun) spans.push({ id, from, to: Math.max(from, end), ended: false });
  return spans;
};

/** Disjoint and ascending. */
export const merged = (spans: readonly Span[]): readonly Span[] => {
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
