/**
 * Paints the timeline: what is in view and nothing else, so that it takes as long for a million operations as for a
 * thousand. Where several operations fall on one pixel one stands for all; failed and indefinite ones are painted after
 * the others, so that no ok operation hides them.
 */

import type { FaultOnPage } from "../payload.js";
import { TYPES, type Unpacked } from "../packed.js";
import { visible } from "../html.js";
import { firstNot, type Rows } from "./lanes.js";
import { ticksOf, type TimeAxis } from "./time-axis.js";

export const ROW = 18;
const BAR = 13;
const FAULT_LANE = 16;
const TICKS = 20;
/** Wide enough for a label that says something. */
const LABEL_MIN = 26;
const LABEL = "11px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
const NAME = "11px system-ui, sans-serif";
const CHARACTER = 6.7;

export interface Scene {
  readonly table: Unpacked;
  readonly axis: TimeAxis;
  readonly faults: readonly FaultOnPage[];
  readonly faultKinds: readonly string[];
  readonly lanes: number;
  /** Row of each operation. */
  readonly laneOf: Uint32Array;
  /** Those that are wanted, by outcome: ok, fail, info. */
  readonly rows: readonly Rows[];
  /** Operations that prove a violation. */
  readonly told: ReadonlySet<number>;
  readonly chosen: number | null;
}

export interface View {
  readonly left: number;
  readonly width: number;
  readonly height: number;
  /** How far the rows are scrolled, px. */
  readonly scrolled: number;
}

/** Height of what stands above the rows. */
export const headOf = (faultKinds: readonly string[]): number => faultKinds.length * FAULT_LANE + TICKS;

export class TimelinePicture {
  readonly #context: CanvasRenderingContext2D;
  readonly #colour: (name: string) => string;
  readonly #scene: Scene;
  readonly #view: View;
  /** Of each kind of operation the name of its colours. */
  readonly #kinds: string[] = [];
  #lastHair = "";

