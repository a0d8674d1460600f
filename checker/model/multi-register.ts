/**
 * Several registers that one operation reads and writes at once: `txn` with a list of [f, key, value], where f is read
 * (or r) or write (or w); the completion repeats the list with the values read.
 *
 * Where nothing is said about what the registers held at first, the first value read settles it: such a history is
 * accused of nothing that another beginning would explain.
 */

import { canonical, isList } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { Operation } from "../history/operation.js";
import { identityOf } from "./answer.js";
import { INCONSISTENT, type Model } from "./model.js";

/** Values by key; a key that is absent was neither written nor read yet. */
type State = { readonly [key: string]: Json };

interface Micro {
  readonly write: boolean;
  readonly key: string;
  readonly value: Json;
}

export const multiRegisterFrom = (initial: State): Model<State> => ({
  name: "multi-register",
  init: initial,
  fs: ["txn"],
  step(state, op) {
    const after = new Map(Object.entries(state));
    for (const { write, key, value } of microsOf(op) ?? []) {
      const held = after.get(key);
      if (write || held === undefined) after.set(key, value);
      else if (canonical(held) !== canonical(value)) return INCONSISTENT;
    }
    return Object.fromEntries(after);
  },
  // A read may settle what was there at first, so no transaction only looks unless all registers are known.
  effect: (op) => {
    const micros = microsOf(op) ?? [];
    return micros.every(({ write, key }) => !write && key in initial) ? "read" : "update";
  },
  identity: identityOf,
  stateIdentity: canonical,
  partition: () => () => null,
  // One that only reads may go; so may all writes of a value to a register, together with all reads of it.
  group: (op) => ((microsOf(op) ?? []).some(({ write }) => write) ? null : `read ${op.invoked}`),
  elements: (op) => (microsOf(op) ?? []).map(elementOf),
  restrict(op, kept) {
    const micros = (microsOf(op) ?? []).filter((micro) => kept.has(elementOf(micro)));
    if (micros.length === 0) return null;
    const left = micros.map(({ write, key, value }): Json => [write ? "write" : "read", key, value]);
    return { ...op, value: left, result: op.type === "ok" ? left : null };
  },
  problem: (op) =>
    microsOf(op) === null
      ? `txn at ${op.invoked} is ${canonical(op.type === "ok" ? op.result : op.value)}, expected a list of ["read" or "write", key, value]`
      : null,
});

/** What a transaction read and wrote; of one of unknown outcome only what it writes. Null where it is no such list. */
function microsOf(op: Operation): readonly Micro[] | null {
  const list = op.type === "ok" && op.result !== null ? op.result : op.value;
  if (list === null || !isList(list)) return null;
  const micros: Micro[] = [];
  for (const member of list) {
    if (member === null || !isList(member) || member.length !== 3) return null;
    const [f, key, value = null] = member;
    const write = f === "write" || f === "w";
    if ((!write && f !== "read" && f !== "r") || key === undefined) return null;
    if (write || op.type === "ok") micros.push({ write, key: typeof key === "string" ? key : canonical(key), value });
  }
  return micros;
}

const elementOf = ({ key, value }: Micro): string => `${key} = ${canonical(value)}`;
