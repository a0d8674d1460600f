/**
 * Operations as intervals: a row for each process, a bar from invocation to completion. Every paper of the field draws
 * histories so, since real-time order is all that linearizability adds to sequential consistency.
 */

import type { Json } from "../../../checker/history/event.js";
import type { ShownOperation } from "../../../checker/linearizability/details.js";
import { html, type Html, NOTHING } from "../html.js";
import type { FaultSpan } from "../spans.js";
import { cut, everything, moment, duration, operation } from "../words.js";
import { type Axis, layOutAxis, type Moment, type Room } from "./axis.js";
import { layOutBands, type Band } from "./bands.js";

export interface Drawing {
  readonly operations: readonly ShownOperation[];
  readonly faults: readonly FaultSpan[];
  /** Invocation indexes that stand out. */
  readonly told: ReadonlySet<number>;
  /** Invocation indexes whose `op-N` anchor is here: an id may occur once in a page. */
  readonly anchors: ReadonlySet<number>;
  /** Large: a label in every bar. Narrow: the same for a telephone. Small: many bars, of which the short ones say only a value. */
  readonly size: "large" | "narrow" | "small";
  /** What it shows, for those who do not see it. */
  readonly alternative: string;
}

interface Measures {
  readonly bar: number;
  readonly row: number;
  /** Width of one character of the label and of the line under the bar (0: none), px. */
  readonly label: number;
  readonly under: number;
  readonly gapMin: number;
  readonly width: number;
  readonly labelMax: number;
}

const MEASURES: { readonly [size in Drawing["size"]]: Measures } = {
  large: { bar: 28, row: 58, label: 7.9, under: 6.7, gapMin: 26, width: 900, labelMax: 26 },
  narrow: { bar: 28, row: 58, label: 7.9, under: 6.7, gapMin: 8, width: 280, labelMax: 18 },
  small: { bar: 16, row: 23, label: 6.7, under: 0, gapMin: 4, width: 970, labelMax: 20 },
};
const LANE = 18;
const SCALE = 26;
const EDGE = 12;

export interface Drawn {
  readonly figure: Html;
  readonly scale: Scale;
}

/** Whether lengths mean anything: to scale, compressed so that the order is visible, or there were no times to tell. */
export type Scale = "true" | "compressed" | "none";

export const SCALE_IN_WORDS: { readonly [scale in Scale]: string } = {
  true: "The time axis is to scale.",
  compressed: "The time axis is compressed so that the order is visible: lengths are not to scale.",
  none: "The history has no times: its events are drawn in their order, by their numbers.",
};

export const drawIntervals = (drawing: Drawing): Drawn => {
  const measures = MEASURES[drawing.size];
  const rows = rowsOf(drawing.operations);
  const axis = axisOf(drawing, measures);
  const open = drawing.operations.some((op) => openEnded(op));
  const scale = ticks(axis, drawing.size);
  const last = scale.at(-1);
  const width = Math.ceil(
    Math.max(axis.width + 2 * EDGE + (open ? 44 : 0), last === undefined ? 0 : last.x + last.label.length * 3.4 + 4),
  );
  const bands = layOutBands(drawing.faults, axis, { left: EDGE, width });
  const lanes = Math.max(0, ...bands.map((band) => band.lane + 1)) * LANE;
  const top = lanes + 6;
  const height = top + rows.length * measures.row + SCALE;
  const place: Place = { axis, measures, rows, top, width };
  const figure = html`<div class="intervals ${drawing.size}">
<div class="processes" aria-hidden="true"><svg width="${drawing.size === "large" ? 82 : 44}" height="${height}">${rows.map(
    (process, i) =>
      html`<text x="0" y="${top + i * measures.row + measures.bar / 2 + 4}">${drawing.size === "large" ? "process " : "p "}${process}</text>`,
  )}</svg></div>
<div class="scroll" tabindex="0" role="group" aria-label="${drawing.alternative}"><svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${bands.map((band) => drawBand(band, height - SCALE))}
${bands.map(drawName)}
${rows.map((_, i) => html`<line class="row" x1="0" x2="${width}" y1="${top + i * measures.row + measures.bar / 2}" y2="${top + i * measures.row + measures.bar / 2}"/>`)}
${scale.map((tick) => drawTick(tick, top, height))}
${drawing.operations.map((op) => drawOperation(op, drawing, place))}
</svg></div></div>`;
  return { figure, scale: isTimeless(axis) ? "none" : axis.compressed ? "compressed" : "true" };
};

