/**
 * A model of one's own: what it is at first, and what one operation does to it.
 *
 *     const maximum = modelOf<number>({
 *       name: "maximum",
 *       init: 0,
 *       step: (max, op) => (op.f === "report" ? Math.max(max, Number(op.value)) : op.result === max ? max : INCONSISTENT),
 *     });
 *     checkLinearizable(history, { model: maximum });
 */

import { canonical } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { Operation } from "../history/operation.js";
import type { INCONSISTENT, Model } from "./model.js";

export interface ModelSpec<State> {
  readonly name: string;
  readonly init: State;
  /** The state after `op`, or INCONSISTENT where the object would not have answered so. Must change nothing itself. */
  step(state: State, op: Operation): State | typeof INCONSISTENT;
  /** The operations that the model knows, by `f`. Absent: all of them. */
  readonly fs?: readonly string[];
  /** Whether two states are the same. Absent: the same as JSON. */
  equal?(a: State, b: State): boolean;
  /** Equal states must have equal hashes. Absent with `equal`: all states are compared, which is slow where there are many. */
  hash?(state: State): string | number;
  /** The name of the part of the object that an operation touches, where parts do not touch each other. Absent: its key. */
  partition?(op: Operation): string | null;
  /** Operations that never change any state, whatever they answer: the search takes them at once. Absent: none. */
  readonly?(op: Operation): boolean;
}

export function modelOf<State>(spec: ModelSpec<State>): Model<State> {
  const partition = (op: Operation): string | null => spec.partition?.(op) ?? null;
  return {
    name: spec.name,
    init: spec.init,
    fs: spec.fs ?? [],
    step: (state, op) => spec.step(state, op),
    effect: (op) => (spec.readonly?.(op) === true ? "read" : "update"),
    identity: (op) => `${op.f} ${op.type} ${canonical(op.value)} ${canonical(op.result)} ${op.key ?? ""}`,
    stateIdentity: (state) => {
      if (spec.hash !== undefined) return `${spec.hash(state)}`;
      // Without `equal` a state is plain data by contract: the one thing that can be asked of it is its text.
      return spec.equal === undefined ? canonical(state as Json) : "";
    },
    ...(spec.equal === undefined ? {} : { equal: (a: State, b: State) => spec.equal?.(a, b) === true }),
    ...(spec.partition === undefined ? {} : { partition: () => partition }),
    problem: () => null,
  };
}
