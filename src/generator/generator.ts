/**
 * A generator is a pure value: asked with a context it answers with a step, told of an event it answers with its
 * successor. Laws: G1 the same generator and context give the same step; G2 done is for ever, whoever is free; an op
 * names a free process; update never invents an op.
 */

import type { Json, OpEvent } from "../../checker/history/event.js";

/**
 * What is to be invoked. `time` (ns since the first operation) is when it is due. It may lie ahead: the interpreter
 * waits until then or until something completes, and asks again; unless it learned something in between, the generator
 * then offers the same. It may lie behind, when an open loop is late.
 */
export interface Invocation {
  readonly process: number;
  readonly f: string;
  readonly key: string | null;
  readonly value: Json;
  readonly time: number;
}

export interface Context {
  /** ns since the run's first operation. */
  readonly time: number;
  /** Processes that have no open operation, in ascending order of their thread. */
  readonly free: readonly number[];
  /** All live processes, one per thread: processes[thread]. A retired process is replaced by process + thread count. */
  readonly processes: readonly number[];
  /** The threads that may be used, ascending, where a combinator narrowed them; absent: all. */
  readonly threads?: readonly number[];
}

export type Step =
  | { readonly is: "done" }
  /**
   * Nothing now: ask again at `until` (ns) or when something completes, whichever is first; null: only the latter.
   * `next`: go on with this generator, which remembers that it was asked (a clock began); absent: with the same one.
   */
  | { readonly is: "pending"; readonly until: number | null; readonly next?: Generator }
  | { readonly is: "op"; readonly op: Invocation; readonly next: Generator };

export interface Generator {
  next(context: Context): Step;
  /** Told of every event of every process of this generator (invoke and completion). */
  update(event: OpEvent): Generator;
}
