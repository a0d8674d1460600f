import { expect, test } from "vitest";
import { openHands } from "../../nemesis/hands.js";
import type { System } from "../../nemesis/inject.js";
import { drawSchedule } from "../../nemesis/schedule.js";

/** A system of which somebody leads; n3 never does. */
function led(first: string): System & { now: string } {
  const system = {
    now: first,
    targets: [],
    leader: async () => system.now,
    promote: async (node: string) => {
      if (node === "n3") throw new Error("n3 has too little");
      system.now = node;
    },
  };
  return system;
}

test("the first that does not lead and can is made to, and goes on leading", async () => {
  const system = led("n1");
  const hands = openHands(system);
  const injected = await hands.inject({ f: "promote", who: ["n1", "n3", "n2"] });
  if (injected.is !== "done") throw new Error(injected.why);
  expect(injected.value).toEqual({ nodes: ["n2"], before: "n1" });
  await injected.undo();
  expect(await hands.healAll()).toEqual([]);
  expect(system.now).toBe("n2");
  expect(await injected.evidence()).toEqual({ bit: true, evidence: "leader read back n1, then n2" });
});

test("a new leader that is slow to say so is waited for, and one that never does is not believed to lead", async () => {
  for (const [silent, last] of [
    [3, "n2"],
    [Number.POSITIVE_INFINITY, "n1"],
  ] as const) {
    const system = led("n1");
    let asked = 0;
    const slow: System = { ...system, leader: async () => (asked++ > silent ? "n2" : "n1") };
    const injected = await openHands(slow).inject({ f: "promote", who: ["n2"] });
    if (injected.is !== "done") throw new Error(injected.why);
    expect(await injected.evidence()).toEqual({
      bit: last === "n2",
      evidence: `leader read back n1, then ${last}`,
    });
  }
});

test("where nobody else can lead, and where leaders cannot be changed, that is said and nothing was done", async () => {
  const system = led("n1");
  expect(await openHands(system).inject({ f: "promote", who: ["n1", "n3"] })).toEqual({
    is: "unsupported",
    why: "n1 leads already; n3 has too little",
  });
  expect(system.now).toBe("n1");
  const without: System = { targets: [], leader: async () => "n1" };
  expect(await openHands(without).inject({ f: "promote", who: ["n2"] })).toEqual({
    is: "unsupported",
    why: "the system has no hand to say who leads",
  });
});

test("a drawn one names all nodes in an order of its own, since who leads then is not known", () => {
  const nodes = ["n1", "n2", "n3"];
  const drawn = drawSchedule({
    kinds: ["promote"],
    partitions: [],
    nodes,
    seed: 1,
    durationMs: 60_000,
    intervalMs: 5_000,
    hasLeader: true,
  });
  if (!drawn.ok) throw new Error(drawn.problems.join());
  const orders = drawn.faults.map(({ fault }) => (fault.f === "promote" ? fault.who.join() : ""));
  expect(orders.length).toBeGreaterThan(5);
  expect(new Set(orders).size).toBeGreaterThan(2);
  for (const order of orders) expect(order.split(",").toSorted()).toEqual(nodes);
});
