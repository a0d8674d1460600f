/**
 * Partition shapes: who refuses to hear whom. Pure.
 *
 * A grudge is written from the side that does not hear: `{ n1: ["n2"] }` means that bytes from n2 do not arrive at n1,
 * while n2 still hears n1. The shapes are those of Jepsen's `jepsen.nemesis`, where the word comes from.
 */

import { oneOf, type Pick, shuffle, wholeBetween } from "./draw.js";
import { CLIENTS, type Grudge, type NodeName, PARTITION_SHAPES, type PartitionShape } from "./fault.js";

/** The smallest number of nodes that is more than half of them. */
export const majorityOf = (nodes: number): number => Math.floor(nodes / 2) + 1;

/** The largest number of nodes that leaves a majority outside; 0 for one or two nodes. */
export const minorityOf = (nodes: number): number => nodes - majorityOf(nodes);

/** The largest number of nodes that is less than a third of them: the faulty ones that a Byzantine system bears. */
export const minorityThirdOf = (nodes: number): number => Math.floor((nodes - 1) / 3);

/**
 * What is drawn where nobody asked for certain shapes. The others repeat one of these for special systems, or cut off
 * clients and not nodes from each other.
 */
export const USUAL_SHAPES: readonly PartitionShape[] = PARTITION_SHAPES.slice(0, 8);

/** Fewest nodes for which a shape cuts anything. */
export const NODES_MIN: Readonly<Record<PartitionShape, number>> = {
  one: 2,
  halves: 2,
  majority: 3,
  minority: 3,
  "majorities-ring": 3,
  bridge: 3,
  "one-way": 2,
  leader: 2,
  "fixed-halves": 2,
  "minority-third": 4,
  primaries: 2,
  clients: 1,
};

/** Nobody hears anybody outside the own component. A node that is in no component hears, and is heard by, everybody. */
export function completeGrudge(components: readonly (readonly NodeName[])[]): Grudge {
  const grudge: Record<NodeName, readonly NodeName[]> = {};
  components.forEach((component, mine) => {
    const others = components.filter((_, i) => i !== mine).flat();
    if (others.length > 0) for (const node of component) grudge[node] = others;
  });
  return grudge;
}

/** `node` hears nobody and is heard by nobody. */
export const isolate = (node: NodeName, nodes: readonly NodeName[]): Grudge =>
  completeGrudge([[node], nodes.filter((other) => other !== node)]);

/** From "who may hear whom" to "who must not". A node always hears itself; one that is not named hears only itself. */
export function invertGrudge(
  nodes: readonly NodeName[],
  hears: { readonly [receiver: NodeName]: readonly NodeName[] },
): Grudge {
  const grudge: Record<NodeName, readonly NodeName[]> = {};
  for (const node of nodes) {
    const shunned = nodes.filter((other) => other !== node && !(hears[node] ?? []).includes(other));
    if (shunned.length > 0) grudge[node] = shunned;
  }
  return grudge;
}

/** The directed links that a grudge cuts. */
export const cutLinks = (grudge: Grudge): { from: NodeName; to: NodeName }[] =>
  Object.entries(grudge).flatMap(([to, senders]) => senders.map((from) => ({ from, to })));

/**
 * The grudge of a shape for these nodes; which of them is where in it is drawn.
 *
 * "isolate-leader" for `leader`, who is known only when the fault begins. `primaries` are the nodes that take writes,
 * where that is known before; without them that shape means the leader as well. Fewer nodes than NODES_MIN give an
 * empty grudge or one that cuts less than its name says: callers check first.
 */
export function drawGrudge(
  shape: PartitionShape,
  nodes: readonly NodeName[],
  pick: Pick,
  primaries?: readonly NodeName[],
): Grudge | "isolate-leader" {
  if (shape === "leader") return "isolate-leader";
  if (shape === "fixed-halves") return split(nodes, Math.floor(nodes.length / 2));
  if (shape !== "primaries") return SHAPES[shape](shuffle(nodes, pick, "order"), pick);
  return primaries === undefined || primaries.length === 0
    ? "isolate-leader"
    : eachAlone(shuffle(primaries, pick, "primaries"), nodes, pick);
}

type OrderedShape = Exclude<PartitionShape, "leader" | "fixed-halves" | "primaries">;

