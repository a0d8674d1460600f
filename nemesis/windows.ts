/**
 * When faults of a kind are due. Pure: the same options give the same windows.
 *
 * Five plans. `intervals`: every kind has a timeline of its own on which fault and calm alternate. `cycle`: one fault at
 * a time, the kinds in turn. `mix`: as cycle, but others join in. `phases`: a stretch of the run for each kind, with its
 * timeline in it. `swarm` draws one of the others, see swarm.
 */

import { between, pickOf, shuffle } from "./draw.js";
import type { FaultKind } from "./fault.js";
import type { ScheduleOptions } from "./schedule-options.js";

export interface Window {
  readonly atMs: number;
  readonly forMs: number;
}

const FAULT_MAX_MS = 5_000;
/** A fault is at least so long where its interval has room for it. */
const FAULT_MIN_MS = 1_000;
/** The part of the windows of a mix that another kind joins. */
const JOIN_RATE = 0.35;

/** Every kind that is asked for has at least one. */
export function windowsOf(kind: FaultKind, options: ScheduleOptions): readonly Window[] {
  const { plan = "intervals", kinds } = options;
  if (plan === "phases") return phase(kind, options);
  if (plan === "cycle") return joint(options).filter((_, i) => turnOf(kind, options) === i % kinds.length);
  if (plan === "mix") return joint(options).flatMap((window, i) => mixed(kind, options, window, i));
  return timeline(kind, options);
}

/** The calm after the last fault: 15 % of the run, at most 5 s. */
export const lastEndMs = (durationMs: number): number => Math.floor(durationMs - Math.min(0.15 * durationMs, 5_000));

/** Alternating fault and calm. The first fault starts within the first 12 % of the run. */
function timeline(place: string, options: Pick<ScheduleOptions, "durationMs" | "intervalMs" | "seed">): Window[] {
  const { durationMs, seed } = options;
  const intervalMs = Math.max(50, Math.min(options.intervalMs, 0.6 * durationMs));
  const endMs = lastEndMs(durationMs);
  const windows: Window[] = [];
  let startMs = between(0.04, 0.12, pickOf(seed, 0, place)("first")) * Math.min(durationMs, 2 * intervalMs);
  for (let i = 0; ; i++) {
    const pick = pickOf(seed, i, place);
    const gapMs = intervalMs * between(0.7, 1.3, pick("gap"));
    const wantedMs = Math.max(gapMs * between(0.35, 0.6, pick("length")), Math.min(FAULT_MIN_MS, 0.6 * gapMs));
    const atMs = Math.round(startMs);
    const forMs = Math.floor(Math.min(wantedMs, FAULT_MAX_MS, endMs - atMs));
    if (i > 0 && forMs < 0.5 * Math.min(wantedMs, FAULT_MAX_MS)) return windows;
    windows.push({ atMs, forMs });
    startMs += gapMs;
  }
}

/** One timeline for all kinds, with room for each of them once: 0.55 bears the longest gaps that can be drawn. */
function joint(options: ScheduleOptions): readonly Window[] {
  const intervalMs = Math.min(options.intervalMs, (0.55 * options.durationMs) / options.kinds.length);
  return timeline("joint", { ...options, intervalMs });
}

/** The place of a kind in the order of kinds, which is drawn once. */
const turnOf = (kind: FaultKind, { kinds, seed }: ScheduleOptions): number =>
  shuffle(kinds, pickOf(seed, 0, "joint"), "kinds").indexOf(kind);

function mixed(kind: FaultKind, options: ScheduleOptions, window: Window, index: number): readonly Window[] {
  if (index % options.kinds.length === turnOf(kind, options)) return [window];
  const pick = pickOf(options.seed, index, `joint/${kind}`);
  if (pick("joins") >= JOIN_RATE) return [];
  const forMs = Math.ceil(window.forMs * between(0.5, 1, pick("length")));
  return [{ atMs: Math.floor(window.atMs + (window.forMs - forMs) * pick("start")), forMs }];
}

function phase(kind: FaultKind, options: ScheduleOptions): readonly Window[] {
  const durationMs = options.durationMs / options.kinds.length;
  const startMs = Math.round(turnOf(kind, options) * durationMs);
  return timeline(kind, { ...options, durationMs }).map(({ atMs, forMs }) => ({ atMs: startMs + atMs, forMs }));
}

/** What is left of a window outside of others, each of which counts as a tenth of a window longer: a restart takes time. */
export function without(window: Window, others: readonly Window[]): Window[] {
  let pieces = [{ from: window.atMs, to: window.atMs + window.forMs }];
  for (const { atMs, forMs } of others) {
    const [from, to] = [atMs, Math.ceil(atMs + 1.1 * forMs)];
    pieces = pieces.flatMap((piece) => [
      { from: piece.from, to: Math.min(piece.to, from) },
      { from: Math.max(piece.from, to), to: piece.to },
    ]);
    pieces = pieces.filter((piece) => piece.to > piece.from);
  }
  return pieces.map(({ from, to }) => ({ atMs: from, forMs: to - from }));
}

export const longest = (windows: readonly Window[]): Window | null =>
  windows.reduce<Window | null>((best, next) => (best !== null && best.forMs >= next.forMs ? best : next), null);
