/** A counter: `increment` and `decrement` by the argument (1 where there is none), `read` returns the sum; 0 at first. */

import { canonical } from "../history/canonical.js";
import type { Operation } from "../history/operation.js";
import { integerOf } from "./answer.js";
import { INCONSISTENT, type Model } from "./model.js";

const amountOf = (op: Operation): number => (op.value === null ? 1 : (integerOf(op.value) ?? 0));

export const counterFrom = (initial: number): Model<number> => ({
  name: "counter",
  init: initial,
  fs: ["increment", "decrement", "add", "read"],
  step(count, op) {
    if (op.f === "read") return op.type !== "ok" || op.result === count ? count : INCONSISTENT;
    return op.f === "decrement" ? count - amountOf(op) : count + amountOf(op);
  },
  effect: (op) => (op.f === "read" ? "read" : "update"),
  // Adding 1 and taking away -1 are one class: the search then need not try both first.
  identity: (op) =>
    op.f === "read" ? `read ${canonical(op.result)}` : `${op.f === "decrement" ? -amountOf(op) : amountOf(op)}`,
  stateIdentity: (count) => `${count}`,
  problem(op) {
    const said = op.f === "read" ? (op.type === "ok" ? op.result : 0) : op.value;
    if (integerOf(said) !== null || (op.f !== "read" && said === null)) return null;
    return `${op.f} at ${op.invoked} has the value ${canonical(said)}, expected a whole number`;
  },
});
