/** What a run does: operations while things break, and a last look once they are healed. */

import type { Generator } from "../generator/generator.js";
import { finalReads } from "./final-reads.js";
import { registerOps, type RegisterOptions } from "./register.js";

export interface Workload {
  readonly name: WorkloadName;
  readonly doc: string;
  /** The main phase. Endless: the run bounds it by time and paces it. */
  readonly main: Generator;
  /** After healing, given the keys that the run used (`keysOf` its events). Ends by itself. */
  readonly final: (keys: readonly string[]) => Generator;
}

export type WorkloadName = "register" | "unique-register";

export interface WorkloadOptions {
  /** The same fields as `workload` in a run's config.json. */
  readonly config: RegisterOptions;
  readonly seed: number;
  /** How many threads there are. */
  readonly concurrency: number;
}

export interface WorkloadKind {
  readonly doc: string;
  make(options: WorkloadOptions): Workload;
}

function kind(name: WorkloadName, unique: boolean, doc: string): WorkloadKind {
  return {
    doc,
    make: ({ config, seed, concurrency }) => ({
      name,
      doc,
      main: registerOps({ options: config, seed, concurrency, unique }),
      final: (keys) => finalReads(keys, concurrency),
    }),
  };
}

/** Every workload by its name: the command line and its help are made from this. */
export const workloads: { readonly [name in WorkloadName]: WorkloadKind } = {
  register: kind(
    "register",
    false,
    "Reads, writes and compare-and-sets of a few values under many keys; half of the clients only read.",
  ),
  "unique-register": kind(
    "unique-register",
    true,
    "As register, but no key is ever written the same value twice, so that every read names the write it saw.",
  ),
};
