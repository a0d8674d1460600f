/** A cycle of transactions, and what kind of anomaly it is. */

import { ANTI_DEPENDENCIES, PREDICATES, PROCESS, REALTIME, RW, RWP, WR, WRP, WW, WWP } from "../graph/edges.js";

/** `kind` is one bit of `graph/edges.ts`. The last step leads back to where the first begins. */
export interface Step {
  readonly from: number;
  readonly to: number;
  readonly kind: number;
}

/** Name of the anomaly (Adya's, refined by Elle's suffixes); null where the order alone is cyclic, which cannot be. */
export const classify = (steps: readonly Step[]): string | null => {
  const anti = steps.map((step) => (step.kind & ANTI_DEPENDENCIES) !== 0);
  const has = (kinds: number): boolean => steps.some((step) => (step.kind & kinds) !== 0);
  const count = anti.filter(Boolean).length;
  const item = has(PREDICATES) ? "" : "-item";
  const adjacent = anti.some((is, i) => is && anti[(i + 1) % anti.length] === true);
  let base: string;
  if (count === 1) base = `G-single${item}`;
  else if (count > 1) base = adjacent ? `G2${item}` : `G-nonadjacent${item}`;
  else if (has(WR | WRP)) base = "G1c";
  else if (has(WW | WWP)) base = "G0";
  else return null;
  return base + (has(REALTIME) ? "-realtime" : has(PROCESS) ? "-process" : "");
};

/** The kinds as single bits, in the order given, of which the first that `mask` has is taken; 0 for none. */
export const firstKind = (mask: number, order: readonly number[]): number =>
  order.find((kind) => (mask & kind) !== 0) ?? 0;

export const KINDS_IN_ORDER: readonly number[] = [WW, WR, RW, WWP, WRP, RWP, PROCESS, REALTIME];
