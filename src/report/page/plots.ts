/** Draws the plots, one after another, and again when the theme, the width or the stretch that is shown changes. */

import { parse, type Spec, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import type { Payload } from "../payload.js";
import { rowsOf } from "./data.js";
import { listenTo } from "./gestures.js";
import type { Panel, Scatter } from "./scatter.js";
import type { TimeAxis } from "./time-axis.js";
import { tooltip } from "./tooltip.js";

interface Drawn {
  readonly id: string;
  readonly view: View;
  readonly box: HTMLElement;
}

/** A redraw of all plots takes longer than a frame: a wheel turns many times in between. */
const CALM_MS = 60;

export class Plots {
  readonly #payload: Payload;
  readonly #axis: TimeAxis;
  readonly #scatter: Scatter | null;
  readonly #heard = new Set<HTMLElement>();
  readonly #facts: (op: number) => object;
  #drawn: Drawn[] = [];
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    payload: Payload,
    {
      axis,
      scatter,
      facts,
    }: { readonly axis: TimeAxis; readonly scatter: Scatter | null; readonly facts: (op: number) => object },
  ) {
    this.#payload = payload;
    this.#axis = axis;
    this.#scatter = scatter;
    this.#facts = facts;
    axis.onChange(() => {
      clearTimeout(this.#waiting);
      this.#waiting = setTimeout(() => this.#follow(), CALM_MS);
    });
  }

  /** All at once: for the theme and for print, which does not wait. */
  draw(): void {
    this.#clear();
    for (const plot of this.#payload.plots) void this.#drawOne(plot);
  }

  /** One in each turn of the event loop, so that the page can be scrolled meanwhile. */
  async drawCalmly(): Promise<void> {
    this.#clear();
    for (const plot of this.#payload.plots) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      await this.#drawOne(plot);
    }
  }

  fit(): void {
    for (const { id, view, box } of this.#drawn) {
      const width = this.#widthOf(box);
      if (width === view.width()) continue;
      void view
        .width(width)
        .runAsync()
        .then(() => this.#points(id, view, box));
    }
  }

  #follow(): void {
    const { from, to } = this.#axis;
    for (const { id, view, box } of this.#drawn) {
      view.signal("from", from).signal("to", to).run();
      this.#points(id, view, box);
    }
  }

  #clear(): void {
    for (const { view, box } of this.#drawn) {
      view.finalize();
      box.querySelector(".picture")?.remove();
    }
    this.#drawn = [];
  }

  async #drawOne({ id, spec, data }: Payload["plots"][number]): Promise<void> {
    const box = document.getElementById(`plot-${id}`);
    if (box === null) return;
    const picture = Object.assign(document.createElement("div"), { className: "picture" });
    box.append(picture);
    // The interpreter walks the syntax trees of expressions: a compiler of them would need `unsafe-eval`.
    const view = new View(parse(coloured(spec), {}, { ast: true }), {
      renderer: "canvas",
      container: picture,
      hover: false,
      expr: expressionInterpreter,
    });
    view.tooltip((_, event, __, value) => tooltip(event, value));
    for (const [name, columns] of Object.entries(data)) view.data(name, rowsOf(columns));
    view.signal("from", this.#axis.from).signal("to", this.#axis.to);
    view.width(this.#widthOf(box)).run();
    this.#drawn.push({ id, view, box });
    this.#listen(id, box);
    // Where the panels lie is known once vega has measured its labels, which takes it another turn.
    await view.runAsync();
    this.#points(id, view, box);
  }

  #listen(id: string, box: HTMLElement): void {
    if (this.#heard.has(box)) return;
    this.#heard.add(box);
    listenTo(box, this.#axis, () => ({
      left: this.#payload.left,
      width: this.#widthOf(box),
      from: this.#axis.from,
      span: this.#axis.span,
    }));
    if (id !== "latency") return;
    // Vega hears this event on its canvas, and hides the tooltip, before it comes up to here.
    box.addEventListener("mousemove", (event) => {
      const edge = box.getBoundingClientRect();
      const op =
        event.buttons === 0 ? this.#scatter?.nearest(event.clientX - edge.left, event.clientY - edge.top) : null;
      if (op !== null && op !== undefined) tooltip(event, this.#facts(op));
    });
    box.addEventListener("mouseleave", (event) => tooltip(event, null));
  }

  #points(id: string, view: View, box: HTMLElement): void {
    if (id !== "latency" || this.#scatter === null || !this.#drawn.some((each) => each.view === view)) return;
    box.querySelector(".picture")?.append(this.#scatter.canvas);
    const canvas = box.querySelector<HTMLCanvasElement>("canvas:not(.points)");
    this.#scatter.draw(panelsOf(view, this.#scatter.panels), canvas?.clientWidth ?? 0, canvas?.clientHeight ?? 0);
  }

  #widthOf(box: HTMLElement): number {
    return Math.max(120, Math.floor(box.clientWidth) - this.#payload.left - this.#payload.right - 1);
  }
}

/** Where vega has put the panels of the points: all but the lane of the faults, which comes first where there is one. */
const panelsOf = (view: View, panels: number): readonly Panel[] => {
  const [left, top] = view.origin();
  const found: SceneItem[] = [];
  const walk = (item: SceneItem): void => {
    for (const each of item.items ?? []) {
      if (/^concat_\d+_group$/.test(each.name ?? "")) found.push(...(each.items ?? []));
      else walk(each);
    }
  };
  walk((view.scenegraph() as { readonly root?: SceneItem }).root ?? {});
  return found
    .slice(-panels)
    .map(({ x = 0, y = 0, width = 0, height = 0 }) => ({ x: left + x, y: top + y, width, height }));
};

/** What of vega's scene is looked at: its types leave it open. */
interface SceneItem extends Partial<Panel> {
  readonly name?: string;
  readonly items?: readonly SceneItem[];
}

/** The specification with the page's present colours in place of `var(--name)`. */
const coloured = (spec: object): Spec => {
  const style = getComputedStyle(document.documentElement);
  return JSON.parse(
    JSON.stringify(spec).replace(/var\((--[a-z0-9-]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim()),
  ) as Spec;
};
