/** The form above the timeline, and the line below it that says what was chosen. */

import { visible } from "../html.js";
import type { Unpacked } from "../packed.js";
import type { Wanted } from "./filter.js";
import type { Timeline } from "./timeline.js";
import { factsInWords } from "./tooltip.js";

/** A list of more keys is no help. */
const KEYS_MAX = 500;
const PAUSE_MS = 120;

export interface Search {
  clear(): void;
}

export const search = (timeline: Timeline, table: Unpacked): Search | null => {
  const form = document.querySelector<HTMLFormElement>("form.filters");
  const chosen = document.querySelector<HTMLElement>(".chosen");
  if (form === null) return null;
  const list = form.querySelector("datalist");
  for (const key of table.textsOf("key").slice(1, KEYS_MAX + 1))
    list?.append(Object.assign(document.createElement("option"), { value: key }));
  const output = form.querySelector("output");
  const apply = (): void => {
    const shown = timeline.filter(wantedIn(form)).toLocaleString("en-US");
    const all = table.operations.toLocaleString("en-US");
    if (output !== null) output.textContent = shown === all ? `all ${all} shown` : `${shown} of ${all} shown`;
  };
  const set = (name: keyof Wanted, value: string): void => {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
    apply();
  };
  let pause: ReturnType<typeof setTimeout> | undefined;
  form.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(apply, PAUSE_MS);
  });
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  form.addEventListener("reset", () => setTimeout(apply, 0));
  timeline.onChoice = (op) => {
    if (chosen === null) return;
    const facts = timeline.factsOf(op);
    const link = Object.assign(document.createElement("a"), {
      href: `#op-${facts["op"]}`,
      textContent: `#${facts["op"]}`,
    });
    const words = document.createElement("span");
    words.textContent = ` ${factsInWords({ ...facts, op: undefined }).join(" · ")} `;
    chosen.replaceChildren(link, words);
    const offers: readonly (readonly [keyof Wanted, string, string])[] = [
      ["key", String(facts["key"]), `only key ${visible(String(facts["key"]))}`],
      ["process", String(facts["process"]), `only process ${facts["process"]}`],
    ];
    for (const [name, value, label] of offers) {
      if (value === "") continue;
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
      button.addEventListener("click", () => set(name, value));
      chosen.append(button, " ");
    }
  };
  form.hidden = false;
  if (output !== null) output.textContent = `all ${table.operations.toLocaleString("en-US")} shown`;
  return {
    clear: () => {
      form.reset();
      apply();
    },
  };
};

const wantedIn = (form: HTMLFormElement): Wanted => {
  const data = new FormData(form);
  const text = (name: keyof Wanted): string => {
    const value = data.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
  return { text: text("text"), key: text("key"), process: text("process"), f: text("f"), type: text("type") };
};
