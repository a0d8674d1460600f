/**
 * PRAM and causal memory (CM): every process on its own must be able to order all writes and its own reads.
 *
 * For one process: start from the order that is given (PRAM: session order, and a write before this process's reads of
 * it; CM: causal order). Whenever a write w1 comes before a read of this process that returned another write w2 of the
 * same key, w1 must come before w2. Add that, until nothing changes. A cycle, or a write before a read of the initial
 * value, refutes; otherwise an order exists, since the reads of one process are in order among themselves.
 * (Bouajjani et al., POPL 2017, patterns CyclicHB and WriteHBInitRead; PRAM by the same argument.)
 */

import { addEdge, type Edges, order } from "./cycle.js";
import {
  type Budget,
  broken,
  brokenByCycle,
  type Finding,
  HOLDS,
  named,
  OUT_OF_BUDGET,
  spend,
  stepsOf,
} from "./finding.js";
import { causalOrder, type Clock, join, lastVisible, sessionOrderAndReadsFrom } from "./past.js";
import { FROM_INITIAL, type Sessions, streamsOf, type Stream } from "./sessions.js";
import { checkView, type Given } from "./view.js";
import { at, circularReads, tellGiven } from "./shared-order.js";

export const pram = (sessions: Sessions, budget: Budget): Finding => {
  /** A node's session; and for a read, which is always the viewer's, the write that it returned. */
  const given = (node: number, clock: Clock): void => {
    const writer = sessions.writer[node] ?? FROM_INITIAL;
    include(clock, sessions.session[node] ?? 0, node);
    if (writer >= 0) include(clock, sessions.session[writer] ?? 0, writer + 1);
  };
  return eachView(sessions, { given, budget }, (viewer) =>
    sessionOrderAndReadsFrom(sessions, (node) => sessions.session[node] === viewer),
  );
};

export const causalMemory = (sessions: Sessions, budget: Budget): Finding => {
  const { edges, found } = causalOrder(sessions);
  if (found.is === "cycle") return circularReads(sessions, edges, found.edges);
  const width = sessions.processes.length;
  if (sessions.writer.length * width > CLOCK_ENTRIES_MAX) return OUT_OF_BUDGET;
  if (!spend(budget, sessions.writer.length * width)) return OUT_OF_BUDGET;
  const pasts = new Int32Array(sessions.writer.length * width);
  const pastOf = (node: number): Clock => pasts.subarray(node * width, (node + 1) * width);
  for (const node of found.nodes) {
    const past = pastOf(node);
    const session = sessions.session[node] ?? 0;
    const writer = sessions.writer[node] ?? FROM_INITIAL;
    past.set(node === sessions.start[session] ? sessions.start.subarray(0, width) : pastOf(node - 1));
    include(past, session, node);
    if (writer < 0) continue;
    join(past, pastOf(writer));
    include(past, sessions.session[writer] ?? 0, writer + 1);
  }
  const given = (node: number, clock: Clock): void => join(clock, pastOf(node));
  return eachView(sessions, { given, budget }, () => ({
    from: [...edges.from],
    to: [...edges.to],
    by: [...edges.by],
  }));
};

const include = (clock: Clock, session: number, until: number): void => {
  if ((clock[session] ?? 0) < until) clock[session] = until;
};

/** Decides every view, and tells with edges why one is broken. */
const eachView = (
  sessions: Sessions,
  { given, budget }: { readonly given: Given; readonly budget: Budget },
  edgesOf: (viewer: number) => Edges,
): Finding => {
  const streams = streamsOf(sessions, "own");
  for (let viewer = 0; viewer < sessions.processes.length; viewer++) {
    const first = sessions.start[viewer] ?? 0;
    const last = sessions.start[viewer + 1] ?? 0;
    if (!sessions.writer.subarray(first, last).some((writer) => writer >= FROM_INITIAL)) continue;
    const answer = checkView({ sessions, streams, given, budget }, viewer);
    if (answer === "budget") return OUT_OF_BUDGET;
    if (answer === "broken") return saturate(sessions, { viewer, edges: edgesOf(viewer), streams, budget });
  }
  return HOLDS;
};

