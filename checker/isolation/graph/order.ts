/**
 * Orders that hold whatever the transactions did: real time, and the order within a process.
 *
 * Both are transitive, and as edges between transactions they would be quadratic, or O(n · concurrency) when reduced.
 * Here they are a chain beside the transactions: each ok transaction has a *link*, links follow each other, and from a
 * link edges lead to the transactions that come next. A path transaction, link, ..., link, transaction is one step of
 * the order, so 3n edges carry all of it, and the shortest cycle need not count the links.
 */

import { NEVER, NOT_INVOKED, OK, type TxnHistory } from "../history/columns.js";
import { type Adjacency, type Edges, PROCESS, REALTIME, RW } from "./edges.js";

export type Order = "realtime" | "process" | null;

/**
 * Dependencies and an order as one graph. Nodes 0..n-1 are `members` (transactions, ascending), the rest are links;
 * edges from a link to a transaction have kind REALTIME or PROCESS, those into a link have kind 0. In the graph
 * of all transactions the knots of bundles follow; they are left out of its parts.
 */
export interface OrderedGraph extends Adjacency {
  readonly members: number;
}

/** Of the completions of ok transactions among `members`: (node, completion index), in the order of completion. */
const completions = (history: TxnHistory, members: Int32Array | null): { node: Int32Array; at: Int32Array } => {
  const count = members === null ? history.byCompletion.length : members.length;
  const node = new Int32Array(count);
  let used = 0;
  if (members === null) {
    for (const txn of history.byCompletion) if (history.txnType[txn] === OK) node[used++] = txn;
  } else {
    for (let i = 0; i < members.length; i++) if (history.txnType[members[i] ?? 0] === OK) node[used++] = i;
    const completed = (i: number): number => history.txnCompleted[members[i] ?? 0] ?? 0;
    node.subarray(0, used).sort((a, b) => completed(a) - completed(b));
  }
  const order = node.subarray(0, used);
  return { node: order, at: order.map((i) => history.txnCompleted[members === null ? i : (members[i] ?? 0)] ?? NEVER) };
};

/** For each member the link that leads to it, -1 for none; for each link the one that follows it. */
interface Chain {
  readonly linkOf: Int32Array;
  readonly linkBefore: Int32Array;
  readonly linkAfter: Int32Array;
}

const realtimeChain = (history: TxnHistory, members: Int32Array | null, count: number): Chain => {
  const { node, at } = completions(history, members);
  const linkOf = new Int32Array(count).fill(-1);
  const linkBefore = new Int32Array(count).fill(-1);
  const linkAfter = new Int32Array(node.length).fill(-1);
  for (let link = 0; link < node.length; link++) {
    linkOf[node[link] ?? 0] = link;
    if (link > 0) linkAfter[link - 1] = link;
  }
  // Transactions are numbered in the order of their invocations, those without one left out: one merge does it.
  let link = -1;
  for (let member = 0; member < count; member++) {
    const invoked = history.txnInvoked[members === null ? member : (members[member] ?? 0)] ?? NOT_INVOKED;
    if (invoked === NOT_INVOKED) continue;
    while (link + 1 < node.length && (at[link + 1] ?? 0) < invoked) link++;
    linkBefore[member] = link;
  }
  return { linkOf, linkBefore, linkAfter };
};

const processChain = (history: TxnHistory, members: Int32Array | null, count: number): Chain => {
  const { node } = completions(history, members);
  const linkOf = new Int32Array(count).fill(-1);
  const linkBefore = new Int32Array(count).fill(-1);
  const linkAfter = new Int32Array(node.length).fill(-1);
  const last = new Map<number, number>();
  for (let link = 0; link < node.length; link++) {
    const member = node[link] ?? 0;
    const process = history.txnProcess[members === null ? member : (members[member] ?? 0)] ?? 0;
    const before = last.get(process) ?? -1;
    linkOf[member] = link;
    linkBefore[member] = before;
    if (before >= 0) linkAfter[before] = link;
    last.set(process, link);
  }
  return { linkOf, linkBefore, linkAfter };
};

