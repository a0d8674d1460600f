/**
 * Who is on the ring, and how one node more or less comes about: a view, of which every node has the latest it was told.
 *
 * A change goes through four steps, each a view of its own, and none begins before every node has done the one before.
 * So no two nodes are ever more than one step apart, and any read quorum of the one meets any write quorum of the other:
 *
 *     step      reads ask the   writes need a quorum of   and a node has done it when
 *     spread    old replicas    the old and of the new    no write of before is open
 *     move      old replicas    the old and of the new    the new replicas have all that it holds of their keys
 *     turn      new replicas    the old and of the new    no read of before is open
 *     stable    new replicas    the new replicas          it holds nothing that is not its own
 */

import type { Json, NodeName } from "../../wire.js";
import { isArray, isCount, isObject } from "../json.js";

const STEPS = ["stable", "spread", "move", "turn"] as const;
export type Step = (typeof STEPS)[number];

export type View = {
  /** Counts the views; the greater one is the later. */
  readonly at: number;
  readonly step: Step;
  readonly nodes: readonly NodeName[];
  /** Who is on the ring after the change; null: nothing changes. */
  readonly next: readonly NodeName[] | null;
};

export const firstView = (nodes: readonly NodeName[]): View => ({
  at: 0,
  step: "stable",
  nodes: nodes.toSorted(),
  next: null,
});

/** The first step of a change. */
export function begun({ at, nodes }: View, next: readonly NodeName[]): View {
  return { at: at + 1, step: "spread", nodes, next: next.toSorted() };
}

/** The step after this one; null: nothing is under way. */
export function advanced({ at, step, nodes, next }: View): View | null {
  if (next === null) return null;
  if (step === "turn") return { at: at + 1, step: "stable", nodes: next, next: null };
  return { at: at + 1, step: step === "spread" ? "move" : "turn", nodes, next };
}

const areNames = (json: Json | undefined): boolean =>
  isArray(json) && json.length > 0 && json.every((name) => typeof name === "string");

export function isView(json: Json | undefined): json is View {
  return (
    isObject(json) &&
    isCount(json["at"]) &&
    STEPS.some((step) => step === json["step"]) &&
    areNames(json["nodes"]) &&
    (json["step"] === "stable" ? json["next"] === null : areNames(json["next"]))
  );
}