/** How each shape is made of the nodes in drawn order. */
const SHAPES: Readonly<Record<OrderedShape, (order: readonly NodeName[], pick: Pick) => Grudge>> = {
  one: (order) => split(order, 1),
  halves: (order) => split(order, Math.floor(order.length / 2)),
  majority: (order) => split(order, majorityOf(order.length)),
  minority: (order, pick) => split(order, wholeBetween(1, Math.max(1, minorityOf(order.length)), pick("size"))),
  "minority-third": (order) => split(order, Math.max(1, minorityThirdOf(order.length))),
  "majorities-ring": (order) => majoritiesRing(order),
  bridge: (order) => bridge(order),
  "one-way": (order, pick) => oneWay(order, pick),
  clients: (order, pick) => fromClients(order.slice(0, wholeBetween(1, majorityOf(order.length), pick("size"))), pick),
};

const split = (order: readonly NodeName[], size: number): Grudge =>
  completeGrudge([order.slice(0, size), order.slice(size)]);

/**
 * Every node hears exactly a majority, and no two nodes the same one: node i hears the window of a majority around it.
 *
 * Where the majority is an even number (3, 6, 7 nodes) a window has no middle, and some pairs hear each other one way
 * only. Jepsen draws other graphs above five nodes for variety; the ring is right for any number.
 */
export function majoritiesRing(nodes: readonly NodeName[]): Grudge {
  const n = nodes.length;
  const size = majorityOf(n);
  const hears: Record<NodeName, readonly NodeName[]> = {};
  nodes.forEach((node, i) => {
    const first = i - Math.floor(size / 2);
    hears[node] = Array.from({ length: size }, (_, k) => nodes[(first + k + n) % n] ?? node);
  });
  return invertGrudge(nodes, hears);
}

/** Two halves that do not hear each other, and one node between them that hears, and is heard by, both. */
export function bridge(nodes: readonly NodeName[]): Grudge {
  const half = Math.floor((nodes.length - 1) / 2);
  return completeGrudge([nodes.slice(0, half), nodes.slice(half + 1)]);
}

/** One node is not heard by the others, or hears none of them; the other direction stays open. */
function oneWay(order: readonly NodeName[], pick: Pick): Grudge {
  const node = oneOf(order, pick("node"));
  const others = order.filter((other) => other !== node);
  if (pick("direction") < 0.5) return { [node]: others };
  return Object.fromEntries(others.map((other) => [other, [node]]));
}

/** Some of these nodes, at least one, each of them alone; the other nodes keep hearing each other. */
function eachAlone(order: readonly NodeName[], nodes: readonly NodeName[], pick: Pick): Grudge {
  const alone = order.slice(0, wholeBetween(1, order.length, pick("size")));
  return completeGrudge([...alone.map((node) => [node]), nodes.filter((node) => !alone.includes(node))]);
}

/** Clients don't reach these nodes (a third of the draws), hear no answer of theirs (a third), or neither. */
function fromClients(cut: readonly NodeName[], pick: Pick): Grudge {
  const direction = pick("direction");
  const requests = direction < 1 / 3 || direction >= 2 / 3;
  const answers = direction >= 1 / 3;
  return {
    ...(requests ? Object.fromEntries(cut.map((node) => [node, [CLIENTS]])) : {}),
    ...(answers ? { [CLIENTS]: cut } : {}),
  };
}

/**
 * In words: "n1 | n2,n3" where the grudge splits the nodes into groups that do not hear each other, otherwise one
 * clause for each receiver: "n1 hears not n2; n2 hears not n3".
 */
export function describeGrudge(grudge: Grudge, nodes: readonly NodeName[]): string {
  const shuns = (receiver: NodeName, sender: NodeName): boolean => grudge[receiver]?.includes(sender) === true;
  const groups: NodeName[][] = [];
  for (const node of nodes) {
    const home = groups.find(([first]) => first !== undefined && !shuns(node, first) && !shuns(first, node));
    if (home) home.push(node);
    else groups.push([node]);
  }
  const clean = sameLinks(completeGrudge(groups), grudge);
  if (clean && groups.length > 1) return groups.map((group) => group.join(",")).join(" | ");
  const clauses = Object.entries(grudge).filter(([, senders]) => senders.length > 0);
  return clauses.map(([receiver, senders]) => `${receiver} hears not ${senders.join(",")}`).join("; ") || "nobody";
}

function sameLinks(a: Grudge, b: Grudge): boolean {
  const [left, right] = [linkNames(a), linkNames(b)];
  return left.size === right.size && [...left].every((name) => right.has(name));
}

const linkNames = (grudge: Grudge): Set<string> => new Set(cutLinks(grudge).map(({ from, to }) => `${from}\n${to}`));
