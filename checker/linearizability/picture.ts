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
  (op) => said(op.f === "read" ? "read ->" : op.f, op.value, 16),
  (op) => said(op.f === "read" ? "r" : op.f === "write" ? "w" : op.f, op.value, 8),
  (_, place) => nameOf(place),
];

/**
 * No line is longer than `columns`. What is wider even with the shortest labels is drawn in windows, one below the other,
 * each of which goes on where the one before it ends.
 */
export function drawIntervals(counterexample: Counterexample, columns = 80): string {
  const { operations } = counterexample;
  const processes = [...new Set(operations.map((op) => op.process))];
  const names = processes.map((process) => `process ${process}`);
  const widest = Math.max(5, ...names.map((name) => name.length)) + 2;
  // Where the names would take half of the room they get shorter too.
  const isTight = widest * 2 > columns;
  const gutter = isTight ? Math.max(5, ...processes.map((process) => `p${process}`.length)) + 1 : widest;
  const nameAt = (row: number): string => (isTight ? `p${processes[row]}` : (names[row] ?? "")).padEnd(gutter);
  for (const [place, style] of STYLES.entries()) {
    const bars = operations.map((op, at) => ({ op, label: style(op, at) }));
    const layout = layOut(bars);
    const last = place === STYLES.length - 1;
    const fits = gutter + layout.width <= columns;
    if (!fits && !last) continue;
    const rows = processes.map((process) => rowOf(process, bars, layout));
    const room = fits ? layout.width : Math.max(1, columns - gutter);
    const windows: string[] = [];
    for (let from = 0; from < layout.width; from += room) {
      const drawn = rows.flatMap((row, at) => {
        const piece = row.slice(from, from + room);
        return piece.trim() === "" ? [] : [nameAt(at) + piece];
      });
      windows.push([...drawn, "event".padEnd(gutter) + scaleOf(layout, from, from + room)].join("\n"));
    }
    const legend = last
      ? bars.flatMap(({ op, label }) => {
          const name = `  ${label}: ${STYLES[0]?.(op, 0) ?? ""},`;
          const event = `event ${op.invoked}`;
          return name.length + 1 + event.length <= columns ? [`${name} ${event}`] : [name, `     ${event}`];
        })
      : [];
    const lines = [windows.join("\n\n"), ...legend].join("\n").split("\n");
    return lines.map((line) => clipped(line.trimEnd(), columns)).join("\n");
  }
  return "";
}

const clipped = (line: string, columns: number): string =>
  line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 2))}..`.slice(0, columns);

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

/** Event indexes under their columns, from one column to another, where there is room. */
function scaleOf({ columnOf }: Layout, from: number, to: number): string {
  let scale = "";
  for (const [event, column] of columnOf) {
    if (column < from || column >= to) continue;
    // A number that would stick out begins a little earlier.
    const at = Math.max(0, Math.min(column, to - `${event}`.length) - from);
    // A number needs a blank before it.
    if (scale !== "" && scale.length >= at) continue;
    scale = `${scale.padEnd(at)}${event}`;
  }
  return scale;
}

/** a, b, ..., z, a1, b1, ... */
const nameOf = (place: number): string =>
  String.fromCharCode(97 + (place % 26)) + (place < 26 ? "" : `${Math.floor(place / 26)}`);

/** An operation without argument and answer is told by its name alone. */
function said(name: string, value: Json, max: number): string {
  const isBare = value === null && !/^(?:read ->|r|write|w|get|put|cas|dequeue|pop|poll|peek)$/.test(name);
  return isBare ? plain(name) : `${plain(name)} ${short(value, max)}`;
}

function short(value: Json, max: number): string {
  const text = value === null ? "nothing" : plain(JSON.stringify(value));
  return text.length <= max ? text : `${text.slice(0, max - 2)}..`;
}

/** Letters that take two columns, or none, would shift all that follows. */
const plain = (text: string): string =>
  text.replace(
    /[^\u0020-\u007e\u00a1-\u024f]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
