/**
 * Decides histories in which every read names its write: forced order, a try, and where the try gets stuck, its choices
 * reversed one by one.
 *
 * A try that gets stuck hands over choices of which every order must reverse at least one. So either the first is
 * reversed; or the first stands and the second is reversed; and so on. Each case adds to the forced order, is saturated
 * again and tried again, depth first. A case whose forced order runs in a circle is dead. If all are, no order exists.
 */

import type { Edges } from "../../session/cycle.js";
import type { Budget } from "../../session/finding.js";
import { spend } from "../../session/finding.js";
import { anchorsOf } from "./anchors.js";
import { CHOSEN, Saturation } from "./forced.js";
import type { Programs } from "./programs.js";
import { replays } from "./replay.js";
import { type Choice, schedule } from "./schedule.js";

export type Decided =
  /** An order, replayed. */
  | { readonly is: "order"; readonly nodes: readonly number[] }
  /** The forced order alone runs in a circle. */
  | { readonly is: "cycle"; readonly cycle: readonly number[]; readonly edges: Edges }
  /** Every case of the search died: the nodes that played a part. */
  | { readonly is: "exhausted"; readonly nodes: readonly number[]; readonly cases: number }
  /** `placed`: the most operations that a try gave a place. */
  | { readonly is: "budget"; readonly placed: number };

/** A try that got stuck, and how many of its choices were already reversed. */
interface Case {
  readonly choices: readonly Choice[];
  reversed: number;
  /** Edges known when it got stuck. */
  readonly edges: number;
}

export const decide = (programs: Programs, budget: Budget): Decided => {
  const forced = new Saturation(programs, budget);
  const { edges } = forced;
  const anchors = anchorsOf(programs);
  // A linearizable history has an order by its anchors, and then nothing need be saturated.
  const early = schedule(programs, edges, anchors);
  if (early.is === "order" && replays(programs, early.nodes)) return { is: "order", nodes: early.nodes };
  const first = forced.begin();
  if (first.is === "cycle") return { is: "cycle", cycle: first.cycle, edges };
  let placed = 0;
  if (first.is === "budget") return { is: "budget", placed };
  const open: Case[] = [];
  const involved = new Set<number>();
  let cases = 0;
  for (;;) {
    if (!spend(budget, edges.from.length)) return { is: "budget", placed };
    const tried = schedule(programs, edges, anchors);
    if (tried.is === "order") {
      // An order that does not replay would be a mistake of ours: never an answer.
      if (replays(programs, tried.nodes)) return { is: "order", nodes: tried.nodes };
      return { is: "budget", placed };
    }
    placed = Math.max(placed, tried.placed);
    open.push({ choices: byDistance(tried.choices, anchors), reversed: 0, edges: edges.from.length });
    for (const { first: a, second: b } of tried.choices) involved.add(a).add(b);
    const next = nextCase(forced, open, involved);
    if (next === "budget") return { is: "budget", placed };
    cases++;
    if (next === "none") return { is: "exhausted", nodes: [...involved], cases };
  }
};

/** The choice that a reversal moves least in time comes first: it is the likeliest to have been wrong. */
const byDistance = (choices: readonly Choice[], anchors: Float64Array): Choice[] => {
  const distance = ({ first, second }: Choice): number => (anchors[second] ?? 0) - (anchors[first] ?? 0);
  return [...choices].sort((a, b) => distance(a) - distance(b));
};

/** Leaves `forced` saturated for the next case that is not dead. */
const nextCase = (forced: Saturation, open: Case[], involved: Set<number>): "case" | "none" | "budget" => {
  const { edges } = forced;
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    forced.backTo(top.edges);
    const turned = top.choices[top.reversed];
    if (turned === undefined) {
      open.pop();
      continue;
    }
    const stand = top.choices.slice(0, top.reversed).map(({ first, second }) => [first, second] as const);
    top.reversed++;
    const found = forced.choose([...stand, [turned.second, turned.first]]);
    if (found.is === "order") return "case";
    if (found.is === "budget") return "budget";
    for (const edge of found.cycle) {
      involved.add(edges.from[edge] ?? 0).add(edges.to[edge] ?? 0);
      const by = edges.by[edge] ?? CHOSEN;
      if (by >= 0) involved.add(by);
    }
  }
  return "none";
};
