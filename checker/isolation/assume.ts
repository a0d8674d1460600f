/**
 * What a claim itself says about the order of a register's versions.
 *
 * A register does not show its order. But to refute a model one may take the model at its word: if the history were strict
 * serializable, versions could not go back in real time, so whatever contradicts the order that this gives contradicts
 * the claim. It contradicts that model (and stronger ones) only: of a weaker one, which may hold without the assumption,
 * nothing follows. Elle leaves such rules to options, and `not` then says more than they prove.
 */

import type { Claim } from "./judge.js";
import type { VersionRules } from "./infer/version-order.js";

export interface Assumption {
  /** All anomalies found under it refute at most this model and those stronger than it. */
  readonly model: string;
  readonly rules: Partial<Pick<VersionRules, "wfrKeys" | "sequentialKeys" | "realTime">>;
  /** The order that the rules take their edges from: every cycle that needed them is one with that order. */
  readonly order: "process" | "realtime" | null;
}

/**
 * Weaker ones first. Where reads are committed, who reads v and writes v' wrote after v's writer: the other order would be
 * a G1c.
 */
export const assumptionsOf = ({ prohibited }: Claim): readonly Assumption[] => {
  const found: Assumption[] = [];
  if (prohibited.has("G1c")) found.push({ model: "read-committed", rules: { wfrKeys: true }, order: null });
  if (prohibited.has("G2-item-realtime")) {
    found.push({ model: "strong-serializable", rules: { wfrKeys: true, realTime: true }, order: "realtime" });
  } else if (prohibited.has("G2-item-process")) {
    const rules = { wfrKeys: true, sequentialKeys: true };
    found.push({ model: "strong-session-serializable", rules, order: "process" });
  }
  return found;
};

const CYCLE = /^(G0|G1c|G-single|G-nonadjacent|G2)(-item)?(-process|-realtime)?$/;

/** The name of an anomaly that was found only by what was assumed. */
export const nameUnder = ({ order, model }: Assumption, type: string): string => {
  if (order === null) return type;
  if (type.endsWith("-cycle-exists"))
    return model === "strong-serializable" ? "PL-SS-cycle-exists" : `${model}-cycle-exists`;
  const parts = CYCLE.exec(type);
  if (parts === null || parts[3] === "-realtime") return type;
  return `${parts[1] ?? ""}${parts[2] ?? ""}-${order}`;
};
