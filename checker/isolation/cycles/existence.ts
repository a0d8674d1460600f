/** Whether a cycle of some shape exists at all: one pass for strongly connected components, no path is looked for. */

import { components, type Components } from "../graph/components.js";
import { PROCESS, REALTIME, type Adjacency } from "../graph/edges.js";

const ORDERS = PROCESS | REALTIME;

/** Edges of kind 0 lead into and along the links of an order: they belong to it. */
export const mayFollow = (kind: number, allowed: number): boolean =>
  kind === 0 ? (allowed & ORDERS) !== 0 : (kind & allowed) !== 0;

/** `spent`: kinds that edges are treated as not having; an edge that loses all of them is no edge. */
export const componentsOf = (graph: Adjacency, allowed: number, spent: Uint8Array | null = null): Components =>
  components(graph, (edge) => {
    const kind = graph.kind[edge] ?? 0;
    if (spent === null || kind === 0) return mayFollow(kind, allowed);
    return (kind & ~(spent[edge] ?? 0) & allowed) !== 0;
  });

export const isCyclic = (graph: Adjacency, plain: number, anti: number, nonadjacent: boolean): boolean => {
  if (!nonadjacent || anti === 0) return componentsOf(graph, plain | anti).count < graph.nodes;
  const twice = withoutAdjacentAnti(graph, plain, anti);
  return components(twice).count < twice.nodes;
};

/**
 * Node n becomes 2n (arrived by any other edge) and 2n + 1 (arrived by an anti-dependency, so none may follow): a cycle
 * here is a closed walk there whose anti-dependencies are never adjacent, which is what snapshot isolation forbids
 * (Cerone and Gotsman, "Analysing Snapshot Isolation", JACM 2018, theorem 4.1).
 */
const withoutAdjacentAnti = (graph: Adjacency, plain: number, anti: number): Adjacency => {
  const { nodes } = graph;
  const start = new Int32Array(2 * nodes + 1);
  const each = (visit: (from: number, to: number) => void): void => {
    for (let from = 0; from < nodes; from++) {
      for (let edge = graph.start[from] ?? 0; edge < (graph.start[from + 1] ?? 0); edge++) {
        const kind = graph.kind[edge] ?? 0;
        const to = graph.to[edge] ?? 0;
        if (mayFollow(kind, plain)) {
          visit(2 * from, 2 * to);
          // An order's link is no transaction: whoever arrives there by way of an anti-dependency has left it by the order.
          visit(2 * from + 1, 2 * to);
        }
        if ((kind & anti) !== 0) visit(2 * from, 2 * to + 1);
      }
    }
  };
  each((from) => {
    start[from + 1] = (start[from + 1] ?? 0) + 1;
  });
  for (let node = 0; node < 2 * nodes; node++) start[node + 1] = (start[node + 1] ?? 0) + (start[node] ?? 0);
  const fill = start.slice();
  const to = new Int32Array(start[2 * nodes] ?? 0);
  each((from, target) => {
    const at = fill[from] ?? 0;
    fill[from] = at + 1;
    to[at] = target;
  });
  return { nodes: 2 * nodes, start, to, kind: new Uint8Array(0) };
};
