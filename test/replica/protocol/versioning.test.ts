import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lastWriteWins } from "../../../src/replica/protocol/last-write-wins.js";
import { vectorClock } from "../../../src/replica/protocol/vector-clock.js";
import type { Versioning } from "../../../src/replica/protocol/versioning.js";
import type { Json } from "../../../src/replica/wire.js";

const NODES = ["n1", "n2", "n3"];

/** What happens to one key at three replicas: writes, with or without an earlier read's context, and states passed on. */
const steps = fc.array(
  fc.oneof(
    fc.record({ at: fc.nat(2), write: fc.nat(5), contextOf: fc.option(fc.nat(2)), clockMs: fc.nat(4) }),
    fc.record({ from: fc.nat(2), to: fc.nat(2) }),
  ),
  { minLength: 3, maxLength: 25 },
);
type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never;

/** Every state that a replica ever had. */
function statesOf<S extends Json>(versioning: Versioning<S>, script: Steps): S[] {
  const held: (S | null)[] = [null, null, null];
  const all: S[] = [];
  let sequence = 0;
  for (const step of script) {
    const at = "at" in step ? step.at : step.to;
    const own = held[at] ?? null;
    let next: S | null;
    if ("at" in step) {
      const context = step.contextOf === null ? undefined : versioning.read(held[step.contextOf] ?? null).context;
      const stamp = { node: NODES[at]!, clockMs: step.clockMs, sequence: ++sequence };
      next = versioning.write(own, { value: step.write, ...(context === undefined ? {} : { context }) }, stamp);
    } else {
      const other = held[step.from] ?? null;
      next = own === null || other === null ? (own ?? other) : versioning.merge(own, other);
    }
    held[at] = next;
    if (next !== null) all.push(next);
  }
  return all;
}

function mergeIsAJoin<S extends Json>(versioning: Versioning<S>): void {
  let different = 0;
  fc.assert(
    fc.property(steps, fc.nat(), fc.nat(), fc.nat(), (script, i, j, k) => {
      const states = statesOf(versioning, script);
      fc.pre(states.length > 0);
      const [a, b, c] = [i, j, k].map((n) => states[n % states.length]!) as [S, S, S];
      const merge = (x: S, y: S): S => versioning.merge(x, y);
      expect(merge(a, b)).toEqual(merge(b, a));
      expect(merge(a, merge(b, c))).toEqual(merge(merge(a, b), c));
      expect(merge(a, a)).toBe(a);
      const both = merge(a, b);
      expect(merge(both, a)).toBe(both);
      expect(versioning.isState(JSON.parse(JSON.stringify(both)) as Json)).toBe(true);
      if (both !== a && both !== b) different++;
    }),
    { numRuns: 2000 },
  );
  if (versioning === (vectorClock as unknown)) expect(different).toBeGreaterThan(50);
}

describe("merging is a join: in any order, however often, the same comes out", () => {
  test("last write wins", () => mergeIsAJoin(lastWriteWins));
  test("vector clocks", () => mergeIsAJoin(vectorClock));
});

test("with vector clocks a value is gone only where a write that had seen it is, or was", () => {
  let replaced = 0;
  fc.assert(
    fc.property(steps, (script) => {
      // Every write has its own value, so that the values say which writes are left.
      const distinct = script.map((step, n) => ("at" in step ? { ...step, write: n } : step));
      const seenBy = new Map<Json, Set<Json>>();
      const held: ReturnType<typeof statesOf<typeof empty>>[number][] = [empty, empty, empty];
      const known: Set<Json>[] = [new Set(), new Set(), new Set()];
      for (const step of distinct) {
        if ("at" in step) {
          // A client that read elsewhere and writes here: it has seen all that was ever merged into what it read.
          const read = step.contextOf ?? step.at;
          const { context } = vectorClock.read(held[read]!);
          const stamp = { node: NODES[step.at]!, clockMs: 0, sequence: 0 };
          seenBy.set(step.write, new Set(known[read]));
          held[step.at] = vectorClock.write(held[step.at]!, { value: step.write, ...(context && { context }) }, stamp);
          known[step.at]!.add(step.write);
          // What the writer had seen is accounted for here as well, for the write carries it.
          for (const value of seenBy.get(step.write)!) known[step.at]!.add(value);
        } else {
          held[step.to] = vectorClock.merge(held[step.to]!, held[step.from]!);
          for (const value of known[step.from]!) known[step.to]!.add(value);
        }
        for (const [at, state] of held.entries()) {
          const left = new Set(vectorClock.values(state));
          for (const value of known[at]!) {
            const replacedBy = [...known[at]!].some((other) => seenBy.get(other)!.has(value));
            expect(left.has(value)).toBe(!replacedBy);
            if (replacedBy) replaced++;
          }
        }
      }
    }),
    { numRuns: 1000 },
  );
  expect(replaced).toBeGreaterThan(1000);
});

/** A replica that was never written: the join of nothing. */
const empty: ReturnType<typeof vectorClock.write> = [];
