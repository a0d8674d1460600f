/** What a point of a plot says when the pointer is on it. Text only: it comes from the store. */

import { visible } from "../html.js";

const SAID: { readonly [name: string]: (value: number | string) => string } = {
  op: (value) => `#${value}`,
  what: (value) => visible(String(value)),
  key: (value) => (value === "" ? "" : `key ${visible(String(value))}`),
  process: (value) => `process ${value}`,
  node: (value) => (value === "" ? "" : `asked ${visible(String(value))}`),
  type: (value) => String(value),
  id: (value) => String(value),
  kind: (value) => String(value),
  q: (value) => String(value),
  ms: (value) => `${value} ms`,
  perSecond: (value) => `${value}/s`,
  behind: (value) => `${value} newer`,
  answered: (value) => `${value} % answered`,
  of: (value) => `of ${value}`,
  keys: (value) => (value === 1 ? "1 key differs" : `${value} keys differ`),
  t: (value) => `at ${value} s`,
  never: (value) => String(value),
  error: (value) => visible(String(value)),
  from: (value) => `from ${value} s`,
  to: (value) => `to ${value} s`,
};

/** The same facts in words, those that are known. */
export const factsInWords = (value: object): readonly string[] => said(value);

let box: HTMLElement | null = null;

/** Shows `value`, or hides the tooltip when it is none. */
export const tooltip = (event: { readonly clientX?: number; readonly clientY?: number }, value: unknown): void => {
  box ??= document.body.appendChild(Object.assign(document.createElement("div"), { className: "tooltip" }));
  const parts = value !== null && typeof value === "object" ? said(value) : [];
  box.hidden = parts.length === 0;
  if (parts.length === 0) return;
  box.textContent = parts.join(", ");
  const { clientX = 0, clientY = 0 } = event;
  const left = Math.min(clientX + 12, document.documentElement.clientWidth - box.offsetWidth - 8);
  box.style.left = `${Math.max(8, left)}px`;
  box.style.top = `${Math.max(8, clientY - box.offsetHeight - 12)}px`;
};

const said = (value: object): readonly string[] =>
  Object.entries(SAID).flatMap(([name, say]) => {
    const each: unknown = Object.hasOwn(value, name) ? Object.entries(value).find(([n]) => n === name)?.[1] : undefined;
    const words = typeof each === "number" || typeof each === "string" ? say(each) : "";
    return words === "" ? [] : [words];
  });
