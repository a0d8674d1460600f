/** Nodes that leave the ring and join it while clients write: nothing acknowledged is lost, whatever breaks meanwhile. */

import { describe, expect, test } from "vitest";
import { draw } from "../../../src/replica/protocol/draw.js";
import { Ring } from "../../../src/replica/protocol/quorum/ring.js";
import type { Simulation } from "../../../src/replica/protocol/simulate.js";
import type { Json, QuorumConfig, Reply, Request } from "../../../src/replica/wire.js";
import { Alone, quorumConfig, replies, sends, sentTo } from "./alone.js";
import {
  ALL_FAULTS,
  converges,
  type DynamoRun,
  dynamoRun,
  type DynamoRunOptions,
  seesAcknowledged,
} from "./dynamo-run.js";

const FIVE = ["n1", "n2", "n3", "n4", "n5"];
const ring = (settings: Partial<QuorumConfig> = {}): QuorumConfig =>
  quorumConfig({ replicas: 3, quorumTimeoutMs: 120, ...settings });
const three = (run: DynamoRun): boolean => converges(run, 3);

/** One change after the other, of nodes that the seed chooses, asked of any node, until the run is over. */
const changes =
  (seed: number, answers: Reply[] = []) =>
  (sim: Simulation): void => {
    let on = FIVE;
    let draws = 0;
    const pick = (from: readonly string[]): string => from[Math.floor(from.length * draw(seed, draws++, "changes"))]!;
    const next = (): void => {
      if (sim.nowMs > 1400) return;
      const node = pick(FIVE);
      const change = !on.includes(node) ? "add" : on.length > 3 ? "remove" : null;
      if (change === null) {
        sim.after(1, next);
        return;
      }
      ask({ op: "voters", change, node });
    };
    const ask = (request: Request): void => {
      let open = true;
      const end = (reply: Reply | null): void => {
        if (!open) return;
        open = false;
        if (reply !== null) answers.push(reply);
        if (reply?.ok === true) on = reply.value as unknown as string[];
        sim.after(50, reply?.ok === true ? next : () => sim.nowMs < 1400 && ask(request));
      };
      const up = FIVE.filter((node) => sim.isUp(node));
      if (up.length > 0) sim.request(pick(up), request, end);
      sim.after(400, () => end(null));
    };
    sim.after(100, next);
  };

const SEEDS = 50;

/** So many seeds: which of them give a run without the property, how many changes came about, and when all was quiet. */
function changed(options: Omit<DynamoRunOptions, "seed">, holds: (run: DynamoRun) => boolean, seeds = SEEDS) {
  const answers: Reply[] = [];
  const failed: number[] = [];
  let unsettled = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const run = dynamoRun({ ...options, seed, also: changes(seed, answers) });
    if (!holds(run)) failed.push(seed);
    const rings = new Set(run.healths.map((health) => JSON.stringify((health as { ring?: Json }).ring)));
    if (rings.size !== 1 || JSON.stringify(run.healths).includes('"step"')) unsettled++;
  }
  return { failed, unsettled, done: answers.filter(({ ok }) => ok).length };
}

/** Kills, also between any two effects of a change, pauses and cuts; few enough that changes come to their end. */
const breaking = { faults: ALL_FAULTS, everyMs: 250 } as const;

