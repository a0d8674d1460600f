import { expect, test } from "vitest";
import { curveFlag } from "../../src/sweep/curve.js";
import { product } from "../../src/sweep/settings.js";

const varied = (axes: { readonly [flag: string]: readonly string[] }): string | null =>
  curveFlag(product(Object.entries(axes).map(([flag, values]) => ({ flag, values }))).map((setting) => ({ setting })));

test("a flag that is varied over three numbers or more makes a curve, the write quorum before others", () => {
  expect(varied({ nodes: ["3", "5", "7"], writeQuorum: ["1", "2", "3"] })).toBe("writeQuorum");
  expect(varied({ nemesis: ["none", "kill"], nodes: ["3", "5", "7"] })).toBe("nodes");
});

test("words, and two points, make none", () => {
  expect(varied({ mode: ["leader", "abd", "raft"] })).toBeNull();
  expect(varied({ nodes: ["3", "5"] })).toBeNull();
  expect(varied({})).toBeNull();
});
