/** Where the faults lie behind a drawing of intervals, with labels that do not cover one another. */

import type { FaultSpan } from "../spans.js";
import { cut, duration, moment } from "../words.js";
import type { Axis } from "./axis.js";

export interface Band {
  readonly x: number;
  readonly width: number;
  readonly label: string;
  readonly labelX: number;
  /** Line of labels, from the top. */
  readonly lane: number;
  readonly title: string;
}

const CHARACTER = 6.4;

/** Faults that are active at some time between the first and the last event of the axis. */
export const layOutBands = (
  faults: readonly FaultSpan[],
  axis: Axis,
  { left, width }: { readonly left: number; readonly width: number },
): readonly Band[] => {
  const first = axis.moments[0]?.index ?? 0;
  const last = axis.moments.at(-1)?.index ?? 0;
  const free: number[] = [];
  return faults
    .filter((span) => span.begin.index <= last && (span.end === null || span.end.index >= first))
    .map((span) => {
      const x = span.begin.index <= first ? 0 : left + axis.at(span.begin.index);
      const right = span.end === null || span.end.index >= last ? width : left + axis.at(span.end.index);
      const label = `${cut(span.id, 10)} ${cut(span.kind, 16)}`;
      const length = label.length * CHARACTER + 8;
      const labelX = Math.max(4, Math.min(x + 4, width - length));
      const found = free.findIndex((end) => end <= labelX);
      const lane = found === -1 ? free.length : found;
      free[lane] = labelX + length;
      return { x, width: Math.max(1, right - x), label, labelX, lane, title: titleOf(span) };
    });
};

const titleOf = (span: FaultSpan): string =>
  span.end === null
    ? `${span.id} ${span.kind}, from ${moment(span.begin.time)}, never ended`
    : `${span.id} ${span.kind}, ${moment(span.begin.time)} to ${moment(span.end.time)} (${duration((span.end.time - span.begin.time) / 1e6)})`;
