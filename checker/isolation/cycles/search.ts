/**
 * The shortest cycle of one type within a strongly connected component.
 *
 * A type is a small automaton over edges: which required kinds were seen, whether a second anti-dependency was, whether
 * the last edge was one. Breadth-first search in the product of graph and automaton visits each pair once, so a search
 * is linear, and one search per starting edge makes the whole polynomial: O(starting edges · (nodes + edges)). Every
 * cycle of the type contains a starting edge, chosen to be rare; searches stop at the length of the best cycle so far.
 *
 * Once all cycles through a starting edge are known to be no shorter than the best, the edge is spent and taken out; when
 * the searches have cost more than the graph is large, the components are computed again, and what no longer lies on a
 * cycle is left alone. A long ring then costs one search, not one per edge.
 *
 * A shortest closed walk may visit a transaction twice. It is then split, and a part of the right type is kept; where
 * none is, one of the parts is a cycle of a type that is searched earlier (without anti-dependencies), so no violation
 * is lost, only a second name for it.
 */

import { ANTI_DEPENDENCIES, PREDICATES } from "../graph/edges.js";
import type { OrderedGraph } from "../graph/order.js";
import { componentsOf, mayFollow } from "./existence.js";
import { firstKind, KINDS_IN_ORDER, type Step } from "./cycle.js";
import type { CycleSpec } from "./specs.js";

export const shortestCycle = (graph: OrderedGraph, spec: CycleSpec): readonly Step[] | null => {
  const search = new Search(graph, spec);
  let best: readonly Step[] | null = null;
  for (const [node, anchors] of anchorsByTarget(graph, spec)) {
    for (const kind of new Set(anchors.map((anchor) => anchor.kind))) {
      const limit = best === null ? Number.POSITIVE_INFINITY : best.length - 1;
      if (limit < 2) return best;
      const same = anchors.filter((anchor) => anchor.kind === kind);
      const walk = search.from(node, same, limit);
      const cycle = walk === null ? null : simple(walk, spec);
      if (cycle !== null && (best === null || cycle.length < best.length)) best = cycle;
      // A walk that had to be split may hide a longer cycle through its anchor: that one may yet be met by other anchors.
      if (cycle === walk) search.spend(same);
    }
  }
  return best;
};

/** The edge that a search begins with, from `from` to the node searched from, taken as being of `kind`. */
interface Anchor {
  readonly edge: number;
  readonly from: number;
  readonly kind: number;
}

/** By target node, ascending: searches from the same node share their work. */
const anchorsByTarget = (graph: OrderedGraph, spec: CycleSpec): readonly (readonly [number, readonly Anchor[]])[] => {
  const anti = spec.mode !== "none";
  // Along plain edges the component number never rises, so every cycle has an anti-dependency along which it does not
  // fall; without anti-dependencies a cycle stays within one component.
  const plain = componentsOf(graph, spec.plain).of;
  const all = anti && spec.mode !== "one" ? componentsOf(graph, spec.plain | spec.anti).of : null;
  const wanted = anti ? spec.anti : (spec.required[0] ?? spec.plain);
  const found = new Map<number, Anchor[]>();
  for (let from = 0; from < graph.nodes; from++) {
    for (let edge = graph.start[from] ?? 0; edge < (graph.start[from + 1] ?? 0); edge++) {
      const kind = (graph.kind[edge] ?? 0) & wanted;
      if (kind === 0) continue;
      const to = graph.to[edge] ?? 0;
      const [a, b] = [plain[from] ?? 0, plain[to] ?? 0];
      if (anti ? b < a : a !== b) continue;
      if (all !== null && all[from] !== all[to]) continue;
      const anchor = { edge, from, kind: firstKind(anti ? preferPredicate(kind, spec) : kind, KINDS_IN_ORDER) };
      const list = found.get(to);
      if (list === undefined) found.set(to, [anchor]);
      else list.push(anchor);
    }
  }
  return [...found].sort(([a], [b]) => a - b);
};

/** Where a predicate edge is required, an edge that can count as one should. */
const preferPredicate = (kind: number, spec: CycleSpec): number =>
  spec.required.includes(PREDICATES) && (kind & PREDICATES) !== 0 ? kind & PREDICATES : kind;

