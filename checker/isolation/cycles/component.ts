/** All anomalies of one strongly connected component: a shortest cycle of each type that no other find implies. */

import { impliedBy, atLeast } from "../lattice/lattice.js";
import { DEPENDENCIES, PREDICATES } from "../graph/edges.js";
import type { OrderedGraph } from "../graph/order.js";
import { classify, firstKind, type Step } from "./cycle.js";
import { isCyclic } from "./existence.js";
import { shortestCycle } from "./search.js";
import { CYCLE_SPECS, EXISTENCE_SPECS, type CycleSpec } from "./specs.js";

export interface ComponentAnomalies {
  /** Type to shortest cycle, over the nodes of the component's graph. */
  readonly cycles: ReadonlyMap<string, readonly Step[]>;
  /** Anomalies `...-cycle-exists`, with their models, for every model that has a forbidden cycle; weakest models only. */
  readonly exists: readonly { readonly anomaly: string; readonly model: string }[];
}

/**
 * `explainOrder` null: a pair of transactions is joined by edges of all the kinds that it has. Otherwise by the first in
 * this order, which is that in which Elle explains a pair: it drops a cycle whose explanation makes it another type.
 */
export const searchComponent = (graph: OrderedGraph, explainOrder: readonly number[] | null): ComponentAnomalies => {
  const kinds = graph.kind.reduce((all, kind) => all | kind, 0);
  const cyclic = cyclicOnce(graph);
  const exists = forbiddenCycles(graph, cyclic);
  const cycles = new Map<string, readonly Step[]>();
  const first = (kind: number): number =>
    explainOrder === null ? kind : firstKind(kind & DEPENDENCIES, explainOrder) || kind;
  const labelled = explainOrder === null ? graph : { ...graph, kind: graph.kind.map(first) };
  for (const spec of CYCLE_SPECS) {
    if (!isPossible(spec, kinds) || impliedBy(cycles.keys()).has(spec.type)) continue;
    const nonadjacent = spec.mode === "one" || spec.mode === "nonadjacent";
    if (!cyclic(spec.plain & kinds, spec.anti & kinds, nonadjacent)) continue;
    // Cycles without anti-dependencies are not dropped in Elle, but may get another name.
    const dropped = spec.mode !== "none";
    const found = shortestCycle(dropped ? labelled : graph, spec);
    if (found === null) continue;
    const steps = explainOrder === null || dropped ? found : found.map((step) => explained(graph, step, explainOrder));
    const type = classify(steps);
    if (type !== null && !cycles.has(type)) cycles.set(type, steps);
  }
  return { cycles, exists };
};

/** The weakest models that some cycle refutes. */
export const forbiddenCycles = (graph: OrderedGraph, cyclic = cyclicOnce(graph)): ComponentAnomalies["exists"] => {
  const kinds = graph.kind.reduce((all, kind) => all | kind, 0);
  const ruledOut = new Set<string>();
  const exists: { anomaly: string; model: string }[] = [];
  for (const { model, anomaly, plain, anti, nonadjacent } of EXISTENCE_SPECS) {
    if (ruledOut.has(model) || !cyclic(plain & kinds, anti & kinds, nonadjacent)) continue;
    exists.push({ anomaly, model });
    for (const stronger of atLeast(model)) ruledOut.add(stronger);
  }
  return exists;
};

/** A search for kinds of edges that the component does not have is a search for something that another type names. */
const isPossible = (spec: CycleSpec, kinds: number): boolean =>
  spec.required.every((required) => (kinds & required) !== 0) &&
  (spec.mode === "none" || (kinds & spec.anti) !== 0) &&
  (!spec.required.includes(PREDICATES) || (kinds & PREDICATES) !== 0);

/** Many types share a graph. */
const cyclicOnce = (graph: OrderedGraph) => {
  const known = new Map<number, boolean>();
  return (plain: number, anti: number, nonadjacent: boolean): boolean => {
    const separate = nonadjacent && anti !== 0;
    const name = ((plain | anti) << 1) | (separate ? 1 : 0);
    let answer = known.get(name);
    if (answer === undefined) {
      answer = isCyclic(graph, plain, anti, separate);
      known.set(name, answer);
    }
    return answer;
  };
};

const explained = (graph: OrderedGraph, step: Step, order: readonly number[]): Step => {
  let mask = step.kind;
  for (let edge = graph.start[step.from] ?? 0; edge < (graph.start[step.from + 1] ?? 0); edge++) {
    if (graph.to[edge] === step.to) mask |= graph.kind[edge] ?? 0;
  }
  const dependency = firstKind(mask & DEPENDENCIES, order);
  return dependency === 0 ? step : { ...step, kind: dependency };
};
