/** The whole run in a strip above the timeline, with the stretch that is shown: drag over it to look somewhere else. */

import type { FaultOnPage } from "../payload.js";
import type { Unpacked } from "../packed.js";
import { listenTo } from "./gestures.js";
import type { TimeAxis } from "./time-axis.js";

const HEIGHT = 40;
const MARKS = 8;

export class Overview {
  readonly #canvas: HTMLCanvasElement;
  readonly #box: HTMLElement;
  readonly #axis: TimeAxis;
  readonly #data: {
    readonly table: Unpacked;
    readonly faults: readonly FaultOnPage[];
    readonly left: number;
    readonly right: number;
  };
  #counted: {
    readonly width: number;
    readonly ok: Uint32Array;
    readonly fail: Uint32Array;
    readonly info: Uint32Array;
  } | null = null;

  constructor(
    box: HTMLElement,
    data: {
      readonly table: Unpacked;
      readonly faults: readonly FaultOnPage[];
      readonly left: number;
      readonly right: number;
    },
    axis: TimeAxis,
  ) {
    this.#box = box;
    this.#data = data;
    this.#axis = axis;
    this.#canvas = document.createElement("canvas");
    box.replaceChildren(this.#canvas);
    listenTo(box, axis, () => ({ left: data.left, width: this.#width(), from: 0, span: axis.whole }));
    axis.onChange(() => requestAnimationFrame(() => this.draw()));
  }

  #width(): number {
    return Math.max(1, Math.floor(this.#box.clientWidth) - this.#data.left - this.#data.right);
  }

  draw(): void {
    const width = this.#width();
    const { left, right, faults } = this.#data;
    const ratio = window.devicePixelRatio;
    const canvas = this.#canvas;
    canvas.width = Math.round((width + left + right) * ratio);
    canvas.height = Math.round(HEIGHT * ratio);
    canvas.style.width = `${width + left + right}px`;
    canvas.style.height = `${HEIGHT}px`;
    const context = canvas.getContext("2d");
    if (context === null) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
    const at = (seconds: number): number => left + (seconds / this.#axis.whole) * width;
    context.fillStyle = colour("fault");
    context.globalAlpha = 0.16;
    for (const { from, to } of faults) context.fillRect(at(from), 0, Math.max(1, at(to) - at(from)), HEIGHT);
    context.globalAlpha = 1;
    const { ok, fail, info } = this.#count(width);
    const most = Math.max(1, ...ok);
    context.fillStyle = colour("ok");
    context.globalAlpha = 0.75;
    for (let x = 0; x < width; x++) {
      const height = ((ok[x] ?? 0) / most) * (HEIGHT - MARKS - 2);
      if (height > 0) context.fillRect(left + x, HEIGHT - Math.max(1, height), 1, Math.max(1, height));
    }
    context.globalAlpha = 1;
    for (const [marks, name, y] of [
      [fail, "fail", 0],
      [info, "info", MARKS / 2],
    ] as const) {
      context.fillStyle = colour(name);
      for (let x = 0; x < width; x++) if ((marks[x] ?? 0) > 0) context.fillRect(left + x, y, 1, MARKS / 2 - 0.5);
    }
    this.#frame(context, { from: at(this.#axis.from), to: at(this.#axis.to), left, width });
    context.fillStyle = colour("muted");
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "right";
    context.fillText("all", left - 8, HEIGHT - 8);
  }

  /** What is not shown is dimmed. */
  #frame(
    context: CanvasRenderingContext2D,
    {
      from,
      to,
      left,
      width,
    }: { readonly from: number; readonly to: number; readonly left: number; readonly width: number },
  ): void {
    if (this.#axis.isWhole) return;
    const style = getComputedStyle(document.documentElement);
    context.fillStyle = style.getPropertyValue("--paper").trim();
    context.globalAlpha = 0.65;
    context.fillRect(left, 0, from - left, HEIGHT);
    context.fillRect(to, 0, left + width - to, HEIGHT);
    context.globalAlpha = 1;
    context.strokeStyle = style.getPropertyValue("--link").trim();
    context.lineWidth = 1.5;
    context.strokeRect(from, 0.75, Math.max(2, to - from), HEIGHT - 1.5);
  }

  /** Operations that began in each pixel, by outcome. */
  #count(width: number): { readonly ok: Uint32Array; readonly fail: Uint32Array; readonly info: Uint32Array } {
    if (this.#counted?.width === width) return this.#counted;
    const { table } = this.#data;
    const counts = [new Uint32Array(width), new Uint32Array(width), new Uint32Array(width)] as const;
    const perUnit = ((table.unitNs / 1e9) * width) / this.#axis.whole;
    for (let i = 0; i < table.operations; i++) {
      const x = Math.min(width - 1, Math.floor((table.start[i] ?? 0) * perUnit));
      const column = counts[table.type[i] ?? 0];
      if (column !== undefined) column[x] = (column[x] ?? 0) + 1;
    }
    const [ok, fail, info] = counts;
    this.#counted = { width, ok, fail, info };
    return this.#counted;
  }
}
