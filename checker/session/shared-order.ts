/**
 * The four session guarantees, as constraints on the order in which replicas apply the writes of one key.
 *
 * As in Terry et al. 1994 replicas are taken to order the writes of a key alike, in an order that nobody told us. A read
 * that had to see write a and returned write b shows that a comes before b. A guarantee holds if no key's constraints
 * run in a circle and no read that had to see a write returned the initial value.
 *
 * Monotonic writes and writes-follow-reads speak of what *others* see, one read after another: they are judged
 * together with monotonic reads, and where that alone is broken nothing can be said.
 */

import { addEdge, type Edges, noEdges, order } from "./cycle.js";
import { countBelow } from "../staleness/registers.js";
import {
  type Budget,
  broken,
  brokenByCycle,
  type CycleStep,
  type Finding,
  HOLDS,
  named,
  OUT_OF_BUDGET,
  spend,
  stepsOf,
} from "./finding.js";
import { causalOrder, type Clock, lastVisible, visitPasts } from "./past.js";
import { FROM_INITIAL, IS_WRITE, type Sessions, streamsOf } from "./sessions.js";

/** A read of the initial value although a write had to be visible: no order explains it. */
interface Stuck {
  readonly read: number;
  readonly write: number;
}

interface Constraints {
  readonly edges: Edges;
  readonly stuck: Stuck | null;
  /** Nodes in all, where some stand for several writes. */
  readonly nodes?: number;
}

/**
 * All own earlier writes of the key come before the one returned. To say so with few edges, each own write gets a node
 * that stands for it and the earlier ones; only where a read returns an older own write are the newer ones linked one
 * by one, and each only once.
 */
export const readYourWrites = (sessions: Sessions, budget: Budget): Finding => {
  const edges = noEdges();
  let stuck: Stuck | null = null;
  let nodes = sessions.writer.length;
  /** Own writes of a key; `upTo[i]` stands for the first i + 1 of them. */
  const own = new Map<number, { readonly writes: number[]; readonly upTo: number[] }>();
  const doneUpTo = new Map<number, number>();
  let session = -1;
  for (const [node, writer] of sessions.writer.entries()) {
    if (sessions.session[node] !== session) {
      session = sessions.session[node] ?? 0;
      own.clear();
    }
    const key = sessions.key[node] ?? 0;
    const mine = own.get(key) ?? { writes: [], upTo: [] };
    if (writer === IS_WRITE) {
      const before = mine.upTo.at(-1);
      if (before !== undefined) addEdge(edges, before, nodes, -1);
      addEdge(edges, node, nodes, -1);
      mine.writes.push(node);
      mine.upTo.push(nodes++);
      own.set(key, mine);
      continue;
    }
    const [first] = mine.writes;
    if (first === undefined) continue;
    if (writer === FROM_INITIAL) stuck ??= { read: node, write: first };
    if (writer < 0) continue;
    // Nodes of a session are in order, so its own write is found where it stands.
    const place = sessions.session[writer] === session ? countBelow(mine.writes, writer) : mine.writes.length;
    const before = mine.upTo[place - 1];
    if (before !== undefined) addEdge(edges, before, writer, node);
    const done = Math.max(place + 1, doneUpTo.get(writer) ?? 0);
    if (!spend(budget, Math.max(0, mine.writes.length - done) + 1)) return OUT_OF_BUDGET;
    for (const write of mine.writes.slice(done)) addEdge(edges, write, writer, node);
    if (place < mine.writes.length) doneUpTo.set(writer, mine.writes.length);
  }
  return judge(sessions, "read-your-writes", { edges, stuck, nodes });
};

export const monotonicReads = (sessions: Sessions): Finding =>
  judge(sessions, "monotonic-reads", monotonicReadConstraints(sessions));

/** Each read of a key to the next of the same session: what is further apart follows. */
const monotonicReadConstraints = (sessions: Sessions): Constraints => {
  const edges = noEdges();
  let stuck: Stuck | null = null;
  const last = new Map<number, number>();
  let session = -1;
  for (const [node, writer] of sessions.writer.entries()) {
    if (sessions.session[node] !== session) {
      session = sessions.session[node] ?? 0;
      last.clear();
    }
    if (writer === IS_WRITE) continue;
    const key = sessions.key[node] ?? 0;
    const before = last.get(key);
    if (before !== undefined && writer === FROM_INITIAL) stuck ??= { read: node, write: before };
    else if (before !== undefined && before !== writer) addEdge(edges, before, writer, node);
    if (writer >= 0) last.set(key, writer);
  }
  return { edges, stuck };
};

