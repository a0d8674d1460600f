/**
 * The points of the latency plot, painted over vega's axes: vega would make an object of each, and a hundred thousand
 * objects take seconds. Places and kinds come from the same columns as the timeline, so the page holds them once.
 */

import type { Payload } from "../payload.js";
import { NEVER, TYPES, type Unpacked } from "../packed.js";
import { samplePoints } from "../plot/points.js";
import type { TimeAxis } from "./time-axis.js";

/** Where a panel of the plot lies, px within the plot. */
export interface Panel {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Settings = NonNullable<Payload["scatter"]>;

/** So many ok points on one pixel look like any more. */
const COVERED = 3;
const NEAR = 8;

export class Scatter {
  readonly #table: Unpacked;
  readonly #axis: TimeAxis;
  readonly #settings: Settings;
  /** Places in the table's kinds of operations, panel by panel. */
  readonly #fs: readonly number[];
  readonly #whole: Uint32Array;
  #panels: readonly Panel[] = [];
  #drawn: Uint32Array = new Uint32Array();
  readonly canvas = Object.assign(document.createElement("canvas"), { className: "points" });

  constructor(table: Unpacked, axis: TimeAxis, settings: Settings) {
    this.#table = table;
    this.#axis = axis;
    this.#settings = settings;
    this.#fs = settings.fs.map((f) => table.textsOf("f").indexOf(f, 1));
    this.#whole = samplePoints(table, { fs: new Set(this.#fs) }).drawn;
  }

  /** One for each kind of operation. */
  get panels(): number {
    return this.#fs.length;
  }

  /** Over panels that lie so, on a plot of that size. */
  draw(panels: readonly Panel[], width: number, height: number): void {
    this.#panels = panels;
    const ratio = window.devicePixelRatio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    const context = this.canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(document.documentElement);
    const covered = new Map(
      panels.map((panel) => [panel, new Uint8Array(Math.ceil(panel.width + 1) * Math.ceil(panel.height + 1))]),
    );
    this.#drawn = this.#inView();
    for (const [type, name] of TYPES.entries()) {
      const colour = style.getPropertyValue(`--${name}`).trim();
      context.fillStyle = colour;
      context.strokeStyle = colour;
      context.lineWidth = 1.4;
      context.globalAlpha = name === "ok" ? 0.55 : 0.9;
      for (const op of this.#drawn) {
        if (this.#table.type[op] !== type) continue;
        const place = this.#placeOf(op);
        if (place === null) continue;
        if (name === "ok") this.#dot(context, place, covered);
        else if (name === "fail") cross(context, place);
        else triangle(context, place);
      }
    }
  }

  /** The nearest point to a place of the plot, none where none is near. */
  nearest(x: number, y: number): number | null {
    let best: number | null = null;
    let least = NEAR ** 2;
    for (const op of this.#drawn) {
      const place = this.#placeOf(op);
      if (place === null) continue;
      const distance = (place.x - x) ** 2 + (place.y - y) ** 2;
      if (distance >= least) continue;
      least = distance;
      best = op;
    }
    return best;
  }

  /** Coming nearer, what was left out of the whole comes in. */
  #inView(): Uint32Array {
    if (this.#axis.isWhole) return this.#whole;
    const units = (seconds: number): number => (seconds * 1e9) / this.#table.unitNs;
    const options = { fs: new Set(this.#fs), from: units(this.#axis.from), to: units(this.#axis.to) };
    return samplePoints(this.#table, options).drawn;
  }

  #placeOf(op: number): { readonly x: number; readonly y: number; readonly panel: Panel } | null {
    const { start, end, f, unitNs } = this.#table;
    const panel = this.#panels[this.#fs.indexOf(f[op] ?? 0)];
    if (panel === undefined || end[op] === NEVER) return null;
    const seconds = ((start[op] ?? 0) * unitNs) / 1e9;
    const x = panel.x + ((seconds - this.#axis.from) / this.#axis.span) * panel.width;
    if (x < panel.x || x > panel.x + panel.width) return null;
    const ms = Math.max(1e-3, (((end[op] ?? 0) - (start[op] ?? 0)) * unitNs) / 1e6);
    const [low, high] = this.#settings.range;
    const share = Math.log(ms / low) / Math.log(high / low);
    return { x, y: panel.y + (1 - Math.max(0, Math.min(1, share))) * panel.height, panel };
  }

  #dot(
    context: CanvasRenderingContext2D,
    { x, y, panel }: { readonly x: number; readonly y: number; readonly panel: Panel },
    covered: ReadonlyMap<Panel, Uint8Array>,
  ): void {
    const cells = covered.get(panel);
    const cell = Math.floor(y - panel.y) * Math.ceil(panel.width + 1) + Math.floor(x - panel.x);
    if (cells !== undefined) {
      if ((cells[cell] ?? 0) >= COVERED) return;
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    context.fillRect(x - 1.3, y - 1.3, 2.6, 2.6);
  }
}

const cross = (context: CanvasRenderingContext2D, { x, y }: { readonly x: number; readonly y: number }): void => {
  context.fillRect(x - 3.5, y - 1, 7, 2);
  context.fillRect(x - 1, y - 3.5, 2, 7);
};

const triangle = (context: CanvasRenderingContext2D, { x, y }: { readonly x: number; readonly y: number }): void => {
  context.beginPath();
  context.moveTo(x, y - 4);
  context.lineTo(x + 4, y + 3);
  context.lineTo(x - 4, y + 3);
  context.closePath();
  context.fill();
};
