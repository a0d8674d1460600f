import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CLIENTS, FAULT_KINDS, type FaultKind, PARTITION_SHAPES, type TimedFault } from "../../nemesis/fault.js";
import { NODES_MIN } from "../../nemesis/grudge.js";
import { drawSchedule } from "../../nemesis/schedule.js";
import type { ScheduleOptions } from "../../nemesis/schedule-options.js";
import { validateSchedule } from "../../nemesis/validate-schedule.js";

const seed = Number(process.env["SEED"] ?? Date.now() % 1e6);
console.log(`schedule laws: SEED=${seed}`);
const laws = { seed, numRuns: 400 };

/** What every system can do; more kinds that take nodes down leave each other little room. */
const PLAIN_KINDS = ["partition", "kill", "pause", "delay"] as const;

const nodes = ["n1", "n2", "n3", "n4", "n5"];
const usual: ScheduleOptions = {
  kinds: PLAIN_KINDS,
  partitions: PARTITION_SHAPES,
  nodes,
  seed: 7,
  durationMs: 15_000,
  intervalMs: 5_000,
  hasLeader: true,
};

function drawn(options: Partial<ScheduleOptions>): readonly TimedFault[] {
  const schedule = drawSchedule({ ...usual, ...options });
  if (!schedule.ok) throw new Error(schedule.problems.join("; "));
  return schedule.faults;
}

const optionsArbitrary: fc.Arbitrary<ScheduleOptions> = fc
  .record({
    kinds: fc.subarray([...PLAIN_KINDS], { minLength: 1 }),
    partitions: fc.shuffledSubarray([...PARTITION_SHAPES], { minLength: 1 }),
    size: fc.integer({ min: 1, max: 9 }),
    seed: fc.integer(),
    durationMs: fc.oneof(fc.integer({ min: 1_500, max: 8_000 }), fc.integer({ min: 8_000, max: 120_000 })),
    intervals: fc.double({ min: 0.5, max: 30, noNaN: true }),
    hasLeader: fc.boolean(),
  })
  .map(({ size, intervals, ...options }) => ({
    ...options,
    intervalMs: options.durationMs / intervals,
    nodes: Array.from({ length: size }, (_, i) => `n${i + 1}`),
  }))
  .filter(({ partitions, hasLeader, nodes, kinds }) => {
    if (kinds.includes("delay") && nodes.length < 2) return false;
    if (!kinds.includes("partition")) return true;
    return (
      partitions.every((s) => nodes.length >= NODES_MIN[s]) &&
      (hasLeader || partitions.some((s) => s !== "leader" && s !== "primaries"))
    );
  });

const endOf = ({ atMs, forMs }: TimedFault): number => atMs + forMs;
const overlap = (a: TimedFault, b: TimedFault): boolean => a.atMs < endOf(b) && b.atMs < endOf(a);

test("the same options give the same schedule, and another seed another one", () => {
  expect(drawn({})).toEqual(drawn({}));
  expect(drawn({ seed: 8 })).not.toEqual(drawn({}));
});

test("every kind strikes at least once, soon, and ends before the run does", () => {
  fc.assert(
    fc.property(optionsArbitrary, (options) => {
      const faults = drawn(options);
      for (const kind of options.kinds) {
        const own = faults.filter(({ fault }) => fault.f === kind);
        expect(own.length, kind).toBeGreaterThan(0);
        if (kind !== "pause" || !options.kinds.includes("kill"))
          expect(own[0]!.atMs, kind).toBeLessThanOrEqual(0.13 * options.durationMs);
      }
      expect(new Set(faults.map(({ fault }) => fault.f))).toEqual(new Set(options.kinds));
      for (const timed of faults) {
        expect(timed.forMs).toBeGreaterThan(0);
        expect(timed.forMs).toBeLessThanOrEqual(5_000);
        expect(Number.isInteger(timed.atMs) && Number.isInteger(timed.forMs)).toBe(true);
        expect(options.durationMs - endOf(timed)).toBeGreaterThanOrEqual(
          Math.min(0.15 * options.durationMs, 5_000) - 1,
        );
      }
      expect(faults.map(({ id }) => id)).toEqual(faults.map((_, i) => `f${i + 1}`));
      expect(faults.map(({ atMs }) => atMs)).toEqual(faults.map(({ atMs }) => atMs).sort((a, b) => a - b));
    }),
    laws,
  );
});

