/**
 * (options, seed) -> timed faults. Pure: the same options give the same schedule.
 *
 * Every kind of fault has a timeline of its own on which fault and calm alternate, so faults of different kinds overlap
 * and two of one kind never do. The draws of one kind do not depend on which others are asked for. One rule joins two
 * kinds: a node is not killed and paused at once, so pauses make way for kills (never the other way round). Where all
 * traffic goes through one node, partitions make way for its kills as well.
 */

import { between, oneOf, type Pick, pickOf, shuffle, wholeBetween } from "./draw.js";
import {
  CLIENTS,
  type Fault,
  FAULT_KINDS,
  type FaultKind,
  type Grudge,
  type NodeName,
  type PartitionShape,
  type TimedFault,
  type Who,
} from "./fault.js";
import { drawGrudge, majorityOf, minorityOf, NODES_MIN } from "./grudge.js";

export interface ScheduleOptions {
  readonly kinds: readonly FaultKind[];
  /** Shapes that `partition` takes in turn, in drawn order. */
  readonly partitions: readonly PartitionShape[];
  readonly nodes: readonly NodeName[];
  readonly seed: number;
  /** Length of the run, ms. The last fault ends before it, with some calm after it. */
  readonly durationMs: number;
  /** Mean time between the starts of two faults of a kind, ms. Shortened to 60 % of a run that is shorter than that. */
  readonly intervalMs: number;
  /** Whether the system can say who leads. Without it nothing is aimed at the leader, and shape `leader` is left out. */
  readonly hasLeader: boolean;
  /**
   * The node that all traffic between nodes goes through, where there is one: a fixed leader. A partition then always
   * cuts a link of it, and it is neither stopped nor killed for the whole of a partition: a cut between silent nodes
   * breaks nothing.
   */
  readonly hub?: NodeName;
  /** The nodes that take writes, where that is known before: for the shape `primaries`. */
  readonly primaries?: readonly NodeName[];
}

