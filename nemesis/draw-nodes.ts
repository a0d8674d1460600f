/**
 * Faults on nodes: who is killed, stopped, starved, and how hard. Pure.
 *
 * One rule joins the kinds: a node is not down for two reasons, and not down and stopped at once, or one of the faults
 * would find nothing to break. Kills are drawn first; the other kinds that take a node down keep away from their times,
 * and pauses from the nodes. Where all traffic goes through one node, partitions make way for its downs as well.
 */

import { between, magnitude, oneOf, type Pick, pickOf, shuffle, wholeBetween } from "./draw.js";
import type { Damage, DiskTrouble, Fault, FaultKind, Flap, NodeName, Skew, TimedFault, Who } from "./fault.js";
import { majorityOf, minorityOf } from "./grudge.js";
import { type FaultParams, type ScheduleOptions, type Shares, USUAL_PARAMS } from "./schedule-options.js";
import { lastEndMs, longest, without, type Window, windowsOf } from "./windows.js";

export type Planned = Omit<TimedFault, "id">;

/** A time at which these nodes do nothing: down, stopped, or ended by their disk. */
export type Silence = Window & { readonly who: Who };

/** A time at which these nodes are down. */
export type Down = Silence & { readonly fault: Fault };

/** Half of the faults take one node. Nothing is lost by a pause, so even a majority may stop. */
export const SHARES: { readonly kill: Shares; readonly pause: Shares } = {
  kill: { leader: 0.25, minority: 0.25, majority: 0 },
  pause: { leader: 0.2, minority: 0.2, majority: 0.1 },
};

export const paramsOf = ({ params = {} }: ScheduleOptions): FaultParams => ({ ...USUAL_PARAMS, ...params });

/** Kinds beside kill that take a node down, each in times that the ones before left free. */
export const DOWN_KINDS = ["crash-loop", "rolling", "damage", "wipe", "remove"] as const satisfies readonly FaultKind[];
type DownKind = (typeof DOWN_KINDS)[number];

/** Shorter than this there is no sense in taking a node down, ms. */
const DOWN_MIN_MS = 50;

/** What one node of a rolling restart takes at least: down, starting, and up for a moment. */
const TURN_MS = 700;

export function kills(options: ScheduleOptions): readonly Down[] {
  if (!options.kinds.includes("kill")) return [];
  return windowsOf("kill", options).map((window, i) => {
    const pick = pickOf(options.seed, i, "kill");
    const who = killed(options, pick);
    const signal = oneOf(paramsOf(options).killSignals, pick("signal"));
    return { ...window, who, fault: { f: "kill", who, ...(signal === "SIGKILL" ? {} : { signal }) } };
  });
}

/** One node, a minority or the leader. Never a majority of three or more. */
function killed(options: ScheduleOptions, pick: Pick): Who {
  const { leader, minority } = options.shares ?? SHARES.kill;
  const what = pick("what");
  if (options.hasLeader && (what < leader || options.target === "leader")) return "leader";
  return shuffle(options.nodes, pick, "who").slice(0, what >= 1 - minority ? minoritySize(options, pick) : 1);
}

/** At least one, so that the only node of a cluster of one or two can be taken as well. */
const minoritySize = ({ nodes }: ScheduleOptions, pick: Pick): number =>
  wholeBetween(1, Math.max(1, minorityOf(nodes.length)), pick("size"));

/** Kills, and all else that takes nodes down. A kind that is asked for and not among them found no room. */
export function downs(options: ScheduleOptions): readonly Down[] {
  const taken: Down[] = [...kills(options)];
  for (const kind of DOWN_KINDS) {
    if (!options.kinds.includes(kind)) continue;
    const others = [...taken];
    const windows = leftOf(windowsOf(kind, options), others, lastEndMs(options.durationMs));
    for (const [i, window] of windows.entries()) {
      if (window.forMs >= DOWN_MIN_MS) taken.push({ ...window, ...takenDown(kind, options, i, window) });
    }
  }
  return taken;
}

