/** From the dependency graph to cycle anomalies: the components that have cycles, each searched by itself. */

import type { TxnHistory } from "../history/columns.js";
import { components } from "../graph/components.js";
import { type Edges, RW, WR, WW } from "../graph/edges.js";
import { type Order, type OrderedGraph, orderedGraph } from "../graph/order.js";
import { withoutLinks } from "../graph/reduced.js";
import type { Findings } from "../infer/finding.js";
import { forbiddenCycles, searchComponent } from "./component.js";

/** The order in which Elle explains a pair of transactions that depend on each other in several ways. */
const ELLE_EXPLAINS = { "list-append": [WW, WR, RW], "rw-register": [WR, WW, RW] } as const;

/** Dependencies and an order, and which transactions lie on cycles of them. */
export interface Cyclic {
  readonly graph: OrderedGraph;
  /** Transactions of each component that has at least two, ascending. */
  readonly groups: readonly Int32Array[];
}

export const cyclicParts = (history: TxnHistory, edges: Edges, order: Order): Cyclic => {
  const graph = orderedGraph(history, edges, order);
  const { count, of } = components(graph);
  return { graph, groups: count === graph.nodes ? [] : cyclicGroups(of, history.txns) };
};

/** `realtime`: the parts of these edges with real time, which contains every other order. */
export const checkCycles = (
  history: TxnHistory,
  edges: Edges,
  realtime: Cyclic,
  order: Order,
  findings: Findings,
  asElle: boolean,
): void => {
  if (!edges.seen) return;
  // Elle also judges histories whose events are out of order: there the one order does not contain the other.
  const known = order === "realtime" || (realtime.groups.length === 0 && !asElle);
  const { graph: linked, groups: found } = known ? realtime : cyclicParts(history, edges, order);
  const graph = asElle && found.length > 0 ? withoutLinks(history, linked, order) : linked;
  // What Elle does not know about the order may take a component apart.
  const groups = graph === linked ? found : cyclicGroups(components(graph).of, history.txns);
  // Without a cycle nothing was missed: the bundles have all that was left out.
  if (groups.length === 0) edges.leftOut = 0;
  const local = new Int32Array(groups.length === 0 ? 0 : history.txns).fill(-1);
  for (const members of groups) {
    members.forEach((txn, i) => {
      local[txn] = i;
    });
    const part = orderedGraph(history, graph, asElle ? null : order, members, local);
    const { cycles, exists } = searchComponent(part, asElle ? ELLE_EXPLAINS[history.workload] : null);
    const global = (node: number): number => members[node] ?? 0;
    for (const [type, steps] of cycles) {
      const named = steps.map(({ from, to, kind }) => ({ from: global(from), to: global(to), kind }));
      findings.add(type, { is: "cycle", steps: named });
    }
    for (const { anomaly, model } of exists) {
      const txns = [...members.subarray(0, 8)];
      findings.add(anomaly, { is: "exists", model, txns, size: members.length });
    }
    for (const txn of members) local[txn] = -1;
  }
};

/** Knots and links lie on cycles only with transactions: a component of one transaction alone is none. */
const cyclicGroups = (of: Int32Array, txns: number): readonly Int32Array[] => {
  const size = new Int32Array(of.length);
  for (let txn = 0; txn < txns; txn++) size[of[txn] ?? 0] = (size[of[txn] ?? 0] ?? 0) + 1;
  const groups = new Map<number, number[]>();
  for (let txn = 0; txn < txns; txn++) {
    const component = of[txn] ?? 0;
    if ((size[component] ?? 0) < 2) continue;
    const group = groups.get(component);
    if (group === undefined) groups.set(component, [txn]);
    else group.push(txn);
  }
  return [...groups.values()].map((group) => Int32Array.from(group));
};

/**
 * Anomalies `...-cycle-exists` for every model that some cycle forbids, whatever was claimed: of the models with an
 * order in their names too. Cheap: no cycle is looked for.
 */
export const refutedByCycles = (history: TxnHistory, edges: Edges, realtime: Cyclic): ReadonlySet<string> => {
  const found = new Set<string>();
  if (realtime.groups.length === 0) return found;
  for (const order of ["realtime", "process"] as const) {
    const { graph, groups } = order === "realtime" ? realtime : cyclicParts(history, edges, order);
    const local = new Int32Array(history.txns).fill(-1);
    for (const members of groups) {
      members.forEach((txn, i) => {
        local[txn] = i;
      });
      for (const { anomaly } of forbiddenCycles(orderedGraph(history, graph, order, members, local)))
        found.add(anomaly);
      for (const txn of members) local[txn] = -1;
    }
  }
  return found;
};
