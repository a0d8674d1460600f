/** Faults on links: which are cut or slowed down, and how hard. Pure. */

import { between, magnitude, oneOf, type Pick, pickOf, shuffle } from "./draw.js";
import { CLIENTS, type Fault, type FaultKind, type Grudge, type LinkName, type NodeName } from "./fault.js";
import { drawGrudge } from "./grudge.js";
import { flapOf, paramsOf, type Planned, type Silence } from "./draw-nodes.js";
import { type ScheduleOptions, shapesOf } from "./schedule-options.js";
import { longest, type Window, windowsOf, without } from "./windows.js";

/** The shapes in turn, in an order that is drawn once: a run shows as many of them as it has partitions. */
export function partitions(
  options: ScheduleOptions,
  windows: readonly Window[],
  silences: readonly Silence[],
): readonly Planned[] {
  if (windows.length === 0) return [];
  const shapes = shuffle(shapesOf(options), pickOf(options.seed, 0, "partition"), "shapes");
  return windows.map((window, index) => {
    const shape = shapes[index % shapes.length] ?? oneOf(shapes, 0);
    const pick = pickOf(options.seed, index, "grudge");
    const drawn = drawGrudge(shape, options.nodes, pick, options.primaries);
    const grudge = drawn === "isolate-leader" ? drawn : amongTheLiving(options, drawn, window, silences);
    const mode = oneOf(paramsOf(options).cutModes, pick("mode"));
    const fault: Fault = {
      f: "partition",
      shape,
      grudge,
      ...(mode === "drop" ? {} : { mode }),
      ...flapOf(options, pick),
    };
    return { ...window, fault };
  });
}

/**
 * The same shape with other nodes in its places where, as drawn, it would only cut links that nobody sends on: every
 * sender is down or stopped for most of the partition.
 */
function amongTheLiving(
  { hub, nodes }: ScheduleOptions,
  drawn: Grudge,
  window: Window,
  silences: readonly Silence[],
): Grudge {
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

/** Kinds that trouble links without cutting them. */
export const LINK_KINDS = [
  "delay",
  "bandwidth",
  "slow-close",
  "corrupt",
  "packet",
] as const satisfies readonly FaultKind[];

export function slowed(kind: (typeof LINK_KINDS)[number], options: ScheduleOptions): readonly Planned[] {
  return windowsOf(kind, options).map((window, index) => {
    const pick = pickOf(options.seed, index, kind);
    return { ...window, fault: linkFault(kind, options, linksOf(options, pick), pick) };
  });
}

/**
 * All links of one node (half of the faults), those from one node only (a quarter) or every link between nodes. Links of
 * clients stay as they are.
 */
function linksOf({ nodes }: ScheduleOptions, pick: Pick): readonly LinkName[] {
  const node = oneOf(nodes, pick("node"));
  const what = pick("what");
  const all = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
  return all.filter(({ from, to }) => what >= 0.75 || from === node || (what < 0.5 && to === node));
}

function linkFault(
  kind: (typeof LINK_KINDS)[number],
  options: ScheduleOptions,
  links: readonly LinkName[],
  pick: Pick,
): Fault {
  const params = paramsOf(options);
  const share = (range: readonly [number, number], label: string): number =>
    Number(between(...range, pick(label)).toFixed(3));
  if (kind === "bandwidth") {
    return { f: kind, links, bytesPerSecond: Math.round(magnitude(params.bytesPerSecond, pick("bytes"))) };
  }
  if (kind === "slow-close") return { f: kind, links, delayMs: Math.round(magnitude(params.closeMs, pick("close"))) };
  if (kind === "corrupt") return { f: kind, links, probability: share(params.corruptRate, "probability") };
  if (kind === "packet") {
    const effects = {
      loss: share(params.lossRate, "loss"),
      duplicate: share(params.duplicateRate, "duplicate"),
      reorder: share(params.reorderRate, "reorder"),
    };
    return { f: kind, links, effects };
  }
  // Up to half of the latency as jitter.
  const latencyMs = Math.round(magnitude(params.latencyMs, pick("latency")));
  const jitterMs = Math.floor(latencyMs * between(0, 0.5, pick("jitter")));
  const distribution = oneOf(params.distributions, pick("distribution"));
  return { f: kind, links, latencyMs, jitterMs, ...(distribution === "uniform" ? {} : { distribution }) };
}
