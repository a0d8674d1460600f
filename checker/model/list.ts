/** A list that only grows, such as a log: `append` one element, `read` them all in their order. Empty at first. */

import { canonical, isList } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import { INCONSISTENT, type Model } from "./model.js";

export const list: Model<readonly Json[]> = {
  name: "list",
  init: [],
  fs: ["append", "read"],
  step(state, op) {
    if (op.f === "append") return [...state, op.value];
    return op.type !== "ok" || canonical(op.result ?? []) === canonical(state) ? state : INCONSISTENT;
  },
  effect: (op) => (op.f === "read" ? "read" : "update"),
  identity: (op) => `${op.f} ${canonical(op.f === "read" ? (op.result ?? []) : op.value)}`,
  stateIdentity: canonical,
  elements: (op) => (op.f === "append" ? [canonical(op.value)] : membersOf(op.result).map(canonical)),
  restrict(op, kept) {
    if (op.f === "append") return kept.has(canonical(op.value)) ? op : null;
    return { ...op, result: membersOf(op.result).filter((element) => kept.has(canonical(element))) };
  },
  problem: (op) =>
    op.f === "read" && op.type === "ok" && op.result !== null && !isList(op.result)
      ? `read at ${op.invoked} returned ${canonical(op.result)}, expected a list`
      : null,
};

const membersOf = (value: Json): readonly Json[] => (isList(value) ? value : []);
