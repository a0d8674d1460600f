/** Exit codes, as Jepsen's. */

import type { Validity } from "../../checker/verdict.js";

export const EXIT = { valid: 0, invalid: 1, unknown: 2, usage: 254, crash: 255 } as const;

export const exitOf = (valid: Validity): number => EXIT[valid];

/** The user's mistake: told in words with every problem, exit 254, no stack trace. */
export class UsageError extends Error {
  readonly problems: readonly string[];

  constructor(what: string, problems: readonly string[]) {
    super(what);
    this.name = "UsageError";
    this.problems = problems;
  }
}