test("two faults of one kind never overlap", () => {
  fc.assert(
    fc.property(optionsArbitrary, (options) => {
      const faults = drawn(options);
      for (const a of faults)
        for (const b of faults)
          if (a !== b && a.fault.f === b.fault.f) expect(overlap(a, b), `${a.id} and ${b.id}`).toBe(false);
    }),
    laws,
  );
});

test("no node is killed and paused at once, even where one of them is the leader", () => {
  let met = 0;
  fc.assert(
    fc.property(optionsArbitrary, (options) => {
      const faults = drawn({ ...options, kinds: ["kill", "pause"] });
      for (const a of faults)
        for (const b of faults) {
          if (a.fault.f !== "kill" || b.fault.f !== "pause" || !overlap(a, b)) continue;
          met += 1;
          if (a.fault.who === "leader" || b.fault.who === "leader") throw new Error(`${a.id} and ${b.id} may meet`);
          const both = a.fault.who.filter((node) => (b.fault.f === "pause" ? b.fault.who : []).includes(node));
          expect(both).toEqual([]);
        }
    }),
    laws,
  );
  expect(met, "kills and pauses do overlap in time").toBeGreaterThan(100);
});

const of = (faults: readonly TimedFault[], kind: FaultKind): unknown[] =>
  faults.filter(({ fault }) => fault.f === kind).map(({ atMs, forMs, fault }) => ({ atMs, forMs, fault }));

/** A partition's place and shape; which node is where in it depends on who is up. */
const shapes = (faults: readonly TimedFault[]): unknown[] =>
  faults.flatMap(({ atMs, forMs, fault }) => (fault.f === "partition" ? [{ atMs, forMs, shape: fault.shape }] : []));

test("another kind moves no draw of the ones that were there; pauses make way for kills, partitions seek the living", () => {
  fc.assert(
    fc.property(optionsArbitrary, fc.constantFrom(...PLAIN_KINDS), (options, kind) => {
      const all = drawn({ ...options, nodes, partitions: ["one", "halves"], kinds: PLAIN_KINDS });
      const alone = drawn({ ...options, nodes, partitions: ["one", "halves"], kinds: [kind] });
      if (kind === "partition") expect(shapes(all)).toEqual(shapes(alone));
      else if (kind !== "pause") expect(of(all, kind)).toEqual(of(alone, kind));
      else {
        const noKill = drawn({
          ...options,
          nodes,
          partitions: ["one", "halves"],
          kinds: ["partition", "pause", "delay"],
        });
        expect(of(noKill, kind)).toEqual(of(alone, kind));
      }
    }),
    laws,
  );
});

test("where all traffic goes through one node, every partition cuts a link of it while it runs", () => {
  let bridges = 0;
  fc.assert(
    fc.property(optionsArbitrary, (options) => {
      const partitions = ["bridge", "one", "one-way", "halves", "majorities-ring"] as const;
      const faults = drawn({ ...options, nodes, partitions, kinds: ["partition", "pause"], hub: "n1" });
      for (const cut of faults) {
        if (cut.fault.f !== "partition" || cut.fault.grudge === "isolate-leader") continue;
        if (cut.fault.shape === "bridge") bridges += 1;
        const links = Object.entries(cut.fault.grudge).flatMap(([to, from]) => from.map((sender) => [sender, to]));
        expect(
          links.some((ends) => ends.includes("n1")),
          JSON.stringify(cut),
        ).toBe(true);
        for (const stop of faults) {
          if (stop.fault.f !== "pause" || !stop.fault.who.includes("n1")) continue;
          const running = Math.max(0, stop.atMs - cut.atMs) + Math.max(0, endOf(cut) - endOf(stop));
          expect(running, `${JSON.stringify(cut)} ${JSON.stringify(stop)}`).toBeGreaterThanOrEqual(0.3 * cut.forMs - 1);
        }
      }
    }),
    laws,
  );
  expect(bridges).toBeGreaterThan(100);
});

test("no partition lies in a time when the one node that all traffic goes through is killed", () => {
  let [cuts, covered, moved] = [0, 0, 0];
  fc.assert(
    fc.property(optionsArbitrary, (options) => {
      const five = { ...options, nodes, hasLeader: true, hub: "n1", durationMs: Math.max(4_000, options.durationMs) };
      const fewer = { ...five, intervalMs: Math.max(five.intervalMs, 1_500), partitions: ["leader", "one"] as const };
      const faults = drawn({ ...fewer, kinds: ["partition", "kill"] });
      const alone = drawn({ ...fewer, kinds: ["partition"] });
      if (JSON.stringify(shapes(faults)) !== JSON.stringify(shapes(alone))) moved += 1;
      const down = faults.filter(
        ({ fault }) => fault.f === "kill" && (fault.who === "leader" || fault.who.includes("n1")),
      );
      for (const cut of faults.filter(({ fault }) => fault.f === "partition")) {
        const hidden = down.map((kill) => Math.min(endOf(kill), endOf(cut)) - Math.max(kill.atMs, cut.atMs));
        const silent = hidden.filter((ms) => ms > 0).reduce((sum, ms) => sum + ms, 0);
        cuts += 1;
        if (silent > 0.7 * cut.forMs) covered += 1;
      }
    }),
    laws,
  );
  expect(moved, "some had to move").toBeGreaterThan(20);
  expect(covered, `of ${cuts}`).toBe(0);
});

