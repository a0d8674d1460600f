import * as fc from "fast-check";
import { expect, test } from "vitest";
import { draw, pickOf, shuffle } from "../../nemesis/draw.js";
import { CLIENTS, type Grudge, PARTITION_SHAPES } from "../../nemesis/fault.js";
import {
  bridge,
  completeGrudge,
  cutLinks,
  describeGrudge,
  drawGrudge,
  invertGrudge,
  isolate,
  majoritiesRing,
  majorityOf,
  minorityOf,
  minorityThirdOf,
  NODES_MIN,
  USUAL_SHAPES,
} from "../../nemesis/grudge.js";

const seed = Number(process.env["SEED"] ?? Date.now() % 1e6);
console.log(`grudge laws: SEED=${seed}`);
const laws = { seed, numRuns: 300 };

const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `n${i + 1}`);
const hears = (grudge: Grudge, nodes: readonly string[], node: string): string[] =>
  nodes.filter((other) => !(grudge[node] ?? []).includes(other));
const isMutual = (grudge: Grudge): boolean => cutLinks(grudge).every(({ from, to }) => grudge[from]?.includes(to));
/** The grudge of a shape that is not resolved later. */
function drawn(shape: (typeof PARTITION_SHAPES)[number], nodes: readonly string[], at: number): Grudge {
  const grudge = drawGrudge(shape, nodes, pickOf(at, 0, "test"));
  if (grudge === "isolate-leader") throw new Error("unresolved");
  return grudge;
}

test("a draw depends on its seed, index and label alone, and is spread over [0, 1)", () => {
  expect(draw(7, 3, "key")).toBe(draw(7, 3, "key"));
  const buckets = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 20_000; i++) buckets[Math.floor(draw(i % 100, Math.floor(i / 100), "x") * 10)]! += 1;
  for (const count of buckets) expect(Math.abs(count - 2_000)).toBeLessThan(250);
  const near = new Set([
    draw(1, 0, "a"),
    draw(0, 1, "a"),
    draw(1, 0, "b"),
    draw(2 ** 32 + 1, 0, "a"),
    draw(-1, 0, "a"),
  ]);
  expect(near.size).toBe(5);
});

test("shuffling keeps every item and favours no order", () => {
  const orders = new Map<string, number>();
  for (let i = 0; i < 6_000; i++) {
    const order = shuffle(["a", "b", "c"], pickOf(i, 0, "t"), "s").join("");
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }
  expect(orders.size).toBe(6);
  for (const count of orders.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200);
});

test("components hear themselves and nobody else", () => {
  expect(completeGrudge([["n1", "n2"], ["n3"]])).toEqual({ n1: ["n3"], n2: ["n3"], n3: ["n1", "n2"] });
  expect(isolate("n2", names(3))).toEqual({ n2: ["n1", "n3"], n1: ["n2"], n3: ["n2"] });
  expect(completeGrudge([names(3)])).toEqual({});
});

test("inverting turns who may hear whom into who must not", () => {
  expect(invertGrudge(names(3), { n1: ["n2"], n2: ["n1", "n3"] })).toEqual({ n1: ["n3"], n3: ["n1", "n2"] });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer(), (n, at) => {
      const nodes = names(n);
      const may = Object.fromEntries(nodes.map((r) => [r, nodes.filter((s) => draw(at, 0, `${r}${s}`) < 0.5)]));
      const grudge = invertGrudge(nodes, may);
      for (const r of nodes)
        for (const s of nodes) {
          const open = r === s || may[r]!.includes(s);
          expect(hears(grudge, nodes, r).includes(s)).toBe(open);
        }
    }),
    laws,
  );
});

test("every shape cuts something between the given nodes, and never a node from itself", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PARTITION_SHAPES),
      fc.integer({ min: 0, max: 6 }),
      fc.integer(),
      (shape, more, at) => {
        const nodes = names(NODES_MIN[shape] + more);
        const grudge = drawGrudge(shape, nodes, pickOf(at, 0, "test"));
        if (shape === "leader" || shape === "primaries") {
          expect(grudge).toBe("isolate-leader");
          return;
        }
        const links = cutLinks(grudge as Grudge);
        expect(links.length).toBeGreaterThan(0);
        const ends = shape === "clients" ? [...nodes, CLIENTS] : nodes;
        for (const { from, to } of links) {
          expect(ends).toContain(from);
          expect(ends).toContain(to);
          expect(from).not.toBe(to);
        }
      },
    ),
    laws,
  );
});

test("one, halves, majority and minority split the nodes in two by their size", () => {
  const sizes = new Set<string>();
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 9 }), fc.integer(), (n, at) => {
      const nodes = names(n);
      const side = (shape: "one" | "halves" | "majority" | "minority"): number[] => {
        const grudge = drawn(shape, nodes, at);
        expect(isMutual(grudge)).toBe(true);
        const groups = new Set(nodes.map((node) => hears(grudge, nodes, node).join()));
        expect(groups.size).toBe(2);
        return [...groups].map((group) => group.split(",").length).sort((a, b) => a - b);
      };
      expect(side("one")).toEqual([1, n - 1]);
      expect(side("halves")).toEqual([Math.floor(n / 2), Math.ceil(n / 2)]);
      expect(side("majority")).toEqual([minorityOf(n), majorityOf(n)]);
      const [few = 0] = side("minority");
      expect(few).toBeLessThanOrEqual(minorityOf(n));
      sizes.add(`${n}:${few}`);
    }),
    laws,
  );
  expect(sizes.size, "minorities of many sizes").toBeGreaterThan(10);
});

