import { afterEach, expect, test } from "vitest";
import { conduct, type ConductEvent, type Outcome } from "../../nemesis/conduct.js";
import { CLIENTS, type Fault, type TimedFault } from "../../nemesis/fault.js";
import { isolate } from "../../nemesis/grudge.js";
import { openHands } from "../../nemesis/hands.js";
import type { System, Target } from "../../nemesis/inject.js";
import { stateOfGroup } from "../../nemesis/process/group.js";
import { drawSchedule } from "../../nemesis/schedule.js";
import { type Foreign, openForeign } from "./foreign.js";
import { idleSystem } from "./idle.js";
import { Waiting } from "./waiting.js";
import { until } from "./network/peers.js";

const seed = Number(process.env["SEED"] ?? Date.now() % 1e6);
console.log(`conduct: SEED=${seed}`);

const nodes = ["n1", "n2", "n3"];
const open: Foreign[] = [];
afterEach(async () => {
  for (const foreign of open.splice(0)) await foreign.close();
});

async function foreign(options: { readonly traffic: boolean } = { traffic: true }): Promise<Foreign> {
  const made = await openForeign(nodes, options);
  open.push(made);
  return made;
}

const planned = (...faults: readonly [atMs: number, forMs: number, fault: Fault][]): TimedFault[] =>
  faults.map(([atMs, forMs, fault], i) => ({ id: `f${i + 1}`, atMs, forMs, fault }));

const partition: Fault = { f: "partition", shape: "one", grudge: isolate("n1", nodes) };

/** Nothing cut (a byte passes every link), nobody stopped or gone. */
async function expectWhole(there: Foreign): Promise<void> {
  const { system, links } = there;
  for (const target of system.targets) expect(await target.state(), target.name).toBe("running");
  for (const name of nodes) expect(await stateOfGroup(there.pgid(name))).toBe("running");
  const passed = async (): Promise<number[]> => (await links.counters()).map(({ passedBytes }) => passedBytes);
  const before = await passed();
  await until("every link passes bytes", async () => (await passed()).every((bytes, i) => bytes > before[i]!));
}

const isProven = ({ begun, bit }: Outcome): boolean => begun && bit;

/** Runs a drawn schedule, and looks at when it told what. */
async function drawn(there: Foreign, drawSeed: number): Promise<readonly Outcome[]> {
  const kinds = ["partition", "kill", "pause", "delay"] as const;
  const options = { kinds, partitions: ["one", "bridge", "leader"], nodes, durationMs: 4_000 } as const;
  const schedule = drawSchedule({ ...options, seed: drawSeed, intervalMs: 1_500, hasLeader: true });
  if (!schedule.ok) throw new Error(schedule.problems.join());
  const told: { readonly event: ConductEvent; readonly ms: number }[] = [];
  const startedAt = performance.now();
  const result = await conduct({
    schedule: schedule.faults,
    system: there.system,
    startedAt,
    onEvent: (event) => told.push({ event, ms: performance.now() - startedAt }),
  });
  expect(result.errors).toEqual([]);
  expect(result.broken).toEqual([]);
  expect(result.outcomes.map(({ id }) => id)).toEqual(schedule.faults.map(({ id }) => id));
  for (const { id, atMs, forMs } of schedule.faults) {
    const [begin, end, ...more] = told.filter(({ event }) => event.id === id);
    // How late it may be is a question of how busy the machine is: the next test has a clock of its own.
    expect([begin!.event.phase, end!.event.phase, more.length]).toEqual(["begin", "end", 0]);
    expect(begin!.ms).toBeGreaterThanOrEqual(atMs - 1);
    if (result.outcomes.find((outcome) => outcome.id === id)?.begun === true)
      expect(end!.ms).toBeGreaterThanOrEqual(atMs + forMs - 1);
  }
  return result.outcomes;
}

test("a drawn schedule of all kinds is run at its times, every fault is proven, and all is well afterwards", async () => {
  const there = await foreign();
  let outcomes: readonly Outcome[] = [];
  // On a busy machine a node takes so long to come back that the next fault may find it down; not every time.
  for (let tries = 0; tries < 4 && (tries === 0 || !outcomes.every(isProven)); tries++) {
    outcomes = await drawn(there, seed + tries);
    const others = outcomes.filter((outcome) => !isProven(outcome));
    for (const { evidence } of others)
      expect(evidence).toMatch(/^unsupported: n\d is down already(; n\d is down already)*$/);
    await expectWhole(there);
  }
  expect(outcomes.filter((outcome) => !isProven(outcome))).toEqual([]);
});

