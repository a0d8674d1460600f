/**
 * Causal consistency (CC) and causal convergence (CCv) by bad patterns, for histories in which every value names its
 * write. Bouajjani, Enea, Guerraoui and Hamza, POPL 2017; the clocks follow the idea of AWDIT (PLDI 2025): of every
 * session only the last visible write of a key matters.
 */

import { addEdge, order } from "./cycle.js";
import { type Budget, broken, brokenByCycle, type Finding, HOLDS, named, OUT_OF_BUDGET, stepsOf } from "./finding.js";
import { type Clock, causalOrder, lastVisible, type Pasts, visitPasts } from "./past.js";
import { FROM_INITIAL, type Sessions, streamsOf } from "./sessions.js";
import { at, circularReads, tellGiven } from "./shared-order.js";

/**
 * CC: causal order has no cycle, and no read returns a value that another write had, causally, overwritten before.
 * Keeps a clock per write: writes times sessions of memory, which the budget bounds.
 */
export const causal = (sessions: Sessions, budget: Budget): Finding => {
  const { edges, found } = causalOrder(sessions);
  if (found.is === "cycle") return circularReads(sessions, edges, found.edges);
  if (sessions.writes * sessions.processes.length > CLOCK_ENTRIES_MAX) return OUT_OF_BUDGET;
  const streams = streamsOf(sessions, "own");
  let bad: Finding = HOLDS;
  const visit = (read: number, past: Clock, pasts: Pasts): void => {
    const writer = sessions.writer[read] ?? FROM_INITIAL;
    lastVisible(streams[sessions.key[read] ?? 0] ?? [], past, (over) => {
      if (bad.is === "broken" || over === writer) return;
      if (writer === FROM_INITIAL) bad = overwrittenInitial(sessions, read, over);
      else if ((pasts.ofWrite(over)?.[sessions.session[writer] ?? 0] ?? 0) > writer) {
        bad = overwritten(sessions, read, { writer, over });
      }
    });
  };
  if (!visitPasts(sessions, found.nodes, { budget, keep: true, visit })) return OUT_OF_BUDGET;
  return bad;
};

/** 400 MB of clocks. */
const CLOCK_ENTRIES_MAX = 1e8;

/** CCv: CC, and one order of all writes explains what every read returned. */
export const causalConvergence = (sessions: Sessions, budget: Budget): Finding => {
  const { edges, found } = causalOrder(sessions);
  if (found.is === "cycle") return circularReads(sessions, edges, found.edges);
  const streams = streamsOf(sessions, "own");
  const readsFromAndSessionOrder = edges.from.length;
  let bad: Finding = HOLDS;
  const visit = (read: number, past: Clock): void => {
    const writer = sessions.writer[read] ?? FROM_INITIAL;
    lastVisible(streams[sessions.key[read] ?? 0] ?? [], past, (over) => {
      if (over === writer) return;
      if (writer !== FROM_INITIAL) addEdge(edges, over, writer, read);
      else if (bad.is === "holds") bad = overwrittenInitial(sessions, read, over);
    });
  };
  if (!visitPasts(sessions, found.nodes, { budget, keep: false, visit })) return OUT_OF_BUDGET;
  if (bad.is !== "holds") return bad;
  const arbitration = order(sessions.writer.length, edges);
  if (arbitration.is === "order") return HOLDS;
  const steps = stepsOf(sessions, edges, arbitration.edges);
  return brokenByCycle(sessions, "conflicting arbitration", steps, (step) => {
    if (step.edge < readsFromAndSessionOrder) return tellGiven(sessions, step);
    const { from, to, by } = step;
    return `the ${named(sessions, by)} had the ${named(sessions, from)} in its causal past, so ${at(sessions, from)} is ordered before ${at(sessions, to)}`;
  });
};

const overwrittenInitial = (sessions: Sessions, read: number, over: number): Finding =>
  broken(
    sessions,
    "initial value after a causally earlier write",
    `the ${named(sessions, read)}, although the ${named(sessions, over)} is in its causal past`,
    [over, read],
  );

const overwritten = (
  sessions: Sessions,
  read: number,
  { writer, over }: { readonly writer: number; readonly over: number },
): Finding =>
  broken(
    sessions,
    "causally overwritten value",
    `the ${named(sessions, read)}, although the ${named(sessions, over)}, which had the write at ${at(sessions, writer)} in its causal past, is in that of the read`,
    [writer, over, read],
  );
