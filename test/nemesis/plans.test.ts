import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  CUT_MODES,
  DISTRIBUTIONS,
  type Fault,
  type FaultKind,
  PARTITION_SHAPES,
  type TimedFault,
} from "../../nemesis/fault.js";
import { USUAL_SHAPES } from "../../nemesis/grudge.js";
import { DRAWN_KINDS, drawSchedule, type Schedule, TAKES_DOWN } from "../../nemesis/schedule.js";
import { PLANS, type ScheduleOptions } from "../../nemesis/schedule-options.js";
import { validateSchedule } from "../../nemesis/validate-schedule.js";

const seed = Number(process.env["SEED"] ?? Date.now() % 1e6);
console.log(`plans: SEED=${seed}`);
const laws = { seed, numRuns: 150 };

const nodes = ["n1", "n2", "n3", "n4", "n5"];
const usual: ScheduleOptions = {
  kinds: ["partition", "kill", "pause", "delay"],
  partitions: USUAL_SHAPES,
  nodes,
  seed: 7,
  durationMs: 60_000,
  intervalMs: 5_000,
  hasLeader: true,
};

const draw = (options: Partial<ScheduleOptions>): Schedule => drawSchedule({ ...usual, ...options });
function drawn(options: Partial<ScheduleOptions>): readonly TimedFault[] {
  const schedule = draw(options);
  if (!schedule.ok) throw new Error(schedule.problems.join("; "));
  return schedule.faults;
}

const endOf = ({ atMs, forMs }: TimedFault): number => atMs + forMs;
const overlap = (a: TimedFault, b: TimedFault): boolean => a.atMs < endOf(b) && b.atMs < endOf(a);
const kindsOf = (faults: readonly TimedFault[]): FaultKind[] => faults.map(({ fault }) => fault.f);
const links = ["partition", "delay", "bandwidth", "corrupt"] as const;

const anyOptions = fc.record({
  kinds: fc.subarray([...DRAWN_KINDS], { minLength: 1, maxLength: 5 }),
  plan: fc.constantFrom(...PLANS),
  seed: fc.integer(),
  durationMs: fc.integer({ min: 5_000, max: 120_000 }),
  intervalMs: fc.integer({ min: 500, max: 10_000 }),
  hasLeader: fc.boolean(),
  partitions: fc.constant(PARTITION_SHAPES),
});

test("whatever is drawn of any kind by any plan can be saved and read again, and ends before the run does", () => {
  const seen = new Set<FaultKind>();
  let crowded = 0;
  fc.assert(
    fc.property(anyOptions, (options) => {
      const schedule = draw(options);
      if (!schedule.ok) {
        crowded += 1;
        for (const problem of schedule.problems) expect(problem).toMatch(/no time is left/);
        return;
      }
      const { faults } = schedule;
      expect(validateSchedule(JSON.parse(JSON.stringify({ faults })), nodes)).toEqual({ ok: true, faults });
      expect(drawSchedule({ ...usual, ...options })).toEqual(schedule);
      for (const fault of faults) {
        seen.add(fault.fault.f);
        expect(fault.forMs).toBeGreaterThan(0);
        expect(endOf(fault)).toBeLessThanOrEqual(options.durationMs);
      }
      if (options.plan !== "swarm") expect(new Set(kindsOf(faults))).toEqual(new Set(options.kinds));
    }),
    laws,
  );
  expect([...seen].sort()).toEqual([...DRAWN_KINDS].sort());
  expect(crowded).toBeLessThan(laws.numRuns / 4);
});

/** Nodes that a fault takes down; null: the leader, who may be any of them. */
const hit = (fault: Fault): readonly string[] | null =>
  "who" in fault ? (fault.who === "leader" ? null : fault.who) : [];

test("no node is taken down by two faults at once, or down and stopped at once", () => {
  let met = 0;
  fc.assert(
    fc.property(anyOptions, (options) => {
      const schedule = draw({ ...options, kinds: [...TAKES_DOWN.slice(0, 3), "damage", "pause"], durationMs: 90_000 });
      const faults = (schedule.ok ? schedule.faults : []).filter(
        ({ fault }) => TAKES_DOWN.includes(fault.f) || fault.f === "pause",
      );
      for (const [i, a] of faults.entries())
        for (const b of faults.slice(i + 1)) {
          if (!overlap(a, b)) continue;
          met += 1;
          const [left, right] = [hit(a.fault), hit(b.fault)];
          const both = left === null || right === null ? ["?"] : left.filter((node) => right.includes(node));
          expect(both, `${JSON.stringify(a)} ${JSON.stringify(b)}`).toEqual([]);
          expect(a.fault.f === "pause" || b.fault.f === "pause").toBe(true);
        }
    }),
    laws,
  );
  expect(met).toBeGreaterThan(100);
});

