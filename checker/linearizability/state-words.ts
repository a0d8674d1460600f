/** What an object holds, in words: "the lock is held", "the queue holds 3, 4". */

import { canonical, isList } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import { textOf } from "./counterexample.js";

/** How many elements are named before they are only counted. */
const NAMED_MAX = 6;

const listed = (texts: readonly string[]): string =>
  texts.length === 0
    ? "nothing"
    : texts.slice(0, NAMED_MAX).join(", ") + (texts.length > NAMED_MAX ? ` and ${texts.length - NAMED_MAX} more` : "");

const membersOf = (state: Json): readonly string[] => (isList(state) ? state.map(textOf) : []);

const WORDS: { readonly [model: string]: (state: Json) => string } = {
  register: (state) => `the register holds ${textOf(state)}`,
  "cas-register": (state) => `the register holds ${textOf(state)}`,
  kv: (state) => `the string is ${textOf(state)}`,
  lock: (state) => `the lock is ${state === true ? "held" : "free"}`,
  semaphore: (state) => `the number of permits is ${textOf(state)}`,
  counter: (state) => `the counter is ${textOf(state)}`,
  queue: (state) => `the queue holds ${listed(membersOf(state))}`,
  stack: (state) => `the stack holds ${listed(membersOf(state))}`,
  "priority-queue": (state) => `the queue holds ${listed(membersOf(state))}`,
  "max-priority-queue": (state) => `the queue holds ${listed(membersOf(state))}`,
  // Elements of a set are texts already.
  set: (state) => `the set holds ${listed(isList(state) ? state.map((element) => textOf(parsed(element))) : [])}`,
  list: (state) => `the list is ${textOf(state)}`,
  "multi-register": (state) => registers(state),
};

/** `state`: as plain data. */
export function stateInWords(model: string, state: Json): string {
  return (WORDS[model] ?? ((one: Json) => `the state is ${textOf(one)}`))(state);
}

function registers(state: Json): string {
  if (state === null || typeof state !== "object" || isList(state)) return `the registers hold ${textOf(state)}`;
  const held = Object.entries(state).map(([key, value]) => `${key} = ${canonical(value ?? null)}`);
  return held.length === 0 ? "nothing is known of the registers" : `the registers hold ${listed(held)}`;
}

/** A state of any model as plain data; null where it is none. */
export function plainState(state: unknown): Json {
  try {
    // What comes back from its own text is JSON.
    return JSON.parse(JSON.stringify(state) ?? "null") as Json;
  } catch {
    return null;
  }
}

function parsed(text: Json): Json {
  return typeof text === "string" ? plainOf(text) : text;
}

function plainOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
