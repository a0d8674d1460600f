/**
 * The order of a register's versions, as far as the chosen assumptions let it be inferred.
 *
 * Each rule adds edges from versions to later versions. A rule whose edges make the versions of any key cyclic, together
 * with those of the rules before it, contradicts the history: that is reported, and the rule is dropped for all keys.
 */

import { NEVER, NOT_INVOKED, OK, type TxnHistory } from "../history/columns.js";
import { Ints } from "../history/growable.js";
import { components, type Successors } from "../graph/components.js";
import type { Findings } from "./finding.js";
import { realtimeSuccessions } from "./real-time-versions.js";
import { realTimeVersions } from "./real-time-zones.js";
import type { External, VersionEdges } from "./register.js";

export interface VersionRules {
  /** Writes follow reads: who reads v and then writes v' makes v' a later version than v. */
  readonly wfrKeys: boolean;
  /** Each key by itself is sequentially consistent: versions never go back within a process. */
  readonly sequentialKeys: boolean;
  /** Each key by itself is linearizable: versions never go back in real time. */
  readonly linearizableKeys: boolean;
  /** The whole history is strict serializable: versions never go back in real time. Orders more than `linearizableKeys`. */
  readonly realTime: boolean;
  /** Index of a transaction's completion to its place in a total order, where the database tells. */
  readonly transactionOrder: { readonly [completed: string]: number } | null;
}

type Add = (from: number, to: number) => void;

export const versionOrder = (
  history: TxnHistory,
  external: External,
  rules: VersionRules,
  findings: Findings,
): VersionEdges => {
  const order = rules.transactionOrder;
  const candidates: readonly (readonly [string, boolean, (add: Add) => void])[] = [
    ["initial-state", true, (add) => initialState(history, external, add)],
    ["transaction-order", order !== null, (add) => transactionOrder(history, external, order ?? {}, add)],
    ["wfr-keys", rules.wfrKeys, (add) => writesFollowReads(external, add)],
    ["sequential-keys", rules.sequentialKeys, (add) => sequential(history, external, add)],
    [
      "linearizable-keys",
      rules.linearizableKeys,
      (add) => realtimeSuccessions(history, touches(history, external), add),
    ],
    ["real-time", rules.realTime, (add) => realTimeVersions(history, external, add)],
  ];
  const from = new Ints(2 * history.elements);
  const to = new Ints(2 * history.elements);
  const add = (a: number, b: number): void => {
    if (a === b) return;
    from.push(a);
    to.push(b);
  };
  const proposed: Proposed[] = [];
  for (const [name, wanted, rule] of candidates) {
    if (!wanted) continue;
    const begin = from.length;
    rule(add);
    proposed.push({ name, from: from.buffer.subarray(begin, from.length), to: to.buffer.subarray(begin, to.length) });
  }
  const all = { from: from.view(), to: to.view() };
  // Most histories contradict none of the rules: one look at all of them together tells.
  return isCyclic(graphOf(history, all)) ? withoutContradictions(history, external, proposed, findings) : all;
};

/** The edges that one rule adds. */
interface Proposed extends VersionEdges {
  readonly name: string;
}

const withoutContradictions = (
  history: TxnHistory,
  external: External,
  proposed: readonly Proposed[],
  findings: Findings,
): VersionEdges => {
  let kept: VersionEdges = { from: new Int32Array(0), to: new Int32Array(0) };
  const sources: string[] = [];
  for (const rule of proposed) {
    const more = { from: joined(kept.from, rule.from), to: joined(kept.to, rule.to) };
    sources.push(rule.name);
    if (reportCycles(history, external, more, sources, findings)) sources.pop();
    else kept = more;
  }
  return kept;
};

const joined = (a: Int32Array, b: Int32Array): Int32Array => {
  const both = new Int32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
};