/**
 * The graph of all transactions (`members` null), or the part of it between `members`.
 * `local[txn]` must then be the position of txn in `members`, -1 for the others.
 */
export const orderedGraph = (
  history: TxnHistory,
  edges: Edges | Adjacency,
  order: Order,
  members: Int32Array | null = null,
  local: Int32Array | null = null,
): OrderedGraph => {
  const count = members === null ? history.txns : members.length;
  const chain =
    order === null
      ? null
      : order === "realtime"
        ? realtimeChain(history, members, count)
        : processChain(history, members, count);
  const links = chain === null ? 0 : chain.linkAfter.length;
  const bundles = "bundles" in edges ? edges.bundles : null;
  const nodes = count + links + (bundles === null ? 0 : bundles.knots);
  const start = new Int32Array(nodes + 1);
  const eachOwn = eachEdge(edges, chain, count, order === "realtime" ? REALTIME : PROCESS, members, local);
  const node = (end: number): number => (end >= 0 ? end : count + links - 1 - end);
  const each = (visit: Visit): void => {
    eachOwn(visit);
    if (bundles === null) return;
    for (let i = 0; i < bundles.from.length; i++) {
      visit(node(bundles.from.buffer[i] ?? 0), node(bundles.to.buffer[i] ?? 0), RW);
    }
  };
  each((from) => {
    start[from + 1] = (start[from + 1] ?? 0) + 1;
  });
  for (let node = 0; node < nodes; node++) start[node + 1] = (start[node + 1] ?? 0) + (start[node] ?? 0);
  const fill = start.slice();
  const to = new Int32Array(start[nodes] ?? 0);
  const kind = new Uint8Array(to.length);
  each((from, target, bits) => {
    const at = fill[from] ?? 0;
    fill[from] = at + 1;
    to[at] = target;
    kind[at] = bits;
  });
  return { nodes, members: count, start, to, kind };
};

type Visit = (from: number, to: number, kind: number) => void;

const eachEdge =
  (
    edges: Edges | Adjacency,
    chain: Chain | null,
    count: number,
    kind: number,
    members: Int32Array | null,
    local: Int32Array | null,
  ) =>
  (visit: Visit): void => {
    if ("from" in edges) {
      const [from, to, kinds] = [edges.from.buffer, edges.to.buffer, edges.kind.buffer];
      for (let i = 0; i < edges.count; i++) visit(from[i] ?? 0, to[i] ?? 0, kinds[i] ?? 0);
    } else if (members !== null && local !== null) {
      for (let member = 0; member < count; member++) {
        const txn = members[member] ?? 0;
        for (let at = edges.start[txn] ?? 0; at < (edges.start[txn + 1] ?? 0); at++) {
          const target = edges.to[at] ?? 0;
          const inside = target < local.length ? (local[target] ?? -1) : -1;
          if (inside >= 0) visit(member, inside, edges.kind[at] ?? 0);
        }
      }
    }
    if (chain === null) return;
    for (let member = 0; member < count; member++) {
      const own = chain.linkOf[member] ?? -1;
      if (own >= 0) visit(member, count + own, 0);
      const before = chain.linkBefore[member] ?? -1;
      if (before >= 0) visit(count + before, member, kind);
    }
    for (let link = 0; link < chain.linkAfter.length; link++) {
      const after = chain.linkAfter[link] ?? -1;
      if (after >= 0) visit(count + link, count + after, 0);
    }
  };

/** Whether the order says anything at all: some transaction follows another in it. */
export const hasOrderedPair = (history: TxnHistory, order: Order): boolean => {
  if (order === null) return false;
  const chain =
    order === "realtime" ? realtimeChain(history, null, history.txns) : processChain(history, null, history.txns);
  return chain.linkBefore.some((link, txn) => link >= 0 && history.txnCompleted[txn] !== NEVER);
};
