/**
 * The pointer on a picture over time: dragging marks a stretch and shows it, with Shift it moves; Ctrl and the wheel come
 * nearer, a sideways wheel moves, a double click shows all. The page scrolls as ever. The buttons do the same by keyboard.
 */

import type { TimeAxis } from "./time-axis.js";

/** Where the time axis lies in the element, px, and what it shows, seconds. */
export interface Stretch {
  readonly left: number;
  readonly width: number;
  readonly from: number;
  readonly span: number;
}

const DRAG_MIN = 5;

export const listenTo = (box: HTMLElement, axis: TimeAxis, stretch: () => Stretch): void => {
  const mark = box.appendChild(Object.assign(document.createElement("div"), { className: "mark", hidden: true }));
  const momentAt = (clientX: number): number => {
    const { left, width, from, span } = stretch();
    const share = (clientX - box.getBoundingClientRect().left - left) / Math.max(1, width);
    return from + Math.max(0, Math.min(1, share)) * span;
  };
  let drag: { readonly x: number; readonly moment: number; readonly pans: boolean; readonly from: number } | null =
    null;
  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType === "touch" || isControl(event.target)) return;
    const { left, width } = stretch();
    const x = event.clientX - box.getBoundingClientRect().left;
    if (x < left || x > left + width) return;
    drag = { x: event.clientX, moment: momentAt(event.clientX), pans: event.shiftKey, from: axis.from };
  });
  box.addEventListener("pointermove", (event) => {
    if (drag === null || Math.abs(event.clientX - drag.x) < DRAG_MIN) return;
    box.setPointerCapture(event.pointerId);
    if (drag.pans) {
      const from = drag.from - ((event.clientX - drag.x) / Math.max(1, stretch().width)) * stretch().span;
      const kept = Math.max(0, Math.min(axis.whole - axis.span, from));
      axis.set(kept, kept + axis.span);
      return;
    }
    const { left, width } = stretch();
    const edge = box.getBoundingClientRect().left;
    const [a, b] = [drag.x - edge, event.clientX - edge].map((x) => Math.max(left, Math.min(left + width, x)));
    mark.hidden = false;
    mark.style.left = `${Math.min(a ?? 0, b ?? 0)}px`;
    mark.style.width = `${Math.abs((b ?? 0) - (a ?? 0))}px`;
  });
  const end = (event: PointerEvent, shows: boolean): void => {
    const done = drag;
    drag = null;
    mark.hidden = true;
    if (done === null || done.pans || !shows || Math.abs(event.clientX - done.x) < DRAG_MIN) return;
    const other = momentAt(event.clientX);
    axis.set(Math.min(done.moment, other), Math.max(done.moment, other));
  };
  box.addEventListener("pointerup", (event) => end(event, true));
  box.addEventListener("pointercancel", (event) => end(event, false));
  box.addEventListener("dblclick", () => axis.reset());
  box.addEventListener(
    "wheel",
    (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (event.ctrlKey || event.metaKey) axis.zoom(1.002 ** event.deltaY, momentAt(event.clientX));
      else if (sideways) axis.pan(event.deltaX / Math.max(1, stretch().width));
      else return;
      event.preventDefault();
    },
    { passive: false },
  );
};

const isControl = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest("button,input,select,a") !== null;