const initialState = (history: TxnHistory, external: External, add: Add): void => {
  const { elements } = history;
  const seen = new Uint8Array(elements);
  const table = (versions: Int32Array, keys: Int32Array): void => {
    for (let row = 0; row < versions.length; row++) {
      const version = versions[row] ?? 0;
      if (version >= elements || seen[version] === 1) continue;
      seen[version] = 1;
      add(elements + (keys[row] ?? 0), version);
    }
  };
  table(external.writeVersion, external.writeKey);
  table(external.readVersion, external.readKey);
};

const transactionOrder = (
  history: TxnHistory,
  external: External,
  place: { readonly [completed: string]: number },
  add: Add,
): void => {
  const byKey = new Map<number, { at: number; version: number }[]>();
  external.writeTxn.forEach((txn, row) => {
    const at = place[String(history.txnCompleted[txn] ?? -1)];
    if (at === undefined) return;
    const key = external.writeKey[row] ?? 0;
    const write = { at, version: external.writeVersion[row] ?? 0 };
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [write]);
    else list.push(write);
  });
  for (const writes of byKey.values()) {
    writes.sort((a, b) => a.at - b.at);
    for (let i = 1; i < writes.length; i++) add(writes[i - 1]?.version ?? 0, writes[i]?.version ?? 0);
  }
};

/** Rows are in the order of transactions in both tables: a merge, with a scan over the few writes of one transaction. */
const writesFollowReads = (external: External, add: Add): void => {
  const { readTxn, readKey, readVersion, writeTxn, writeKey, writeVersion } = external;
  let write = 0;
  for (let row = 0; row < readTxn.length; row++) {
    const txn = readTxn[row] ?? 0;
    while (write < writeTxn.length && (writeTxn[write] ?? 0) < txn) write++;
    for (let w = write; w < writeTxn.length && writeTxn[w] === txn; w++) {
      if (writeKey[w] === readKey[row]) add(readVersion[row] ?? 0, writeVersion[w] ?? 0);
    }
  }
};

/** What a transaction did to a key, as others see it. */
export interface Touch {
  readonly txn: number;
  readonly key: number;
  /** The earliest version that it proves to have existed when it ran: what it read, or what it wrote without reading. */
  readonly first: number;
  /** The latest: what it wrote, or read without writing. */
  readonly last: number;
}

/** By transaction. Of a transaction of unknown outcome only the writes are known. */
export const touches = (history: TxnHistory, external: External): readonly Touch[] => {
  const found: Touch[] = [];
  let read = 0;
  let write = 0;
  const { readTxn, writeTxn } = external;
  while (read < readTxn.length || write < writeTxn.length) {
    const txn = Math.min(readTxn[read] ?? history.txns, writeTxn[write] ?? history.txns);
    const versions = new Map<number, { first: number; last: number }>();
    for (; readTxn[read] === txn; read++) {
      const version = external.readVersion[read] ?? 0;
      versions.set(external.readKey[read] ?? 0, { first: version, last: version });
    }
    for (; writeTxn[write] === txn; write++) {
      const key = external.writeKey[write] ?? 0;
      const version = external.writeVersion[write] ?? 0;
      const seen = versions.get(key)?.first ?? history.elements + key;
      // A read of the initial state says less than the write that follows it.
      versions.set(key, { first: seen >= history.elements ? version : seen, last: version });
    }
    for (const [key, { first, last }] of versions) found.push({ txn, key, first, last });
  }
  return found;
};

const sequential = (history: TxnHistory, external: External, add: Add): void => {
  const start = new Map<number, Touch[]>();
  for (const touch of touches(history, external)) {
    if (history.txnType[touch.txn] !== OK) continue;
    const list = start.get(touch.txn);
    if (list === undefined) start.set(touch.txn, [touch]);
    else list.push(touch);
  }
  const last = new Map<number, Map<number, number>>();
  for (const txn of history.byCompletion) {
    const here = start.get(txn);
    if (here === undefined) continue;
    const process = history.txnProcess[txn] ?? 0;
    const known = last.get(process) ?? new Map<number, number>();
    last.set(process, known);
    for (const touch of here) {
      const before = known.get(touch.key);
      if (before !== undefined) add(before, touch.first);
      known.set(touch.key, touch.last);
    }
  }
};

