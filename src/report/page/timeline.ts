/** The timeline: every operation of the run, of which what is in view is painted; read by pointer, keys and links. */

import type { FaultOnPage } from "../payload.js";
import { NEVER, TYPES, type Unpacked } from "../packed.js";
import { filterOf, type Wanted } from "./filter.js";
import { listenTo, type Stretch } from "./gestures.js";
import { firstNot, type Lanes, lanesOf, type Rows, rowsOf } from "./lanes.js";
import type { TimeAxis } from "./time-axis.js";
import { headOf, ROW, TimelinePicture } from "./timeline-picture.js";
import { tooltip } from "./tooltip.js";

export interface TimelineData {
  readonly table: Unpacked;
  readonly faults: readonly FaultOnPage[];
  readonly told: readonly number[];
  readonly left: number;
  readonly right: number;
}

const HEIGHT_MAX = 460;
/** A click so near to an operation means it, px. */
const NEAR = 5;
/** A link shows so many operations before and after the one it leads to. */
const AROUND = 30;

export class Timeline {
  readonly #box: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #rest: HTMLElement;
  readonly #data: TimelineData;
  readonly #axis: TimeAxis;
  readonly #lanes: Lanes;
  readonly #told: ReadonlySet<number>;
  readonly #faultKinds: readonly string[];
  #rows: readonly Rows[] = [];
  #isIn: ((op: number) => boolean) | null = null;
  #chosen: number | null = null;
  #frame = 0;
  /** Told when another operation is chosen. */
  onChoice: (op: number) => void = () => {};

