/** Brings a page to life whose markup stands already: the report's own, or one that the viewer has just made. */

import { leadTo, readable } from "./drawings.js";
import type { PageData } from "./data.js";
import { Overview } from "./overview.js";
import { Plots } from "./plots.js";
import { Scatter } from "./scatter.js";
import { search } from "./search.js";
import { TimeAxis } from "./time-axis.js";
import { Timeline } from "./timeline.js";

const root = document.documentElement;

/** Until `until` is aborted it listens to the window: the viewer shows one page after another. */
export const showPage = async ({ payload, table }: PageData, until: AbortSignal): Promise<void> => {
  const axis = new TimeAxis(payload.seconds);
  const { faults, told, left, right } = payload;
  const data = { table, faults, told, left, right };
  const box = document.querySelector<HTMLElement>(".timeline");
  const timeline = box === null ? null : new Timeline(box, data, axis);
  const strip = document.querySelector<HTMLElement>(".overview");
  const overview = strip === null ? null : new Overview(strip, data, axis);
  timeline?.draw();
  overview?.draw();
  root.dataset["timeline"] = "drawn";
  readable();
  zoomable(axis);
  copyable();
  const finder = timeline === null ? null : search(timeline, table);
  const scatter = payload.scatter === null ? null : new Scatter(table, axis, payload.scatter);
  const plots = new Plots(payload, { axis, scatter, facts: (op) => timeline?.factsOf(op) ?? {} });
  const followAddress = (): void => {
    const event = leadTo(decoded(location.hash.slice(1)));
    if (event === null || timeline === null) return;
    if (!timeline.shows(event)) finder?.clear();
    if (timeline.lead(event)) timeline.element.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", followAddress, { signal: until });
  const drawing = plots.drawCalmly();
  repaintOn({ plots, timeline, overview, drawing, until });
  await drawing;
  // The plots have pushed down what lies below them.
  followAddress();
  root.dataset["plots"] = "drawn";
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** The buttons: they say what is shown, however it came to be. */
const zoomable = (axis: TimeAxis): void => {
  const stretches: HTMLButtonElement[] = [];
  for (const button of document.querySelectorAll<HTMLButtonElement>(".zooms button")) {
    const { from, to, zoom, pan } = button.dataset;
    if (from !== undefined) stretches.push(button);
    button.addEventListener("click", () => {
      if (zoom !== undefined) axis.zoom(Number(zoom));
      else if (pan !== undefined) axis.pan(Number(pan));
      else axis.set(Number(from), Number(to));
    });
  }
  axis.onChange(() => {
    for (const button of stretches) {
      const [from, to] = [Number(button.dataset["from"]), Number(button.dataset["to"])];
      const isShown = Math.abs(from - axis.from) + Math.abs(to - axis.to) < axis.span * 1e-6;
      button.setAttribute("aria-pressed", String(isShown));
    }
  });
  for (const zooms of document.querySelectorAll<HTMLElement>(".zooms")) zooms.hidden = false;
};

const copyable = (): void => {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    const source = document.getElementById(button.dataset["copy"] ?? "");
    const copy = async (): Promise<void> => {
      try {
        await navigator.clipboard.writeText(source?.textContent ?? "");
        button.textContent = "Copied";
      } catch {
        // Not allowed here: at least it is selected.
        if (source !== null) getSelection()?.selectAllChildren(source);
        button.textContent = "Selected";
      }
    };
    button.addEventListener("click", () => void copy());
    button.hidden = false;
  }
};

interface Pictures {
  readonly plots: Plots;
  readonly timeline: Timeline | null;
  readonly overview: Overview | null;
  readonly drawing: Promise<void>;
  readonly until: AbortSignal;
}

/** A theme, a width and paper ask for all pictures again. */
const repaintOn = ({ plots, timeline, overview, drawing, until }: Pictures): void => {
  const draw = (): void => {
    plots.draw();
    timeline?.draw();
    overview?.draw();
  };
  const redraw = async (): Promise<void> => {
    await drawing;
    draw();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => void redraw(), { signal: until });
  let resized = 0;
  addEventListener(
    "resize",
    () => {
      cancelAnimationFrame(resized);
      resized = requestAnimationFrame(() => {
        plots.fit();
        timeline?.draw();
        overview?.draw();
      });
    },
    { signal: until },
  );
  // Paper is white: everything is drawn again in the light colours, and folds are opened.
  let folded: Element[] = [];
  addEventListener(
    "beforeprint",
    () => {
      root.dataset["theme"] = "light";
      folded = [...document.querySelectorAll("details:not([open])")];
      for (const fold of folded) fold.setAttribute("open", "");
      draw();
    },
    { signal: until },
  );
  addEventListener(
    "afterprint",
    () => {
      delete root.dataset["theme"];
      for (const fold of folded) fold.removeAttribute("open");
      draw();
    },
    { signal: until },
  );
};
