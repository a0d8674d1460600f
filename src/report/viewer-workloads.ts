/** What a history may be said to come from in the viewer. */

/** Those that a file alone says enough about: of accounts (bank) one has to know what was in them. */
export const WORKLOADS = [
  "register",
  "list-append",
  "rw-register",
  "set",
  "set-full",
  "queue",
  "total-queue",
  "counter",
  "pn-counter",
  "unique-ids",
  "long-fork",
  "causal-reverse",
  "monotonic",
] as const;
