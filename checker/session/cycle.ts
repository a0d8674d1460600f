/** Directed edges, and a short cycle of them where there is one. */

/** Edge i leads from `from[i]` to `to[i]`. `by[i]`: the node whose reading shows it, or -1. */
export interface Edges {
  readonly from: number[];
  readonly to: number[];
  readonly by: number[];
}

export const noEdges = (): Edges => ({ from: [], to: [], by: [] });

export const addEdge = (edges: Edges, from: number, to: number, by: number): void => {
  edges.from.push(from);
  edges.to.push(to);
  edges.by.push(by);
};

/** How many starting points of the search for a short cycle are tried. */
const STARTS_MAX = 50;

/**
 * A topological order of the nodes 0 .. count - 1, or a cycle as edge numbers, as short as a breadth-first search from
 * some of the nodes on cycles finds. O(nodes + edges). No recursion.
 */
export const order = (
  count: number,
  edges: Edges,
):
  | { readonly is: "order"; readonly nodes: Int32Array }
  | { readonly is: "cycle"; readonly edges: readonly number[] } => {
  const { first, list } = outgoing(count, edges);
  const waiting = new Int32Array(count);
  for (const to of edges.to) waiting[to] = (waiting[to] ?? 0) + 1;
  const nodes = new Int32Array(count);
  let known = 0;
  for (let node = 0; node < count; node++) if (waiting[node] === 0) nodes[known++] = node;
  for (let next = 0; next < known; next++) {
    const node = nodes[next] ?? 0;
    for (let i = first[node] ?? 0; i < (first[node + 1] ?? 0); i++) {
      const to = edges.to[list[i] ?? 0] ?? 0;
      const left = (waiting[to] ?? 0) - 1;
      waiting[to] = left;
      if (left === 0) nodes[known++] = to;
    }
  }
  if (known === count) return { is: "order", nodes };
  return { is: "cycle", edges: shortCycle(count, edges, waiting) };
};

/** Edges by the node they leave: those of node n are list[first[n]] .. list[first[n + 1] - 1]. */
export const outgoing = (count: number, { from }: Edges): { readonly first: Int32Array; readonly list: Int32Array } => {
  const first = new Int32Array(count + 1);
  for (const node of from) first[node + 1] = (first[node + 1] ?? 0) + 1;
  for (let node = 0; node < count; node++) first[node + 1] = (first[node + 1] ?? 0) + (first[node] ?? 0);
  const fill = first.slice();
  const list = new Int32Array(from.length);
  for (const [edge, node] of from.entries()) {
    const place = fill[node] ?? 0;
    list[place] = edge;
    fill[node] = place + 1;
  }
  return { first, list };
};

/** Nodes with `waiting` > 0 lie on a cycle or behind one; walking edges backwards from them must end up on a cycle. */
const shortCycle = (count: number, edges: Edges, waiting: Int32Array): readonly number[] => {
  const { first, list } = outgoing(count, edges);
  const incoming = new Int32Array(count).fill(-1);
  for (const [edge, from] of edges.from.entries()) {
    if ((waiting[from] ?? 0) > 0) incoming[edges.to[edge] ?? 0] = edge;
  }
  let best: readonly number[] | null = null;
  let starts = 0;
  for (let node = 0; node < count && starts < STARTS_MAX; node++) {
    if ((waiting[node] ?? 0) <= 0) continue;
    starts++;
    const cycle = cycleThrough(onCycleBehind(node, edges, incoming), edges, { first, list }, waiting);
    if (cycle !== null && (best === null || cycle.length < best.length)) best = cycle;
    if (best !== null && best.length <= 2) break;
  }
  return best ?? [];
};

const onCycleBehind = (node: number, edges: Edges, incoming: Int32Array): number => {
  const seen = new Set<number>();
  let at = node;
  while (!seen.has(at)) {
    seen.add(at);
    const edge = incoming[at] ?? -1;
    if (edge < 0) return at;
    at = edges.from[edge] ?? 0;
  }
  return at;
};

const cycleThrough = (
  start: number,
  edges: Edges,
  { first, list }: { readonly first: Int32Array; readonly list: Int32Array },
  waiting: Int32Array,
): readonly number[] | null => {
  const reachedBy = new Map<number, number>();
  const queue = [start];
  for (let next = 0; next < queue.length; next++) {
    const node = queue[next] ?? 0;
    for (let i = first[node] ?? 0; i < (first[node + 1] ?? 0); i++) {
      const edge = list[i] ?? 0;
      const to = edges.to[edge] ?? 0;
      if ((waiting[to] ?? 0) <= 0 || reachedBy.has(to)) continue;
      reachedBy.set(to, edge);
      if (to !== start) {
        queue.push(to);
        continue;
      }
      const cycle = [edge];
      for (let at = edges.from[edge] ?? 0; at !== start; at = edges.from[cycle.at(-1) ?? 0] ?? 0) {
        cycle.push(reachedBy.get(at) ?? edge);
      }
      return cycle.reverse();
    }
  }
  return null;
};
