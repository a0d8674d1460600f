/**
 * A counterexample as intervals in plain text, for terminals.
 *
 *     process 0  |-write 7-|
 *     process 1             |-read -> 3-|
 *     event      0         1 2          3
 *
 * Columns are the order of events, not time: what matters is who ended before whom began, and operations of a
 * millisecond beside one of ten seconds would be dots.
 */

import type { Json } from "../history/event.js";
import type { Counterexample, ShownOperation } from "./details.js";

interface Bar {
  readonly op: ShownOperation;
  readonly label: string;
}

/** How operations are labelled, the most legible way first; the first that fits is used. */
const STYLES: readonly ((op: ShownOperation, place: number) => string)[] = [
  (op) => (op.f === "read" ? `read -> ${short(op.value, 16)}` : `${op.f} ${short(op.value, 16)}`),
  (op) => `${op.f === "read" ? "r" : op.f === "write" ? "w" : op.f} ${short(op.value, 8)}`,
  (_, place) => nameOf(place),
];

export function drawIntervals(counterexample: Counterexample, columns = 80): string {
  const { operations } = counterexample;
  const processes = [...new Set(operations.map((op) => op.process))];
  const gutter = Math.max(5, ...processes.map((process) => `process ${process}`.length)) + 2;
  for (const [place, style] of STYLES.entries()) {
    const bars = operations.map((op, at) => ({ op, label: style(op, at) }));
    const layout = layOut(bars);
    const last = place === STYLES.length - 1;
    if (gutter + layout.width > columns && !last) continue;
    const rows = processes.map((process) => `process ${process}`.padEnd(gutter) + rowOf(process, bars, layout));
    const legend = last
      ? bars.map(({ op, label }) => `  ${label}: ${STYLES[0]?.(op, 0) ?? ""}, event ${op.invoked}`)
      : [];
    return [...rows, "event".padEnd(gutter) + scaleOf(layout), ...legend].map((row) => row.trimEnd()).join("\n");
  }
  return "";
}

interface Layout {
  /** Event index -> column. */
  readonly columnOf: ReadonlyMap<number, number>;
  readonly width: number;
}

/** Gives each event the first column that leaves room for the labels of the intervals ending there. */
function layOut(bars: readonly Bar[]): Layout {
  const columnOf = new Map<number, number>();
  const events = bars.flatMap(({ op }) => (endOf(op) === null ? [op.invoked] : [op.invoked, endOf(op) ?? 0]));
  let column = -1;
  for (const event of [...new Set(events)].sort((a, b) => a - b)) {
    column++;
    for (const { op, label } of bars) {
      if (endOf(op) === event) column = Math.max(column, (columnOf.get(op.invoked) ?? 0) + label.length + 3);
    }
    columnOf.set(event, column);
  }
  let width = column + 1;
  // Those that never completed run off to the right: "|-write 7-->".
  for (const { op, label } of bars) {
    if (endOf(op) === null) width = Math.max(width, (columnOf.get(op.invoked) ?? 0) + label.length + 5);
  }
  return { columnOf, width };
}

/** Where the bar of an operation ends; null where its outcome is unknown, for then it may still take effect later. */
const endOf = (op: ShownOperation): number | null => (op.type === "info" ? null : op.completed);

function rowOf(process: number, bars: readonly Bar[], { columnOf, width }: Layout): string {
  let row = "";
  for (const { op, label } of bars) {
    if (op.process !== process) continue;
    const end = endOf(op);
    const from = columnOf.get(op.invoked) ?? 0;
    const inside = (end === null ? width - 2 : (columnOf.get(end) ?? 0)) - from - 1;
    const before = Math.max(0, Math.floor((inside - label.length) / 2));
    const text = `${"-".repeat(before)}${label}`.padEnd(inside, "-");
    row = `${row.padEnd(from)}|${text}${end === null ? "->" : op.type === "fail" ? "!" : "|"}`;
  }
  return row;
}

/** Event indexes under their columns, where there is room. */
function scaleOf({ columnOf }: Layout): string {
  let scale = "";
  for (const [event, column] of columnOf) {
    // A number needs a blank before it.
    if (scale !== "" && scale.length >= column) continue;
    scale = `${scale.padEnd(column)}${event}`;
  }
  return scale;
}

/** a, b, ..., z, a1, b1, ... */
const nameOf = (place: number): string =>
  String.fromCharCode(97 + (place % 26)) + (place < 26 ? "" : `${Math.floor(place / 26)}`);

function short(value: Json, max: number): string {
  const text = value === null ? "nothing" : JSON.stringify(value);
  return text.length <= max ? text : `${text.slice(0, max - 2)}..`;
}
