/**
 * When partitions are due. Pure.
 *
 * Where all traffic goes through one node, the hub, a partition in a time in which it is down would hold nothing back:
 * it moves to where the hub is up, as far as its neighbours leave room, and is left out where they leave none.
 */

import type { Who } from "./fault.js";
import type { ScheduleOptions } from "./schedule-options.js";
import { lastEndMs, longest, type Window, windowsOf, without } from "./windows.js";

/** Longer than a node takes to start again and to be connected. */
const RESTART_MS = 400;
/** Between the end of a partition that was moved and the next. */
const CALM_MS = 50;

/** There is always one. `downs`: when which nodes are down. */
export function cuts(options: ScheduleOptions, downs: readonly (Window & { readonly who: Who })[]): readonly Window[] {
  const wanted = windowsOf("partition", options);
  const silent = hubIsDown(options, downs);
  const endMs = lastEndMs(options.durationMs);
  const moved = (window: Window, fromMs: number, toMs: number): Window | null => {
    if (lengthOf(without(window, silent)) >= 0.5 * window.forMs) return window;
    const free = longest(without({ atMs: fromMs, forMs: toMs - fromMs }, silent));
    if (free === null) return null;
    const forMs = Math.min(window.forMs, free.forMs);
    return { atMs: Math.max(free.atMs, Math.min(window.atMs, free.atMs + free.forMs - forMs)), forMs };
  };
  const placed: Window[] = [];
  for (const [i, window] of wanted.entries()) {
    const before = placed.at(-1);
    const fromMs = before === undefined ? 0 : before.atMs + before.forMs + CALM_MS;
    const place = moved(window, fromMs, wanted[i + 1]?.atMs ?? endMs);
    if (place !== null && place.forMs >= 0.5 * window.forMs) placed.push(place);
  }
  const [first] = wanted;
  return placed.length > 0 || first === undefined ? placed : [moved(first, 0, endMs) ?? first];
}

/** With the hub stopped all that time, would a partition cut silent links only? */
export function hidesPartition(
  options: ScheduleOptions,
  pause: Window,
  downs: readonly (Window & { readonly who: Who })[],
): boolean {
  if (options.hub === undefined || !options.kinds.includes("partition")) return false;
  const silent = [pause, ...hubIsDown(options, downs)];
  return cuts(options, downs).some((cut) => lengthOf(without(cut, silent)) < 0.3 * cut.forMs);
}

const hubIsDown = ({ hub }: ScheduleOptions, downs: readonly (Window & { readonly who: Who })[]): readonly Window[] =>
  downs
    .filter(({ who }) => hub !== undefined && (who === "leader" || who.includes(hub)))
    .map(({ atMs, forMs }) => ({ atMs, forMs: forMs + RESTART_MS }));

const lengthOf = (windows: readonly Window[]): number => windows.reduce((sum, { forMs }) => sum + forMs, 0);
