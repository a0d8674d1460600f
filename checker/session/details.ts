/** What the session checker found. */

/**
 * The four session guarantees of Terry et al. (Session guarantees for weakly consistent replicated data, PDIS 1994),
 * PRAM (Lipton and Sandberg 1988), and causal consistency in the three readings of Bouajjani, Enea, Guerraoui and Hamza
 * (On verifying causal consistency, POPL 2017): `causal` is their CC, `causal-convergence` CCv, `causal-memory` CM.
 */
export const SESSION_GUARANTEES = [
  "read-your-writes",
  "monotonic-reads",
  "monotonic-writes",
  "writes-follow-reads",
  "pram",
  "causal",
  "causal-convergence",
  "causal-memory",
] as const;
export type SessionGuarantee = (typeof SESSION_GUARANTEES)[number];

export interface SessionDetails {
  readonly guarantee: SessionGuarantee;
  readonly sessions: number;
  /** ok reads (and cas) whose writer is known, the initial value's included. */
  readonly reads: number;
  /** Writes that happened, or that a read returned. */
  readonly writes: number;
  /** Reads left out: their value was written more than once, or came with siblings, or their key was changed by others. */
  readonly ambiguous: number;
  /** Reads of a value that nobody wrote. */
  readonly unwritten: number;
  /** Which rule was broken; null when none is known to be. */
  readonly pattern: string | null;
  /** Work done, counted in visits of a session's clock entry, and the budget. */
  readonly steps: number;
  readonly stepsMax: number;
}
