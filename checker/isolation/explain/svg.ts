/**
 * An anomaly as a drawing: a card for each transaction, in the order of the cycle, an arrow for each edge from the
 * micro-operation it starts at to the one it leads to, and on each arrow its kind.
 *
 * Plain SVG without scripts, fonts or references, so that it can stand in a report, in a file or in a mail. Forward
 * edges run between neighbouring cards; the one that closes the cycle returns below. Colours have names in the legend of
 * the report by their class (`ww`, `wr`, `rw`, `process`, `realtime`), and each arrow's title is its reason in words.
 */

import type { Json } from "../../history/event.js";
import type { ExplainedAnomaly, ShownEdge, ShownTransaction } from "../details.js";
import { keyWords, words } from "./cast.js";
import { mopWords } from "./text.js";

const FONT = 13;
/** Width of a character of the monospaced font, in its height; 0.6 is true of nearly all of them. */
const CHARACTER = FONT * 0.62;
const ROW = 22;
const PAD = 12;
const GAP = 120;
const MARGIN = 16;
/** Beside the cards, for the edges that go round them. */
const SIDE = 52;
const LINE_MAX = 60;

const COLOURS: { readonly [kind in ShownEdge["kind"]]: string } = {
  ww: "#b3261e",
  wr: "#9c27b0",
  rw: "#3949ab",
  wwp: "#d84315",
  wrp: "#ad1457",
  rwp: "#5e35b1",
  process: "#00838f",
  realtime: "#1565c0",
  own: "#b3261e",
  differs: "#b3261e",
};

const TYPE_COLOURS = { ok: "#0b6e4f", info: "#8a5a00", fail: "#8c1d40" } as const;

interface Card {
  readonly txn: ShownTransaction;
  readonly lines: readonly string[];
  readonly x: number;
  readonly width: number;
  readonly height: number;
}

export const drawSvg = (anomaly: ExplainedAnomaly): string => {
  const cards = layOut(anomaly.transactions, anomaly.edges);
  const bottom = MARGIN + Math.max(0, ...cards.map((card) => card.height));
  const last = cards[cards.length - 1];
  const width = (last === undefined ? 0 : last.x + last.width) + SIDE;
  const returns = anomaly.edges.filter((edge) => isReturn(edge, cards, anomaly.edges)).length;
  const height = bottom + returns * 44 + MARGIN;
  let below = bottom + 26;
  const arrows = anomaly.edges.map((edge) => {
    const twin = twinOf(edge, anomaly.edges);
    if (edge.from === edge.to) return ownArrow(edge, cards, twin, anomaly.edges.filter((e) => isTwin(e, edge)).length);
    const returning = isReturn(edge, cards, anomaly.edges);
    const drawn = arrow(edge, cards, returning ? below : null, twin);
    if (returning) below += 44;
    return drawn;
  });
  const markers = [...new Set(anomaly.edges.map(({ kind }) => kind))].map(marker);
  const size = `width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" font-family="ui-monospace, monospace" font-size="${FONT}">`,
    `<title>${escape(`${anomaly.type}: ${anomaly.because}`)}</title>`,
    `<defs>${markers.join("")}</defs>`,
    ...cards.map((card) => drawCard(card)),
    ...arrows,
    "</svg>",
  ].join("\n");
};

const layOut = (transactions: readonly ShownTransaction[], edges: readonly ShownEdge[]): readonly Card[] => {
  const cards: Card[] = [];
  // Arrows from a card to itself have their names at its left.
  const own = edges
    .filter(({ from, to }) => from === to)
    .map((edge) => labelOf(edge).length * CHARACTER + OWN + 16 + OWN_MORE * twinOf(edge, edges));
  let x = Math.max(SIDE, ...own);
  for (const txn of transactions) {
    const lines = txn.value.map(lineOf);
    const longest = Math.max(heading(txn).length, ...lines.map((line) => line.length));
    const card = { txn, lines, x, width: longest * CHARACTER + 2 * PAD, height: (lines.length + 1) * ROW + PAD };
    cards.push(card);
    x += card.width + GAP;
  }
  return cards;
};

