/** The report page's own script: plots, zoom, copy, deep links. Everything else of the page stands without it. */

import { followAddress, readable } from "./drawings.js";
import { payload } from "./payload.js";
import { Plots } from "./plots.js";

const root = document.documentElement;
const plots = new Plots(payload());

const drawing = (async (): Promise<void> => {
  await plots.drawCalmly();
  // The plots have pushed down what lies below them.
  followAddress();
  root.dataset["plots"] = "drawn";
})();

addEventListener("hashchange", followAddress);
readable();

for (const zooms of document.querySelectorAll<HTMLElement>(".zooms")) {
  const buttons = [...zooms.querySelectorAll("button")];
  for (const button of buttons)
    button.addEventListener("click", () => {
      plots.zoom(Number(button.dataset["from"]), Number(button.dataset["to"]));
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
    });
  zooms.hidden = false;
}

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

const redraw = async (): Promise<void> => {
  await drawing;
  plots.draw();
};
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => void redraw());

let resized = 0;
addEventListener("resize", () => {
  cancelAnimationFrame(resized);
  resized = requestAnimationFrame(() => plots.fit());
});

// Paper is white: everything is drawn again in the light colours, and folds are opened.
let folded: Element[] = [];
addEventListener("beforeprint", () => {
  root.dataset["theme"] = "light";
  folded = [...document.querySelectorAll("details:not([open])")];
  for (const fold of folded) fold.setAttribute("open", "");
  plots.draw();
});
addEventListener("afterprint", () => {
  delete root.dataset["theme"];
  for (const fold of folded) fold.removeAttribute("open");
  plots.draw();
});