class Search {
  readonly #graph: OrderedGraph;
  readonly #spec: CycleSpec;
  /** States per node: one bit per required set, then "a second anti-dependency was seen", then "the last edge was one". */
  readonly #states: number;
  readonly #second: number;
  readonly #last: number;
  readonly #requiredAll: number;
  readonly #visited: Int32Array;
  readonly #parent: Int32Array;
  readonly #kind: Uint8Array;
  readonly #isSource: Int32Array;
  #rank: Int32Array;
  /** Kinds that edges no longer have. */
  readonly #spent: Uint8Array;
  #epoch = 0;
  /** Edges looked at since the components were computed. */
  #work = 0;

  constructor(graph: OrderedGraph, spec: CycleSpec) {
    this.#graph = graph;
    this.#spec = spec;
    const bits = spec.required.length;
    this.#requiredAll = (1 << bits) - 1;
    this.#second = 1 << bits;
    this.#last = 2 << bits;
    this.#states = 4 << bits;
    this.#visited = new Int32Array(graph.nodes * this.#states);
    this.#parent = new Int32Array(graph.nodes * this.#states);
    this.#kind = new Uint8Array(graph.nodes * this.#states);
    this.#isSource = new Int32Array(graph.nodes);
    this.#spent = new Uint8Array(graph.kind.length);
    this.#rank = componentsOf(graph, spec.mode === "one" ? spec.plain : spec.plain | spec.anti).of;
  }

