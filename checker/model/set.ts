/**
 * A set: `add` and `remove` an element, ask whether it `contains` one, `read` them all. Empty at first.
 *
 * An answer true or false of add and remove says whether that changed anything; any other answer says nothing. A read is
 * compared as a set, and one that lists an element twice is no answer a set gives.
 */

import { canonical, isList } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import { identityOf } from "./answer.js";
import { INCONSISTENT, type Model } from "./model.js";

/** Canonical texts of the elements, sorted. */
type State = readonly string[];

export const set: Model<State> = {
  name: "set",
  init: [],
  fs: ["add", "remove", "contains", "read"],
  step(state, op) {
    if (op.f === "read") return op.type !== "ok" || sameElements(state, op.result) ? state : INCONSISTENT;
    const element = canonical(op.value);
    const had = state.includes(element);
    const changed = op.f === "contains" ? had : op.f === "add" ? !had : had;
    if (op.type === "ok" && typeof op.result === "boolean" && op.result !== changed) return INCONSISTENT;
    if (op.f === "contains" || !changed) return state;
    return op.f === "add" ? [...state, element].sort() : state.filter((other) => other !== element);
  },
  effect: (op) => (op.f === "contains" || op.f === "read" ? "read" : "update"),
  // An answer that says nothing is no difference.
  identity: (op) =>
    op.f === "read" || typeof op.result === "boolean" ? identityOf(op) : `${op.f} ${canonical(op.value)}`,
  stateIdentity: (state) => state.join(" "),
  elements: (op) => (op.f === "read" ? membersOf(op.result) : [op.value]).map(canonical),
  restrict(op, kept) {
    if (op.f !== "read") return kept.has(canonical(op.value)) ? op : null;
    return { ...op, result: membersOf(op.result).filter((element) => kept.has(canonical(element))) };
  },
  partition(operations) {
    const isWhole = operations.some((op) => op.f === "read");
    return (op) => {
      const key = op.key === null ? "" : op.key;
      if (isWhole) return op.key;
      return op.key === null ? canonical(op.value) : `${key} ${canonical(op.value)}`;
    };
  },
  problem(op) {
    if (op.type !== "ok") return null;
    if (op.f === "read" && !isListOf(op.result)) {
      return `read at ${op.invoked} returned ${canonical(op.result)}, expected the list of elements`;
    }
    return op.f === "contains" && typeof op.result !== "boolean"
      ? `contains at ${op.invoked} returned ${canonical(op.result)}, expected true or false`
      : null;
  },
};

const isListOf = (value: Json): boolean => value !== null && isList(value);

const membersOf = (value: Json): readonly Json[] => (isList(value) ? value : []);

function sameElements(state: State, result: Json): boolean {
  if (!isList(result) || result.length !== state.length) return false;
  const listed = result.map(canonical).sort();
  return listed.every((element, i) => element === state[i]);
}