  constructor(box: HTMLElement, data: TimelineData, axis: TimeAxis) {
    this.#box = box;
    this.#data = data;
    this.#axis = axis;
    this.#lanes = lanesOf(data.table);
    this.#faultKinds = [...new Set(data.faults.map(({ kind }) => kind))];
    this.#told = new Set(data.told.flatMap((index) => this.#opOf(index) ?? []));
    this.#scroller = Object.assign(document.createElement("div"), { className: "scroller", tabIndex: 0 });
    this.#scroller.setAttribute("role", "group");
    this.#scroller.setAttribute("aria-label", box.dataset["label"] ?? "");
    this.#canvas = document.createElement("canvas");
    this.#rest = document.createElement("div");
    this.#scroller.append(this.#canvas, this.#rest);
    box.replaceChildren(this.#scroller);
    listenTo(box, axis, () => this.#stretch());
    axis.onChange(() => this.#soon());
    this.#scroller.addEventListener("scroll", () => this.#soon());
    this.#scroller.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("pointermove", (event) => this.#hover(event));
    box.addEventListener("pointerleave", (event) => tooltip(event, null));
    box.addEventListener("click", (event) => {
      const op = this.#opAt(event);
      if (op !== null) this.choose(op);
    });
    this.#rows = rowsOf(this.#lanes, data.table.type, null);
  }

  /** Shows what is wanted only; returns how many that are. */
  filter(wanted: Wanted): number {
    const { table } = this.#data;
    const isIn = filterOf(table, wanted);
    this.#isIn = isIn;
    this.#rows = rowsOf(this.#lanes, table.type, isIn);
    this.#soon();
    return this.#rows.reduce((sum, { list }) => sum + list.length, 0);
  }

  choose(op: number): void {
    this.#chosen = op;
    this.onChoice(op);
    const head = headOf(this.#faultKinds);
    const y = (this.#lanes.of[op] ?? 0) * ROW;
    const { scrollTop, clientHeight } = this.#scroller;
    if (y < scrollTop) this.#scroller.scrollTop = y;
    if (y + ROW > scrollTop + clientHeight - head) this.#scroller.scrollTop = y + ROW - clientHeight + head;
    this.#soon();
  }

  /**
   * Leads to the event of that index, an operation's begin or end or a fault's: chosen, in view, and with what was
   * around it. False: there is no such event.
   */
  lead(index: number): boolean {
    const { faults } = this.#data;
    const op = this.#opOf(index);
    if (op !== null) {
      const [from, to] = this.#surroundings(op);
      this.#axis.set(from, to);
      this.choose(op);
      return true;
    }
    const fault = faults.find(({ begin, end }) => begin === index || end === index);
    if (fault === undefined) return false;
    const margin = Math.max(0.02 * this.#axis.whole, 0.25 * (fault.to - fault.from));
    this.#axis.set(fault.from - margin, fault.to + margin);
    return true;
  }

  /** Whether the filter leaves it in. */
  shows(index: number): boolean {
    const op = this.#opOf(index);
    return op === null || this.#isIn === null || this.#isIn(op);
  }

  /** At once: for print and for a new theme. */
  draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const { left, right, table, faults } = this.#data;
    const head = headOf(this.#faultKinds);
    const rows = head + Math.max(1, this.#lanes.count) * ROW + 2;
    const height = Math.min(HEIGHT_MAX, rows);
    this.#scroller.style.height = `${height}px`;
    this.#rest.style.height = `${rows - height}px`;
    const width = this.#scroller.clientWidth;
    const ratio = window.devicePixelRatio;
    const canvas = this.#canvas;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const scene = {
      table,
      faults,
      axis: this.#axis,
      faultKinds: this.#faultKinds,
      lanes: this.#lanes.count,
      laneOf: this.#lanes.of,
      rows: this.#rows,
      told: this.#told,
      chosen: this.#chosen,
    };
    const view = { left, width: Math.max(1, width - left - right), height, scrolled: this.#scroller.scrollTop };
    new TimelinePicture(context, scene, view).paint();
  }

  #soon(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.draw());
  }

  #stretch(): Stretch {
    const { left, right } = this.#data;
    const width = Math.max(1, this.#scroller.clientWidth - left - right);
    return { left, width, from: this.#axis.from, span: this.#axis.span };
  }

  #opOf(index: number): number | null {
    const { invoked, completed, operations } = this.#data.table;
    const place = firstNot(0, operations, (each) => (invoked[each] ?? 0) < index);
    if (invoked[place] === index && place < operations) return place;
    const ended = completed.indexOf(index);
    return ended === -1 || index === NEVER ? null : ended;
  }

  #secondsOf(units: number): number {
    return (units * this.#data.table.unitNs) / 1e9;
  }

  #surroundings(op: number): readonly [from: number, to: number] {
    const { start, end, operations } = this.#data.table;
    const first = this.#secondsOf(start[Math.max(0, op - AROUND)] ?? 0);
    const last = this.#secondsOf(start[Math.min(operations - 1, op + AROUND)] ?? 0);
    const over = end[op] === NEVER ? this.#axis.whole : this.#secondsOf(end[op] ?? 0);
    const margin = 0.08 * (last - first);
    return [first - margin, Math.max(last, Math.min(over, last + 4 * (last - first))) + margin];
  }

  /** The operation under the pointer, or nearly; failed and indefinite ones before ok ones. */
  #opAt(event: { readonly clientX: number; readonly clientY: number }): number | null {
    const { table } = this.#data;
    const box = this.#canvas.getBoundingClientRect();
    const { left, width, from: begin, span } = this.#stretch();
    const y = event.clientY - box.top - headOf(this.#faultKinds);
    const x = event.clientX - box.left;
    const lane = Math.floor((y + this.#scroller.scrollTop) / ROW);
    if (y < 0 || lane < 0 || lane >= this.#lanes.count || x < left - NEAR || x > left + width + NEAR) return null;
    const units = ((begin + ((x - left) / width) * span) * 1e9) / table.unitNs;
    const near = ((NEAR / width) * span * 1e9) / table.unitNs;
    let best: { readonly op: number; readonly distance: number } | null = null;
    for (const { list, from } of this.#rows.toReversed()) {
      const last = from[lane + 1] ?? 0;
      const place = firstNot(from[lane] ?? 0, last, (each) => (table.end[list[each] ?? 0] ?? 0) < units - near);
      for (let each = place; each < Math.min(last, place + 50); each++) {
        const op = list[each] ?? 0;
        const distance = Math.max(0, (table.start[op] ?? 0) - units, units - (table.end[op] ?? 0));
        if (distance > near) break;
        if (best === null || distance < best.distance) best = { op, distance };
      }
    }
    return best?.op ?? null;
  }

  #hover(event: PointerEvent): void {
    const op = event.buttons === 0 ? this.#opAt(event) : null;
    if (op !== null) {
      tooltip(event, this.factsOf(op));
      return;
    }
    const { left, width, from, span } = this.#stretch();
    const box = this.#canvas.getBoundingClientRect();
    const moment = from + ((event.clientX - box.left - left) / width) * span;
    const row = Math.floor((event.clientY - box.top) / 16);
    const kind = this.#faultKinds[row];
    const fault = this.#data.faults.find((each) => each.kind === kind && each.from <= moment && each.to >= moment);
    tooltip(
      event,
      kind === undefined || fault === undefined ? null : { id: fault.id, kind, from: fault.from, to: fault.to },
    );
  }

  /** Everything that is known of one operation, for the tooltip and for the line below. */
  factsOf(op: number): { readonly [name: string]: string | number } {
    const { table } = this.#data;
    const text = (name: "what" | "key" | "node" | "error"): string => table.textOf(name, table[name][op] ?? 0);
    const [start, end] = [table.start[op] ?? 0, table.end[op] ?? NEVER];
    const ms = ((end - start) * table.unitNs) / 1e6;
    return {
      op: table.invoked[op] ?? 0,
      what: text("what"),
      key: text("key"),
      process: table.process[op] ?? 0,
      node: text("node"),
      type: TYPES[table.type[op] ?? 0] ?? "ok",
      t: Number(this.#secondsOf(start).toFixed(6)),
      ...(end === NEVER ? { never: "never answered" } : { ms: Number(ms.toPrecision(4)) }),
      error: text("error"),
    };
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: { readonly [key: string]: () => void } = {
      ArrowRight: () => (event.shiftKey ? this.#axis.pan(0.2) : this.#step(1)),
      ArrowLeft: () => (event.shiftKey ? this.#axis.pan(-0.2) : this.#step(-1)),
      Home: () => this.#jump(0, 1),
      End: () => this.#jump(this.#data.table.operations - 1, -1),
      "+": () => this.#axis.zoom(0.5, this.#centre()),
      "=": () => this.#axis.zoom(0.5, this.#centre()),
      "-": () => this.#axis.zoom(2, this.#centre()),
      "0": () => this.#axis.reset(),
      Escape: () => this.#axis.reset(),
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    step();
  }

  #centre(): number {
    const moment = this.#chosen === null ? -1 : this.#secondsOf(this.#data.table.start[this.#chosen] ?? 0);
    return moment >= this.#axis.from && moment <= this.#axis.to ? moment : (this.#axis.from + this.#axis.to) / 2;
  }

  /** To the next wanted operation of any process, in the order of the history. */
  #step(by: 1 | -1): void {
    const { start, operations } = this.#data.table;
    const low = (this.#axis.from * 1e9) / this.#data.table.unitNs;
    const first = firstNot(0, operations, (each) => (start[each] ?? 0) < low);
    this.#jump(this.#chosen === null ? first : this.#chosen + by, by);
  }

  #jump(from: number, by: 1 | -1): void {
    const { start, operations } = this.#data.table;
    for (let op = from; op >= 0 && op < operations; op += by) {
      if (this.#isIn !== null && !this.#isIn(op)) continue;
      this.#axis.reveal(this.#secondsOf(start[op] ?? 0));
      this.choose(op);
      return;
    }
  }

  get element(): HTMLElement {
    return this.#box;
  }
}