const heading = (txn: ShownTransaction): string =>
  `${txn.name}  process ${txn.process}, ${txn.type}, ${txn.completed ?? txn.invoked ?? ""}`;

const LIST_MAX = 8;

/** A micro-operation on one line. Of a long list the end is what matters. */
const lineOf = ([f, key, value]: ShownTransaction["value"][number]): string => {
  const long = isList(value) && value.length > LIST_MAX;
  const line = long
    ? `${f} ${keyWords(key)} [${words(value[0] ?? null)}, … ${value
        .slice(1 - LIST_MAX)
        .map(words)
        .join(", ")}]`
    : mopWords([f, key, value]);
  return line.length <= LINE_MAX ? line : `${line.slice(0, LINE_MAX - 1)}…`;
};

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const drawCard = ({ txn, lines, x, width, height }: Card): string => {
  const colour = TYPE_COLOURS[txn.type];
  const rows = lines.map(
    (line, i) => `<text x="${x + PAD}" y="${rowY(i) + FONT / 3}" fill="#1b1b1f">${escape(line)}</text>`,
  );
  return [
    `<g class="transaction ${txn.type}">`,
    `<rect x="${x}" y="${MARGIN}" width="${width}" height="${height}" rx="6" fill="#ffffff" stroke="${colour}" stroke-width="1.5"/>`,
    `<rect x="${x}" y="${MARGIN}" width="${width}" height="${ROW}" rx="6" fill="${colour}"/>`,
    `<text x="${x + PAD}" y="${MARGIN + ROW / 2 + FONT / 3}" fill="#ffffff" font-weight="bold">${escape(heading(txn))}</text>`,
    ...rows,
    "</g>",
  ].join("");
};

/** Middle of a card's line; -1 is the heading, where edges begin and end that belong to no micro-operation. */
const rowY = (line: number): number => MARGIN + ROW * (line + 1.5) + (line >= 0 ? 4 : 0);

const place = (name: string, cards: readonly Card[]): number => cards.findIndex(({ txn }) => txn.name === name);

/**
 * Edges to the next card are drawn between the cards, and so is one back where none leads forward; all others go round
 * below.
 */
const isReturn = (edge: ShownEdge, cards: readonly Card[], edges: readonly ShownEdge[]): boolean => {
  const [from, to] = [place(edge.from, cards), place(edge.to, cards)];
  const free = !edges.some((other) => other.from === edge.to && other.to === edge.from);
  return to !== from && to !== from + 1 && !(to === from - 1 && free);
};

/** How far an arrow from a card to itself stands out from it, and each more of them. */
const OWN = 26;
const OWN_MORE = 16;

/** Do both join the same two micro-operations? */
const isTwin = (one: ShownEdge, other: ShownEdge): boolean =>
  one.from === other.from && one.to === other.to && one.fromMop === other.fromMop && one.toMop === other.toMop;

/** How many edges before this one are its twins. */
const twinOf = (edge: ShownEdge, edges: readonly ShownEdge[]): number =>
  edges.slice(0, edges.indexOf(edge)).filter((other) => isTwin(other, edge)).length;

/** Of two reads both cards show the key. */
const labelOf = ({ key, kind }: ShownEdge): string =>
  key === null || kind === "differs" ? kind : `${kind} ${cutKey(key)}`;

