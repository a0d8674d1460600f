/** Faults of every kind, and a system on which none of them does anything. */

import type { Fault } from "../../nemesis/fault.js";
import type { Network, System, Target } from "../../nemesis/inject.js";

export const nodes = ["n1", "n2"] as const;
const who = ["n1"];
const links = [{ from: "n1", to: "n2" }];

const nothing = (): Promise<void> => Promise.resolve();
const zero = (): Promise<number> => Promise.resolve(0);

/** A node with every hand, none of which does anything: it runs whatever it is told. */
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

export const FAULTS: readonly Fault[] = [
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

/** Links that nobody broke, and over which nothing went. */
const idleNetwork: Network = {
  cut: nothing,
  heal: nothing,
  delay: nothing,
  bandwidth: nothing,
  slowClose: nothing,
  corrupt: nothing,
  packet: nothing,
  counters: () =>
    Promise.resolve(
      nodes.flatMap((from) =>
        nodes
          .filter((to) => to !== from)
          .map((to) => ({ from, to, passedBytes: 0, heldBytes: 0, heldConnections: 0, delayedBytes: 0 })),
      ),
    ),
};

export const idleSystem = (network: Network = idleNetwork): System => ({
  targets: nodes.map(idle),
  network,
  remove: nothing,
  add: nothing,
  members: () => Promise.resolve(nodes),
  promote: nothing,
  leader: () => Promise.resolve("n2"),
});