/** Two nodes that are at once what they are told to be. */
function obedient(): System {
  const system = idleSystem();
  const targets = system.targets.map((target): Target => {
    let state: "running" | "stopped" | "gone" = "running";
    const become = (next: typeof state) => async () => void (state = next);
    const [kill, pause] = [become("gone"), become("stopped")];
    return { ...target, state: async () => state, kill, pause, start: become("running"), resume: become("running") };
  });
  return { ...system, targets };
}

test("where nothing takes time, every fault begins and ends to the millisecond", async () => {
  const kinds = ["partition", "kill", "pause", "delay"] as const;
  const options = { kinds, partitions: ["one"], nodes: ["n1", "n2"], durationMs: 60_000 } as const;
  const schedule = drawSchedule({ ...options, seed, intervalMs: 5_000, hasLeader: true });
  if (!schedule.ok) throw new Error(schedule.problems.join());
  const time = new Waiting();
  const told = new Map<string, number>();
  const conducted = conduct({
    schedule: schedule.faults,
    system: obedient(),
    hands: { time },
    onEvent: ({ id, phase }) => told.set(`${id} ${phase}`, time.nowMs()),
  });
  expect((await time.passUntil(conducted)).broken).toEqual([]);
  expect(schedule.faults.length).toBeGreaterThan(8);
  for (const { id, atMs, forMs } of schedule.faults) {
    expect([told.get(`${id} begin`), told.get(`${id} end`)], id).toEqual([atMs, atMs + forMs]);
  }
});

