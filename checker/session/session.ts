/** Does a history keep a session guarantee, PRAM, or causal consistency? */

import { shown } from "../convergence/shown.js";
import type { History, Operation } from "../history/operation.js";
import type { Verdict } from "../verdict.js";
import { causal, causalConvergence } from "./causal.js";
import type { SessionDetails, SessionGuarantee } from "./details.js";
import type { Budget, Finding } from "./finding.js";
import { type Sessions, sessionsOf } from "./sessions.js";
import { monotonicReads, monotonicWrites, readYourWrites, writesFollowReads } from "./shared-order.js";
import { causalMemory, pram } from "./views.js";

export interface SessionOptions {
  /** Visits of clock entries; the answer is unknown beyond. The default takes a minute at most. */
  readonly stepsMax: number;
}

const DEFAULTS: SessionOptions = { stepsMax: 1e9 };

/**
 * A session is a process; a process retired after an indefinite operation is another session than its successor.
 * Only the order within sessions and who read from whom count: no clock, no real time.
 *
 * Sound: `invalid` is a proof, by the definition of the guarantee (see each file). Complete within the budget where
 * every value names its write; otherwise the reads that name none are left out, which can hide a violation but not make
 * one, and the answer is at best `unknown`. A read of a value that nobody wrote breaks PRAM and causal consistency, and
 * leaves the four session guarantees unknown. A cas that succeeded is a read and then a write; that nothing came between
 * the two is not checked.
 */
export const checkSession = (
  history: History,
  guarantee: SessionGuarantee,
  { stepsMax }: SessionOptions = DEFAULTS,
): Verdict<SessionDetails> => {
  const sessions = sessionsOf(history);
  const budget: Budget = { steps: 0, stepsMax };
  const [thinAir] = sessions.unwritten;
  const found =
    thinAir !== undefined && EXPLAINS_VALUES.has(guarantee)
      ? outOfThinAir(thinAir)
      : CHECKS[guarantee](sessions, budget);
  const base = { checker: guarantee, details: detailsOf(guarantee, sessions, found, budget) };
  if (found.is === "broken")
    return { ...base, valid: "invalid", because: sayBroken(found), witness: eventsOf(found.ops) };
  const why = whyUnknown(sessions, found, budget);
  return why === null
    ? {
        ...base,
        valid: "valid",
        because: `Holds for ${sessions.reads} reads in ${sessions.processes.length} sessions.`,
        witness: [],
      }
    : { ...base, valid: "unknown", because: why, witness: [] };
};

const CHECKS: { readonly [guarantee in SessionGuarantee]: (sessions: Sessions, budget: Budget) => Finding } = {
  "read-your-writes": readYourWrites,
  "monotonic-reads": monotonicReads,
  "monotonic-writes": monotonicWrites,
  "writes-follow-reads": writesFollowReads,
  pram,
  causal,
  "causal-convergence": causalConvergence,
  "causal-memory": causalMemory,
};

const EXPLAINS_VALUES: ReadonlySet<SessionGuarantee> = new Set<SessionGuarantee>([
  "pram",
  "causal",
  "causal-convergence",
  "causal-memory",
]);

const outOfThinAir = (read: Operation): Finding & { readonly is: "broken" } => ({
  is: "broken",
  pattern: "thin air",
  why: `the ${read.f} at ${read.invoked} (process ${read.process}) found ${shown(read.f === "read" ? read.result : read.value)}, which nobody wrote`,
  ops: [read],
});

const whyUnknown = (sessions: Sessions, found: Finding, budget: Budget): string | null => {
  const { ambiguous, unwritten, reads } = sessions;
  if (found.is === "moot") return `Not decided: ${found.why}.`;
  if (found.is === "budget") return `Not decided within the budget of ${budget.stepsMax} steps.`;
  if (ambiguous > 0) {
    return `No violation found, but ${ambiguous} of ${reads + ambiguous + unwritten.length} reads name no single write (values must be written once per key).`;
  }
  const [odd] = unwritten;
  if (odd !== undefined)
    return `No violation found, but the read at ${odd.invoked} returned a value that nobody wrote.`;
  return reads === 0 ? "No read returned, so there is nothing to judge." : null;
};

const sayBroken = ({ pattern, why }: Finding & { readonly is: "broken" }): string => `Broken (${pattern}): ${why}.`;

const eventsOf = (ops: readonly Operation[]): number[] =>
  ops
    .flatMap(({ invoked, completed }) => (completed === null ? [invoked] : [invoked, completed]))
    .sort((a, b) => a - b);

const detailsOf = (
  guarantee: SessionGuarantee,
  sessions: Sessions,
  found: Finding,
  budget: Budget,
): SessionDetails => ({
  guarantee,
  sessions: sessions.processes.length,
  reads: sessions.reads,
  writes: sessions.writes,
  ambiguous: sessions.ambiguous,
  unwritten: sessions.unwritten.length,
  pattern: found.is === "broken" ? found.pattern : null,
  steps: budget.steps,
  stepsMax: budget.stepsMax,
});
