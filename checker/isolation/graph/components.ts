/**
 * Strongly connected components over a graph given as ranges of successors: Tarjan's algorithm (1972) in the form of
 * Pearce (IPL 116, 2016, PEA_FIND_SCC3), which keeps one number per node, made iterative.
 *
 * Components are numbered in the order in which they are completed, which is a reverse topological order: an edge
 * between two components leads from the higher number to the lower.
 */

export interface Components {
  readonly count: number;
  /** Component of each node. */
  readonly of: Int32Array;
}

export interface Successors {
  readonly nodes: number;
  readonly start: Int32Array;
  readonly to: Int32Array;
}

/** `follow(edge)` false leaves an edge out; null follows all. */
export const components = (graph: Successors, follow: ((edge: number) => boolean) | null = null): Components => {
  const { nodes, start, to } = graph;
  // 0: not visited. While open: the number of the oldest open node known to be reachable. Then: the component, counted
  // downwards from `nodes`, so that it is larger than the number of any open node.
  const rank = new Int32Array(nodes);
  const cursor = new Int32Array(nodes);
  const notRoot = new Uint8Array(nodes);
  const path = new Int32Array(nodes);
  const pending = new Int32Array(nodes);
  let pendingCount = 0;
  let next = 1;
  let component = nodes;
  for (let first = 0; first < nodes; first++) {
    if (rank[first] !== 0) continue;
    let depth = 0;
    let node = first;
    path[0] = node;
    rank[node] = next++;
    cursor[node] = start[node] ?? 0;
    while (depth >= 0) {
      const end = start[node + 1] ?? 0;
      let at = cursor[node] ?? 0;
      let mine = rank[node] ?? 0;
      let child = -1;
      for (; at < end; at++) {
        if (follow !== null && !follow(at)) continue;
        const successor = to[at] ?? 0;
        const other = rank[successor] ?? 0;
        if (other === 0) {
          child = successor;
          break;
        }
        if (other < mine) {
          mine = other;
          notRoot[node] = 1;
        }
      }
      rank[node] = mine;
      // Stays on the edge to the child: coming back, the loop looks at it again and takes over the child's rank.
      cursor[node] = at;
      if (child >= 0) {
        node = child;
        path[++depth] = node;
        rank[node] = next++;
        cursor[node] = start[node] ?? 0;
        continue;
      }
      if (notRoot[node] === 1) {
        pending[pendingCount++] = node;
      } else {
        next--;
        while (pendingCount > 0 && mine <= (rank[pending[pendingCount - 1] ?? 0] ?? 0)) {
          rank[pending[--pendingCount] ?? 0] = component;
          next--;
        }
        rank[node] = component--;
      }
      node = path[--depth] ?? 0;
    }
  }
  for (let node = 0; node < nodes; node++) rank[node] = nodes - (rank[node] ?? 0);
  return { count: nodes - component, of: rank };
};
