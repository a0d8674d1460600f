/** A map from keys to strings: `put` sets, `append` adds at the end, `get` returns; a missing key is the empty string. */

import { canonical } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import { INCONSISTENT, type Model } from "./model.js";

/** Of one key: keys do not touch each other. */
export const kv: Model<string> = {
  name: "kv",
  init: "",
  fs: ["get", "put", "append"],
  step(state, op) {
    if (op.f === "get") return op.type !== "ok" || textOf(op.result) === state ? state : INCONSISTENT;
    const text = textOf(op.value) ?? "";
    return op.f === "put" ? text : state + text;
  },
  effect: (op) => (op.f === "get" ? "read" : op.f === "put" ? "blind" : "update"),
  // The text itself: `problem` lets nothing pass that is none.
  identity: (op) => `${op.f} ${textOf(op.f === "get" ? op.result : op.value) ?? ""}`,
  stateIdentity: (state) => state,
  problem(op) {
    const said = op.f === "get" ? (op.type === "ok" ? op.result : "") : op.value;
    return textOf(said) === null
      ? `${op.f} at ${op.invoked} has the value ${canonical(said)}, expected a string`
      : null;
  },
};

/** A key that is missing may be read as null too. */
const textOf = (value: Json): string | null => (typeof value === "string" ? value : value === null ? "" : null);
