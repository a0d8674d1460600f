/** Where operations come from: functions of a running number, of draws, and of what was seen. */

import type { Json, OpEvent } from "../../checker/history/event.js";
import { limit } from "./bounds.js";
import type { Generator } from "./generator.js";
import { below, draw } from "./random.js";
import { PENDING } from "./step.js";

/** What to do, without who and when. */
export interface Op {
  readonly f: string;
  readonly key: string | null;
  readonly value: Json;
}

/** A uniform draw in [0, 1) under a label; labels starting with "each/" are taken. */
export type Pick = (label: string) => number;

/**
 * Operation n = 0, 1, 2, ... is `op(n, pick, thread)`, for ever. A process is drawn from the free ones, so that a slow
 * open loop visits every thread; `thread` is that process's.
 */
export const each = (seed: number, op: (n: number, pick: Pick, thread: number) => Op): Generator =>
  learning({ seed, known: null, op, observe: () => null });

export interface Learning<Known> {
  readonly seed: number;
  /** What is known before anything was seen. An immutable value: observe hands back another one. */
  readonly known: Known;
  readonly op: (n: number, pick: Pick, thread: number, known: Known) => Op;
  /** Told of every event that reaches the generator, also of operations that others issued. */
  readonly observe: (known: Known, event: OpEvent) => Known;
}

/** As `each`, with an operation that may depend on what was seen so far: a cas of a value that was read. */
export const learning = <Known>(spec: Learning<Known>): Generator => knowing(spec, spec.known, 0);

function knowing<Known>(spec: Learning<Known>, known: Known, n: number): Generator {
  const self: Generator = {
    next(context) {
      const { free } = context;
      const process = free.length <= 1 ? free[0] : free[below(draw(spec.seed, n, "each/process"), free.length)];
      if (process === undefined) return PENDING;
      const pick = (label: string): number => draw(spec.seed, n, label);
      const { f, key, value } = spec.op(n, pick, process % context.processes.length, known);
      return { is: "op", op: { process, f, key, value, time: context.time }, next: knowing(spec, known, n + 1) };
    },
    update(event) {
      const after = spec.observe(known, event);
      return Object.is(after, known) ? self : knowing(spec, after, n);
    },
  };
  return self;
}

export interface Evolving<State> {
  readonly seed: number;
  /** An immutable value; every operation hands on the next one. */
  readonly state: State;
  readonly op: (n: number, pick: Pick, thread: number, state: State) => readonly [op: Op, next: State];
}

/** As `each`, with an operation that depends on those issued before: which value was written last. */
export const evolving = <State>(spec: Evolving<State>): Generator => evolved(spec, spec.state, 0);

function evolved<State>(spec: Evolving<State>, state: State, n: number): Generator {
  const self: Generator = {
    next(context) {
      const { free } = context;
      const process = free.length <= 1 ? free[0] : free[below(draw(spec.seed, n, "each/process"), free.length)];
      if (process === undefined) return PENDING;
      const pick = (label: string): number => draw(spec.seed, n, label);
      const [{ f, key, value }, after] = spec.op(n, pick, process % context.processes.length, state);
      return { is: "op", op: { process, f, key, value, time: context.time }, next: evolved(spec, after, n + 1) };
    },
    update: () => self,
  };
  return self;
}

/** The same operation for ever. */
export const repeatOp = (op: Op): Generator => each(0, () => op);

/** One operation. */
export const once = (op: Op): Generator => limit(1, repeatOp(op));
