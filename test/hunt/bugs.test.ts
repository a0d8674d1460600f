/** Planted bugs are found under the scheduler, and their healthy twins are never accused. */

import { describe, expect, test } from "vitest";
import { pairEvents } from "../../checker/index.js";
import { hunt, quarryOf, tryoutOf, twinOf } from "../../src/hunt/hunt.js";
import { simulate } from "../../src/hunt/simulated.js";
import { BUGS } from "../../src/replica/protocol/bugs.js";

const SEEDS_MAX = 2000;
/** Where leaders change a run takes longer, and a soak takes the rest of 200. */
const twinSeeds = (mode: string): number => (mode === "raft" || mode === "leader" ? 25 : 200);

const HUNTED = BUGS.flatMap((bug) => {
  const quarry = quarryOf(bug);
  return quarry === null ? [] : [{ name: bug.name, quarry }];
});

describe.each(HUNTED)("$name", ({ quarry }) => {
  test(`is caught within ${SEEDS_MAX} seeds, with a witness`, () => {
    const found = hunt(quarry, SEEDS_MAX);
    expect(found?.verdict.witness.length).toBeGreaterThan(0);
    // The seed says it all: it shows the same again.
    expect(tryoutOf(quarry, found!.seed)!.events).toEqual(found!.events);
  });
});

// Bugs of one setting have one twin.
const TWINS = new Map(
  HUNTED.map(({ name, quarry }) => [JSON.stringify(twinOf(quarry)), { name, twin: twinOf(quarry) }] as const),
);

describe.each([...TWINS.values()])("the same cluster without $name", ({ twin }) => {
  const seeds = twinSeeds(twin.recipe.protocol.mode);
  test(`raises no alarm in ${seeds} seeds, in which operations succeed and faults strike`, () => {
    const accused: number[] = [];
    for (let seed = 1; seed <= seeds; seed++) if (tryoutOf(twin, seed) !== null) accused.push(seed);
    expect(accused).toEqual([]);
    const runs = Array.from({ length: 20 }, (_, i) => simulate({ ...twin.recipe, seed: i + 1 }));
    const histories = runs.map(({ events }) => pairEvents(events));
    const operations = histories.flatMap((history) => history.operations);
    for (const f of ["read", "write"]) {
      expect(operations.filter((op) => op.f === f && op.type === "ok").length, f).toBeGreaterThan(40);
    }
    expect(histories.flatMap(({ faults }) => faults).length).toBeGreaterThan(20);
  });
});
