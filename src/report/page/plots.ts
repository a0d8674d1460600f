/** Draws the plots, one after another, and again when the theme or the width changes. */

import { parse, type Spec, View } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { type Payload, rowsOf } from "./payload.js";
import { tooltip } from "./tooltip.js";

interface Drawn {
  readonly view: View;
  readonly box: HTMLElement;
}

export class Plots {
  readonly #payload: Payload;
  #drawn: Drawn[] = [];
  #domain: readonly [number, number] | null = null;

  constructor(payload: Payload) {
    this.#payload = payload;
  }

  /** All at once: for the theme and for print, which does not wait. */
  draw(): void {
    this.#clear();
    for (const plot of this.#payload.plots) this.#drawOne(plot);
  }

  /** One in each turn of the event loop, so that the page can be scrolled meanwhile. */
  async drawCalmly(): Promise<void> {
    this.#clear();
    for (const plot of this.#payload.plots) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#drawOne(plot);
    }
  }

  /** Seconds: the part of the run that every plot shows. */
  zoom(from: number, to: number): void {
    this.#domain = [from, to];
    for (const { view } of this.#drawn) view.signal("from", from).signal("to", to).run();
  }

  fit(): void {
    for (const { view, box } of this.#drawn) {
      const width = this.#widthOf(box);
      if (width !== view.width()) view.width(width).run();
    }
  }

  #clear(): void {
    for (const { view, box } of this.#drawn) {
      view.finalize();
      box.replaceChildren();
    }
    this.#drawn = [];
  }

  #drawOne({ id, spec, data }: Payload["plots"][number]): void {
    const box = document.getElementById(`plot-${id}`);
    if (box === null) return;
    // The interpreter walks the syntax trees of expressions: a compiler of them would need `unsafe-eval`.
    const view = new View(parse(coloured(spec), {}, { ast: true }), {
      renderer: "canvas",
      container: box,
      hover: false,
      expr: expressionInterpreter,
    });
    view.tooltip((_, event, __, value) => tooltip(event, value));
    for (const [name, columns] of Object.entries(data)) view.data(name, rowsOf(columns));
    if (this.#domain !== null) view.signal("from", this.#domain[0]).signal("to", this.#domain[1]);
    view.width(this.#widthOf(box)).run();
    this.#drawn.push({ view, box });
  }

  #widthOf(box: HTMLElement): number {
    return Math.max(120, Math.floor(box.clientWidth) - this.#payload.margin - 1);
  }
}

/** The specification with the page's present colours in place of `var(--name)`. */
const coloured = (spec: Spec): Spec => {
  const style = getComputedStyle(document.documentElement);
  return JSON.parse(
    JSON.stringify(spec).replace(/var\((--[a-z0-9-]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim()),
  ) as Spec;
};