/** What others leave of each window, where that is 30 % of it or more; at least one piece, if there is any. */
function leftOf(wanted: readonly Window[], others: readonly Window[], endMs: number): readonly Window[] {
  const kept = wanted.flatMap((window) => {
    const free = longest(without(window, others));
    return free !== null && free.forMs >= 0.3 * window.forMs ? [free] : [];
  });
  const [first] = wanted;
  if (kept.length > 0 || first === undefined) return kept;
  const gap = longest(without({ atMs: first.atMs, forMs: endMs - first.atMs }, others));
  return gap === null ? [] : [{ atMs: gap.atMs, forMs: Math.min(gap.forMs, first.forMs) }];
}

function takenDown(
  kind: DownKind,
  options: ScheduleOptions,
  index: number,
  { forMs }: Window,
): { readonly who: Who; readonly fault: Fault } {
  const { nodes, seed } = options;
  const params = paramsOf(options);
  const pick = pickOf(seed, index, kind);
  if (kind === "rolling") {
    // As many as there is time for: a node that starts takes a while.
    const count = Math.max(1, Math.min(nodes.length, Math.floor(forMs / TURN_MS)));
    const who = shuffle(nodes, pick, "who").slice(0, count);
    const [downMs, gapMs] = [Math.ceil((0.3 * forMs) / count), Math.ceil((0.1 * forMs) / count)];
    return { who, fault: { f: kind, who, downMs, gapMs } };
  }
  if (kind === "crash-loop") {
    const who = oneNode(options, pick);
    const ms = (range: readonly [number, number], label: string): number => Math.round(magnitude(range, pick(label)));
    return { who, fault: { f: kind, who, upMs: ms(params.upMs, "up"), downMs: ms(params.downMs, "down") } };
  }
  if (kind === "remove") {
    const who = oneNode(options, pick);
    return { who, fault: { f: kind, who } };
  }
  // What is lost from a disk is lost for good: all damage of a run stays within one minority.
  const minority = shuffle(nodes, pickOf(seed, 0, "damage"), "who").slice(0, Math.max(1, minorityOf(nodes.length)));
  const who = [oneOf(minority, pick("who"))];
  return { who, fault: kind === "wipe" ? { f: kind, who } : { f: kind, who, damage: damage(params, pick) } };
}

function oneNode(options: ScheduleOptions, pick: Pick): Who {
  const { leader } = options.shares ?? SHARES.kill;
  if (options.hasLeader && (pick("what") < leader || options.target === "leader")) return "leader";
  return [oneOf(options.nodes, pick("who"))];
}

function damage(params: FaultParams, pick: Pick): Damage {
  const is = oneOf(params.damages, pick("damage"));
  if (is === "flip") return { is, bits: Math.round(magnitude(params.bits, pick("bits"))) };
  if (is === "truncate") return { is, bytes: Math.round(magnitude(params.bytes, pick("bytes"))) };
  return { is };
}

/** Pauses: comes back believing that no time has passed. They make way for nodes that are down. */
export function pauses(options: ScheduleOptions, downs: readonly Down[]): readonly Planned[] {
  if (!options.kinds.includes("pause")) return [];
  // While the leader or everybody is down, no node is surely up: pauses keep away from those times.
  const barred = downs.filter(({ who }) => who === "leader" || who.length === options.nodes.length);
  const wanted = windowsOf("pause", options);
  const kept = wanted.flatMap((window, index) => {
    const free = longest(without(window, barred));
    return free !== null && free.forMs >= 0.3 * window.forMs ? [{ ...free, index }] : [];
  });
  const [first] = wanted;
  if (kept.length === 0 && first !== undefined) {
    const run = { atMs: first.atMs, forMs: lastEndMs(options.durationMs) - first.atMs };
    const gap = longest(without(run, barred)) ?? first;
    kept.push({ atMs: gap.atMs, forMs: Math.min(gap.forMs, first.forMs), index: 0 });
  }
  return kept.map(({ index, ...window }) => paused(options, index, window, downs));
}