const graphOf = (history: TxnHistory, order: VersionEdges): Successors => {
  const nodes = history.elements + history.keys;
  const count = order.from.length;
  const start = new Int32Array(nodes + 1);
  for (let i = 0; i < count; i++) {
    const after = (order.from[i] ?? 0) + 1;
    start[after] = (start[after] ?? 0) + 1;
  }
  for (let node = 0; node < nodes; node++) start[node + 1] = (start[node + 1] ?? 0) + (start[node] ?? 0);
  const fill = start.slice();
  const to = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const from = order.from[i] ?? 0;
    const at = fill[from] ?? 0;
    fill[from] = at + 1;
    to[at] = order.to[i] ?? 0;
  }
  return { nodes, start, to };
};

const isCyclic = (graph: Successors): boolean => components(graph).count < graph.nodes;

/** One finding per strongly connected set of versions; false where there is none. */
const reportCycles = (
  history: TxnHistory,
  external: External,
  order: VersionEdges,
  sources: readonly string[],
  findings: Findings,
): boolean => {
  const graph = graphOf(history, order);
  const { start, to } = graph;
  const { count, of } = components(graph);
  if (count === graph.nodes) return false;
  const groups = new Map<number, number[]>();
  of.forEach((component, version) => {
    const group = groups.get(component);
    if (group === undefined) groups.set(component, [version]);
    else group.push(version);
  });
  for (const versions of groups.values()) {
    if (versions.length < 2) continue;
    const [first = 0] = versions;
    const key = first < history.elements ? (history.elementKey[first] ?? 0) : first - history.elements;
    findings.addMany("cyclic-versions", 1, () => {
      const cycle = shortestCycle(versions, start, to);
      const txns = witnesses(history, touches(history, external), cycle);
      return { is: "cyclic-versions", key, versions: cycle, sources: [...sources], txns };
    });
  }
  return true;
};

/** For each version of a cycle and the next a transaction that had both, or two of which the one had the first, then the other the next. */
const witnesses = (history: TxnHistory, all: readonly Touch[], cycle: readonly number[]): readonly number[] => {
  const found = new Set<number>();
  cycle.forEach((version, i) => {
    const next = cycle[(i + 1) % cycle.length] ?? version;
    // Nothing needs to prove that the initial state comes first.
    if (version >= history.elements) return;
    const both = all.find((touch) => touch.first === version && touch.last === next);
    if (both !== undefined) {
      found.add(both.txn);
      return;
    }
    const later = all.filter((touch) => touch.first === next);
    for (const touch of all) {
      if (touch.last !== version) continue;
      const completed = history.txnCompleted[touch.txn] ?? NEVER;
      const follower = later.find(
        ({ txn }) => completed !== NEVER && completed < (history.txnInvoked[txn] ?? NOT_INVOKED),
      );
      if (follower === undefined) continue;
      found.add(touch.txn).add(follower.txn);
      return;
    }
    for (const touch of all) if (touch.first === next || touch.last === version) found.add(touch.txn);
  });
  return [...found].slice(0, WITNESSES_MAX);
};

const WITNESSES_MAX = 8;

/** Among versions that all reach each other. */
const shortestCycle = (versions: readonly number[], start: Int32Array, to: Int32Array): readonly number[] => {
  const inside = new Set(versions);
  let best: number[] = [];
  for (const from of versions) {
    const parent = new Map<number, number>();
    const queue = [from];
    for (const version of queue) {
      let closed = false;
      for (let edge = start[version] ?? 0; edge < (start[version + 1] ?? 0) && !closed; edge++) {
        const next = to[edge] ?? 0;
        if (next === from) closed = true;
        else if (inside.has(next) && !parent.has(next)) {
          parent.set(next, version);
          queue.push(next);
        }
      }
      if (!closed) continue;
      const cycle = [version];
      for (let at = version; at !== from; ) {
        at = parent.get(at) ?? from;
        cycle.push(at);
      }
      if (best.length === 0 || cycle.length < best.length) best = cycle.reverse();
      break;
    }
    if (best.length === 2) break;
  }
  return best;
};
