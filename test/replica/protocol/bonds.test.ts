import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Bonds } from "../../../src/replica/protocol/bonds.js";
import type { Versioned } from "../../../src/replica/protocol/versions.js";

const entry = (key: string, version: number): Versioned => ({ key, version, value: null });
const together = (bonds: Bonds, version: number, keys: readonly string[]): void =>
  bonds.add(keys.map((key) => entry(key, version)));
const groupOf = (bonds: Bonds, key: string): string[] => [...(bonds.groups().get(key) ?? [])].sort();

test("what was written together goes together, also through a third key", () => {
  const bonds = new Bonds();
  together(bonds, 1, ["x", "y"]);
  together(bonds, 2, ["y", "z"]);
  together(bonds, 3, ["u", "v"]);
  expect(groupOf(bonds, "x")).toEqual(["x", "y", "z"]);
  expect(groupOf(bonds, "v")).toEqual(["u", "v"]);
  expect(groupOf(bonds, "nothing")).toEqual([]);
});

test("one key alone binds nothing", () => {
  const bonds = new Bonds();
  together(bonds, 1, ["x"]);
  expect(bonds.has("x")).toBe(false);
});

test("an acknowledgement ends the bonds up to its version", () => {
  const bonds = new Bonds();
  together(bonds, 1, ["x", "y"]);
  together(bonds, 2, ["y", "z"]);
  bonds.acked("x", 1);
  bonds.acked("y", 1);
  expect(bonds.has("x")).toBe(false);
  expect(groupOf(bonds, "y")).toEqual(["y", "z"]);
  bonds.acked("y", 5);
  bonds.acked("z", 2);
  expect(bonds.groups().size).toBe(0);
});

test("a thousand bonds over few keys are merged, and none is forgotten", () => {
  const keys = fc.shuffledSubarray(["a", "b", "c", "d", "e", "f", "g", "h"], { minLength: 2, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(keys, { minLength: 250, maxLength: 1200 }), (writes) => {
      const bonds = new Bonds();
      const reached = new Map<string, Set<string>>();
      for (const [i, keys] of writes.entries()) {
        together(bonds, i + 1, keys);
        const joined = new Set([...keys, ...keys.flatMap((key) => [...(reached.get(key) ?? [])])]);
        for (const key of joined) reached.set(key, joined);
      }
      const groups = [...reached].map(([key, group]) => [key, [...group].sort()]);
      expect(groups.map(([key]) => [key, groupOf(bonds, String(key))])).toEqual(groups);
      for (const key of reached.keys()) bonds.acked(key, writes.length);
      expect(bonds.groups().size).toBe(0);
    }),
    { numRuns: 30 },
  );
});
