/**
 * Two ways of telling newer from older that do not work. Neither merge is a join (P6 does not hold): that is what they
 * are here to show.
 */

import type { Json } from "../wire.js";
import { isCount, isObject } from "./json.js";
import type { Versioning } from "./versioning.js";

type Plain = { readonly value: Json };

/** No versions: whatever comes is taken for newer. Replicas that hear of two writes in two orders disagree for ever. */
export const noVersions: Versioning<Plain> = {
  isState: (json): json is Plain => isObject(json) && json["value"] !== undefined,
  write: (_state, { value }) => ({ value }),
  isContext: () => true,
  merge: (_a, b) => b,
  read: (state) => ({ ok: true, value: state?.value ?? null }),
  values: ({ value }) => [value],
  deletedMs: () => null,
  sequence: () => 0,
};

type Counted = { readonly version: number; readonly value: Json };

/**
 * A counter for each key at each replica: a write makes it one greater, a replica takes what has a greater one. Two
 * writes at two replicas at the same time get the same number; each replica keeps its own and ignores the other's.
 */
export const countedVersions: Versioning<Counted> = {
  isState: (json): json is Counted => isObject(json) && isCount(json["version"]) && json["value"] !== undefined,
  write: (state, { value }) => ({ version: (state?.version ?? 0) + 1, value }),
  isContext: () => true,
  merge: (a, b) => (b.version > a.version ? b : a),
  read: (state) => ({ ok: true, value: state?.value ?? null }),
  values: ({ value }) => [value],
  deletedMs: () => null,
  sequence: () => 0,
};
