/**
 * Who holds a key: consistent hashing with virtual nodes (Karger et al. 1997; DeCandia et al. 2007, "Dynamo", sections
 * 4.2 and 4.3).
 *
 * Every node has several places on a ring of 2^32. A key's replicas are the first N different nodes from its own place
 * on, clockwise; the nodes after them stand in when one of those is away. A node that comes or goes moves only the keys
 * beside its places. Every node computes the same ring from the same names.
 */

import type { NodeName } from "../../wire.js";
import { draw } from "../draw.js";

const VIRTUAL_NODES = 16;

interface Place {
  readonly at: number;
  readonly node: NodeName;
}

export class Ring {
  readonly nodes: readonly NodeName[];
  readonly #places: readonly Place[];

  constructor(nodes: readonly NodeName[], virtualNodes = VIRTUAL_NODES) {
    this.nodes = nodes;
    this.#places = nodes
      .flatMap((node) => Array.from({ length: virtualNodes }, (_, i) => ({ at: draw(0, i, `ring ${node}`), node })))
      .sort((a, b) => a.at - b.at || (a.node < b.node ? -1 : 1));
  }

  /** All nodes, the replicas of the key first. */
  walk(key: string): readonly NodeName[] {
    const places = this.#places;
    const from = this.#firstAfter(draw(0, 0, `key ${key}`));
    const met = new Set<NodeName>();
    for (let i = 0; i < places.length && met.size < this.nodes.length; i++) {
      const place = places[(from + i) % places.length];
      if (place !== undefined) met.add(place.node);
    }
    return [...met];
  }

  #firstAfter(at: number): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#places[middle]?.at ?? 1) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
