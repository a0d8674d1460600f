/** What every read may have been made to see: one clock per session, carried along so and rf. */

import { countBelow } from "../staleness/registers.js";
import { addEdge, type Edges, noEdges, order } from "./cycle.js";
import { type Budget, spend } from "./finding.js";
import { IS_WRITE, type Sessions, type Stream } from "./sessions.js";

/**
 * A clock: per session the first node that is *not* in the past. All nodes of session s before clock[s] are.
 */
export type Clock = Int32Array;

/** Session order (each node to the next of its session) and reads-from (a write to the reads that returned it). */
export const sessionOrderAndReadsFrom = (
  sessions: Sessions,
  readers: (node: number) => boolean = () => true,
): Edges => {
  const edges = noEdges();
  for (const [node, writer] of sessions.writer.entries()) {
    if (node > 0 && sessions.session[node] === sessions.session[node - 1]) addEdge(edges, node - 1, node, -1);
    if (writer >= 0 && readers(node)) addEdge(edges, writer, node, node);
  }
  return edges;
};

/** Causal order as a topological order, or the cycle in it: a write read, in effect, before it was made. */
export const causalOrder = (
  sessions: Sessions,
): { readonly edges: Edges; readonly found: ReturnType<typeof order> } => {
  const edges = sessionOrderAndReadsFrom(sessions);
  return { edges, found: order(sessions.writer.length, edges) };
};

export interface Pasts {
  /** Clock of a write: its past and itself. Present for every write when asked for, else while reads of it are due. */
  readonly ofWrite: (node: number) => Clock | undefined;
}

/**
 * Visits every read with its past: everything before it in its session, and the past of every write that it or an
 * earlier read of the session returned. False when the budget ran out. Clocks of writes whose reads are all visited
 * are used again, so that memory follows what is in flight, unless `keep`.
 */
export const visitPasts = (
  sessions: Sessions,
  topological: Int32Array,
  {
    budget,
    keep,
    visit,
  }: {
    readonly budget: Budget;
    readonly keep: boolean;
    readonly visit: (read: number, past: Clock, pasts: Pasts) => void;
  },
): boolean => {
  const count = sessions.processes.length;
  // A session's clock exists from its first node to its last, so that many short sessions cost little.
  const current = new Map<number, Clock>();
  const readsDue = new Int32Array(sessions.writer.length);
  for (const writer of sessions.writer) if (writer >= 0) readsDue[writer] = (readsDue[writer] ?? 0) + 1;
  const clocks = new Map<number, Clock>();
  const free: Clock[] = [];
  const pasts: Pasts = { ofWrite: (node) => clocks.get(node) };
  for (const node of topological) {
    const session = sessions.session[node] ?? 0;
    const clock = current.get(session) ?? sessions.start.slice(0, count);
    current.set(session, clock);
    const writer = sessions.writer[node] ?? IS_WRITE;
    if (!spend(budget, count)) return false;
    if (writer >= 0) {
      const seen = clocks.get(writer);
      if (seen !== undefined) join(clock, seen);
      const due = (readsDue[writer] ?? 0) - 1;
      readsDue[writer] = due;
      if (due === 0 && !keep && seen !== undefined) {
        free.push(seen);
        clocks.delete(writer);
      }
    }
    if (writer !== IS_WRITE) visit(node, clock, pasts);
    clock[session] = node + 1;
    if (writer === IS_WRITE && (keep || (readsDue[node] ?? 0) > 0)) {
      const copy = free.pop() ?? new Int32Array(count);
      copy.set(clock);
      clocks.set(node, copy);
    }
    if (node + 1 === sessions.start[session + 1]) current.delete(session);
  }
  return true;
};

export const join = (clock: Clock, other: Clock): void => {
  for (let s = 0; s < clock.length; s++) {
    const theirs = other[s] ?? 0;
    if (theirs > (clock[s] ?? 0)) clock[s] = theirs;
  }
};

/** Of each session's stream the last write in the past; the earlier ones come before it by session order. */
export const lastVisible = (streams: readonly Stream[], past: Clock, each: (write: number) => void): void => {
  for (const { session, at, write } of streams) {
    const seen = countBelow(at, past[session] ?? 0);
    const last = write[seen - 1];
    if (last !== undefined) each(last);
  }
};
