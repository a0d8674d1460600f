/**
 * Messages as Lamport drew them ("Time, Clocks, and the Ordering of Events in a Distributed System", CACM 1978): a line
 * for each client and node, an arrow for each message from where it set out to where it arrived. Time runs downwards, so
 * that words stand beside their arrows.
 */

import type { ShownOperation } from "../../../checker/linearizability/details.js";
import { html, type Html, NOTHING } from "../html.js";
import type { Drawn } from "../messages.js";
import type { FaultSpan } from "../spans.js";
import { cut, duration, everything, moment } from "../words.js";
import { layOutAxis } from "./axis.js";

const ROW = 21;
/** How far a message falls that takes no time worth showing. */
const FALL = 9;
const AT_ONCE_NS = 1e6;
const TIMES = 78;
const HEAD = 34;
const WIDTH = 1060;
const LANE_MIN = 124;
const LANE_MAX = 210;
const BAR = 12;
const CLIENTS = "clients";

export const drawMessages = (messages: readonly Drawn[], faults: readonly FaultSpan[]): Html => {
  const { lanes, arrows, bands, width, height } = layOut(messages, faults);
  const words = `${messages.length} messages between ${[...lanes.keys()].map((name) => cut(name, 20)).join(", ")}; the list below tells them in words.`;
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${words}"><svg class="lamport" width="${width}" height="${px(height)}" viewBox="0 0 ${width} ${px(height)}">
${bands.map((band) => drawBand(band, width))}
${[...lanes].map(([name, x]) => html`<line class="lane" x1="${px(x)}" x2="${px(x)}" y1="24" y2="${px(height)}"/><text class="name" x="${px(x)}" y="15" text-anchor="middle">${cut(name, 16)}</text>`)}
${operationsOf(messages).map((op) => drawBar(op, arrows, lanes.get(processName(op)) ?? 0, height))}
${arrows.map((arrow) => drawTime(arrow, messages[0]?.message.sent ?? 0))}
${arrows.map(drawArrow)}
</svg></div>`;
};

interface Arrow {
  readonly drawn: Drawn;
  readonly from: { readonly x: number; readonly y: number };
  /** Where it arrived, or where it was lost. */
  readonly to: { readonly x: number; readonly y: number };
  readonly fate: "at-once" | "late" | "lost";
}

interface Band {
  readonly span: FaultSpan;
  readonly top: number;
  readonly bottom: number;
}

interface LaidOut {
  /** Name -> place. */
  readonly lanes: ReadonlyMap<string, number>;
  readonly arrows: readonly Arrow[];
  readonly bands: readonly Band[];
  readonly width: number;
  readonly height: number;
}

const layOut = (messages: readonly Drawn[], faults: readonly FaultSpan[]): LaidOut => {
  const names = namesOf(messages);
  const spacing = Math.min(LANE_MAX, Math.max(LANE_MIN, (WIDTH - TIMES) / names.length));
  const lanes = new Map(names.map((name, i) => [name, TIMES + spacing * (i + 0.5)]));
  const first = messages[0]?.message.sent ?? 0;
  const last = Math.max(...messages.map(({ message: { sent, arrived } }) => Math.max(sent, arrived ?? 0)));
  const meanwhile = faults.filter(({ begin, end }) => begin.time <= last && (end === null || end.time >= first));
  const { at, length } = rowsOf([
    ...messages.flatMap(({ message }) => (isLate(message) ? [message.sent, message.arrived ?? 0] : [message.sent])),
    ...meanwhile.flatMap(({ begin, end }) => [begin.time, end?.time ?? last]).filter((t) => t > first && t < last),
  ]);
  const height = at(last) + (length > 0 ? FALL + ROW : ROW);
  return {
    lanes,
    arrows: messages.map((drawn) => arrowOf(drawn, lanes, at)),
    bands: meanwhile.map((span) => ({
      span,
      top: span.begin.time <= first ? HEAD - 8 : at(span.begin.time),
      bottom: span.end === null || span.end.time >= last ? height : at(span.end.time),
    })),
    width: Math.ceil(TIMES + spacing * names.length),
    height,
  };
};

const arrowOf = (drawn: Drawn, lanes: LaidOut["lanes"], at: (ns: number) => number): Arrow => {
  const { message } = drawn;
  const from = { x: lanes.get(nameAt(drawn, "from")) ?? 0, y: at(message.sent) };
  const to = { x: lanes.get(nameAt(drawn, "to")) ?? 0, y: from.y + FALL };
  if (isLate(message)) return { drawn, from, to: { ...to, y: at(message.arrived ?? 0) }, fate: "late" };
  if (message.arrived !== null) return { drawn, from, to, fate: "at-once" };
  return { drawn, from, to: { x: (2 * to.x + from.x) / 3, y: to.y }, fate: "lost" };
};

const isLate = ({ sent, arrived }: Drawn["message"]): boolean => arrived !== null && arrived - sent >= AT_ONCE_NS;

/** A row for each moment, in order; long gaps a little wider. Two messages that set out at once have a row each. */
const rowsOf = (times: readonly number[]): { readonly at: (ns: number) => number; readonly length: number } => {
  const sorted = [...times].sort((a, b) => a - b).filter((time, i, all) => i === 0 || time !== all[i - 1]);
  const axis = layOutAxis(
    sorted.map((time, index) => ({ index, time })),
    [],
    { width: ROW * sorted.length * 1.25, gapMin: ROW },
  );
  const rows = new Map(sorted.map((time, index) => [time, index]));
  return { at: (ns) => HEAD + ROW + axis.at(rows.get(ns) ?? 0), length: axis.width };
};

/** Processes in the order in which they act, then nodes by name. */
const namesOf = (messages: readonly Drawn[]): readonly string[] => {
  const ends = messages.flatMap((each) => [nameAt(each, "from"), nameAt(each, "to")]);
  const processes = operationsOf(messages).map(processName);
  const nodes = ends.filter((name) => !processes.includes(name));
  const byName = [...new Set(nodes)].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return [...new Set(processes), ...byName];
};

const operationsOf = (messages: readonly Drawn[]): readonly ShownOperation[] => [
  ...new Set(messages.flatMap(({ of }) => of ?? [])),
];

const processName = ({ process }: ShownOperation): string => `process ${process}`;

/** For the links all clients are one end; whose message it is, the operation says. */
export const nameAt = ({ message, of }: Drawn, end: "from" | "to"): string =>
  message[end] === CLIENTS && of !== null ? processName(of) : message[end];

const drawBand = ({ span: { id, kind, begin, end }, top, bottom }: Band, width: number): Html =>
  html`<g class="fault"><title>${cut(id, 20)} ${cut(kind, 30)}, from ${moment(begin.time)}, ${end === null ? "never ended" : `until ${moment(end.time)}`}</title><rect x="${TIMES}" y="${px(top)}" width="${px(width - TIMES)}" height="${px(Math.max(2, bottom - top))}"/><text x="${px(width - 6)}" y="${px(top + 13)}" text-anchor="end">${cut(id, 10)} ${cut(kind, 16)}</text></g>`;

/** The operation, from its question to its answer; open where there was none. */
const drawBar = (op: ShownOperation, arrows: readonly Arrow[], x: number, height: number): Html => {
  const mine = arrows.filter(({ drawn }) => drawn.of === op);
  const top = (mine[0]?.from.y ?? 0) - 5;
  const answer = mine.find(({ drawn, fate }) => drawn.message.to === CLIENTS && fate !== "lost");
  const bottom = answer === undefined ? height : answer.to.y + 5;
  return html`<g class="op ${op.type} ${KINDS.has(op.f) ? op.f : "other"}"><title>${everything(op)}</title><rect class="bar" x="${px(x - BAR / 2)}" y="${px(top)}" width="${BAR}" height="${px(bottom - top)}" rx="3"/><a href="#op-${op.invoked}"><text class="op-name" x="${px(x - BAR / 2 - 5)}" y="${px(top + 10)}" text-anchor="end">#${op.invoked}</text></a></g>`;
};

