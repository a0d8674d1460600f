import { expect, test } from "vitest";
import { openHands } from "../../nemesis/hands.js";
import type { System } from "../../nemesis/inject.js";

/** A system that only keeps a list of its members. */
function listed(...names: string[]): { readonly system: System; readonly members: Set<string> } {
  const members = new Set(names);
  const system: System = {
    targets: [],
    remove: async (node) => void members.delete(node),
    add: async (node) => void members.add(node),
    members: async () => [...members],
  };
  return { system, members };
}

test("a member leaves and joins again, a stranger joins and leaves again", async () => {
  for (const [f, who, during] of [
    ["remove", "n2", ["n1"]],
    ["add", "n3", ["n1", "n2", "n3"]],
  ] as const) {
    const { system, members } = listed("n1", "n2");
    const injected = await openHands(system).inject({ f, who: [who] });
    if (injected.is !== "done") throw new Error(injected.why);
    expect([...members]).toEqual(during);
    await injected.undo();
    await injected.undo();
    expect([...members].toSorted()).toEqual(["n1", "n2"]);
    expect(await injected.evidence()).toMatchObject({ bit: true });
  }
});

test("who is no member can't leave, who is one can't join, and a system without the hand says so", async () => {
  const { system } = listed("n1");
  expect(await openHands(system).inject({ f: "remove", who: ["n9"] })).toMatchObject({ why: "n9: no member" });
  expect(await openHands(system).inject({ f: "add", who: ["n1"] })).toMatchObject({ why: "n1: a member already" });
  expect(await openHands({ targets: [] }).inject({ f: "add", who: ["n1"] })).toMatchObject({ is: "unsupported" });
});

test("healAll brings back who was taken out", async () => {
  const { system, members } = listed("n1", "n2");
  const hands = openHands(system);
  await hands.inject({ f: "remove", who: ["n2"] });
  expect(await hands.healAll()).toEqual([]);
  expect(members.has("n2")).toBe(true);
});