/** Processes in the order in which they first act: the story then reads from top to bottom. */
const rowsOf = (operations: readonly ShownOperation[]): readonly number[] => [
  ...new Set([...operations].sort((a, b) => a.invoked - b.invoked).map((op) => op.process)),
];

const openEnded = (op: ShownOperation): boolean => op.type === "info" || op.completed === null;

const axisOf = ({ operations, faults }: Drawing, measures: Measures): Axis => {
  const moments: Moment[] = [];
  const rooms: Room[] = [];
  const lastOf = new Map<number, number>();
  for (const op of [...operations].sort((a, b) => a.invoked - b.invoked)) {
    moments.push({ index: op.invoked, time: op.start });
    const px = roomOf(op, measures);
    const before = lastOf.get(op.process);
    if (before !== undefined) rooms.push({ from: before, to: op.invoked, px: measures.under === 0 ? 2 : 10 });
    if (op.completed === null || op.end === null) continue;
    moments.push({ index: op.completed, time: op.end });
    rooms.push({ from: op.invoked, to: op.completed, px });
    lastOf.set(op.process, op.completed);
  }
  const first = Math.min(...moments.map((each) => each.index));
  const last = Math.max(...moments.map((each) => each.index));
  for (const span of faults)
    for (const event of [span.begin, span.end])
      if (event !== null && event.index > first && event.index < last)
        moments.push({ index: event.index, time: event.time });
  return narrowEnough(moments, rooms, measures);
};

/** Rooms for labels push an axis beyond the width that was aimed at: then the gaps between them give way. */
const narrowEnough = (moments: readonly Moment[], rooms: readonly Room[], measures: Measures): Axis => {
  const gapMin = measures.gapMin;
  let width = measures.width;
  let axis = layOutAxis(moments, rooms, { width, gapMin });
  for (let tries = 0; tries < 6 && axis.width > measures.width && width > 0; tries++) {
    width = Math.max(0, width - (axis.width - measures.width) * 1.2);
    const tighter = layOutAxis(moments, rooms, { width, gapMin: tries < 3 ? gapMin : gapMin / 2 });
    if (tighter.width < axis.width) axis = tighter;
  }
  return axis;
};

const roomOf = (op: ShownOperation, measures: Measures): number =>
  measures.under === 0
    ? Math.max(9, shortLabelOf(op).length * measures.label + 8)
    : Math.max(labelOf(op, measures).length * measures.label + 16, underOf(op).length * measures.under + 4);

const labelOf = (op: ShownOperation, { labelMax }: Pick<Measures, "labelMax">): string => {
  const said = operation(op, labelMax);
  return op.type === "fail" ? `× ${said}` : op.type === "info" ? `${said} ?` : said;
};

const shortValue = (json: Json): string => (json === null ? "∅" : JSON.stringify(json));

const SHORT_MAX = 6;
/** Characters of a transaction's label; with fewer it says nothing. */
const ROOM_MIN = 7;
const ROOM_MAX = 60;

/** For a bar with no room for more: what was read or written, where that is short. The colour says which. */
const shortLabelOf = (op: ShownOperation): string => {
  if (op.type === "fail") return "×";
  if (op.f === "read" && op.type !== "ok") return "";
  const said = Array.isArray(op.value) && op.f === "cas" ? op.value.map(shortValue).join("→") : shortValue(op.value);
  return said.length <= SHORT_MAX ? said : "";
};

const underOf = (op: ShownOperation): string => `${op.node === null ? "" : `${cut(op.node, 12)} `}#${op.invoked}`;

interface Place {
  readonly axis: Axis;
  readonly measures: Measures;
  readonly rows: readonly number[];
  readonly top: number;
  readonly width: number;
}