test("clocks and starving keep to nodes that neither stop nor end because of their disk, where there are such", () => {
  let [met, others] = [0, 0];
  for (let s = 0; s < 100; s++) {
    const faults = drawn({
      kinds: ["pause", "disk", "clock", "starve"],
      seed: s,
      hasLeader: false,
      intervalMs: 12_000,
    });
    for (const a of faults.filter(({ fault }) => fault.f === "clock" || fault.f === "starve"))
      for (const b of faults.filter(({ fault }) => fault.f === "disk" || fault.f === "pause")) {
        if (!overlap(a, b) || (b.fault.f === "disk" && b.fault.trouble.is === "slow")) continue;
        others += 1;
        if ((hit(a.fault) ?? []).some((node) => hit(b.fault)?.includes(node))) met += 1;
      }
  }
  expect(others).toBeGreaterThan(100);
  // Now and then all five are busy.
  expect(met).toBeLessThan(0.02 * others);
});

test("a kind that finds no room beside the others is told before the run", () => {
  const crowded = draw({
    kinds: ["kill", "rolling", "wipe", "damage", "crash-loop"],
    durationMs: 600,
    intervalMs: 200,
  });
  expect(crowded.ok).toBe(false);
  expect(crowded.ok ? [] : crowded.problems).toContainEqual(expect.stringMatching(/^\w.*: no time is left in which/));
});

test("all damage of a run stays within one minority of the nodes", () => {
  for (let s = 0; s < 100; s++) {
    const faults = drawn({ kinds: ["damage", "wipe"], seed: s, durationMs: 120_000 });
    const damaged = new Set(faults.flatMap(({ fault }) => hit(fault) ?? []));
    expect(damaged.size).toBeLessThanOrEqual(2);
  }
});

test("cycle: one fault at a time, and every kind once before any comes again", () => {
  for (let s = 0; s < 50; s++) {
    const faults = drawn({ plan: "cycle", kinds: links, seed: s });
    for (const [i, fault] of faults.slice(1).entries()) expect(overlap(fault, faults[i]!)).toBe(false);
    const kinds = kindsOf(faults);
    expect(new Set(kinds.slice(0, links.length)).size).toBe(links.length);
    for (const [i, kind] of kinds.entries()) expect(kind).toBe(kinds[i % links.length]);
  }
  expect(
    new Set(Array.from({ length: 50 }, (_, s) => kindsOf(drawn({ plan: "cycle", kinds: links, seed: s }))[0])).size,
  ).toBe(4);
});

test("phases: a kind has its own stretch of the run", () => {
  for (let s = 0; s < 50; s++) {
    const kinds = kindsOf(drawn({ plan: "phases", kinds: links, seed: s }));
    const changes = kinds.slice(1).filter((kind, i) => kind !== kinds[i]).length;
    expect(changes).toBe(links.length - 1);
    expect(kinds.length).toBeGreaterThan(links.length);
  }
});

test("mix: some faults come alone, others two or three at a time", () => {
  const together = new Map<number, number>();
  for (let s = 0; s < 50; s++) {
    const faults = drawn({ plan: "mix", kinds: links, seed: s });
    for (const fault of faults) {
      const count = faults.filter((other) => overlap(fault, other)).length;
      together.set(count, (together.get(count) ?? 0) + 1);
    }
  }
  for (const count of [1, 2, 3]) expect(together.get(count) ?? 0, `${count} at once`).toBeGreaterThan(50);
});

test("swarm: kinds, shapes, plan and probabilities differ from run to run, and are told", () => {
  const seen = {
    kinds: new Set<string>(),
    plans: new Set<string>(),
    shapes: new Set<string>(),
    targets: new Set<string>(),
  };
  for (let s = 0; s < 200; s++) {
    const schedule = draw({ plan: "swarm", seed: s, kinds: links });
    if (!schedule.ok || schedule.drawn === undefined) throw new Error("nothing drawn");
    const { kinds, plan, partitions, target, intervalMs } = schedule.drawn;
    seen.kinds.add(kinds.join());
    seen.plans.add(plan);
    seen.shapes.add(partitions.join());
    seen.targets.add(target ?? "anybody");
    expect(intervalMs).toBeGreaterThanOrEqual(2_000);
    expect(intervalMs).toBeLessThanOrEqual(10_000);
    expect(new Set(kindsOf(schedule.faults))).toEqual(new Set(kinds));
  }
  expect(seen.kinds.size).toBe(15);
  expect([...seen.plans].sort()).toEqual(["cycle", "intervals", "mix", "phases"]);
  expect(seen.shapes.size).toBeGreaterThan(100);
  expect(seen.targets).toEqual(new Set(["anybody", "leader"]));
});