/** Names of operations come from the history, classes must not. */
const KINDS: ReadonlySet<string> = new Set(["read", "write", "cas"]);

const drawTime = ({ drawn: { message }, from }: Arrow, first: number): Html =>
  html`<text class="time" x="${TIMES - 12}" y="${px(from.y + 4)}" text-anchor="end">${message.sent === first ? moment(first) : `+${duration((message.sent - first) / 1e6)}`}</text>`;

const drawArrow = ({ drawn, from, to, fate }: Arrow): Html => {
  const right = to.x > from.x;
  const kind = drawn.of === null ? "between" : "of-client";
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const back = (turn: number): string =>
    `${px(to.x - 8 * Math.cos(angle + turn))} ${px(to.y - 8 * Math.sin(angle + turn))}`;
  const end =
    fate === "lost"
      ? html`<path class="head" d="M${px(to.x - 4)} ${px(to.y - 4)}l8 8M${px(to.x + 4)} ${px(to.y - 4)}l-8 8"/>`
      : html`<path class="head" d="M${back(0.4)}L${px(to.x)} ${px(to.y)}L${back(-0.4)}"/>`;
  const gap = drawn.message.from === CLIENTS ? BAR / 2 + 5 : 7;
  return html`<g class="message ${fate} ${kind}"><title>${everythingOf(drawn)}</title><line x1="${px(from.x)}" y1="${px(from.y)}" x2="${px(to.x)}" y2="${px(to.y)}"/>${end}<circle cx="${px(from.x)}" cy="${px(from.y)}" r="2.6"/>${fate === "late" ? html`<text class="time" x="${px(to.x + (right ? 7 : -7))}" y="${px(to.y + 4)}" text-anchor="${right ? "start" : "end"}">after ${duration(((drawn.message.arrived ?? 0) - drawn.message.sent) / 1e6)}</text>` : NOTHING}${drawn.label === "" ? NOTHING : html`<text x="${px(from.x + (right ? gap : -gap))}" y="${px(from.y - 3)}" text-anchor="${right ? "start" : "end"}">${drawn.label}</text>`}</g>`;
};

/** One message in words, with as much of it as was kept. */
const everythingOf = (drawn: Drawn): string => {
  const { sent, text } = drawn.message;
  return `${nameAt(drawn, "from")} to ${nameAt(drawn, "to")}, sent at ${moment(sent, 4)}, ${fateOf(drawn)}\n${cut(text, 240)}`;
};

/** `arrived 412 ms later`, `never arrived`. */
export const fateOf = ({ message: { sent, arrived } }: Drawn): string =>
  arrived === null
    ? "never arrived"
    : arrived - sent < AT_ONCE_NS
      ? "arrived at once"
      : `arrived ${duration((arrived - sent) / 1e6)} later`;

const px = (n: number): string => String(Math.round(n * 10) / 10);