test("a one-way cut of a single sender takes one that is up", () => {
  let moved = 0;
  fc.assert(
    fc.property(optionsArbitrary, (options) => {
      const one = { ...options, nodes: ["n1", "n2", "n3", "n4", "n5"], partitions: ["one-way"] as const, hub: "n1" };
      const faults = drawn({ ...one, kinds: ["partition", "kill"] });
      const alone = drawn({ ...one, kinds: ["partition"] });
      if (JSON.stringify(of(faults, "partition")) !== JSON.stringify(of(alone, "partition"))) moved += 1;
      for (const cut of faults) {
        if (cut.fault.f !== "partition" || cut.fault.grudge === "isolate-leader") continue;
        const senders = new Set(Object.values(cut.fault.grudge).flat());
        const down = faults.filter(
          ({ fault, atMs, forMs }) =>
            fault.f === "kill" && atMs <= cut.atMs && atMs + forMs >= endOf(cut) && fault.who !== "leader",
        );
        const dead = new Set(down.flatMap(({ fault }) => (fault.f === "kill" ? fault.who : [])));
        expect(dead.has("n1") || [...senders].some((node) => !dead.has(node)), JSON.stringify({ cut, down })).toBe(
          true,
        );
      }
    }),
    laws,
  );
  expect(moved, "some cuts had to move").toBeGreaterThan(0);
});

test("kills and pauses take one node, a minority or the leader; only pauses ever take a majority", () => {
  const seen = { kill: new Set<number | string>(), pause: new Set<number | string>() };
  for (let s = 0; s < 200; s++)
    for (const { fault } of drawn({ seed: s, kinds: ["kill", "pause"], durationMs: 60_000 }))
      if (fault.f === "kill" || fault.f === "pause")
        seen[fault.f].add(fault.who === "leader" ? "leader" : fault.who.length);
  expect(seen.kill).toEqual(new Set([1, 2, "leader"]));
  expect(seen.pause).toEqual(new Set([1, 2, 3, "leader"]));
});

test("without a known leader nothing is aimed at it", () => {
  for (let s = 0; s < 50; s++)
    for (const { fault } of drawn({ seed: s, hasLeader: false, durationMs: 60_000 })) {
      expect(JSON.stringify(fault)).not.toContain("leader");
    }
});

test("a run shows each shape once before any comes again", () => {
  const shapes = drawn({ kinds: ["partition"], durationMs: 120_000 })
    .map(({ fault }) => (fault.f === "partition" ? fault.shape : ""))
    .slice(0, PARTITION_SHAPES.length);
  expect(new Set(shapes)).toEqual(new Set(PARTITION_SHAPES));
});

test("primaries that are known before are cut off, also where nobody leads", () => {
  for (let s = 0; s < 50; s++)
    for (const { fault } of drawn({
      seed: s,
      kinds: ["partition"],
      partitions: ["primaries"],
      primaries: ["n2", "n4"],
      hasLeader: false,
    })) {
      const cut = fault.f === "partition" && fault.grudge !== "isolate-leader" ? fault.grudge : {};
      const alone = nodes.filter((node) => cut[node]?.length === 4);
      expect(alone.length).toBeGreaterThan(0);
      for (const node of alone) expect(["n2", "n4"]).toContain(node);
    }
});

test("a cut of clients keeps to the clients, also where all traffic goes through one node", () => {
  for (let s = 0; s < 50; s++)
    for (const { fault } of drawn({ seed: s, kinds: ["partition"], partitions: ["clients"], hub: "n1" })) {
      const grudge = fault.f === "partition" && fault.grudge !== "isolate-leader" ? fault.grudge : {};
      const links = Object.entries(grudge).flatMap(([to, from]) => from.map((sender) => [sender, to]));
      expect(links.every((ends) => ends.includes(CLIENTS))).toBe(true);
      expect(links.some((ends) => ends.includes("n1"))).toBe(true);
    }
});

