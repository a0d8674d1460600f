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
  const { byCompletion, txnType, txnCompleted } = history;
  const count = members === null ? byCompletion.length : members.length;
  const node = new Int32Array(count);
  const at = new Int32Array(count);
  let used = 0;
  for (let i = 0; i < count; i++) {
    const one = members === null ? (byCompletion[i] ?? 0) : i;
    if (txnType[members === null ? one : (members[one] ?? 0)] === OK) node[used++] = one;
  }
  const order = node.subarray(0, used);
  const completed = (i: number): number => txnCompleted[members === null ? i : (members[i] ?? 0)] ?? NEVER;
  if (members !== null) order.sort((a, b) => completed(a) - completed(b));
  for (let i = 0; i < used; i++) at[i] = completed(order[i] ?? 0);
  return { node: order, at: at.subarray(0, used) };
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
  // Transactions are numbered in the order of their invocations, those without one left out: there, one merge does it.
  let link = -1;
  for (let member = 0; member < count; member++) {
    const txn = members === null ? member : (members[member] ?? 0);
    const begun = history.txnBegun[txn] ?? NOT_INVOKED;
    if (begun === NOT_INVOKED) continue;
    if (history.txnInvoked[txn] === NOT_INVOKED) {
      linkBefore[member] = lastBelow(at, begun);
      continue;
    }
    while (link + 1 < node.length && (at[link + 1] ?? 0) < begun) link++;
    linkBefore[member] = link;
  }
  return { linkOf, linkBefore, linkAfter };
};

/** The place of the last that is less than the limit, of ascending numbers; -1 where none is. */
const lastBelow = (ascending: Int32Array, limit: number): number => {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
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
  const parts: Rows[] = [];
  if ("bundles" in edges) {
    parts.push({ from: edges.from.buffer, to: edges.to.buffer, kind: edges.kind.buffer, length: edges.count });
  } else if (members !== null && local !== null) parts.push(between(edges, members, local));
  if (chain !== null) parts.push(chainRows(chain, count, order === "realtime" ? REALTIME : PROCESS));
  if (bundles !== null && bundles.from.length > 0) parts.push(bundleRows(bundles, count + links));
  return { ...adjacency(nodes, parts), members: count };
};

/** Edges, one a row. Edges of a node keep the order of the rows. */
interface Rows {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly kind: Uint8Array;
  readonly length: number;
}

const adjacency = (nodes: number, parts: readonly Rows[]): Adjacency => {
  const start = new Int32Array(nodes + 1);
  for (const rows of parts) countRows(rows, start);
  for (let node = 0; node < nodes; node++) start[node + 1] = (start[node + 1] ?? 0) + (start[node] ?? 0);
  const next = start.slice();
  const to = new Int32Array(start[nodes] ?? 0);
  const kind = new Uint8Array(to.length);
  for (const rows of parts) placeRows(rows, next, to, kind);
  return { nodes, start, to, kind };
};

const countRows = ({ from, length }: Rows, start: Int32Array): void => {
  for (let row = 0; row < length; row++) {
    const after = (from[row] ?? 0) + 1;
    start[after] = (start[after] ?? 0) + 1;
  }
};

const placeRows = ({ from, to, kind, length }: Rows, next: Int32Array, tos: Int32Array, kinds: Uint8Array): void => {
  for (let row = 0; row < length; row++) {
    const node = from[row] ?? 0;
    const at = next[node] ?? 0;
    next[node] = at + 1;
    tos[at] = to[row] ?? 0;
    kinds[at] = kind[row] ?? 0;
  }
};

/** The edges of a graph between some of its nodes, by their places among them. */
const between = (graph: Adjacency, members: Int32Array, local: Int32Array): Rows => {
  let room = 0;
  for (const node of members) room += (graph.start[node + 1] ?? 0) - (graph.start[node] ?? 0);
  const rows = { from: new Int32Array(room), to: new Int32Array(room), kind: new Uint8Array(room) };
  let length = 0;
  for (let member = 0; member < members.length; member++) {
    const node = members[member] ?? 0;
    const end = graph.start[node + 1] ?? 0;
    for (let at = graph.start[node] ?? 0; at < end; at++) {
      const target = graph.to[at] ?? 0;
      const inside = target < local.length ? (local[target] ?? -1) : -1;
      if (inside < 0) continue;
      rows.from[length] = member;
      rows.to[length] = inside;
      rows.kind[length++] = graph.kind[at] ?? 0;
    }
  }
  return { ...rows, length };
};

const chainRows = ({ linkOf, linkBefore, linkAfter }: Chain, count: number, order: number): Rows => {
  const room = 2 * count + linkAfter.length;
  const rows = { from: new Int32Array(room), to: new Int32Array(room), kind: new Uint8Array(room) };
  let length = 0;
  for (let member = 0; member < count; member++) {
    const own = linkOf[member] ?? -1;
    if (own >= 0) {
      rows.from[length] = member;
      rows.to[length++] = count + own;
    }
    const before = linkBefore[member] ?? -1;
    if (before >= 0) {
      rows.from[length] = count + before;
      rows.to[length] = member;
      rows.kind[length++] = order;
    }
  }
  for (let link = 0; link < linkAfter.length; link++) {
    const after = linkAfter[link] ?? -1;
    if (after < 0) continue;
    rows.from[length] = count + link;
    rows.to[length++] = count + after;
  }
  return { ...rows, length };
};

const bundleRows = ({ from, to }: Edges["bundles"], firstKnot: number): Rows => {
  const node = (end: number): number => (end >= 0 ? end : firstKnot - 1 - end);
  const length = from.length;
  return { from: from.view().map(node), to: to.view().map(node), kind: new Uint8Array(length).fill(RW), length };
};

/** Whether the order says anything at all, by events that the history has: some transaction follows another in it. */
export const hasOrderedPair = (history: TxnHistory, order: Order): boolean => {
  if (order === null) return false;
  const { txnCompleted, txnInvoked, txns } = history;
  const chain = order === "realtime" ? realtimeChain(history, null, txns) : processChain(history, null, txns);
  const counts = (txn: number): boolean =>
    txnCompleted[txn] !== NEVER && (order === "process" || txnInvoked[txn] !== NOT_INVOKED);
  return chain.linkBefore.some((link, txn) => link >= 0 && counts(txn));
};