  constructor(context: CanvasRenderingContext2D, scene: Scene, view: View) {
    const style = getComputedStyle(document.documentElement);
    const known = new Map<string, string>();
    this.#colour = (name) => {
      let colour = known.get(name);
      if (colour === undefined) known.set(name, (colour = style.getPropertyValue(`--${name}`).trim()));
      return colour;
    };
    this.#context = context;
    this.#scene = scene;
    this.#view = view;
  }

  paint(): void {
    const { left, width, height, scrolled } = this.#view;
    const { lanes, faultKinds, rows, table } = this.#scene;
    const context = this.#context;
    const head = headOf(faultKinds);
    context.clearRect(0, 0, left + width + 40, height);
    this.#shadeFaults(head);
    const first = Math.max(0, Math.floor(scrolled / ROW));
    const last = Math.min(lanes - 1, Math.ceil((scrolled + height - head) / ROW));
    context.save();
    context.beginPath();
    context.rect(0, head, left + width, height - head);
    context.clip();
    for (let lane = first; lane <= last; lane++) {
      const y = head + lane * ROW - scrolled;
      context.fillStyle = this.#colour("line");
      context.fillRect(left, Math.round(y + ROW / 2), width, 1);
      this.#nameLane(lane, y);
      context.save();
      context.beginPath();
      context.rect(left, y, width, ROW);
      context.clip();
      for (const each of rows) this.#paintRow(lane, y, each);
      context.restore();
    }
    this.#emphasise(first, last, head);
    context.restore();
    this.#paintHead(head);
    if (table.operations > 0 && rows.every(({ list }) => list.length === 0))
      this.#say("No operation is as asked for.", head);
  }

  #x(units: number): number {
    const { axis, table } = this.#scene;
    const { left, width } = this.#view;
    return left + (((units * table.unitNs) / 1e9 - axis.from) / axis.span) * width;
  }

  #paintRow(lane: number, y: number, { list, from }: Rows): void {
    this.#lastHair = "";
    const { table, axis } = this.#scene;
    const { left, width } = this.#view;
    const units = (seconds: number): number => (seconds * 1e9) / table.unitNs;
    const perPixel = units(axis.span) / width;
    const begin = from[lane] ?? 0;
    const end = from[lane + 1] ?? 0;
    const low = units(axis.from) - perPixel;
    const startOf = (place: number): number => table.start[list[place] ?? 0] ?? 0;
    const endOf = (place: number): number => table.end[list[place] ?? 0] ?? 0;
    let place = firstNot(begin, end, (each) => endOf(each) < low);
    while (place < end) {
      const op = list[place] ?? 0;
      const x = this.#x(startOf(place));
      if (x > left + width) break;
      const to = Math.min(this.#x(endOf(place)), left + width + 8);
      if (to - x >= 3) {
        this.#paintBar(op, x, to, y);
        place++;
        continue;
      }
      this.#paintHair(op, x, y);
      const next = place + 1;
      // The rest of this pixel is covered already.
      place =
        next < end && startOf(next) < startOf(place) + perPixel
          ? firstNot(next, end, (each) => endOf(each) < startOf(place) + perPixel)
          : next;
    }
  }

  /** Those that prove a violation, and the one that was chosen: over all others, on however few pixels. */
  #emphasise(first: number, last: number, head: number): void {
    const { table, told, chosen, laneOf } = this.#scene;
    const { left, width, scrolled } = this.#view;
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(left - 2, head, width + 4, this.#view.height - head);
    context.clip();
    for (const op of chosen === null ? told : [...told, chosen]) {
      const lane = laneOf[op] ?? 0;
      const x = this.#x(table.start[op] ?? 0);
      const to = Math.max(x + 3, Math.min(this.#x(table.end[op] ?? 0), left + width + 8));
      if (lane < first || lane > last || x > left + width || to < left) continue;
      const y = head + lane * ROW - scrolled;
      if (to - x > 3) this.#paintBar(op, x, to, y);
      context.strokeStyle = this.#colour(op === chosen ? "link" : "ink");
      context.lineWidth = op === chosen ? 3 : 2;
      context.strokeRect(x, y + 2, to - x, ROW - 4);
    }
    context.restore();
  }

  #kindOf(op: number): string {
    const number = this.#scene.table.f[op] ?? 0;
    let kind = this.#kinds[number];
    if (kind === undefined) {
      const f = this.#scene.table.textOf("f", number);
      kind = f === "read" || f === "write" || f === "cas" ? f : "other";
      this.#kinds[number] = kind;
    }
    return kind;
  }

  /** Too short for a bar: a line of the colour that its bar would have. */
  #paintHair(op: number, x: number, y: number): void {
    const type = TYPES[this.#scene.table.type[op] ?? 0] ?? "ok";
    const name = type === "ok" ? this.#kindOf(op) : type;
    // A canvas reads a colour each time it is set: of many hairs in a row most have the one before's.
    if (name !== this.#lastHair) this.#context.fillStyle = this.#colour(`${name}-line`);
    this.#lastHair = name;
    const top = type === "ok" ? (ROW - BAR) / 2 : 1;
    this.#context.fillRect(x, y + top, type === "ok" ? 1.2 : 2, ROW - 2 * top);
  }

  #paintBar(op: number, x: number, to: number, y: number): void {
    this.#lastHair = "";
    const context = this.#context;
    const { table } = this.#scene;
    const type = TYPES[table.type[op] ?? 0] ?? "ok";
    const name = type === "ok" ? this.#kindOf(op) : type;
    const top = y + (ROW - BAR) / 2;
    const from = Math.max(x, this.#view.left - 4);
    context.fillStyle = this.#colour(`${name}-fill`);
    context.strokeStyle = this.#colour(`${name}-line`);
    context.lineWidth = 1.2;
    if (type === "info") context.setLineDash([4, 3]);
    context.fillRect(from, top, to - from, BAR);
    context.beginPath();
    if (type === "info") {
      // Open on the right: it may take effect at any time after.
      context.moveTo(to, top);
      context.lineTo(from, top);
      context.lineTo(from, top + BAR);
      context.lineTo(to, top + BAR);
    } else context.rect(from, top, to - from, BAR);
    context.stroke();
    context.setLineDash([]);
    let label = from + 4;
    if (type === "fail") {
      context.strokeStyle = this.#colour("fail-line");
      context.beginPath();
      context.moveTo(from + 3, top + 3);
      context.lineTo(Math.min(to - 1, from + 10), top + BAR - 3);
      context.moveTo(from + 3, top + BAR - 3);
      context.lineTo(Math.min(to - 1, from + 10), top + 3);
      context.stroke();
      label += 10;
    }
    this.#label(op, label, to - 2, top + BAR - 3);
  }

  #label(op: number, from: number, to: number, y: number): void {
    const room = Math.floor((to - from) / CHARACTER);
    if (to - from < LABEL_MIN && room < 1) return;
    const { table } = this.#scene;
    const what = visible(table.textOf("what", table.what[op] ?? 0));
    // The kind is in the colour: without room for all of it the value is what matters.
    const value = /^(?:read|write) (?:→ )?(.*)$/s.exec(what)?.[1] ?? what;
    const text =
      what.length <= room
        ? what
        : value.length <= room
          ? value
          : to - from < LABEL_MIN
            ? ""
            : `${value.slice(0, room - 1)}…`;
    if (text === "") return;
    this.#context.font = LABEL;
    this.#context.fillStyle = this.#colour("ink");
    this.#context.textAlign = "left";
    this.#context.fillText(text, from, y);
  }

  #nameLane(lane: number, y: number): void {
    const { table, axis, rows } = this.#scene;
    const { left } = this.#view;
    const low = (axis.from * 1e9) / table.unitNs;
    const nearest = rows.flatMap(({ list, from }) => {
      const [begin, end] = [from[lane] ?? 0, from[lane + 1] ?? 0];
      const place = Math.min(
        end - 1,
        firstNot(begin, end, (each) => (table.end[list[each] ?? 0] ?? 0) < low),
      );
      return place < begin ? [] : [list[place] ?? 0];
    });
    if (nearest.length === 0) return;
    const op = Math.min(...nearest);
    this.#context.font = NAME;
    this.#context.fillStyle = this.#colour("muted");
    this.#context.textAlign = "right";
    this.#context.fillText(String(table.process[op] ?? ""), left - 8, y + ROW - 5);
  }

  #shadeFaults(head: number): void {
    const { left, width, height } = this.#view;
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(left, 0, width, height);
    context.clip();
    context.fillStyle = this.#colour("fault");
    for (const { x, to } of this.#bandsInView()) {
      context.globalAlpha = 0.13;
      context.fillRect(x, head, to - x, height - head);
    }
    context.restore();
  }

  #bandsInView(): readonly { readonly fault: FaultOnPage; readonly x: number; readonly to: number }[] {
    const { axis, faults } = this.#scene;
    const { left, width } = this.#view;
    const at = (seconds: number): number => left + ((seconds - axis.from) / axis.span) * width;
    return faults
      .filter(({ from, to }) => to >= axis.from && from <= axis.to)
      .map((fault) => {
        const x = Math.max(left, at(fault.from));
        return { fault, x, to: Math.max(x + 1.5, Math.min(left + width, at(fault.to))) };
      });
  }

  /** On top: a line for each kind of fault, then the time. */
  #paintHead(head: number): void {
    const { left, width } = this.#view;
    const { faultKinds, axis } = this.#scene;
    const context = this.#context;
    context.font = NAME;
    context.textAlign = "right";
    context.fillStyle = this.#colour("muted");
    for (const [i, kind] of faultKinds.entries())
      context.fillText(visible(kind), left - 8, i * FAULT_LANE + 12, left - 10);
    context.textAlign = "left";
    for (const { fault, x, to } of this.#bandsInView()) {
      const y = faultKinds.indexOf(fault.kind) * FAULT_LANE + 1;
      context.fillStyle = this.#colour("fault");
      context.globalAlpha = 0.34;
      context.fillRect(x, y, to - x, FAULT_LANE - 2);
      context.globalAlpha = 1;
      const name = visible(fault.id);
      if (to - x < context.measureText(name).width + 8) continue;
      context.fillStyle = this.#colour("ink");
      context.fillText(name, x + 4, y + 11);
    }
    const { at, digits } = ticksOf(axis.from, axis.to, Math.max(2, width / 110));
    for (const moment of at) {
      const x = left + ((moment - axis.from) / axis.span) * width;
      context.fillStyle = this.#colour("line");
      context.fillRect(x, head - 5, 1, 5);
      context.fillStyle = this.#colour("muted");
      context.textAlign = x > left + width - 30 ? "right" : x < left + 20 ? "left" : "center";
      context.fillText(`${moment.toFixed(digits)} s`, x, head - 7);
    }
    context.fillStyle = this.#colour("line");
    context.fillRect(left, head - 1, width, 1);
  }

  #say(words: string, head: number): void {
    this.#context.font = "14px system-ui, sans-serif";
    this.#context.fillStyle = this.#colour("muted");
    this.#context.textAlign = "left";
    this.#context.fillText(words, this.#view.left + 12, head + 30);
  }
}