export type Schedule =
  | { readonly ok: true; readonly faults: readonly TimedFault[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Shorter runs have no room for a fault that a timer can hit. */
const DURATION_MIN_MS = 100;
const FAULT_MAX_MS = 5_000;
/** A fault is at least so long where its interval has room for it. */
const FAULT_MIN_MS = 1_000;

interface Window {
  readonly atMs: number;
  readonly forMs: number;
}

/** Every kind gets at least one fault. Invalid options give all their problems at once. */
export function drawSchedule(options: ScheduleOptions): Schedule {
  const problems = problemsOf(options);
  if (problems.length > 0) return { ok: false, problems };
  const drawn = FAULT_KINDS.filter((kind) => options.kinds.includes(kind)).flatMap(
    (kind) => DRAWN[kind]?.(options) ?? [],
  );
  // The sort is stable: faults of the same moment keep the order of FAULT_KINDS.
  const faults = drawn.sort((a, b) => a.atMs - b.atMs).map((timed, i) => ({ id: `f${i + 1}`, ...timed }));
  return { ok: true, faults };
}

type Planned = Omit<TimedFault, "id">;

const DRAWN: Readonly<Partial<Record<FaultKind, (options: ScheduleOptions) => readonly Planned[]>>> = {
  partition: (options) => cuts(options).map((at, i) => ({ ...at, fault: partition(options, i, at) })),
  kill: (options) => kills(options).map(({ who, ...at }) => ({ ...at, fault: { f: "kill", who } })),
  pause: (options) => pausesOf(options),
  delay: (options) => timeline("delay", options).map((at, i) => ({ ...at, fault: delay(options, i) })),
};

/** What `drawSchedule` draws; the other kinds can be written by hand only. */
export const DRAWN_KINDS: readonly FaultKind[] = FAULT_KINDS.filter((kind) => DRAWN[kind] !== undefined);

function problemsOf(options: ScheduleOptions): string[] {
  const { kinds, nodes, durationMs, intervalMs, seed } = options;
  if (kinds.length === 0) return [];
  const problems: string[] = [];
  for (const kind of kinds)
    if (DRAWN[kind] === undefined) problems.push(`kinds: "${kind}" is not a fault that can be drawn`);
  if (nodes.length === 0) problems.push("nodes: there is nothing to break");
  if (new Set(nodes).size !== nodes.length) problems.push(`nodes: a name is there twice (${nodes.join(", ")})`);
  if (!Number.isFinite(seed)) problems.push(`seed: ${seed} is not a number`);
  if (!(durationMs >= DURATION_MIN_MS && Number.isFinite(durationMs)))
    problems.push(`durationMs: ${durationMs} is too short for a fault, ${DURATION_MIN_MS} is the least`);
  if (!(intervalMs > 0 && Number.isFinite(intervalMs))) problems.push(`intervalMs: ${intervalMs} is not above 0`);
  if (kinds.includes("delay") && nodes.length < 2) problems.push("delay: there is no link with fewer than 2 nodes");
  if (kinds.includes("partition")) problems.push(...partitionProblems(options));
  return problems;
}

function partitionProblems(options: ScheduleOptions): string[] {
  const { partitions, nodes } = options;
  if (partitions.length === 0) return ["partitions: no shape to draw from"];
  const problems: string[] = [];
  for (const shape of partitions) {
    const least = NODES_MIN[shape];
    if (least === undefined) problems.push(`partitions: "${shape}" is not a shape`);
    else if (nodes.length < least)
      problems.push(`partitions: "${shape}" cuts nothing with ${nodes.length} nodes, it takes ${least}`);
  }
  if (shapesOf(options).length === 0)
    problems.push(`partitions: "${partitions[0]}" needs a system that can say who leads`);
  return problems;
}

const shapesOf = ({ partitions, hasLeader, primaries = [] }: ScheduleOptions): readonly PartitionShape[] =>
  partitions.filter((shape) => hasLeader || (shape !== "leader" && (shape !== "primaries" || primaries.length > 0)));

/** The calm after the last fault: 15 % of the run, at most 5 s. */
const lastEndMs = (durationMs: number): number => Math.floor(durationMs - Math.min(0.15 * durationMs, 5_000));

/** Alternating fault and calm. The first fault starts within the first 12 % of the run. */
function timeline(kind: FaultKind, options: ScheduleOptions): Window[] {
  const { durationMs, seed } = options;
  const intervalMs = Math.max(50, Math.min(options.intervalMs, 0.6 * durationMs));
  const endMs = lastEndMs(durationMs);
  const windows: Window[] = [];
  let startMs = between(0.04, 0.12, draw1(seed, kind)) * Math.min(durationMs, 2 * intervalMs);
  for (let i = 0; ; i++) {
    const pick = pickOf(seed, i, kind);
    const gapMs = intervalMs * between(0.7, 1.3, pick("gap"));
    const wantedMs = Math.max(gapMs * between(0.35, 0.6, pick("length")), Math.min(FAULT_MIN_MS, 0.6 * gapMs));
    const atMs = Math.round(startMs);
    const forMs = Math.floor(Math.min(wantedMs, FAULT_MAX_MS, endMs - atMs));
    if (i > 0 && forMs < 0.5 * Math.min(wantedMs, FAULT_MAX_MS)) return windows;
    windows.push({ atMs, forMs });
    startMs += gapMs;
  }
}

const draw1 = (seed: number, kind: FaultKind): number => pickOf(seed, 0, kind)("first");

type Kill = Window & { readonly who: Who };

const kills = (options: ScheduleOptions): Kill[] =>
  timeline("kill", options).map((window, i) => ({ ...window, who: killed(options, i) }));

/** One node (half of the kills), a minority (a quarter) or the leader (a quarter). Never a majority of three or more. */
function killed(options: ScheduleOptions, index: number): Who {
  const pick = pickOf(options.seed, index, "kill");
  const what = pick("what");
  if (what < 0.25 && options.hasLeader) return "leader";
  return shuffle(options.nodes, pick, "who").slice(0, what >= 0.75 ? minoritySize(options, pick) : 1);
}

/** At least one, so that the only node of a cluster of one or two can be taken as well. */
const minoritySize = ({ nodes }: ScheduleOptions, pick: Pick): number =>
  wholeBetween(1, Math.max(1, minorityOf(nodes.length)), pick("size"));

const pausesOf = (options: ScheduleOptions): Planned[] =>
  pauses(options, options.kinds.includes("kill") ? kills(options) : []);

/**
 * One node (half of the pauses), a minority (a fifth), the leader (a fifth) or a majority (a tenth): nothing is lost by
 * a pause, so even a majority may stop, and comes back believing that no time has passed.
 */
function pauses(options: ScheduleOptions, kills: readonly Kill[]): Planned[] {
  // While the leader or everybody is down, no node is surely up: pauses keep away from those times.
  const barred = kills.filter(({ who }) => who === "leader" || who.length === options.nodes.length);
  const wanted = timeline("pause", options);
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
  return kept.map(({ index, ...window }) => paused(options, index, window, kills));
}

function paused(options: ScheduleOptions, index: number, window: Window, kills: readonly Kill[]): Planned {
  const pick = pickOf(options.seed, index, "pause");
  const during = kills.filter((kill) => (longest(without(window, [kill]))?.forMs ?? 0) < window.forMs);
  const what = pick("what");
  const spared = hidesPartition(options, window) ? options.hub : undefined;
  if (what < 0.2 && options.hasLeader && during.length === 0 && spared === undefined)
    return { ...window, fault: { f: "pause", who: "leader" } };
  const size = what < 0.7 ? 1 : what < 0.9 ? minoritySize(options, pick) : majorityOf(options.nodes.length);
  const order = shuffle(options.nodes, pick, "who").filter((node) => node !== spared || options.nodes.length === 1);
  const up = order.filter((node) => !during.some(({ who }) => who.includes(node)));
  if (up.length > 0) return { ...window, fault: { f: "pause", who: up.slice(0, size) } };
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
  return { ...(best.at ?? window), fault: { f: "pause", who: [best.node] } };
}

/** With the hub stopped all that time, would a partition cut silent links only? */
function hidesPartition(options: ScheduleOptions, pause: Window): boolean {
  if (options.hub === undefined || !options.kinds.includes("partition")) return false;
  const down = hubKills(options);
  return cuts(options).some((cut) => lengthOf(without(cut, [pause, ...down])) < 0.3 * cut.forMs);
}

const lengthOf = (windows: readonly Window[]): number => windows.reduce((sum, { forMs }) => sum + forMs, 0);

/** Longer than a node takes to start again and to be connected. */
const RESTART_MS = 400;

/** When no byte goes through the hub because it is killed. */
const hubKills = (options: ScheduleOptions): Window[] =>
  (options.hub !== undefined && options.kinds.includes("kill") ? kills(options) : [])
    .filter(({ who }) => who === "leader" || (options.hub !== undefined && who.includes(options.hub)))
    .map(({ atMs, forMs }) => ({ atMs, forMs: forMs + RESTART_MS }));

/** Between the end of a partition that was moved and the next. */
const CALM_MS = 50;

/**
 * When partitions are. One during which the hub is down for the most part would hold nothing back: it moves to where the
 * hub is up, as far as its neighbours leave room, and is left out where they leave none. There is always one.
 */
function cuts(options: ScheduleOptions): Window[] {
  const wanted = timeline("partition", options);
  const down = hubKills(options);
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

/** What is left of a window outside of others, each of which counts as a tenth of a window longer: a restart takes time. */
function without(window: Window, others: readonly Window[]): Window[] {
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

const longest = (windows: readonly Window[]): Window | null =>
  windows.reduce<Window | null>((best, next) => (best !== null && best.forMs >= next.forMs ? best : next), null);

/** The shapes in turn, in an order that is drawn once: a run shows as many of them as it has partitions. */
function partition(options: ScheduleOptions, index: number, window: Window): Fault {
  const shapes = shuffle(shapesOf(options), pickOf(options.seed, 0, "partition"), "shapes");
  const shape = shapes[index % shapes.length] ?? oneOf(shapes, 0);
  const grudge = drawGrudge(shape, options.nodes, pickOf(options.seed, index, "grudge"), options.primaries);
  return {
    f: "partition",
    shape,
    grudge: grudge === "isolate-leader" ? grudge : amongTheLiving(options, grudge, window),
  };
}

/**
 * The same shape with other nodes in its places where, as drawn, it would only cut links that nobody sends on: every
 * sender is down or stopped for most of the partition.
 */
function amongTheLiving(options: ScheduleOptions, drawn: Grudge, window: Window): Grudge {
  const { hub, nodes, kinds } = options;
  const silences = [
    ...(kinds.includes("kill") ? kills(options) : []),
    ...(kinds.includes("pause") ? pausesOf(options) : []).flatMap(({ fault, ...at }) =>
      fault.f === "pause" ? [{ ...at, who: fault.who }] : [],
    ),
  ];
  const speaks = (node: NodeName): boolean => {
    const silent = silences.filter(({ who }) => (who === "leader" ? node === hub : who.includes(node)));
    return (longest(without(window, silent))?.forMs ?? 0) >= 0.3 * window.forMs;
  };
  const bites = (grudge: Grudge): boolean =>
    Object.entries(grudge).some(([to, senders]) =>
      senders.some((from) => speaks(from) && (hub === undefined || from === hub || (to === hub && speaks(to)))),
    );
  const grudge = throughHub(drawn, hub);
  const others = nodes.filter((node) => node !== hub);
  for (let shift = 0; shift < others.length; shift++) {
    const places = new Map(others.map((node, i) => [node, others[(i + shift) % others.length] ?? node]));
    const shifted = renamed(grudge, (node) => places.get(node) ?? node);
    if (bites(shifted)) return shifted;
  }
  return grudge;
}

/** The same shape with the hub in the place of a node that is cut off, unless it is already. */
function throughHub(grudge: Grudge, hub: NodeName | undefined): Grudge {
  const cut = Object.entries(grudge).flatMap(([receiver, senders]) =>
    senders.length > 0 ? [receiver, ...senders] : [],
  );
  const other = cut.find((node) => node !== CLIENTS);
  if (hub === undefined || other === undefined || cut.includes(hub)) return grudge;
  return renamed(grudge, (node) => (node === hub ? other : node === other ? hub : node));
}

const renamed = (grudge: Grudge, name: (node: NodeName) => NodeName): Grudge =>
  Object.fromEntries(Object.entries(grudge).map(([receiver, senders]) => [name(receiver), senders.map(name)]));

/**
 * All links of one node (half of the delays), those from one node only (a quarter) or every link between nodes; 5 to
 * 200 ms, small ones as likely as large ones, with up to half of that as jitter. Links of clients stay fast.
 */
function delay(options: ScheduleOptions, index: number): Fault {
  const { nodes } = options;
  const pick = pickOf(options.seed, index, "delay");
  const node = oneOf(nodes, pick("node"));
  const what = pick("what");
  const all = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
  const links = all.filter(({ from, to }) => what >= 0.75 || from === node || (what < 0.5 && to === node));
  const latencyMs = Math.round(5 * 40 ** pick("latency"));
  return { f: "delay", links, latencyMs, jitterMs: Math.floor(latencyMs * between(0, 0.5, pick("jitter"))) };
}
