/** Random generators built from every combinator, for the laws. Needs at least two threads. */

import * as fc from "fast-check";
import { limit, timeLimit, untilOk, untilSeen } from "../../src/generator/bounds.js";
import { each, evolving, learning, once, repeatOp } from "../../src/generator/each.js";
import type { Generator } from "../../src/generator/generator.js";
import { concurrentKeys, independentKeys } from "../../src/generator/keys.js";
import { mix, soonest } from "../../src/generator/mix.js";
import { pace, stagger } from "../../src/generator/pacing.js";
import { andThen, phases } from "../../src/generator/sequence.js";
import { keySlots } from "../../src/generator/slots.js";
import { eachThread, onThreads, reserve } from "../../src/generator/threads.js";

/** A generator, and how it was made: what a failing law prints. */
export interface Made {
  readonly words: string;
  readonly generator: Generator;
}

const made = (words: string, generator: Generator): Made => ({ words, generator });
const read = { f: "read", key: "x", value: null };
const seeds = fc.integer({ min: 0, max: 1000 });
const counts = fc.integer({ min: 0, max: 6 });

const leaf = fc.oneof(
  seeds.map((seed) =>
    made(
      `each(${seed})`,
      each(seed, (n, pick) => (pick("f") < 0.5 ? read : { f: "write", key: "x", value: n })),
    ),
  ),
  seeds.map((seed) =>
    made(
      `learning(${seed})`,
      learning<number>({
        seed,
        known: 0,
        op: (n, _pick, thread, heard) => ({ f: "write", key: "y", value: [n, thread, heard] }),
        observe: (heard) => heard + 1,
      }),
    ),
  ),
  seeds.map((seed) =>
    made(
      `evolving(${seed})`,
      evolving<number>({
        seed,
        state: 0,
        op: (n, _pick, thread, issued) => [{ f: "write", key: "y", value: [n, thread, issued] }, issued + 1],
      }),
    ),
  ),
  fc.constant(made("once", once(read))),
  fc.constant(made("repeatOp", repeatOp({ f: "cas", key: "x", value: [1, 2] }))),
);

const one = (name: string, child: fc.Arbitrary<Made>, wrap: (n: number, child: Generator) => Generator) =>
  fc.tuple(counts, child).map(([n, { words, generator }]) => made(`${name}(${n}, ${words})`, wrap(n, generator)));

const many = (
  name: string,
  child: fc.Arbitrary<Made>,
  wrap: (children: readonly Generator[], n: number) => Generator,
) =>
  fc.tuple(fc.array(child, { maxLength: 3 }), counts).map(([children, n]) =>
    made(
      `${name}(${[n, ...children.map(({ words }) => words)].join(", ")})`,
      wrap(
        children.map(({ generator }) => generator),
        n,
      ),
    ),
  );

export const trees: fc.Arbitrary<Made> = fc.letrec<{ tree: Made; node: Made }>((tie) => {
  const t = tie("tree");
  return {
    tree: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, tie("node")),
    node: fc.oneof(
      one("limit", t, limit),
      one("timeLimit", t, (n, child) => timeLimit(n * 1e6, child)),
      one("untilOk", t, (_, child) => untilOk(child)),
      one("untilSeen", t, (n, child) => untilSeen(child, (value) => n % 2 === 0 || value === null)),
      one("pace", t, (n, child) => pace(200 * (n + 1), child)),
      one("stagger", t, (n, child) => stagger(n, 1e6 * n, child)),
      many("mix", t, (children, n) =>
        mix(
          n,
          children.map((child, i) => [i + 1, child] as const),
        ),
      ),
      many("soonest", t, (children, n) => soonest(n, ...children)),
      many("andThen", t, (children) => andThen(...children)),
      many("phases", t, (children) => phases(...children)),
      one("onThreads", t, (n, child) => onThreads((thread) => thread % 2 === n % 2, child)),
      many("reserve", t, ([a, b], n) => reserve(n, [[1, a ?? once(read)]], b ?? once(read))),
      one("eachThread", t, (_, child) => eachThread(child)),
      one("eachThread of", t, (n, child) => eachThread((thread) => limit(thread + n, child))),
      one("independentKeys", t, (n, child) => independentKeys(["a", "b", "c"].slice(n % 4), () => limit(3, child))),
      one("concurrentKeys", t, (n, child) =>
        concurrentKeys(
          2,
          (i) => (i < 2 * n ? `c${i}` : null),
          () => limit(3, child),
        ),
      ),
      one("keySlots", leaf, (n, child) => keySlots({ seed: n, slots: n + 1, skew: 1, child: () => limit(2, child) })),
    ),
  };
}).tree;