/** Out at the left of the card, and in again further up or down. Of several the first has the name, beside all of them. */
const ownArrow = (edge: ShownEdge, cards: readonly Card[], twin: number, twins: number): string => {
  const card = cards[place(edge.from, cards)];
  if (card === undefined) return "";
  const [y1, y2] = [rowY(edge.fromMop ?? -1), rowY(edge.toMop ?? -1) + 9 * twin];
  const out = card.x - OWN - OWN_MORE * twin;
  const path = `M${card.x},${y1} C${out},${y1} ${out},${y2} ${card.x - 2},${y2}`;
  const beside = card.x - OWN - 0.75 * OWN_MORE * (twins - 1) + 2 - (labelOf(edge).length * CHARACTER) / 2;
  return drawEdge(edge, path, twin > 0 ? null : [beside, (y1 + y2) / 2]);
};

/** `below`: how far down it goes round the cards; null: between them. `twin`: how many are drawn there already. */
const arrow = (edge: ShownEdge, cards: readonly Card[], below: number | null, twin: number): string => {
  const from = cards[place(edge.from, cards)];
  const to = cards[place(edge.to, cards)];
  if (from === undefined || to === undefined) return "";
  const [y1, y2] = [rowY(edge.fromMop ?? -1), rowY(edge.toMop ?? -1) + 9 * twin];
  let path: string;
  let label: readonly [number, number];
  if (below !== null) {
    // Out at the right of the one card, below all of them, in at the left of the other.
    const [x1, x2] = [from.x + from.width, to.x - 2];
    const turn = 14;
    path =
      x1 < x2
        ? `M${x1},${y1} C${x1 + 2 * turn},${y1} ${x1 + turn},${below} ${x1 + 4 * turn},${below} L${x2 - 4 * turn},${below} C${x2 - turn},${below} ${x2 - 2 * turn},${y2 + 9} ${x2},${y2 + 9}`
        : `M${x1},${y1} C${x1 + 3 * turn},${y1} ${x1 + 2 * turn},${below} ${x1 - turn},${below} L${x2 + turn},${below} C${x2 - 2 * turn},${below} ${x2 - 3 * turn},${y2} ${x2},${y2}`;
    label = [(x1 + x2) / 2, below];
  } else {
    const [x1, x2] = from.x < to.x ? [from.x + from.width, to.x - 2] : [from.x, to.x + to.width + 2];
    const bend = (x2 - x1) / 2;
    const sag = 36 * twin;
    path = `M${x1},${y1} C${x1 + bend},${y1 + sag} ${x2 - bend},${y2 + sag} ${x2},${y2}`;
    label = [x1 + bend, (y1 + y2) / 2 + 0.75 * sag];
  }
  return drawEdge(edge, path, label);
};

const drawEdge = (edge: ShownEdge, path: string, label: readonly [number, number] | null): string => {
  const colour = COLOURS[edge.kind];
  const text = labelOf(edge);
  // Two reads contradict each other, not the one the other.
  const both = edge.kind === "differs" ? ` stroke-dasharray="4 3" marker-start="url(#arrow-${edge.kind})"` : "";
  const half = (text.length * CHARACTER) / 2 + 4;
  const name =
    label === null
      ? []
      : [
          `<rect x="${label[0] - half}" y="${label[1] - 9}" width="${2 * half}" height="18" rx="4" fill="#ffffff"/>`,
          `<text x="${label[0]}" y="${label[1] + FONT / 3}" text-anchor="middle" fill="${colour}" font-weight="bold">${escape(text)}</text>`,
        ];
  return [
    `<g class="edge ${edge.kind}"><title>${escape(`${edge.from} < ${edge.to}: ${edge.because}`)}</title>`,
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.8"${both} marker-end="url(#arrow-${edge.kind})"/>`,
    ...name,
    "</g>",
  ].join("");
};

const cutKey = (key: ShownEdge["key"]): string => {
  const text = typeof key === "string" ? key : JSON.stringify(key);
  return text.length <= 10 ? text : `${text.slice(0, 9)}…`;
};

const marker = (kind: ShownEdge["kind"]): string =>
  `<marker id="arrow-${kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0,0 L10,5 L0,10 z" fill="${COLOURS[kind]}"/></marker>`;

const ESCAPES: { readonly [character: string]: string } = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escape = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
