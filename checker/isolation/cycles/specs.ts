/**
 * What makes a cycle a G0, a G1c, a G-single, ...: the edges allowed, the edges required, how anti-dependencies may lie.
 *
 * A history with a cycle of one type has others too, in a trivial sense; the order of the search and the implications
 * between anomalies (`lattice/`) leave the most telling.
 */

import { ANTI_DEPENDENCIES, PREDICATES, PROCESS, REALTIME, RW, WR, WRP, WW, WWP } from "../graph/edges.js";

export interface CycleSpec {
  readonly type: string;
  /** Kinds other than anti-dependencies that may occur. */
  readonly plain: number;
  /** Anti-dependencies that may occur. */
  readonly anti: number;
  /** none: no anti-dependency; one: exactly one; nonadjacent: two or more, never two in a row; any: two or more. */
  readonly mode: "none" | "one" | "nonadjacent" | "any";
  /** From each of these sets of kinds at least one edge. */
  readonly required: readonly number[];
}

const SUFFIXES = { "": 0, "-process": PROCESS, "-realtime": REALTIME } as const;
const ITEM = WW | WR;
const ALL = WW | WR | WWP | WRP;

const BASES: readonly CycleSpec[] = [
  { type: "G0", plain: WW | WWP, anti: 0, mode: "none", required: [] },
  { type: "G1c", plain: ALL, anti: 0, mode: "none", required: [WR | WRP] },
  { type: "G-single-item", plain: ITEM, anti: RW, mode: "one", required: [] },
  { type: "G-single", plain: ALL, anti: ANTI_DEPENDENCIES, mode: "one", required: [PREDICATES] },
  { type: "G-nonadjacent-item", plain: ITEM, anti: RW, mode: "nonadjacent", required: [] },
  { type: "G-nonadjacent", plain: ALL, anti: ANTI_DEPENDENCIES, mode: "nonadjacent", required: [PREDICATES] },
  { type: "G2-item", plain: ITEM, anti: RW, mode: "any", required: [] },
  { type: "G2", plain: ALL, anti: ANTI_DEPENDENCIES, mode: "any", required: [PREDICATES] },
];

const specs = new Map<string, CycleSpec>();
for (const base of BASES) {
  for (const [suffix, kind] of Object.entries(SUFFIXES)) {
    const required = kind === 0 ? base.required : [...base.required, kind];
    specs.set(base.type + suffix, { ...base, type: base.type + suffix, plain: base.plain | kind, required });
  }
}

/** From the most to the least telling, as Elle searches: whatever an earlier find implies is not searched. */
const ORDER = [
  "G-single-item G0 G-nonadjacent-item G-single-item-process G1c G-nonadjacent-item-process G-single",
  "G-single-item-realtime G2-item G-nonadjacent G-nonadjacent-item-realtime G2 G0-process G1c-process G-single-process",
  "G2-item-process G-nonadjacent-process G2-process G0-realtime G1c-realtime G-single-realtime G2-item-realtime",
  "G-nonadjacent-realtime G2-realtime",
]
  .join(" ")
  .split(" ");

export const CYCLE_SPECS: readonly CycleSpec[] = ORDER.flatMap((type) => specs.get(type) ?? []);

/** A model, and the graph that is acyclic wherever it holds. */
export interface ExistenceSpec {
  readonly model: string;
  readonly anomaly: string;
  readonly plain: number;
  readonly anti: number;
  readonly nonadjacent: boolean;
}

const existence = (model: string, name: string, plain: number, anti: number, nonadjacent = false): ExistenceSpec => ({
  model,
  anomaly: `${name}-cycle-exists`,
  plain,
  anti,
  nonadjacent,
});

const W = WW | WWP;

/** Weakest first within each family, so that a stronger model is examined only where no weaker one fell. */
export const EXISTENCE_SPECS: readonly ExistenceSpec[] = [
  existence("read-uncommitted", "PL-1", W, 0),
  existence("read-committed", "PL-2", ALL, 0),
  existence("snapshot-isolation", "PL-SI", ALL, ANTI_DEPENDENCIES, true),
  existence("repeatable-read", "PL-2.99", ALL, RW),
  existence("serializable", "PL-3", ALL, ANTI_DEPENDENCIES),
  existence("strong-session-read-uncommitted", "strong-session-PL-1", W | PROCESS, 0),
  existence("strong-session-read-committed", "strong-session-PL-2", ALL | PROCESS, 0),
  existence(
    "strong-session-snapshot-isolation",
    "strong-session-snapshot-isolation",
    ALL | PROCESS,
    ANTI_DEPENDENCIES,
    true,
  ),
  existence("strong-session-serializable", "strong-session-serializable", ALL | PROCESS, ANTI_DEPENDENCIES),
  existence("strong-read-uncommitted", "strong-PL-1", W | REALTIME, 0),
  existence("strong-read-committed", "strong-PL-2", ALL | REALTIME, 0),
  existence("strong-snapshot-isolation", "strong-snapshot-isolation", ALL | REALTIME, ANTI_DEPENDENCIES, true),
  existence("strong-serializable", "PL-SS", ALL | REALTIME, ANTI_DEPENDENCIES),
];
