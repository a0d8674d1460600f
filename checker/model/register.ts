/**
 * The register: `write` sets it, `read` returns it; it begins as null. The cas-register adds `cas` with the argument
 * [from, to], which happens only where the register holds `from`.
 *
 * A cas that answered "no" is `fail`: it had no effect and is left out. What it saw (not `from`) is not used against
 * the store, because a reply `fail` may also mean that the request was never run.
 */

import { canonical, isList } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { Operation } from "../history/operation.js";
import { type Effect, INCONSISTENT, type Model } from "./model.js";

/** The two values of a cas, or null where the argument is no pair. */
export const casPair = (op: Pick<Operation, "value">): readonly [Json, Json] | null => {
  if (!isList(op.value) || op.value.length !== 2) return null;
  const [from, to] = op.value;
  return from === undefined || to === undefined ? null : [from, to];
};

function step(state: Json, op: Operation): Json | typeof INCONSISTENT {
  if (op.f === "write") return op.value;
  const pair = op.f === "cas" ? casPair(op) : null;
  const needed = pair === null ? op.result : pair[0];
  if (canonical(state) !== canonical(needed)) return INCONSISTENT;
  return pair === null ? state : pair[1];
}

function effect(op: Operation): Effect {
  if (op.f === "write") return "blind";
  const pair = op.f === "cas" ? casPair(op) : null;
  // A cas from a value to itself only looks.
  return pair === null || canonical(pair[0]) === canonical(pair[1]) ? "read" : "update";
}

function identity(op: Operation): string {
  return `${op.f} ${canonical(op.f === "read" ? op.result : op.value)}`;
}

function problem(op: Operation): string | null {
  return op.f === "cas" && casPair(op) === null
    ? `cas at ${op.invoked} has the argument ${canonical(op.value)}, expected a pair [from, to]`
    : null;
}

const registerOf = (name: string, fs: readonly string[], initial: Json): Model => ({
  name,
  init: initial,
  fs,
  step,
  effect,
  identity,
  stateIdentity: canonical,
  problem,
});

/** Registers that begin as `initial` instead of null. */
export const registerFrom = (initial: Json): Model => registerOf("register", ["read", "write"], initial);
export const casRegisterFrom = (initial: Json): Model => registerOf("cas-register", ["read", "write", "cas"], initial);

export const register: Model = registerFrom(null);
export const casRegister: Model = casRegisterFrom(null);