const drawOperation = (op: ShownOperation, drawing: Drawing, { axis, measures, rows, top, width }: Place): Html => {
  const x = EDGE + axis.at(op.invoked);
  const answered = op.completed === null ? width : EDGE + axis.at(op.completed);
  const right = openEnded(op) ? width : answered;
  const y = top + rows.indexOf(op.process) * measures.row;
  const fits = (each: string): boolean => each.length * measures.label + 7 <= right - x;
  // A transaction is told by how it begins, as far as there is room: its bar may be wide.
  const room = Math.floor((right - x - 7) / measures.label);
  const whole = labelOf(op, op.f === "txn" && room >= ROOM_MIN ? { labelMax: Math.min(ROOM_MAX, room - 2) } : measures);
  const label = [whole, shortLabelOf(op)].find((each) => each !== "" && fits(each)) ?? "";
  const middle = y + measures.bar / 2;
  const shape = openEnded(op)
    ? html`<path class="bar" d="M${px(width)} ${px(y)}H${px(x)}V${px(y + measures.bar)}H${px(width)}"/>`
    : html`<rect class="bar" x="${px(x)}" y="${px(y)}" width="${px(Math.max(3, right - x))}" height="${measures.bar}" rx="3"/>`;
  const timedOut =
    op.type === "info" && op.completed !== null && op.end !== null
      ? html`<line class="gave-up" x1="${px(answered)}" x2="${px(answered)}" y1="${px(y)}" y2="${px(y + measures.bar)}"/>`
      : NOTHING;
  // The mark of a time-out may not cross the words.
  const tight = timedOut !== NOTHING && answered - x < label.length * measures.label + 8;
  const textX = tight ? answered + 4 : x + (right - x < 40 ? 4 : 6);
  const text =
    label === "" ? NOTHING : html`<text class="label" x="${px(textX)}" y="${px(middle + 4)}">${label}</text>`;
  const under =
    measures.under === 0
      ? NOTHING
      : html`<text class="under" x="${px(x + 1)}" y="${px(y + measures.bar + 14)}">${underOf(op)}</text>`;
  const classes = `op ${op.type} ${kindOf(op.f)}${drawing.told.has(op.invoked) ? " told" : ""}`;
  const body = html`<title>${everything(op)}</title>${shape}${timedOut}${text}${under}`;
  return drawing.anchors.has(op.invoked)
    ? html`<g class="${classes}" id="op-${op.invoked}" data-op="${op.invoked}">${body}</g>`
    : html`<g class="${classes}" data-op="${op.invoked}">${body}</g>`;
};

/** The colour of a bar. Names of operations come from the history, classes must not. */
const kindOf = (f: string): string => (f === "read" || f === "write" || f === "cas" ? f : "other");

interface Tick {
  readonly x: number;
  readonly label: string;
  readonly first: boolean;
}

/** A history of events all at one time, as files have it that tell only an order. */
const isTimeless = ({ moments }: Axis): boolean =>
  moments.length > 1 && moments.every(({ time }) => time === moments[0]?.time);

/** Large drawings count from their first event, small ones from the beginning of the run. */
const ticks = (axis: Axis, size: Drawing["size"]): readonly Tick[] => {
  const start = axis.moments[0]?.time ?? 0;
  const span = (axis.moments.at(-1)?.time ?? start) - start;
  const digits = span > 20e9 ? 1 : span > 2e9 ? 2 : span > 0.2e9 ? 3 : span > 0.01e9 ? 4 : 5;
  const timeless = isTimeless(axis);
  const chosen: Tick[] = [];
  let free = Number.NEGATIVE_INFINITY;
  for (const [i, { index, time }] of axis.moments.entries()) {
    const x = EDGE + axis.at(index);
    const since = i === 0 || size === "small" ? moment(time, digits) : after(time - start, span);
    const label = timeless ? `#${index}` : since;
    const half = (label.length * 6.4) / 2;
    if (i > 0 && x - half < free) continue;
    chosen.push({ x, label, first: i === 0 });
    free = i === 0 ? x + 2 * half + 14 : x + half + 14;
  }
  return chosen;
};

/** Enough digits that two events of one drawing seldom read alike. */
const after = (ns: number, span: number): string =>
  span < 0.1e9 && ns >= 9.95e6 ? `+${(ns / 1e6).toFixed(1)}\u00a0ms` : `+${duration(ns / 1e6)}`;

const drawTick = ({ x, label, first }: Tick, top: number, height: number): Html =>
  html`<line class="tick" x1="${px(x)}" x2="${px(x)}" y1="${top - 4}" y2="${height - SCALE + 4}"/><text class="time" x="${px(first ? x - 8 : x)}" y="${height - 6}" text-anchor="${first ? "start" : "middle"}">${label}</text>`;

const drawBand = (band: Band, bottom: number): Html =>
  html`<g class="fault"><title>${band.title}</title><rect x="${px(band.x)}" y="0" width="${px(band.width)}" height="${bottom}"/></g>`;

/** After all bands, so that none lies over the name of another. */
const drawName = (band: Band): Html =>
  html`<g class="fault"><text x="${px(band.labelX)}" y="${band.lane * LANE + 13}">${band.label}</text></g>`;

const px = (n: number): string => String(Math.round(n * 10) / 10);
