import { expect, test } from "vitest";
import { below, draw, subSeed, zipf, zipfIndex } from "../../src/generator/random.js";

const N = 100_000;
/** 99.99 % quantile of chi-square with 99 degrees of freedom is about 161. */
const chiSquareMax = 165;

function chiSquare(draws: readonly number[]): number {
  const cells = Array.from({ length: 100 }, () => 0);
  for (const u of draws) cells[Math.floor(u * 100)]! += 1;
  const expected = draws.length / 100;
  return cells.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
}

const series: readonly (readonly [string, (i: number) => number])[] = [
  ["indexes", (i) => draw(7, i, "f")],
  ["seeds", (i) => draw(i, 7, "f")],
  ["labels", (i) => draw(7, 7, `label ${i}`)],
  ["indexes of a negative seed", (i) => draw(-1, i, "key")],
  ["far indexes", (i) => draw(7, i * 2 ** 33, "key")],
  ["derived seeds", (i) => draw(subSeed(1, i, "key"), 0, "f")],
];

test("a draw asked twice gives the same answer, and the answers never change between versions", () => {
  expect(draw(7, 3, "f")).toBe(draw(7, 3, "f"));
  expect([draw(0, 0, ""), draw(7, 3, "f"), draw(2 ** 40, 12, "key")]).toMatchInlineSnapshot(`
    [
      0.6463046893118183,
      0.27557611611041144,
      0.2555087324366708,
    ]
  `);
});

for (const [name, at] of series) {
  const draws = Array.from({ length: N }, (_, i) => at(i));
  test(`draws over ${name} are uniform in [0, 1)`, () => {
    expect(Math.min(...draws.slice(0, 1000))).toBeGreaterThanOrEqual(0);
    expect(draws.every((u) => u >= 0 && u < 1)).toBe(true);
    expect(chiSquare(draws)).toBeLessThan(chiSquareMax);
    expect(chiSquare(draws)).toBeGreaterThan(50);
  });

  test(`neighbours over ${name} are independent`, () => {
    // Pairs in a 10 x 10 grid, and pairs four apart.
    for (const lag of [1, 4]) {
      const pairs = draws.slice(lag).map((u, i) => (Math.floor(u * 10) + draws[i]!) / 10);
      expect(chiSquare(pairs)).toBeLessThan(chiSquareMax);
    }
  });

  test(`no two of ${N} draws over ${name} are equal, and their low bits are random too`, () => {
    expect(new Set(draws).size).toBe(N);
    expect(chiSquare(draws.map((u) => (u * 2 ** 32) % 1))).toBeLessThan(chiSquareMax);
  });
}

test("draws of one index under two labels are independent", () => {
  const pairs = Array.from({ length: N }, (_, i) => (Math.floor(draw(1, i, "a") * 10) + draw(1, i, "b")) / 10);
  expect(chiSquare(pairs)).toBeLessThan(chiSquareMax);
});

const bits = (u: number) => (u * 2 ** 32) >>> 0;

test("one changed bit of the seed or the index changes half of the answer's bits", () => {
  let flips = 0;
  let count = 0;
  for (let i = 0; i < 1000; i++) {
    for (let bit = 0; bit < 32; bit++) {
      const flipped = i ^ (1 << bit);
      for (const [one, other] of [
        [draw(i, 5, "f"), draw(flipped, 5, "f")],
        [draw(5, i, "f"), draw(5, flipped, "f")],
      ] as const) {
        for (let x = bits(one) ^ bits(other); x !== 0; x &= x - 1) flips++;
        count++;
      }
    }
  }
  expect(flips / count / 32).toBeCloseTo(0.5, 2);
});

test("a number below n takes each value, and never n", () => {
  expect(below(0, 3)).toBe(0);
  expect(below(1 - 2 ** -53, 3)).toBe(2);
  expect(below(1 - 2 ** -53, 2 ** 52)).toBeLessThan(2 ** 52);
});

test("zipf draws index i in proportion to 1 / (i + 1)^skew", () => {
  for (const skew of [0, 0.5, 1, 2]) {
    const index = zipf(10, skew);
    const counts = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < N; i++) counts[index(draw(3, i, "zipf"))]! += 1;
    const sum = counts.map((_, i) => (i + 1) ** -skew).reduce((a, b) => a + b);
    for (const [i, n] of counts.entries()) expect(Math.abs(n / N - (i + 1) ** -skew / sum)).toBeLessThan(0.006);
  }
});

test("zipf stays within its bounds at the ends of the draw", () => {
  for (const n of [1, 2, 1000]) {
    for (const skew of [0, 1, 3]) {
      expect(zipfIndex(0, n, skew)).toBe(0);
      expect(zipfIndex(1 - 2 ** -53, n, skew)).toBe(n - 1);
    }
  }
});

test("zipf refuses what is no number of keys and no skew", () => {
  expect(() => zipf(0, 1)).toThrow("zipf: n is 0");
  expect(() => zipf(2.5, 1)).toThrow("zipf: n is 2.5");
  expect(() => zipf(3, -1)).toThrow("zipf: skew is -1");
  expect(() => zipf(3, Number.NaN)).toThrow("zipf: skew is NaN");
});