test("what was really done is told: the leader by name, the grudge, the proof", async () => {
  const there = await foreign();
  there.lead("n2");
  const events: ConductEvent[] = [];
  const schedule = planned(
    [0, 700, { f: "partition", shape: "leader", grudge: "isolate-leader" }],
    [800, 100, { f: "pause", who: "leader" }],
    [1_000, 100, { f: "kill", who: ["n3"] }],
    [1_200, 700, { f: "delay", links: [{ from: CLIENTS, to: "n1" }], latencyMs: 10, jitterMs: 5 }],
  );
  const { outcomes } = await conduct({ schedule, system: there.system, onEvent: (event) => events.push(event) });
  const value = (id: string, phase: string): unknown => events.find((e) => e.id === id && e.phase === phase)?.value;
  expect(value("f1", "begin")).toEqual({ shape: "leader", grudge: isolate("n2", nodes), leader: "n2" });
  expect(value("f2", "begin")).toEqual({ nodes: ["n2"], leader: "n2" });
  expect(value("f3", "begin")).toEqual({ nodes: ["n3"] });
  expect(value("f4", "begin")).toEqual({ links: [{ from: CLIENTS, to: "n1" }], latencyMs: 10, jitterMs: 5 });
  expect(outcomes.map(({ bit }) => bit)).toEqual([true, true, true, true]);
  expect(outcomes[0]!.evidence).toMatch(/^[1-9]\d* bytes and \d+ connections held on 4 of 4 cut links \(n1 > n2/);
  expect(outcomes[1]!.evidence).toMatch(/^n2 read back stopped after \d+ ms, running again$/);
  expect(outcomes[2]!.evidence).toMatch(/^n3 read back gone after \d+ ms, running again$/);
  expect(outcomes[3]!.evidence).toMatch(/^[1-9]\d* bytes delayed on 1 of 1 slow links \(clients > n1\)$/);
});

test("faults that bite nothing, or can't be injected, are told as such", async () => {
  const silent = await foreign({ traffic: false });
  silent.lead(null);
  const schedule = planned(
    [0, 100, partition],
    [0, 100, { f: "delay", links: [{ from: "n1", to: "n2" }], latencyMs: 10, jitterMs: 0 }],
    [0, 100, { f: "pause", who: "leader" }],
    [0, 100, { f: "kill", who: ["n9"] }],
    [0, 2_500, { f: "kill", who: ["n3"] }],
    [1_200, 50, { f: "kill", who: ["n3"] }],
    [1_200, 50, { f: "pause", who: ["n3", "n1"] }],
    [9_000, 50, { f: "partition", shape: "one", grudge: { n9: ["n1"] } }],
  ).map((timed) => (timed.atMs === 9_000 ? { ...timed, atMs: 10 } : timed));
  const events: ConductEvent[] = [];
  const { outcomes, errors, broken } = await conduct({
    schedule,
    system: silent.system,
    hands: { leaderMs: 50 },
    onEvent: (event) => events.push(event),
  });
  expect(outcomes.map(({ begun, bit }) => [begun, bit])).toEqual([
    [true, false],
    [true, false],
    [false, false],
    [false, false],
    [true, true],
    [false, false],
    [true, true],
    [false, false],
  ]);
  expect(outcomes[0]!.evidence).toBe("0 bytes and 0 connections held on 0 of 4 cut links");
  expect(outcomes[2]!.evidence).toBe("unsupported: nobody knew who leads within 50 ms");
  expect(outcomes[3]!.evidence).toBe('unsupported: there is no node "n9"');
  expect(outcomes[5]!.evidence).toBe("unsupported: n3 is down already");
  expect(outcomes[7]!.evidence).toContain('failed: no link from "n1" to "n9"');
  expect(events.find(({ id, phase }) => id === "f7" && phase === "begin")!.value).toEqual({
    nodes: ["n1"],
    skipped: ["n3 is down already"],
  });
  expect(events.filter(({ phase }) => phase === "begin")).toHaveLength(8);
  expect(events.filter(({ phase }) => phase === "end")).toHaveLength(8);
  expect(errors).toHaveLength(1);
  expect(broken, "a link that is not there can't be healed either").toHaveLength(1);
});

test("aborting in the middle undoes everything at once, and begins nothing more", async () => {
  const there = await foreign();
  const stop = new AbortController();
  const begun: string[] = [];
  const ended: string[] = [];
  const schedule = planned(
    [0, 60_000, partition],
    [0, 60_000, { f: "pause", who: ["n2"] }],
    [0, 60_000, { f: "kill", who: ["n3"] }],
    [0, 60_000, { f: "delay", links: [{ from: "n2", to: CLIENTS }], latencyMs: 5_000, jitterMs: 0 }],
    [30_000, 60_000, { f: "kill", who: ["n1"] }],
  );
  const running = conduct({
    schedule,
    system: there.system,
    signal: stop.signal,
    onEvent: ({ id, phase }) => (phase === "begin" ? begun : ended).push(id),
  });
  await until("four have begun", () => begun.length === 4);
  expect(await there.system.targets[1]!.state()).toBe("stopped");
  expect(await there.system.targets[2]!.state()).toBe("gone");
  stop.abort();
  const { outcomes, broken } = await running;
  expect(ended.toSorted()).toEqual(["f1", "f2", "f3", "f4"]);
  expect(outcomes[4]).toEqual({
    id: "f5",
    f: "kill",
    begun: false,
    bit: false,
    evidence: "the run ended before it began",
  });
  expect(broken).toEqual([]);
  await expectWhole(there);
});

test("an undo that fails does not stop the others, and is tried once more at the end", async () => {
  const there = await foreign();
  const [n1, n2, n3] = there.system.targets;
  let refusals = 1;
  const stubborn: System = {
    ...there.system,
    targets: [
      n1!,
      {
        ...n2!,
        resume: async () => {
          if (refusals-- > 0) throw new Error("not yet");
          await n2!.resume();
        },
      },
      n3!,
    ],
  };
  const schedule = planned(
    [0, 100, { f: "pause", who: ["n2"] }],
    [0, 700, partition],
    [0, 200, { f: "kill", who: ["n3"] }],
  );
  const { outcomes, errors, broken } = await conduct({ schedule, system: stubborn, onEvent: () => undefined });
  expect(outcomes.map(({ bit }) => bit)).toEqual([true, true, true]);
  expect(errors).toEqual(["f1 pause: not yet"]);
  expect(broken).toEqual([]);
  await expectWhole(there);
});

test("what can't be put back is named, and everything else is", async () => {
  const there = await foreign();
  const [n1, n2, n3] = there.system.targets;
  const stubborn: System = {
    ...there.system,
    targets: [n1!, { ...n2!, start: () => new Promise(() => undefined) }, n3!],
  };
  const hands = openHands(stubborn, { handMs: 5_000 });
  for (const fault of [partition, { f: "kill", who: ["n2", "n3"] }] satisfies Fault[])
    expect((await hands.inject(fault)).is).toBe("done");
  expect((await hands.healAll()).map(({ message }) => message)).toEqual(["start of n2 took longer than 5000 ms"]);
  expect(await n3!.state()).toBe("running");
  await n2!.start();
  expect(await hands.healAll(), "it runs: there is nothing left to do").toEqual([]);
  await expectWhole(there);
});

test("a hand that fails half-way puts back what it had done", async () => {
  const there = await foreign();
  const network = {
    ...there.links,
    cut: (from: string, to: string) =>
      to === "n3" ? Promise.reject(new Error("no hand for n3")) : there.links.cut(from, to),
    heal: (from: string, to: string) => there.links.heal(from, to),
    delay: there.links.delay.bind(there.links),
    counters: () => there.links.counters(),
  };
  const hands = openHands({ ...there.system, network });
  const injected = await hands.inject(partition);
  expect(injected).toEqual({ is: "failed", why: "no hand for n3" });
  await expectWhole(there);
  expect(await hands.healAll()).toEqual([]);
});

test("two partitions and two pauses compose: the one that ends first opens nothing that the other wants shut", async () => {
  const there = await foreign();
  const hands = openHands(there.system);
  const faults: Fault[] = [partition, { f: "partition", shape: "one", grudge: isolate("n2", nodes) }];
  const [first, second] = await Promise.all(faults.map((fault) => hands.inject(fault)));
  const [nap, sleep] = await Promise.all([1, 2].map(() => hands.inject({ f: "pause", who: ["n3"] })));
  if (first?.is !== "done" || second?.is !== "done" || nap?.is !== "done" || sleep?.is !== "done")
    throw new Error("not injected");
  const held = async (from: string, to: string): Promise<number> =>
    (await there.links.counters()).find((link) => link.from === from && link.to === to)!.heldBytes;
  await first.undo();
  await nap.undo();
  const before = await held("n1", "n2");
  await until("n1 > n2 still holds", async () => (await held("n1", "n2")) > before);
  expect(await there.system.targets[2]!.state()).toBe("stopped");
  await second.undo();
  await sleep.undo();
  await expectWhole(there);
});

test("a node that is killed while it is paused comes back paused, until its pause ends", async () => {
  const there = await foreign();
  const hands = openHands(there.system);
  const pause = await hands.inject({ f: "pause", who: ["n1"] });
  const kill = await hands.inject({ f: "kill", who: ["n1"] });
  if (pause.is !== "done" || kill.is !== "done") throw new Error("not injected");
  expect(await there.system.targets[0]!.state()).toBe("gone");
  await kill.undo();
  await until("it is paused again", async () => (await there.system.targets[0]!.state()) === "stopped");
  await pause.undo();
  expect((await kill.evidence()).bit && (await pause.evidence()).bit).toBe(true);
  await expectWhole(there);
});

test("a listener that throws ends the schedule, heals everything, and is heard", async () => {
  const there = await foreign();
  const schedule = planned([0, 60_000, { f: "pause", who: ["n2"] }], [0, 60_000, partition]);
  const running = conduct({
    schedule,
    system: there.system,
    onEvent: () => {
      throw new Error("the disk is full");
    },
  });
  await expect(running).rejects.toThrow("the disk is full");
  await expectWhole(there);
});

test("nodes that can't be brought back are not killed", async () => {
  let kills = 0;
  const kill = async (): Promise<void> => void (kills += 1);
  const injected = await openHands({ targets: [{ name: "n1", kill }] }).inject({ f: "kill", who: ["n1"] });
  expect(injected).toEqual({ is: "unsupported", why: "n1 has no hand to start it, so it stays unharmed" });
  expect(kills).toBe(0);
  expect(await openHands({ targets: [] }).inject(partition)).toMatchObject({ is: "unsupported" });
});

test("a fault that waits for an election begins when somebody else leads, and lasts from then", async () => {
  const there = await foreign({ traffic: false });
  const began: number[] = [];
  const startedAt = performance.now();
  const stop = setTimeout(() => there.lead("n2"), 400);
  const result = await conduct({
    schedule: [{ id: "f1", atMs: 50, forMs: 200, after: "election", fault: { f: "pause", who: "leader" } }],
    system: there.system,
    startedAt,
    onEvent: () => began.push(performance.now() - startedAt),
  });
  clearTimeout(stop);
  expect(result.outcomes).toMatchObject([{ begun: true, bit: true }]);
  expect(result.outcomes[0]?.evidence).toContain("n2");
  const [begin = 0, end = 0] = began;
  expect(begin).toBeGreaterThanOrEqual(395);
  // It lasts from the election on; the begin is told when the hand is done.
  expect(end).toBeGreaterThanOrEqual(595);
});

test("without an election such a fault never begins, and says so", async () => {
  const there = await foreign({ traffic: false });
  const waiting: TimedFault = { id: "f1", atMs: 0, forMs: 50, after: "election", fault: { f: "pause", who: ["n1"] } };
  const never = await conduct({
    schedule: [waiting],
    system: there.system,
    signal: AbortSignal.timeout(500),
    onEvent: () => undefined,
  });
  expect(never.outcomes).toMatchObject([
    { begun: false, bit: false, evidence: expect.stringContaining("nobody else") },
  ]);
  const { targets } = there.system;
  const leaderless = await conduct({ schedule: [waiting], system: { targets }, onEvent: () => undefined });
  expect(leaderless.outcomes).toMatchObject([
    { begun: false, evidence: expect.stringContaining("can't say who leads") },
  ]);
});