test("the starts of a kind lie one interval apart on average", () => {
  let [gaps, count] = [0, 0];
  for (let s = 0; s < 100; s++) {
    const starts = drawn({ seed: s, kinds: ["delay"], durationMs: 100_000 }).map(({ atMs }) => atMs);
    for (const [i, at] of starts.slice(1).entries()) {
      gaps += at - starts[i]!;
      count += 1;
    }
  }
  expect(Math.abs(gaps / count - usual.intervalMs)).toBeLessThan(200);
});

const lengths = (durationMs: number): number[] => drawn({ durationMs }).map(({ forMs }) => forMs);

test("faults last 1 to 5 s in a run that has room for it, and less in a short one", () => {
  for (const ms of lengths(15_000)) expect(ms >= 800 && ms <= 5_000, `${ms}`).toBe(true);
  for (const ms of lengths(2_000)) expect(ms >= 100 && ms <= 1_000, `${ms}`).toBe(true);
});

test("options that make no sense are told, all at once", () => {
  const bad = drawSchedule({
    ...usual,
    nodes: ["n1", "n1"],
    seed: Number.NaN,
    durationMs: 5,
    intervalMs: 0,
    partitions: ["bridge"],
  });
  expect(bad.ok ? [] : bad.problems).toEqual([
    "nodes: a name is there twice (n1, n1)",
    "seed: NaN is not a number",
    "durationMs: 5 is too short for a fault, 100 is the least",
    "intervalMs: 0 is not above 0",
    'partitions: "bridge" cuts nothing with 2 nodes, it takes 3',
  ]);
  const leader = drawSchedule({ ...usual, partitions: ["leader"], hasLeader: false });
  expect(leader.ok ? [] : leader.problems).toEqual(['partitions: "leader" needs a system that can say who leads']);
  expect(drawSchedule({ ...usual, kinds: [], nodes: [] })).toEqual({ ok: true, faults: [] });
});

test("a schedule survives the way through a file", () => {
  fc.assert(
    fc.property(optionsArbitrary, (options) => {
      const faults = drawn(options);
      const read = validateSchedule(JSON.parse(JSON.stringify({ format: 1, faults })), options.nodes);
      expect(read).toEqual({ ok: true, faults });
    }),
    laws,
  );
});

test("a schedule by hand needs no ids and no order", () => {
  const read = validateSchedule([
    { atMs: 900, forMs: 10, fault: { f: "kill", who: "leader" } },
    { atMs: 100, forMs: 10, fault: { f: "pause", who: ["a"] } },
  ]);
  expect(read.ok ? read.faults.map(({ id, fault }) => [id, fault.f]) : read.problems).toEqual([
    ["f1", "pause"],
    ["f2", "kill"],
  ]);
});

test("every problem of a file is told with its place", () => {
  const read = validateSchedule(
    [
      7,
      { atMs: -1, forMs: "x", fault: { f: "flood" } },
      { id: "a", atMs: 0, forMs: 1, fault: { f: "kill", who: [] } },
      { id: "a", atMs: 0, forMs: 1, fault: { f: "pause", who: ["n9"] } },
      { atMs: 0, forMs: 1, fault: { f: "partition", shape: "star", grudge: { n1: ["n1"] } } },
      { atMs: 0, forMs: 1, fault: { f: "delay", links: [{ from: "n1", to: "n1" }], latencyMs: 1, jitterMs: 0 } },
    ],
    nodes,
  );
  expect(read.ok ? [] : read.problems).toEqual([
    "faults[0]: 7 is not an object",
    "faults[1].atMs: -1 is not a number of milliseconds, 0 or more",
    'faults[1].forMs: "x" is not a number of milliseconds, 0 or more',
    `faults[1].fault.f: "flood" is not one of ${FAULT_KINDS.join(", ")}`,
    "faults[2].fault.who: [] is not a list with something in it",
    'faults[3].fault.who[0]: "n9" is not one of n1, n2, n3, n4, n5',
    `faults[4].fault.shape: "star" is not one of ${PARTITION_SHAPES.join(", ")}, by-hand`,
    "faults[4].fault.grudge.n1: a node always hears itself",
    'faults[5].fault.links[0]: "n1" has no link to itself',
  ]);
  expect(validateSchedule("faults").ok).toBe(false);
  const twice = { id: "a", atMs: 0, forMs: 1, fault: { f: "kill", who: ["n1"] } };
  expect(validateSchedule([twice, twice])).toEqual({ ok: false, problems: ['id: "a" is there twice'] });
});
