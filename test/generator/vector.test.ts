import { expect, test } from "vitest";
import { draw } from "../../src/generator/random.js";
import { vector } from "../../src/generator/vector.js";

test("a vector holds what was set, at every size of its tree, and an old one stays as it was", () => {
  for (const size of [1, 31, 32, 33, 1024, 1025, 40_000]) {
    let current = vector<number>(size);
    const plain = new Map<number, number>();
    let old = { vector: current, plain: new Map(plain) };
    for (let n = 0; n < 300; n++) {
      const i = Math.floor(draw(size, n, "index") * size);
      current = current.set(i, n);
      plain.set(i, n);
      if (n === 150) old = { vector: current, plain: new Map(plain) };
    }
    for (let i = 0; i < size; i++) {
      expect(current.get(i)).toBe(plain.get(i));
      expect(old.vector.get(i)).toBe(old.plain.get(i));
    }
  }
});

test("a vector refuses what is outside", () => {
  for (const i of [-1, 3, 1.5]) expect(() => vector(3).set(i, 0)).toThrow(`vector: index ${i}, expected 0 .. 2`);
});
