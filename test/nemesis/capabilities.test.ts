import { expect, test } from "vitest";
import { capabilitiesOf, whyNot } from "../../nemesis/capabilities.js";
import { FAULT_KINDS, type Fault } from "../../nemesis/fault.js";
import type { System, Target } from "../../nemesis/inject.js";

const never = (): Promise<never> => Promise.reject(new Error("no test moves a hand"));
const target = (name: string, hands: readonly (keyof Target)[]): Target => ({
  name,
  ...Object.fromEntries(hands.map((hand) => [hand, never])),
});
const why = (system: System, fault: Fault): string | null => whyNot(system, { fault });

test("a kind can be done when every node has the hands for it, and the way back", () => {
  const paused = ["pause", "resume", "state"] as const;
  expect(capabilitiesOf({ targets: [target("a", paused), target("b", paused)] })).toEqual(["pause"]);
  expect(capabilitiesOf({ targets: [target("a", ["kill", "pause"])] })).toEqual([]);
  expect(capabilitiesOf({ targets: [target("a", ["kill", "start"]), target("b", paused)] })).toEqual([]);
  expect(capabilitiesOf({ targets: [], network: { cut: never, heal: never, counters: never } })).toContain("partition");
  const everything = {
    targets: [
      target("a", ["kill", "start", "pause", "resume", "starve", "setClock", "setDisk", "damage", "wipe", "terminate"]),
    ],
    network: {
      cut: never,
      heal: never,
      delay: never,
      bandwidth: never,
      slowClose: never,
      corrupt: never,
      packet: never,
      counters: never,
    },
    remove: never,
    add: never,
    leader: never,
    promote: never,
  };
  expect(capabilitiesOf(everything)).toEqual(FAULT_KINDS);
});

test("what is missing is named", () => {
  const system: System = {
    targets: [target("a", ["kill", "start"])],
    network: { cut: never, heal: never, counters: never, cutModes: ["drop", "reset"] },
  };
  const grudge = { a: ["b"] };
  expect(why(system, { f: "kill", who: ["a"] })).toBeNull();
  expect(why(system, { f: "kill", who: "leader" })).toBe("nobody can say who leads");
  expect(why(system, { f: "kill", who: ["a"], signal: "SIGTERM" })).toBe("there is no hand to end a node by SIGTERM");
  expect(why(system, { f: "pause", who: ["a"] })).toBe("there is no hand to pause a node");
  expect(why(system, { f: "clock", who: ["a"], skew: { is: "rate", rate: 2 } })).toBe(
    "there is no hand to set the clock of a node",
  );
  expect(why(system, { f: "partition", shape: "one", grudge, mode: "reset" })).toBeNull();
  expect(why(system, { f: "partition", shape: "one", grudge, mode: "hang" })).toBe("links cannot be cut by hang");
  expect(why(system, { f: "partition", shape: "leader", grudge: "isolate-leader" })).toBe("nobody can say who leads");
  expect(why(system, { f: "bandwidth", links: [], bytesPerSecond: 1 })).toBe("the links cannot be made narrow");
  expect(why(system, { f: "promote", who: ["a"] })).toBe("the system has no way to change its leader");
  expect(why({ targets: [] }, { f: "bandwidth", links: [], bytesPerSecond: 1 })).toBe("there are no links to break");
});

test("a distribution that the network cannot draw from is named with those that it can", () => {
  const network = {
    cut: never,
    heal: never,
    counters: never,
    delay: never,
    distributions: ["constant", "uniform"],
  } as const;
  const delay = { f: "delay", links: [], latencyMs: 5, jitterMs: 1 } as const;
  expect(why({ targets: [], network }, delay)).toBeNull();
  expect(why({ targets: [], network }, { ...delay, distribution: "exponential" })).toBe(
    "a delay here cannot be exponential, only constant, uniform",
  );
});

test("what a hand can do but in part is named with that part", () => {
  const part = {
    ...target("a", ["kill", "start", "setDisk", "damage"]),
    diskTroubles: ["full"],
    damages: ["torn"],
  } as const;
  const whole = target("b", ["kill", "start", "setDisk", "damage"]);
  const slow: Fault = { f: "disk", who: ["a"], trouble: { is: "slow", on: "fsync", delayMs: 5 } };
  expect(why({ targets: [whole, part] }, { f: "disk", who: ["a"], trouble: { is: "full" } })).toBeNull();
  expect(why({ targets: [whole] }, slow)).toBeNull();
  expect(why({ targets: [whole, part] }, slow)).toBe("a disk cannot be made slow here, only full");
  const damage = (is: "torn" | "lose-unsynced") =>
    why({ targets: [part] }, { f: "damage", who: ["a"], damage: { is } });
  expect(damage("torn")).toBeNull();
  expect(damage("lose-unsynced")).toBe("files cannot be damaged by lose-unsynced here, only by torn");
});
