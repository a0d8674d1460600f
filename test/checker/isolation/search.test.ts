/** The search for cycles against an enumeration of all of them, on small random graphs with edges of every kind. */

import { expect, test } from "vitest";
import { searchComponent } from "../../../checker/isolation/cycles/component.js";
import { classify, type Step } from "../../../checker/isolation/cycles/cycle.js";
import { CYCLE_SPECS } from "../../../checker/isolation/cycles/specs.js";
import { components } from "../../../checker/isolation/graph/components.js";
import { PROCESS, REALTIME, RW, RWP, WR, WRP, WW, WWP } from "../../../checker/isolation/graph/edges.js";
import type { OrderedGraph } from "../../../checker/isolation/graph/order.js";
import { boundary, impliedBy } from "../../../checker/isolation/lattice/lattice.js";
import { Draws } from "./random.js";

type Matrix = readonly (readonly number[])[];

const graphOf = (matrix: Matrix): OrderedGraph => {
  const start = [0];
  const to: number[] = [];
  const kind: number[] = [];
  for (const row of matrix) {
    row.forEach((bits, target) => {
      if (bits === 0) return;
      to.push(target);
      kind.push(bits);
    });
    start.push(to.length);
  }
  const nodes = matrix.length;
  return { nodes, members: nodes, start: Int32Array.from(start), to: Int32Array.from(to), kind: Uint8Array.from(kind) };
};

const bitsOf = (mask: number): readonly number[] =>
  [WW, WR, RW, WWP, WRP, RWP, PROCESS, REALTIME].filter((bit) => (mask & bit) !== 0);

/** Length of the shortest simple cycle of each type, by enumerating all simple cycles with all choices of kinds. */
const shortestByType = (matrix: Matrix): ReadonlyMap<string, number> => {
  const best = new Map<string, number>();
  const steps: Step[] = [];
  const visit = (first: number, node: number, visited: number): void => {
    for (let next = first; next < matrix.length; next++) {
      for (const kind of bitsOf(matrix[node]![next]!)) {
        steps.push({ from: node, to: next, kind });
        if (next === first) {
          const type = classify(steps);
          if (type !== null && steps.length < (best.get(type) ?? Number.POSITIVE_INFINITY))
            best.set(type, steps.length);
        } else if ((visited & (1 << next)) === 0) visit(first, next, visited | (1 << next));
        steps.pop();
      }
    }
  };
  for (let first = 0; first < matrix.length; first++) visit(first, first, 1 << first);
  return best;
};

/** What the search should report: types in its order, none that an earlier one implies. */
const expected = (matrix: Matrix): ReadonlyMap<string, number> => {
  const all = shortestByType(matrix);
  const found = new Map<string, number>();
  for (const { type } of CYCLE_SPECS) {
    const length = all.get(type);
    if (length !== undefined && !impliedBy(found.keys()).has(type)) found.set(type, length);
  }
  return found;
};

const sameEntries = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean =>
  a.size === b.size && [...a].every(([type, length]) => b.get(type) === length);

/** Dependencies of any kind between any two; one order, which like real time never runs backwards. */
const randomMatrix = (draws: Draws): Matrix => {
  const nodes = 3 + draws.below(4);
  const density = 0.03 + 0.2 * draws.next();
  const order = [0, PROCESS, REALTIME][draws.below(3)]!;
  const kinds = draws.chance(0.5) ? [WW, WR, RW, RW, WWP, WRP, RWP] : [WW, WR, RW, RW];
  const ring = draws.chance(0.5);
  return Array.from({ length: nodes }, (_, from) =>
    Array.from({ length: nodes }, (__, to) => {
      if (from === to) return 0;
      // A ring of single edges and little else: without it long cycles hide behind short ones.
      if (ring && to === (from + 1) % nodes) {
        const bit = draws.chance(0.4) && from < to ? order : 0;
        return bit === 0 ? kinds[draws.below(kinds.length)]! : bit;
      }
      if (ring && draws.chance(0.8)) return 0;
      let bits = 0;
      for (const kind of kinds) if (draws.chance(density / 2)) bits |= kind;
      if (from < to && draws.chance(0.3)) bits |= order;
      return bits;
    }),
  );
};

const SEED = 20_250_917;

test(`finds a shortest cycle of each type that no other implies (seed ${SEED})`, () => {
  const draws = new Draws(SEED);
  const seen = new Map<string, number>();
  let compared = 0;
  let onlyClosedWalks = 0;
  for (let i = 0; i < 20_000; i++) {
    const matrix = randomMatrix(draws);
    const graph = graphOf(matrix);
    if (components(graph).count !== 1) continue;
    compared++;
    const { cycles, exists } = searchComponent(graph, null);
    const ours = new Map([...cycles].map(([type, steps]) => [type, steps.length]));
    const wanted = expected(matrix);
    for (const [type, steps] of cycles) {
      expect(classify(steps)).toBe(type);
      for (const { from, to, kind } of steps) expect(matrix[from]![to]! & kind).not.toBe(0);
      seen.set(type, (seen.get(type) ?? 0) + 1);
    }
    // Whatever model a cycle refutes, some reported cycle refutes. (A dependency through a predicate beside an item's
    // anti-dependency makes a G-single, which says less than it could: then the bare existence is reported too.)
    const refuted = boundary(ours.keys());
    const predicates = matrix.flat().some((kind) => (kind & (WWP | WRP | RWP)) !== 0);
    for (const { model } of predicates ? [] : exists) expect([...refuted.not, ...refuted.alsoNot]).toContain(model);
    if (sameEntries(ours, wanted)) continue;
    // Only cycles with nonadjacent anti-dependencies may be longer or hidden, where they share a transaction with another.
    for (const [type, length] of wanted) {
      if (type.startsWith("G-nonadjacent")) continue;
      if (!impliedBy(ours.keys()).has(type) || ours.has(type))
        expect([i, type, ours.get(type)]).toEqual([i, type, length]);
    }
    onlyClosedWalks++;
  }
  expect(compared).toBeGreaterThan(500);
  for (const { type } of CYCLE_SPECS) expect([type, (seen.get(type) ?? 0) > 0]).toEqual([type, true]);
  expect(onlyClosedWalks).toBeLessThan(compared / 100);
  process.stdout.write(
    `\n${compared} graphs, ${onlyClosedWalks} with another nonadjacent cycle; ${[...seen].map(([t, n]) => `${t} ${n}`).join(", ")}\n`,
  );
});