test("in a ring of majorities every node hears exactly a majority, and no two nodes the same one", () => {
  for (let n = 3; n <= 15; n++) {
    const nodes = names(n);
    for (let at = 0; at < 20; at++) {
      const grudge = drawn("majorities-ring", nodes, at);
      const views = nodes.map((node) => hears(grudge, nodes, node));
      for (const [i, view] of views.entries()) {
        expect(view).toHaveLength(majorityOf(n));
        expect(view).toContain(nodes[i]);
      }
      expect(new Set(views.map((view) => view.join())).size).toBe(n);
      if (majorityOf(n) % 2 === 1) expect(isMutual(grudge)).toBe(true);
    }
  }
  expect(majoritiesRing(names(5))["n1"]).toEqual(["n3", "n4"]);
});

test("a bridge has one node that hears everybody, and two sides that hear only it", () => {
  for (let n = 3; n <= 9; n++) {
    const nodes = names(n);
    const grudge = drawn("bridge", nodes, n);
    const middle = nodes.filter((node) => hears(grudge, nodes, node).length === n);
    expect(middle).toHaveLength(1);
    expect(isMutual(grudge)).toBe(true);
    const sides = new Set(
      nodes.filter((node) => !middle.includes(node)).map((node) => hears(grudge, nodes, node).join()),
    );
    expect(sides.size).toBe(2);
  }
  expect(bridge(names(5))).toEqual(
    completeGrudge([
      ["n1", "n2"],
      ["n4", "n5"],
    ]),
  );
});

test("one-way cuts one direction only, of one node, either way round", () => {
  const directions = { deaf: 0, mute: 0 };
  fc.assert(
    fc.property(fc.integer({ min: 3, max: 9 }), fc.integer(), (n, at) => {
      const grudge = drawn("one-way", names(n), at);
      const links = cutLinks(grudge);
      expect(links).toHaveLength(n - 1);
      for (const { from, to } of links) expect(links).not.toContainEqual({ from: to, to: from });
      const [senders, receivers] = [new Set(links.map((l) => l.from)), new Set(links.map((l) => l.to))];
      expect(Math.min(senders.size, receivers.size)).toBe(1);
      directions[receivers.size === 1 ? "deaf" : "mute"] += 1;
    }),
    laws,
  );
  expect(Math.min(directions.deaf, directions.mute)).toBeGreaterThan(50);
});

test("a minority third is always less than a third, and fixed halves are the nodes as listed", () => {
  expect([3, 4, 6, 7, 9, 10].map(minorityThirdOf)).toEqual([0, 1, 1, 2, 2, 3]);
  for (let n = 4; n <= 12; n++) {
    const third = drawn("minority-third", names(n), n);
    const sizes = [...new Set(names(n).map((node) => hears(third, names(n), node).length))].sort((a, b) => a - b);
    expect(sizes[0]).toBe(Math.ceil(n / 3) - 1);
    expect(3 * sizes[0]!).toBeLessThan(n);
    for (let at = 0; at < 5; at++)
      expect(drawn("fixed-halves", names(n), at)).toEqual(
        completeGrudge([names(n).slice(0, Math.floor(n / 2)), names(n).slice(Math.floor(n / 2))]),
      );
  }
});

test("primaries are cut off each alone, some or all of them, and the others keep hearing each other", () => {
  const [nodes, primaries] = [names(5), ["n1", "n2", "n3"]];
  const alone = new Set<string>();
  for (let at = 0; at < 200; at++) {
    const grudge = drawGrudge("primaries", nodes, pickOf(at, 0, "test"), primaries) as Grudge;
    expect(isMutual(grudge)).toBe(true);
    const cut = nodes.filter((node) => hears(grudge, nodes, node).length === 1);
    alone.add(cut.join());
    for (const node of nodes) if (!cut.includes(node)) expect(hears(grudge, nodes, node)).toHaveLength(5 - cut.length);
  }
  expect([...alone].sort()).toEqual(["n1", "n1,n2", "n1,n2,n3", "n1,n3", "n2", "n2,n3", "n3"]);
  expect(drawGrudge("primaries", nodes, pickOf(1, 0, "test"), [])).toBe("isolate-leader");
});

test("a cut of clients loses their requests, the answers or both, and leaves the nodes to each other", () => {
  const seen = new Set<string>();
  for (let at = 0; at < 200; at++) {
    const grudge = drawn("clients", names(3), at);
    const links = cutLinks(grudge);
    const [requests, answers] = [
      links.filter(({ from }) => from === CLIENTS),
      links.filter(({ to }) => to === CLIENTS),
    ];
    expect(requests.length + answers.length).toBe(links.length);
    if (requests.length > 0 && answers.length > 0)
      expect(requests.map(({ to }) => to).sort()).toEqual(answers.map(({ from }) => from).sort());
    seen.add(`${Math.sign(requests.length)}${Math.sign(answers.length)} ${Math.max(requests.length, answers.length)}`);
  }
  expect(seen.size, [...seen].join()).toBe(6);
});

test("what is drawn where no shape is asked for cuts nodes from each other", () => {
  expect(USUAL_SHAPES).toEqual([
    "one",
    "halves",
    "majority",
    "minority",
    "majorities-ring",
    "bridge",
    "one-way",
    "leader",
  ]);
});

test("a grudge is described as groups where it is a clean split, else clause by clause", () => {
  const nodes = names(4);
  expect(describeGrudge(isolate("n2", nodes), nodes)).toBe("n1,n3,n4 | n2");
  expect(describeGrudge({ n1: ["n2"] }, nodes)).toBe("n1 hears not n2");
  expect(describeGrudge({}, nodes)).toBe("nobody");
});
