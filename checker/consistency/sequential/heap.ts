/** Nodes, the one with the smallest rank first. */

import { NONE } from "./programs.js";

export class Heap {
  readonly #rank: Float64Array;
  readonly #nodes: number[] = [];

  constructor(rank: Float64Array) {
    this.#rank = rank;
  }

  push(node: number): void {
    const nodes = this.#nodes;
    let at = nodes.length;
    nodes.push(node);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = nodes[parent] ?? NONE;
      if (!this.#before(node, above)) break;
      nodes[at] = above;
      at = parent;
    }
    nodes[at] = node;
  }

  /** NONE when empty. */
  pop(): number {
    const nodes = this.#nodes;
    const top = nodes[0] ?? NONE;
    const last = nodes.pop();
    if (last === undefined || nodes.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= nodes.length) break;
      if (child + 1 < nodes.length && this.#before(nodes[child + 1] ?? NONE, nodes[child] ?? NONE)) child++;
      const below = nodes[child] ?? NONE;
      if (!this.#before(below, last)) break;
      nodes[at] = below;
      at = child;
    }
    nodes[at] = last;
    return top;
  }

  #before(a: number, b: number): boolean {
    const difference = (this.#rank[a] ?? 0) - (this.#rank[b] ?? 0);
    return difference < 0 || (difference === 0 && a < b);
  }
}
