/**
 * The one table that says which error is definite (the operation never happened: `fail`) and which is not (`info`).
 *
 * Calling an indefinite write `fail` makes the harness accuse a correct store; calling a definite one `info` only
 * weakens the search. So: in doubt, indefinite.
 */

export const ERRORS = {
  unreachable: { definite: true, doc: "No connection, or the node did not greet us: the request was never sent." },
  "not-leader": { definite: true, doc: "The replica is not the leader and did nothing." },
  mismatch: { definite: true, doc: "A compare-and-set or a transaction found another value and did nothing." },
  conflict: { definite: true, doc: "A transaction got into the way of others, was aborted and did nothing." },
  "bad-request": { definite: true, doc: "The replica refused a malformed request." },
  unsupported: { definite: true, doc: "The replica does not know the operation." },
  timeout: { definite: false, doc: "No answer in time. The operation may yet take effect." },
  reset: { definite: false, doc: "The connection broke after the request was sent." },
  partial: { definite: false, doc: "Stored somewhere, but the quorum was not reached: it may survive or not." },
  "no-quorum": { definite: false, doc: "Too few replicas answered in time." },
  crash: { definite: false, doc: "Anything that we failed to foresee." },
} as const satisfies Record<string, { readonly definite: boolean; readonly doc: string }>;

export type ErrorName = keyof typeof ERRORS;

/** Operations that change nothing: whatever went wrong, they had no effect, so they `fail` and keep their process. */
const READS: ReadonlySet<string> = new Set(["read", "dump"]);

export const outcomeOf = (error: ErrorName, f: string): "fail" | "info" =>
  READS.has(f) || ERRORS[error].definite ? "fail" : "info";
