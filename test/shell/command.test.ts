import { expect, test } from "vitest";
import { parseCommand } from "../../src/shell/command.js";
import { complete } from "../../src/shell/complete.js";
import { tableOf } from "../../src/shell/session.js";

const NODES = ["n1", "n2", "n3"];
const commandOf = (line: string): unknown => {
  const parsed = parseCommand(line, NODES);
  return parsed.ok ? parsed.command : parsed.problem;
};

test("values are JSON where they are, and text as it stands where not", () => {
  expect(commandOf("put x 1")).toEqual({ is: "put", key: "x", value: 1 });
  expect(commandOf('put x {"a": [1, 2]}')).toEqual({ is: "put", key: "x", value: { a: [1, 2] } });
  expect(commandOf("put x hello there")).toEqual({ is: "put", key: "x", value: "hello there" });
  expect(commandOf('cas x {"a": 1} "two words"')).toEqual({ is: "cas", key: "x", from: { a: 1 }, to: "two words" });
});

test("whom a partition does not name is a group of its own", () => {
  expect(commandOf("partition n1,n2 | n3")).toEqual({ is: "partition", groups: [["n1", "n2"], ["n3"]] });
  expect(commandOf("partition n1")).toEqual({ is: "partition", groups: [["n1"], ["n2", "n3"]] });
  expect(commandOf("partition n1 | n2")).toEqual({ is: "partition", groups: [["n1"], ["n2"], ["n3"]] });
});

test("an empty line and a comment say nothing", () => {
  for (const line of ["", "   ", "# put x 1"]) expect(commandOf(line)).toEqual({ is: "nothing" });
});

test("what is wrong is said in words", () => {
  expect(commandOf("gte x")).toMatch(/^gte: no such command; there are get, /);
  expect(commandOf("get")).toBe("expected: get k");
  expect(commandOf("get x y")).toBe("expected: get k");
  expect(commandOf("cas x 1")).toBe("expected: cas k a b");
  expect(commandOf("kill n9")).toBe("n9: no such node; there are n1, n2, n3");
  expect(commandOf("partition n1 | n1")).toBe("a node is on one side only");
  expect(commandOf("partition n1,n2,n3")).toMatch(/^that cuts nobody off/);
  expect(commandOf("delay soon")).toBe("expected: delay ms");
  expect(commandOf("constructor")).toMatch(/^constructor: no such command/);
});

test("Tab completes commands, nodes and the keys that were used", () => {
  const known = { nodes: NODES, keys: ["apple", "pear"] };
  expect(complete("pa", known)).toEqual([["partition ", "pause "], "pa"]);
  expect(complete("kill n", known)).toEqual([NODES, "n"]);
  expect(complete("partition n1,n", known)).toEqual([NODES, "n"]);
  expect(complete("get a", known)).toEqual([["apple"], "a"]);
  expect(complete("put apple a", known)[0]).toEqual([]);
});

test("states are a line a node and a column a key", () => {
  const states = [
    ["n1", { x: [1], y: ["b", "a"] }],
    ["n2", { x: [null] }],
    ["n3", null],
  ] as const;
  expect(tableOf(states)).toEqual(["    x  y", "n1  1  a & b", "n2  -  -", "n3  (no answer)"]);
  expect(tableOf([["n1", {}]])).toEqual(["n1  (empty)"]);
});
