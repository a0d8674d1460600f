/**
 * Last write wins: the greatest timestamp replaces all others, and of two equal ones the greater node name.
 *
 * The timestamp is the coordinator's wall clock. So a write that comes later in time loses against one that was
 * stamped by a clock that runs ahead, although both were acknowledged: that is the price of this versioning, and here
 * to be seen.
 */

import type { Json } from "../wire.js";
import { isCount, isObject } from "./json.js";
import type { Versioning } from "./versioning.js";

type State = {
  readonly clockMs: number;
  readonly node: string;
  /** Tells two writes of one node at one reading of its clock apart. */
  readonly sequence: number;
  readonly value: Json;
  /** A tombstone: its value is null. */
  readonly deleted?: true;
};

export const lastWriteWins: Versioning<State> = {
  isState(json): json is State {
    return (
      isObject(json) &&
      typeof json["clockMs"] === "number" &&
      typeof json["node"] === "string" &&
      isCount(json["sequence"]) &&
      json["value"] !== undefined
    );
  },
  write(state, { value, delete: deleted }, { clockMs, node, sequence }) {
    const written: State = { clockMs, node, sequence, value, ...(deleted === true ? { deleted } : {}) };
    return state === null ? written : lastWriteWins.merge(state, written);
  },
  isContext: () => true,
  merge: (a, b) => (isLater(b, a) ? b : a),
  read: (state) => ({ ok: true, value: state?.value ?? null }),
  values: ({ value, deleted }) => (deleted === true ? [] : [value]),
  deletedMs: ({ clockMs, deleted }) => (deleted === true ? clockMs : null),
  sequence: (state, node) => (state.node === node ? state.sequence : 0),
};

function isLater(a: State, b: State): boolean {
  if (a.clockMs !== b.clockMs) return a.clockMs > b.clockMs;
  if (a.node !== b.node) return a.node > b.node;
  return a.sequence > b.sequence;
}
