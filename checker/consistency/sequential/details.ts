/** What the checker of sequential consistency found. */

import type { ShownOperation } from "../../linearizability/details.js";

export interface SequentialDetails {
  /** Operations that count: ok, or of unknown outcome and perhaps observed. */
  readonly operations: number;
  readonly processes: number;
  readonly keys: number;
  /** Reads left out: they came with siblings, or operations other than read, write and cas changed their key. */
  readonly leftOut: number;
  /** Reads of a value that several had written: with any, a search over orders of all operations decides. */
  readonly severalWriters: number;
  /** Why not, in a word: "thin air", "circle", "no order"; null where no violation is known. */
  readonly pattern: string | null;
  /** Operations that have no order by themselves, as few as were found; in order of invocation. Empty unless invalid. */
  readonly counterexample: readonly ShownOperation[];
  /** The most operations that an order found a place for. */
  readonly placed: number;
  readonly steps: number;
  readonly stepsMax: number;
}
