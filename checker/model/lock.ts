/**
 * A lock: `acquire` where it is free, `release` where it is held, by whomever; free at first. A semaphore: `increment`
 * adds a permit, `decrement` takes one; answered false, there was none to take. None at first, unless said otherwise.
 */

import { identityOf, integerOf } from "./answer.js";
import { INCONSISTENT, type Model } from "./model.js";

export const lock: Model<boolean> = {
  name: "lock",
  init: false,
  fs: ["acquire", "release"],
  step(held, op) {
    if (held === (op.f === "acquire")) return INCONSISTENT;
    return !held;
  },
  effect: () => "update",
  identity: (op) => op.f,
  stateIdentity: (held) => `${held}`,
  problem: () => null,
};

export const semaphoreFrom = (permits: number): Model<number> => ({
  name: "semaphore",
  init: permits,
  fs: ["increment", "decrement"],
  step(count, op) {
    const amount = integerOf(op.value) ?? 1;
    if (op.f === "increment") return count + amount;
    if (op.type === "ok" && op.result === false) return count < amount ? count : INCONSISTENT;
    return count >= amount ? count - amount : INCONSISTENT;
  },
  effect: (op) => (op.f === "decrement" && op.type === "ok" && op.result === false ? "read" : "update"),
  identity: identityOf,
  stateIdentity: (count) => `${count}`,
  problem: () => null,
});
