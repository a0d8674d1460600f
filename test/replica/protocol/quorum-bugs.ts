/** For each planted bug of quorum mode: a cluster that shows it, and the property that is gone. */

import type { BugName } from "../../../src/replica/protocol/bugs.js";
import type { Simulation } from "../../../src/replica/protocol/simulate.js";
import { quorumConfig } from "./alone.js";
import {
  ALL_FAULTS,
  converges,
  type DynamoRun,
  type DynamoRunOptions,
  seesAcknowledged,
  WITHOUT_KILLS,
} from "./dynamo-run.js";

export type QuorumBug = Extract<BugName, `quorum-${string}`>;

interface Shown {
  readonly options: Omit<DynamoRunOptions, "seed" | "bug">;
  readonly holds: (run: DynamoRun) => boolean;
}

const lww = quorumConfig({ quorumTimeoutMs: 120, replicas: 3 });
const clocks = { ...lww, versioning: "vector-clock" } as const;
const three = (run: DynamoRun): boolean => converges(run, 3);
/** Keys end soon, many of them with a delete: what comes back stays. */
const deleting = { deletes: 0.25, writes: 0.35, faults: ALL_FAULTS, keyLifeMs: 150, keys: 3 } as const;
const KILLS = ["kill", "kill between effects"] as const;
const handing = { ...lww, readRepair: false, sloppyQuorum: true, hintedHandoffMs: 50 } as const;

export const SHOWN: { readonly [name in QuorumBug]: Shown } = {
  "quorum-ack-before-quorum": { options: { protocol: lww, faults: ALL_FAULTS }, holds: seesAcknowledged },
  "quorum-early-answer": { options: { protocol: lww, faults: ALL_FAULTS }, holds: seesAcknowledged },
  "quorum-own-answer": { options: { protocol: lww, faults: ALL_FAULTS }, holds: seesAcknowledged },
  "quorum-ack-before-fsync": {
    options: { protocol: lww, keys: 3, faults: KILLS, everyMs: 60, network: { diskMs: [5, 30] } },
    holds: seesAcknowledged,
  },
  "quorum-cas-stale": {
    options: { protocol: { ...lww, replicationDelayMs: [0, 60] }, keys: 2, clients: 1, cas: 0.3, writes: 0.3 },
    holds: casIsFresh,
  },
  "quorum-repair-overwrites": {
    options: { protocol: { ...lww, replicationDelayMs: [0, 60] }, keys: 2, clients: 6 },
    holds: seesAcknowledged,
  },
  "quorum-hint-overwrites": { options: { protocol: handing, faults: WITHOUT_KILLS }, holds: three },
  "quorum-hint-dropped-early": { options: { protocol: handing, faults: WITHOUT_KILLS }, holds: three },
  "quorum-retry-twice": {
    options: { protocol: lww, keys: 2, clients: 8, faults: ["pause"], everyMs: 150 },
    holds: seesAcknowledged,
  },
  "quorum-sibling-dropped": {
    options: { protocol: { ...clocks, antiEntropyMs: 50 }, faults: ALL_FAULTS },
    holds: three,
  },
  "quorum-dot-reused": {
    options: { ...deleting, protocol: { ...clocks, antiEntropyMs: 50, tombstoneGcMs: 20 } },
    holds: three,
  },
  "quorum-merkle-last-missed": {
    options: { protocol: { ...lww, readRepair: false, antiEntropyMs: 50 }, faults: ALL_FAULTS, keyLifeMs: 50 },
    holds: three,
  },
  "quorum-moved-when-sent": {
    options: {
      protocol: { ...lww, readRepair: false },
      network: { lossRate: 0.3 },
      keys: 12,
      writes: 0.15,
      also: inAndOut,
    },
    holds: seesAcknowledged,
  },
  "quorum-tombstone-early": {
    options: { ...deleting, protocol: { ...clocks, antiEntropyMs: 50, tombstoneGcMs: 2000 } },
    holds: three,
  },
};

/** One node after the other leaves the ring, and the one before comes back. */
function inAndOut(sim: Simulation): void {
  const nodes = ["n2", "n3", "n4", "n5"];
  for (const [i, node] of nodes.entries()) {
    const atMs = 100 + 300 * i;
    sim.after(atMs, () => sim.request("n1", { op: "voters", change: "remove", node }, () => undefined));
    sim.after(atMs + 150, () => sim.request("n1", { op: "voters", change: "add", node }, () => undefined));
  }
}

/** One client at a time: a cas that succeeds found the value that was written last. */
function casIsFresh({ events }: DynamoRun): boolean {
  const current = new Map<string, unknown>();
  for (const event of events) {
    if (event.process === "nemesis") continue;
    const { type, f, key, value } = event;
    if (key === null || (type !== "ok" && type !== "info")) continue;
    // Nobody knows: from here on this key tells nothing.
    if (type === "info") return true;
    if (f === "write") current.set(key, value);
    if (f !== "cas") continue;
    const [from, to] = value as readonly [number, number];
    if (current.get(key) !== from) return false;
    current.set(key, to);
  }
  return true;
}
