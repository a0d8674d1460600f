/** The planted bugs of leader mode: each is caught, and without it the same runs are clean. */

import { describe, expect, test } from "vitest";
import { BUGS, type BugName } from "../../../src/replica/protocol/bugs.js";
import { leaderConfig } from "./alone.js";
import { agree, type RandomRun, randomRun, type RandomRunOptions } from "./random-run.js";
import { linearizable, seedsWhere } from "./seeds.js";

const SEEDS_MAX = 2000;
const right = (run: RandomRun): boolean => linearizable(run) && agree(run);

const fenced = leaderConfig({ failover: "fenced", quorumTimeoutMs: 200, compactAfter: 20 });
const KINDS = ["kill", "kill between effects", "pause", "cut", "isolate", "isolate", "heal"];
const elections = { protocol: fenced, kinds: KINDS, durationMs: 4000 };
const fixed = { protocol: leaderConfig({ writeQuorum: 0, quorumTimeoutMs: 120, compactAfter: 20 }) };

type Runs = Omit<RandomRunOptions, "seed" | "bug">;
const SHOWN_BY: { readonly [name in BugName]?: Runs } = {
  "leader-no-fence": elections,
  "leader-unconfirmed-read": elections,
  "leader-ack-before-quorum": elections,
  "leader-votes-for-anybody": elections,
  "leader-vote-not-durable": elections,
  "leader-compact-forgets-vote": elections,
  "leader-short-snapshot": elections,
  "leader-reply-before-disk": { ...fixed, network: { diskMs: [5, 30] } },
  "leader-cas-in-two-steps": fixed,
  "leader-older-replaces": fixed,
  "leader-restart-owes-nothing": fixed,
  "leader-compact-loses-last": fixed,
};

function caughtAfter(runs: Runs, bug: BugName): number {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) if (!right(randomRun({ ...runs, seed, bug }))) return seed;
  return Number.POSITIVE_INFINITY;
}

test("every planted bug of this mode is here", () => {
  const names = BUGS.filter(({ mode }) => mode === "leader").map(({ name }) => name);
  expect(Object.keys(SHOWN_BY).sort()).toEqual([...names].sort());
});

for (const [name, runs] of Object.entries(SHOWN_BY)) {
  test(`${name} is caught`, () => {
    const seeds = caughtAfter(runs, name as BugName);
    expect(seeds).toBeLessThanOrEqual(SEEDS_MAX);
  });
}

describe("without a bug the same runs are clean", () => {
  // Those of `elections` are the first 200 of the test of fenced failover.
  test("a fixed leader, quick disk and slow", () => {
    expect(seedsWhere(200, fixed, right).failed).toEqual([]);
    expect(seedsWhere(200, { ...fixed, network: { diskMs: [5, 30] } }, right).failed).toEqual([]);
  });
});