  /** No cycle through these edges, taken as what they were anchors for, is of interest any more. */
  spend(anchors: readonly Anchor[]): void {
    // The single anti-dependency of a cycle is its anchor: the ways between do not depend on it.
    if (this.#spec.mode === "one") return;
    for (const { edge, kind } of anchors) this.#spent[edge] = (this.#spent[edge] ?? 0) | kind;
    if (this.#work <= 4 * (this.#graph.to.length + this.#graph.nodes)) return;
    this.#work = 0;
    this.#rank = componentsOf(this.#graph, this.#spec.plain | this.#spec.anti, this.#spent).of;
  }

  /** A shortest walk that begins with one of the anchors into `node` and comes back to where that anchor begins. */
  from(node: number, anchors: readonly Anchor[], limit: number): readonly Step[] | null {
    const epoch = ++this.#epoch;
    const kind = anchors[0]?.kind ?? 0;
    const here = this.#rank[node] ?? 0;
    let lowest = Number.POSITIVE_INFINITY;
    for (const { from } of anchors) {
      const rank = this.#rank[from] ?? 0;
      if (this.#spec.mode !== "one" && rank !== here) continue;
      this.#isSource[from] = epoch;
      lowest = Math.min(lowest, rank);
    }
    if (lowest > here) return null;
    const anti = (kind & ANTI_DEPENDENCIES) !== 0;
    const first =
      node * this.#states + (this.#satisfied(kind) | (anti && this.#spec.mode === "nonadjacent" ? this.#last : 0));
    this.#visited[first] = epoch;
    this.#parent[first] = -1;
    this.#kind[first] = kind;
    let level: number[] = [first];
    // The anchor is the first edge of the walk; a state of level d closes a walk of d + 1 edges.
    for (let length = 1; level.length > 0 && length <= limit; length++) {
      const next: number[] = [];
      // Edges of an order's chain cost nothing: what they reach is appended to the level while it is being read.
      for (let i = 0; i < level.length; i++) {
        const state = level[i] ?? 0;
        if (this.#closes(state, epoch)) return this.#walk(state);
        this.#expand(state, epoch, lowest, level, next);
      }
      level = next;
    }
    return null;
  }

  #closes(state: number, epoch: number): boolean {
    const node = Math.floor(state / this.#states);
    if (this.#isSource[node] !== epoch) return false;
    const bits = state % this.#states;
    if ((bits & this.#requiredAll) !== this.#requiredAll) return false;
    const mode = this.#spec.mode;
    if (mode === "none" || mode === "one") return true;
    return (bits & this.#second) !== 0 && (bits & this.#last) === 0;
  }

  #expand(state: number, epoch: number, lowest: number, level: number[], next: number[]): void {
    const { start, to, kind, members } = this.#graph;
    const { plain, anti, mode } = this.#spec;
    const node = Math.floor(state / this.#states);
    const bits = state % this.#states;
    this.#work += 1 + (start[node + 1] ?? 0) - (start[node] ?? 0);
    for (let edge = start[node] ?? 0; edge < (start[node + 1] ?? 0); edge++) {
      const target = to[edge] ?? 0;
      const rank = this.#rank[target] ?? 0;
      // For a single anti-dependency the rest of the way is plain: ranks fall until they reach that of a source.
      if (mode === "one" ? rank < lowest : rank !== lowest) continue;
      if (kind[edge] === 0) {
        if (mayFollow(0, plain)) this.#reach(target, bits, state, 0, epoch, level);
        continue;
      }
      const mask = (kind[edge] ?? 0) & ~(this.#spent[edge] ?? 0);
      const free = target >= members ? level : next;
      const along = mask & plain;
      if (along !== 0) this.#follow(target, bits & ~this.#last, state, along, epoch, free);
      const against = mask & anti;
      if (against === 0 || mode === "one") continue;
      if (mode === "nonadjacent" && (bits & this.#last) !== 0) continue;
      const one = firstKind(preferPredicate(against, this.#spec), KINDS_IN_ORDER);
      const after = bits | this.#second | this.#satisfied(one) | (mode === "nonadjacent" ? this.#last : 0);
      this.#reach(target, after, state, one, epoch, free);
    }
  }

  /** Along a plain edge of several kinds: as each kind that is required, or as any where none is. */
  #follow(target: number, bits: number, parent: number, mask: number, epoch: number, queue: number[]): void {
    let useful = false;
    for (const required of this.#spec.required) {
      const kind = firstKind(mask & required, KINDS_IN_ORDER);
      if (kind === 0) continue;
      useful = true;
      this.#reach(target, bits | this.#satisfied(kind), parent, kind, epoch, queue);
    }
    if (!useful) this.#reach(target, bits, parent, firstKind(mask, KINDS_IN_ORDER), epoch, queue);
  }

  #reach(target: number, bits: number, parent: number, kind: number, epoch: number, queue: number[]): void {
    const state = target * this.#states + bits;
    if (this.#visited[state] === epoch) return;
    this.#visited[state] = epoch;
    this.#parent[state] = parent;
    this.#kind[state] = kind;
    queue.push(state);
  }

  #satisfied(kind: number): number {
    let bits = 0;
    this.#spec.required.forEach((required, i) => {
      if ((kind & required) !== 0) bits |= 1 << i;
    });
    return bits;
  }

  /** The steps that lead to `state`, links left out, the anchor first. */
  #walk(state: number): readonly Step[] {
    const nodes: number[] = [];
    const kinds: number[] = [];
    for (let at = state; at >= 0; at = this.#parent[at] ?? -1) {
      const node = Math.floor(at / this.#states);
      // A link's own edge carries no kind: the step is named by the edge that leaves the chain.
      if (node >= this.#graph.members) continue;
      nodes.push(node);
      kinds.push(this.#kind[at] ?? 0);
    }
    nodes.reverse();
    kinds.reverse();
    const from = nodes[nodes.length - 1] ?? 0;
    return nodes.map((to, i) => ({ from: i === 0 ? from : (nodes[i - 1] ?? 0), to, kind: kinds[i] ?? 0 }));
  }
}

/** A cycle of the type that visits no transaction twice, made of steps of the walk; null where there is none. */
const simple = (walk: readonly Step[], spec: CycleSpec): readonly Step[] | null => {
  const seen = new Map<number, number>();
  for (let i = 0; i < walk.length; i++) {
    const from = walk[i]?.from ?? 0;
    const earlier = seen.get(from);
    if (earlier !== undefined) {
      const parts = [walk.slice(earlier, i), [...walk.slice(0, earlier), ...walk.slice(i)]];
      const found = parts.map((part) => simple(part, spec)).filter((part) => part !== null);
      return found.sort((a, b) => a.length - b.length)[0] ?? null;
    }
    seen.set(from, i);
  }
  return fits(walk, spec) ? walk : null;
};

const fits = (walk: readonly Step[], spec: CycleSpec): boolean => {
  const anti = walk.map((step) => (step.kind & ANTI_DEPENDENCIES) !== 0);
  const count = anti.filter(Boolean).length;
  if (spec.required.some((required) => !walk.some((step) => (step.kind & required) !== 0))) return false;
  if (spec.mode === "none") return count === 0;
  if (spec.mode === "one") return count === 1;
  if (count < 2) return false;
  return spec.mode === "any" || !anti.some((is, i) => is && anti[(i + 1) % anti.length] === true);
};
