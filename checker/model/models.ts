/** The models that come with kvtest, by name. */

import type { Json } from "../history/event.js";
import { maxPriorityQueue, priorityQueue, queue, stack } from "./containers.js";
import { counterFrom } from "./counter.js";
import { kv } from "./kv.js";
import { list } from "./list.js";
import { lock, semaphoreFrom } from "./lock.js";
import type { Model } from "./model.js";
import { multiRegisterFrom } from "./multi-register.js";
import { casRegisterFrom, registerFrom } from "./register.js";
import { set } from "./set.js";

export const MODELS = [
  "register",
  "cas-register",
  "kv",
  "multi-register",
  "lock",
  "semaphore",
  "set",
  "queue",
  "stack",
  "priority-queue",
  "max-priority-queue",
  "counter",
  "list",
] as const;
export type ModelName = (typeof MODELS)[number];

/**
 * The model of that name. `initial`: what a register, counter, semaphore or (an object: value by key) multi-register
 * holds at first, where that is not null, 0, 0 and unknown. Throws where a number is needed and `initial` is none.
 */
export function modelNamed(name: ModelName, initial?: Json): Model<unknown> {
  if (name === "register") return registerFrom(initial ?? null);
  if (name === "cas-register") return casRegisterFrom(initial ?? null);
  if (name === "multi-register") return multiRegisterFrom(membersOf(initial ?? {}));
  if (name === "counter") return counterFrom(numberOf(initial ?? 0));
  if (name === "semaphore") return semaphoreFrom(numberOf(initial ?? 0));
  return {
    kv,
    lock,
    set,
    queue,
    stack,
    "priority-queue": priorityQueue,
    "max-priority-queue": maxPriorityQueue,
    list,
  }[name];
}

function numberOf(initial: Json): number {
  if (typeof initial !== "number") throw new TypeError(`initial is ${JSON.stringify(initial)}, expected a number`);
  return initial;
}

function membersOf(initial: Json): { readonly [key: string]: Json } {
  if (initial === null || typeof initial !== "object" || Array.isArray(initial)) {
    throw new TypeError(`initial is ${JSON.stringify(initial)}, expected an object: value by key`);
  }
  return Object.fromEntries(Object.entries(initial));
}