test("with the leader as target everything that can be aimed at it is, and nothing without one", () => {
  const faults = drawn({ target: "leader", kinds: ["partition", "kill", "crash-loop"], durationMs: 90_000 });
  for (const { fault } of faults)
    expect(fault.f === "partition" ? fault.grudge : "who" in fault ? fault.who : "").toMatch(/leader/);
  const leaderless = draw({ target: "leader", after: "election", hasLeader: false, kinds: ["kill"] });
  expect(leaderless.ok ? [] : leaderless.problems).toEqual([
    "after: elections need a system that can say who leads",
    "target: the leader needs a system that can say who leads",
  ]);
});

test("after an election: every fault waits for one", () => {
  const faults = drawn({ after: "election" });
  expect(faults.length).toBeGreaterThan(4);
  for (const { after } of faults) expect(after).toBe("election");
  expect(validateSchedule(JSON.parse(JSON.stringify(faults)), nodes)).toEqual({ ok: true, faults });
});

test("how hard a fault is comes from the ranges that are asked for", () => {
  const faults = drawn({
    kinds: ["partition", "kill", "pause", "delay", "bandwidth"],
    durationMs: 120_000,
    params: {
      cutModes: CUT_MODES,
      flapRate: 1,
      flapMs: [20, 40],
      killSignals: ["SIGTERM"],
      latencyMs: [30, 31],
      distributions: ["pareto"],
      bytesPerSecond: [4_000, 4_000],
    },
  });
  const modes = new Set<string>();
  for (const { fault } of faults) {
    if (fault.f === "partition") modes.add(fault.mode ?? "drop");
    if (fault.f === "partition" || fault.f === "pause") {
      expect(fault.flap?.onMs).toBeGreaterThanOrEqual(20);
      expect(fault.flap?.offMs).toBeLessThanOrEqual(40);
    }
    if (fault.f === "kill") expect(fault.signal).toBe("SIGTERM");
    if (fault.f === "delay")
      expect([fault.distribution, fault.latencyMs >= 30 && fault.latencyMs <= 31]).toEqual(["pareto", true]);
    if (fault.f === "bandwidth") expect(fault.bytesPerSecond).toBe(4_000);
  }
  expect(modes.size).toBeGreaterThan(2);
  expect(DISTRIBUTIONS).toContain("pareto");
});

test("a problem of each kind is told with its place, a field that a fault does not have among them", () => {
  const bad = [
    { f: "bandwidth", links: [{ from: "n1", to: "n2" }], bytesPerSecond: 0 },
    { f: "packet", links: [{ from: "n1", to: "n2" }], effects: { loss: 2 } },
    { f: "clock", who: ["n1"], skew: { is: "bump" } },
    { f: "disk", who: ["n1"], trouble: { is: "slow", on: "read", delayMs: 1 } },
    { f: "damage", who: ["n1"], damage: { is: "burn" } },
    { f: "starve", who: ["n1"], cpuShare: 1 },
    { f: "kill", who: ["n1"], for: 3 },
    { f: "partition", shape: "one", grudge: { n1: ["n2"] }, mode: "bend", flap: { onMs: 0, offMs: 1 } },
  ];
  const read = validateSchedule(
    bad.map((fault) => ({ atMs: 0, forMs: 1, fault })),
    nodes,
  );
  expect(read.ok ? [] : read.problems).toEqual([
    "faults[0].fault.bytesPerSecond: 0 is not a number above 0",
    "faults[1].fault.effects.loss: 2 is not a number from 0 to 1",
    "faults[2].fault.skew.offsetMs: nothing is not a number",
    'faults[3].fault.trouble.on: "read" is not one of write, fsync',
    'faults[4].fault.damage.is: "burn" is not one of lose-unsynced, torn, flip, truncate',
    "faults[5].fault.cpuShare: 1 is not a number above 0 and below 1",
    "faults[6].fault.for: kill has no such field, only who, signal",
    'faults[7].fault.mode: "bend" is not one of drop, refuse, reset, hang, half-open',
    "faults[7].fault.flap.onMs: 0 is not a number above 0",
  ]);
});