/** To see a write is to see what its session wrote before it. */
export const monotonicWrites = (sessions: Sessions, budget: Budget): Finding => {
  const alone = monotonicReads(sessions);
  if (alone.is !== "holds") return moot(alone);
  const { edges } = monotonicReadConstraints(sessions);
  let stuck: Stuck | null = null;
  const streams = streamsOf(sessions, "own");
  for (const perSession of streams) {
    for (const { write } of perSession) {
      for (const [i, node] of write.entries()) {
        const before = write[i - 1];
        if (before !== undefined) addEdge(edges, before, node, -1);
      }
    }
  }
  const count = sessions.processes.length;
  const seen: Clock = new Int32Array(count);
  let session = -1;
  for (const [node, writer] of sessions.writer.entries()) {
    if (sessions.session[node] !== session) {
      session = sessions.session[node] ?? 0;
      seen.set(sessions.start.subarray(0, count));
    }
    if (writer === IS_WRITE) continue;
    const perSession = streams[sessions.key[node] ?? 0] ?? [];
    if (!spend(budget, perSession.length + 1)) return OUT_OF_BUDGET;
    if (writer >= 0) {
      const by = sessions.session[writer] ?? 0;
      seen[by] = Math.max(seen[by] ?? 0, writer + 1);
    }
    lastVisible(perSession, seen, (write) => {
      if (writer === FROM_INITIAL) stuck ??= { read: node, write };
      else if (write !== writer) addEdge(edges, write, writer, node);
    });
  }
  return judge(sessions, "monotonic-writes", { edges, stuck });
};

/**
 * To see a write is to see what its session had read before it. (That a write comes after what its session had read of
 * the same key follows wherever anybody reads it; where nobody does, nothing can come of it.)
 */
export const writesFollowReads = (sessions: Sessions, budget: Budget): Finding => {
  const alone = monotonicReads(sessions);
  if (alone.is !== "holds") return moot(alone);
  const causal = causalOrder(sessions);
  if (causal.found.is === "cycle") return circularReads(sessions, causal.edges, causal.found.edges);
  const { edges } = monotonicReadConstraints(sessions);
  let stuck: Stuck | null = null;
  const streams = streamsOf(sessions, "read");
  const visit = (node: number, past: Clock): void => {
    const writer = sessions.writer[node] ?? FROM_INITIAL;
    lastVisible(streams[sessions.key[node] ?? 0] ?? [], past, (write) => {
      if (writer === FROM_INITIAL) stuck ??= { read: node, write };
      else if (write !== writer) addEdge(edges, write, writer, node);
    });
  };
  if (!visitPasts(sessions, causal.found.nodes, { budget, keep: false, visit })) return OUT_OF_BUDGET;
  return judge(sessions, "writes-follow-reads", { edges, stuck });
};

/** Reads-from and session order run in a circle: some write was read before it was made. */
export const circularReads = (sessions: Sessions, edges: Edges, cycle: readonly number[]): Finding =>
  brokenByCycle(sessions, "circular causality", stepsOf(sessions, edges, cycle), (step) => tellGiven(sessions, step));

/** A step by session order, or from a write to a read of it. */
export const tellGiven = (sessions: Sessions, { from, to, by }: CycleStep): string =>
  by < 0
    ? `process ${sessions.op[from]?.process ?? "?"} did ${at(sessions, from)} before ${at(sessions, to)}`
    : `the ${named(sessions, to)} had it from ${at(sessions, from)}`;

const moot = (alone: Finding): Finding => ({
  is: "moot",
  why: `reads are not monotonic${alone.is === "broken" ? ` (${alone.why})` : ""}, so the order in which writes became visible cannot be told`,
});

const judge = (sessions: Sessions, pattern: string, { edges, stuck, nodes }: Constraints): Finding => {
  if (stuck !== null) {
    const { read, write } = stuck;
    const why = `the ${named(sessions, read)} should have seen the ${named(sessions, write)}`;
    return broken(sessions, pattern, why, [write, read]);
  }
  const found = order(nodes ?? sessions.writer.length, edges);
  if (found.is === "order") return HOLDS;
  return brokenByCycle(sessions, pattern, stepsOf(sessions, edges, found.edges), ({ from, to, by }) =>
    by < 0
      ? `the ${named(sessions, from)} comes before the one at ${at(sessions, to)} by the order of its session`
      : `the ${named(sessions, by)} had to see the ${named(sessions, from)}, so ${at(sessions, from)} comes before ${at(sessions, to)}`,
  );
};

/** The index by which people find an operation. */
export const at = (sessions: Sessions, node: number): string => String(sessions.op[node]?.invoked ?? "?");