function paused(options: ScheduleOptions, index: number, window: Window, downs: readonly Down[]): Planned {
  const pick = pickOf(options.seed, index, "pause");
  const during = downs.filter((down) => (longest(without(window, [down]))?.forMs ?? 0) < window.forMs);
  const { leader, minority, majority } = options.shares ?? SHARES.pause;
  const what = pick("what");
  const spared = hidesPartition(options, window, downs) ? options.hub : undefined;
  const flap = flapOf(options, pick);
  const pause = (who: Who): Fault => ({ f: "pause", who, ...flap });
  const aimed = options.hasLeader && during.length === 0;
  if (aimed && (options.target === "leader" || (what < leader && spared === undefined)))
    return { ...window, fault: pause("leader") };
  const size =
    what >= 1 - majority
      ? majorityOf(options.nodes.length)
      : what >= 1 - majority - minority
        ? minoritySize(options, pick)
        : 1;
  const order = shuffle(options.nodes, pick, "who").filter((node) => node !== spared || options.nodes.length === 1);
  const up = order.filter((node) => !during.some(({ who }) => who.includes(node)));
  if (up.length > 0) return { ...window, fault: pause(up.slice(0, size)) };
  // Kills that follow each other quickly reach every node during this pause: shorten it for whoever is up longest.
  const free = order.map((node) => ({
    node,
    at: longest(
      without(
        window,
        during.filter(({ who }) => who.includes(node)),
      ),
    ),
  }));
  const best = free.reduce((best, next) => ((best.at?.forMs ?? 0) >= (next.at?.forMs ?? 0) ? best : next));
  return { ...(best.at ?? window), fault: pause([best.node]) };
}

/** With the hub stopped all that time, would a partition cut silent links only? */
function hidesPartition(options: ScheduleOptions, pause: Window, downs: readonly Down[]): boolean {
  if (options.hub === undefined || !options.kinds.includes("partition")) return false;
  const down = hubDowns(options, downs);
  return cuts(options, downs).some((cut) => lengthOf(without(cut, [pause, ...down])) < 0.3 * cut.forMs);
}

const lengthOf = (windows: readonly Window[]): number => windows.reduce((sum, { forMs }) => sum + forMs, 0);

/** Longer than a node takes to start again and to be connected. */
const RESTART_MS = 400;

/** When no byte goes through the hub because it is down. */
const hubDowns = ({ hub }: ScheduleOptions, downs: readonly Down[]): Window[] =>
  downs
    .filter(({ who }) => hub !== undefined && (who === "leader" || who.includes(hub)))
    .map(({ atMs, forMs }) => ({ atMs, forMs: forMs + RESTART_MS }));

/** Between the end of a partition that was moved and the next. */
const CALM_MS = 50;

/**
 * When partitions are. One during which the hub is down for the most part would hold nothing back: it moves to where the
 * hub is up, as far as its neighbours leave room, and is left out where they leave none. There is always one.
 */
