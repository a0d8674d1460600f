/** A fault of any kind that did nothing says so: `bit` is false, or it is told as one that could not be. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fault, FAULT_KINDS } from "../../nemesis/fault.js";
import { openHands } from "../../nemesis/hands.js";
import type { System, Target } from "../../nemesis/inject.js";
import { openLinks } from "../../nemesis/network/links.js";
import type { Links } from "../../nemesis/network/relay.js";

const nodes = ["n1", "n2"];
const who = ["n1"];
const links = [{ from: "n1", to: "n2" }];
let network: Links;
beforeAll(async () => {
  network = await openLinks({ nodes, framing: { by: "lines" } });
});
afterAll(() => network.close());

const nothing = (): Promise<void> => Promise.resolve();
const zero = (): Promise<number> => Promise.resolve(0);

/** Every hand is there, and none of them does anything; the node runs whatever it is told. */
const idle = (name: string): Target => ({
  name,
  kill: nothing,
  terminate: nothing,
  start: nothing,
  pause: nothing,
  resume: nothing,
  state: () => Promise.resolve("running"),
  starve: nothing,
  starvedMs: zero,
  setClock: nothing,
  readClock: () => Promise.resolve(Date.now()),
  setDisk: nothing,
  diskHits: zero,
  damage: () => Promise.resolve({ done: null, putBack: nothing }),
  wipe: zero,
});

const FAULTS: readonly Fault[] = [
  { f: "partition", shape: "one-way", grudge: { n2: ["n1"] } },
  { f: "kill", who },
  { f: "pause", who },
  { f: "delay", links, latencyMs: 50, jitterMs: 0 },
  { f: "bandwidth", links, bytesPerSecond: 10 },
  { f: "slow-close", links, delayMs: 50 },
  { f: "corrupt", links, probability: 1 },
  { f: "packet", links, effects: { loss: 1 } },
  { f: "crash-loop", who, upMs: 5_000, downMs: 5_000 },
  { f: "rolling", who, downMs: 10, gapMs: 10 },
  { f: "starve", who, cpuShare: 0.1 },
  { f: "clock", who, skew: { is: "bump", offsetMs: 10_000 } },
  { f: "disk", who, trouble: { is: "full" } },
  { f: "damage", who, damage: { is: "torn" } },
  { f: "wipe", who },
  { f: "remove", who },
  { f: "add", who: ["n3"] },
  { f: "promote", who },
];

test("there is a fault of every kind here", () => {
  expect(FAULTS.map(({ f }) => f)).toEqual(FAULT_KINDS);
});

for (const fault of FAULTS) {
  test(`${fault.f}: with hands that do nothing, on links that are silent, it is not said to have bitten`, async () => {
    const system: System = {
      targets: nodes.map(idle),
      network,
      remove: nothing,
      add: nothing,
      members: () => Promise.resolve(nodes),
      promote: nothing,
      leader: () => Promise.resolve("n2"),
    };
    const injected = await openHands(system).inject(fault);
    if (injected.is !== "done") {
      expect(["damage", "wipe"]).toContain(fault.f);
      expect(injected).toMatchObject({ is: "unsupported", why: `nothing there to ${fault.f}` });
      return;
    }
    await injected.undo();
    expect(await injected.evidence()).toMatchObject({ bit: false });
  });
}