describe("while nodes leave the ring and join it, under kills, pauses and partitions", () => {
  test("last write wins: every read sees what was acknowledged before, nothing of that is lost, and replicas agree", () => {
    const options = { ...breaking, protocol: ring(), finalReads: true };
    const { failed, unsettled, done } = changed(options, (run) => three(run) && seesAcknowledged(run), 2 * SEEDS);
    expect(failed).toEqual([]);
    expect(unsettled).toBe(0);
    expect(done).toBeGreaterThan(SEEDS);
  });

  test("vector clocks: nothing acknowledged is lost, and replicas agree", () => {
    const options = { ...breaking, protocol: ring({ versioning: "vector-clock" }), finalReads: true };
    const { failed, unsettled, done } = changed(options, three);
    expect(failed).toEqual([]);
    expect(unsettled).toBe(0);
    expect(done).toBeGreaterThan(SEEDS / 2);
  });

  test("and with stand-ins and hints, nothing of that is lost, and replicas agree", () => {
    const protocol = ring({ sloppyQuorum: true, hintedHandoffMs: 50, antiEntropyMs: 50, membershipMs: 50 });
    const { failed, unsettled, done } = changed({ ...breaking, protocol }, three);
    expect(failed).toEqual([]);
    expect(unsettled).toBe(0);
    expect(done).toBeGreaterThan(SEEDS / 2);
  });

  test("and deleted keys stay deleted", () => {
    const protocol = ring({ versioning: "vector-clock", antiEntropyMs: 50, tombstoneGcMs: 2000 });
    const options = { ...breaking, protocol, deletes: 0.25, writes: 0.35, keyLifeMs: 150, keys: 3 };
    const { failed, unsettled, done } = changed(options, three);
    expect(failed).toEqual([]);
    expect(unsettled).toBe(0);
    expect(done).toBeGreaterThan(SEEDS / 2);
  });

  test("without repair of any kind, what was acknowledged is still there afterwards, but not if it goes once it was sent", () => {
    const protocol = ring({ readRepair: false });
    const lossy = { protocol, network: { lossRate: 0.3 }, keys: 24, writes: 0.3, finalReads: true };
    expect(changed(lossy, seesAcknowledged).failed).toEqual([]);
    expect(changed({ ...lossy, bug: "quorum-moved-when-sent" }, seesAcknowledged).failed.length).toBeGreaterThan(5);
  });
});

/** A key of which a node that is not the clerk is a replica, and who gets it when that node leaves. */
const leaver = "n3";
const [key, gains] = ((): [string, string] => {
  for (let i = 0; ; i++) {
    const walk = new Ring(FIVE).walk(`k${i}`);
    if (walk.slice(0, 3).includes(leaver)) return [`k${i}`, walk[3]!];
  }
})();
const at = (self: string, log: readonly Json[] = []): Alone => new Alone(ring(), self, log, FIVE);
const without = FIVE.filter((node) => node !== leaver);
const view = (number: number, step: string): Json =>
  step === "stable"
    ? { at: number, step, nodes: without, next: null }
    : { at: number, step, nodes: FIVE, next: without };
const told = (node: Alone, number: number, step: string) => node.hear("n1", { is: "view", view: view(number, step) });
const isOf = (json: Json): string => (json as { is: string }).is;
const dumped = (node: Alone): Json => {
  const [reply] = replies(node.ask({ op: "dump" }));
  return reply?.ok === true ? reply.value : null;
};

describe("a node that leaves", () => {
  const state = { clockMs: 5, node: leaver, sequence: 1, value: 7 };

  test("says that it has handed its keys over once their new replicas have them, and drops them only in the end", () => {
    const node = at(leaver, [{ key, state }]);
    expect(sends(told(node, 1, "spread"))).toEqual([{ to: "n1", message: { is: "viewed", at: 1 } }]);
    told(node, 2, "move");
    const sent = sends(node.fire("ring", 40));
    expect(sent).toMatchObject([{ to: gains, message: { is: "handoff", key, state } }]);
    const { op } = sent[0]!.message as { op: number };
    expect(sends(node.hear(gains, { is: "stored", op }))).toEqual([{ to: "n1", message: { is: "viewed", at: 2 } }]);
    told(node, 3, "turn");
    expect(dumped(node)).toEqual({ [key]: [7] });
    told(node, 4, "stable");
    node.fire("ring", 80);
    expect(dumped(node)).toEqual({});
    expect(dumped(at(leaver, node.persisted))).toEqual({});
  });

  test("hands over again what it was killed with, before it drops it", () => {
    const before = at(leaver, [{ key, state }]);
    told(before, 4, "stable");
    const node = at(leaver, before.persisted);
    expect(dumped(node)).toEqual({ [key]: [7] });
    const sent = sends(node.fire("ring", 40)).filter(({ message }) => isOf(message) === "handoff");
    expect(sent).toHaveLength(3);
    for (const { to, message } of sent) node.hear(to, { is: "stored", op: (message as { op: number }).op });
    expect(dumped(node)).toEqual({});
  });

  test("waits for the end of the writes that began before, since their other replicas know of no new ones", () => {
    const node = at(leaver);
    const writing = node.write(key, 1);
    expect(sends(told(node, 1, "spread"))).toEqual([]);
    const { op } = sends(writing)[0]!.message as { op: number };
    const others = sends(writing).map(({ to }) => to);
    expect(sends(node.hear(others[0]!, { is: "stored", op }))).toEqual([
      { to: "n1", message: { is: "viewed", at: 1 } },
    ]);
    const during = sends(node.write(key, 2)).map(({ to }) => to);
    expect(during.toSorted()).toEqual([...others, gains].toSorted());
  });
});