export function cuts(options: ScheduleOptions, downs: readonly Down[]): readonly Window[] {
  if (!options.kinds.includes("partition")) return [];
  const wanted = windowsOf("partition", options);
  const down = hubDowns(options, downs);
  const endMs = lastEndMs(options.durationMs);
  const moved = (window: Window, fromMs: number, toMs: number): Window | null => {
    if (lengthOf(without(window, down)) >= 0.5 * window.forMs) return window;
    const free = longest(without({ atMs: fromMs, forMs: toMs - fromMs }, down));
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

export function flapOf(options: ScheduleOptions, pick: Pick): { readonly flap?: Flap } {
  const { flapRate, flapMs } = paramsOf(options);
  if (pick("flaps") >= flapRate) return {};
  const [onMs, offMs] = ["on", "off"].map((label) => Math.round(magnitude(flapMs, pick(label))));
  return { flap: { onMs: onMs ?? 1, offMs: offMs ?? 1 } };
}

/** Who is to lead is drawn, but who leads then is not known: whoever is first of an order of all, and does not. */
export function promotions(options: ScheduleOptions): readonly Planned[] {
  if (!options.kinds.includes("promote")) return [];
  return windowsOf("promote", options).map((window, i) => ({
    ...window,
    fault: { f: "promote", who: shuffle(options.nodes, pickOf(options.seed, i, "promote"), "who") },
  }));
}

/** Kinds that change how a node runs, and take nothing down. */
export const TROUBLE_KINDS = ["starve", "clock", "disk"] as const satisfies readonly FaultKind[];

export function troubled(
  kind: (typeof TROUBLE_KINDS)[number],
  options: ScheduleOptions,
  silences: readonly Silence[],
): readonly Planned[] {
  return windowsOf(kind, options).map((wanted, index) => {
    const pick = pickOf(options.seed, index, kind);
    const { who, ...window } = whoIsUp(options, pick, wanted, silences);
    const params = paramsOf(options);
    if (kind === "starve") {
      const cpuShare = Number(between(...params.cpuShare, pick("share")).toFixed(3));
      return { ...window, fault: { f: kind, who, cpuShare } };
    }
    if (kind === "clock") return { ...window, fault: { f: kind, who, skew: skew(params, pick) } };
    return { ...window, fault: { f: kind, who, trouble: trouble(params, pick) } };
  });
}

/**
 * As a pause, but among the nodes that are up all the time: one that is down has no clock and no disk. Where there is
 * none, the node that is up longest, for as long.
 */
function whoIsUp(
  options: ScheduleOptions,
  pick: Pick,
  window: Window,
  silences: readonly Silence[],
): Window & { readonly who: Who } {
  const { leader, minority } = options.shares ?? SHARES.pause;
  const upOf = (node: NodeName): Window | null => {
    const own = silences.filter(({ who }) => who === "leader" || who.includes(node));
    return longest(
      without(
        window,
        own.map(({ atMs, forMs }) => ({ atMs, forMs: forMs + RESTART_MS })),
      ),
    );
  };
  const order = shuffle(options.nodes, pick, "who").map((node) => ({ node, up: upOf(node) }));
  const always = order.filter(({ up }) => up?.forMs === window.forMs);
  const what = pick("what");
  const aimed = options.hasLeader && always.length === order.length;
  if (aimed && (options.target === "leader" || what < leader)) return { ...window, who: "leader" };
  if (always.length > 0) {
    const count = what >= 1 - minority ? minoritySize(options, pick) : 1;
    return { ...window, who: always.slice(0, count).map(({ node }) => node) };
  }
  const best = order.reduce((best, next) => ((best.up?.forMs ?? 0) >= (next.up?.forMs ?? 0) ? best : next));
  return { ...(best.up ?? window), who: [best.node] };
}

function skew(params: FaultParams, pick: Pick): Skew {
  const is = oneOf(params.skews, pick("skew"));
  if (is === "rate") return { is, rate: Number(between(...params.clockRate, pick("rate")).toFixed(4)) };
  const offsetMs = Math.round(magnitude(params.offsetMs, pick("offset"))) * (pick("sign") < 0.5 ? -1 : 1);
  return is === "bump"
    ? { is, offsetMs }
    : { is, offsetMs, periodMs: Math.round(magnitude(params.periodMs, pick("period"))) };
}

function trouble(params: FaultParams, pick: Pick): DiskTrouble {
  const is = oneOf(params.troubles, pick("trouble"));
  const on = pick("on") < 0.5 ? "write" : "fsync";
  if (is === "slow") return { is, on, delayMs: Math.round(magnitude(params.diskMs, pick("delay"))) };
  if (is === "errors")
    return { is, on, probability: Number(between(...params.diskErrorRate, pick("probability")).toFixed(3)) };
  return { is };
}