export interface View {
  readonly viewer: number;
  readonly edges: Edges;
  readonly streams: readonly (readonly Stream[])[];
  readonly budget: Budget;
}

/** One view with all its edges: slower than `checkView`, and able to tell why. */
export const saturate = (sessions: Sessions, { viewer, edges, streams, budget }: View): Finding => {
  const count = sessions.writer.length;
  const width = sessions.processes.length;
  if (count * width > CLOCK_ENTRIES_MAX) return OUT_OF_BUDGET;
  const clocks = new Int32Array(count * width);
  const clockOf = (node: number): Clock => clocks.subarray(node * width, (node + 1) * width);
  for (;;) {
    const found = order(count, edges);
    if (found.is === "cycle") return circularView(sessions, edges, { viewer, cycle: found.edges });
    if (!spend(budget, (count + edges.from.length) * width)) return OUT_OF_BUDGET;
    fillClocks(sessions, edges, found.nodes, clockOf);
    const known = edges.from.length;
    let stuck: { readonly read: number; readonly write: number } | null = null;
    for (let read = sessions.start[viewer] ?? 0; read < (sessions.start[viewer + 1] ?? 0); read++) {
      const writer = sessions.writer[read] ?? 0;
      if (writer < FROM_INITIAL) continue;
      lastVisible(streams[sessions.key[read] ?? 0] ?? [], clockOf(read), (write) => {
        if (write === writer) return;
        if (writer === FROM_INITIAL) stuck ??= { read, write };
        else if ((clockOf(writer)[sessions.session[write] ?? 0] ?? 0) <= write) addEdge(edges, write, writer, read);
      });
    }
    if (stuck !== null) return initialInView(sessions, stuck);
    if (edges.from.length === known) return HOLDS;
  }
};

/** 400 MB of clocks. */
const CLOCK_ENTRIES_MAX = 1e8;

/** A node's clock: everything before it, and itself. */
const fillClocks = (
  sessions: Sessions,
  edges: Edges,
  topological: Int32Array,
  clockOf: (node: number) => Clock,
): void => {
  const outgoing = new Map<number, number[]>();
  for (const [edge, from] of edges.from.entries()) {
    const to = edges.to[edge] ?? 0;
    const known = outgoing.get(from);
    if (known === undefined) outgoing.set(from, [to]);
    else known.push(to);
  }
  for (const node of topological) clockOf(node).fill(0);
  for (const node of topological) {
    const clock = clockOf(node);
    const session = sessions.session[node] ?? 0;
    clock[session] = Math.max(clock[session] ?? 0, node + 1);
    for (const to of outgoing.get(node) ?? []) join(clockOf(to), clock);
  }
};

const initialInView = (
  sessions: Sessions,
  { read, write }: { readonly read: number; readonly write: number },
): Finding =>
  broken(
    sessions,
    "initial value after a visible write",
    `the ${named(sessions, read)}, although the ${named(sessions, write)} had to be visible to it`,
    [write, read],
  );

const circularView = (
  sessions: Sessions,
  edges: Edges,
  { viewer, cycle }: { readonly viewer: number; readonly cycle: readonly number[] },
): Finding =>
  brokenByCycle(
    sessions,
    `no order of the writes explains what process ${sessions.processes[viewer] ?? "?"} read`,
    stepsOf(sessions, edges, cycle),
    (step) => {
      const { from, to, by } = step;
      if (by < 0 || by === to) return tellGiven(sessions, step);
      return `the ${named(sessions, by)} came after the ${named(sessions, from)}, so ${at(sessions, from)} comes before ${at(sessions, to)}`;
    },
  );