describe("a change of the ring", () => {
  test("is passed on to the first node by name, and answered by it", () => {
    const [asked, clerk] = [at("n4"), at("n1")];
    const [change] = sentTo("n1", asked.ask({ op: "voters", change: "remove", node: leaver }));
    const views = sends(clerk.hear("n4", change!));
    expect(views.map(({ to }) => to)).toEqual(["n2", "n3", "n4", "n5"]);
    expect(views[0]!.message).toEqual({ is: "view", view: view(1, "spread") });
    const { op } = change as { op: number };
    const reply: Reply = { ok: true, value: without };
    expect(replies(asked.hear("n1", { is: "changed", op, reply }))).toEqual([reply]);
  });

  test("asked for twice, by a network that doubles, is done once", () => {
    const clerk = at("n1");
    const change = { is: "change", op: 7, change: { change: "remove", node: leaver } };
    expect(sends(clerk.hear("n4", change))).toHaveLength(4);
    expect(sends(clerk.hear("n4", change))).toEqual([]);
  });

  test("goes to its next step when every node has done the one before, the restarted clerk's as well", () => {
    const clerk = at("n1");
    clerk.ask({ op: "voters", change: "remove", node: leaver });
    const restarted = at("n1", clerk.persisted);
    expect(sends(restarted.fire("ring", 40)).map(({ message }) => message)).toContainEqual({
      is: "view",
      view: view(1, "spread"),
    });
    for (const node of ["n2", "n3", "n4"]) expect(sends(restarted.hear(node, { is: "viewed", at: 1 }))).toEqual([]);
    const next = sends(restarted.hear("n5", { is: "viewed", at: 1 }));
    expect(next[0]!.message).toEqual({ is: "view", view: view(2, "move") });
  });

  test("is told to a node that lost its disk, the clerk as well, when it is there again", () => {
    const old = at("n4", [{ view: view(4, "stable") }]);
    const [message] = sentTo("n1", old.connected("n1"));
    const clerk = at("n1");
    clerk.hear("n4", message!);
    expect(replies(clerk.ask({ op: "health" }))).toMatchObject([{ value: { ring: without } }]);
    const empty = at("n2");
    expect(empty.connected("n1")).toEqual([]);
    expect(sentTo("n2", old.hear("n2", { is: "view", view: view(1, "spread") }))).toContainEqual(message);
  });

  test("is refused where it cannot be, and one at a time", () => {
    const clerk = at("n1");
    const ask = (change: "add" | "remove", node: string) => replies(clerk.ask({ op: "voters", change, node }))[0];
    expect(ask("remove", "n9")).toMatchObject({ error: "bad-request", message: "n9 is no node of this cluster" });
    expect(ask("add", "n2")).toEqual({ ok: true, value: FIVE });
    expect(ask("remove", leaver)).toBeUndefined();
    expect(ask("remove", "n4")).toMatchObject({ error: "conflict" });
    const narrow = new Alone(ring({ replicas: 4 }), "n1", [{ view: view(4, "stable") }], FIVE);
    for (const node of FIVE.slice(1)) narrow.hear(node, { is: "viewed", at: 4 });
    const refused = replies(narrow.ask({ op: "voters", change: "remove", node: "n4" }))[0];
    expect(refused).toMatchObject({ error: "bad-request" });
    const full = new Alone(quorumConfig(), "n1");
    expect(replies(full.ask({ op: "voters", change: "remove", node: "n2" }))[0]).toMatchObject({
      error: "unsupported",
    });
  });
});
