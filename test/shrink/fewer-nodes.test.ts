import { describe, expect, test } from "vitest";
import { drawSchedule, DRAWN_KINDS, type Fault, PARTITION_SHAPES, validateSchedule } from "../../nemesis/index.js";
import { smallerCommand } from "../../src/cli/repeat.js";
import { parseRunFlags, type RunFlags, type TestConfig } from "../../src/config/flags.js";
import { faultOn, onNodes, scaled } from "../../src/shrink/fewer-nodes.js";

const seed = Number(process.env["SEED"] ?? Date.now() % 1e6);
console.log(`fewer nodes: SEED=${seed}`);

const testOf = (flags: RunFlags): TestConfig => {
  const parsed = parseRunFlags({ seed: "1", ...flags }, 0);
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  return parsed.value;
};
const on = (flags: RunFlags, kept: readonly number[]): TestConfig | null =>
  onNodes({ test: testOf(flags), plan: { format: 1, faults: [] } }, kept)?.test ?? null;

describe("a protocol on fewer nodes", () => {
  test("keeps its quorums what they were: a majority, all, or so many", () => {
    expect(on({ mode: "quorum", nodes: "5" }, [1, 3, 4])).toMatchObject({
      nodes: ["n1", "n2", "n3"],
      protocol: { readQuorum: 2, writeQuorum: 2 },
    });
    const one = { mode: "quorum", nodes: "5", readQuorum: "1", writeQuorum: "all" };
    expect(on(one, [0, 1])?.protocol).toMatchObject({ readQuorum: 1, writeQuorum: 2 });
    // Of followers: two of four are with the leader a majority of five.
    expect(on({ nodes: "5" }, [0, 1, 2])?.protocol).toMatchObject({ leader: "n1", writeQuorum: 1 });
    expect(on({ nodes: "5", writeQuorum: "0" }, [0, 4])?.protocol).toMatchObject({ writeQuorum: 0 });
    expect(on({ nodes: "5", writeQuorum: "all" }, [0, 4])?.protocol).toMatchObject({ writeQuorum: 1 });
  });

  test("quorums that meet still meet, and a loose pair never becomes looser", () => {
    for (let before = 1; before <= 9; before++)
      for (let now = 1; now <= before; now++)
        for (let read = 1; read <= before; read++)
          for (let write = 1; write <= before; write++) {
            const sum = scaled(read, before, now) + scaled(write, before, now);
            if (read + write > before)
              expect({ before, now, read, write, meets: sum > now }).toMatchObject({ meets: true });
            expect(Math.max(scaled(read, before, now), scaled(write, before, now))).toBeLessThanOrEqual(now);
          }
  });

  test("never loses the node that leads it, and voters stay voters", () => {
    expect(on({ nodes: "3" }, [2])).toMatchObject({ nodes: ["n1", "n2"], protocol: { leader: "n1" } });
    expect(on({ mode: "sequencer", nodes: "4" }, [3])).toMatchObject({ nodes: ["n1", "n2"] });
    expect(on({ mode: "raft", nodes: "5", voters: "3" }, [1, 2, 4])?.protocol).toMatchObject({ voters: ["n1", "n2"] });
    expect(on({ mode: "raft", nodes: "5", voters: "3" }, [3, 4])).toBeNull();
  });

  test("is none where stand-ins are needed and nobody is left to stand in", () => {
    const sloppy: RunFlags = { mode: "quorum", nodes: "5", replicas: "3", sloppyQuorum: true };
    expect(on(sloppy, [0, 1, 2, 3])?.protocol).toMatchObject({ replicas: 3 });
    expect(on(sloppy, [0, 1, 2])).toBeNull();
  });
});

const names = new Map([
  ["n2", "n1"],
  ["n4", "n2"],
]);

test("a fault is cut down to those that stay, under their new names; where nothing is left it is gone", () => {
  const cases: readonly (readonly [Fault, Fault | null])[] = [
    [
      { f: "kill", who: ["n1", "n4"] },
      { f: "kill", who: ["n2"] },
    ],
    [{ f: "pause", who: ["n3"] }, null],
    [
      { f: "pause", who: "leader" },
      { f: "pause", who: "leader" },
    ],
    [
      { f: "partition", shape: "halves", grudge: { n1: ["n2"], n2: ["n1", "n4"], n4: ["n2", "clients"] } },
      { f: "partition", shape: "halves", grudge: { n1: ["n2"], n2: ["n1", "clients"] } },
    ],
    [{ f: "partition", shape: "one", grudge: { n1: ["n2", "n4"], n2: ["n1"] } }, null],
    [
      {
        f: "delay",
        links: [
          { from: "n2", to: "n4" },
          { from: "n2", to: "n5" },
        ],
        latencyMs: 5,
        jitterMs: 0,
      },
      { f: "delay", links: [{ from: "n1", to: "n2" }], latencyMs: 5, jitterMs: 0 },
    ],
  ];
  for (const [fault, left] of cases) expect(faultOn(fault, names)).toEqual(left);
});

test("what is left of any schedule is a schedule of those nodes", () => {
  let left = 0;
  let gone = 0;
  for (let n = 0; n < 40; n++) {
    const nodes = ["n1", "n2", "n3", "n4", "n5"];
    const kinds = DRAWN_KINDS.filter((_, i) => (seed + n + i) % 3 > 0 || i === n % DRAWN_KINDS.length);
    const drawn = drawSchedule({
      kinds,
      partitions: PARTITION_SHAPES,
      nodes,
      seed: seed + n,
      durationMs: 30_000,
      intervalMs: 4_000,
      hasLeader: true,
    });
    if (!drawn.ok) continue;
    const kept = [[0, 1, 2], [1, 4], [3], [0, 2, 3, 4]][n % 4]!;
    const test = { ...testOf({ mode: "abd", nodes: "5", timeLimit: "30" }) };
    const smaller = onNodes({ test, plan: { format: 1, faults: drawn.faults } }, kept)!;
    left += smaller.plan.faults.length;
    gone += drawn.faults.length - smaller.plan.faults.length;
    const read = validateSchedule(smaller.plan.faults, smaller.test.nodes);
    expect(read.ok ? [] : read.problems).toEqual([]);
  }
  expect(left).toBeGreaterThan(100);
  expect(gone).toBeGreaterThan(20);
});

/** Words of a command line as commander would hand them over. */
function flagsOf(command: string): RunFlags {
  const words = command.split(" ").slice(3);
  const flags: { [name: string]: string | boolean } = {};
  for (let i = 0; i < words.length; i++) {
    const name = words[i]!.replace(/^--(no-)?/, "").replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const next = words[i + 1];
    if (next === undefined || next.startsWith("--")) flags[name] = !words[i]!.startsWith("--no-");
    else flags[name] = words[++i]!;
  }
  return flags;
}

test("the command of a smaller run makes the same test, in every mode", () => {
  for (const command of [
    "npx kvtest run --nodes 5",
    "npx kvtest run --nodes 5 --write-quorum all --read-from quorum --read-quorum 1 --keys=3",
    "npx kvtest run --mode quorum --nodes 5 --read-quorum 1 --write-quorum 4 --no-read-repair --rate max",
    "npx kvtest run --mode quorum --nodes=5 --replicas 3",
    "npx kvtest run --mode sequencer --reads eventual --rate=100",
    "npx kvtest run --mode sequencer",
    "npx kvtest run --mode gossip --nodes 4",
    "npx kvtest run --mode abd",
    "npx kvtest run --mode raft --voters 3 --workload list-append",
  ]) {
    const before = testOf(flagsOf(command.replaceAll("=", " ")));
    for (const kept of [[0, 1, 2, 3, 4], [0, 2, 3], [1]]) {
      const smaller = onNodes({ test: before, plan: { format: 1, faults: [] } }, kept);
      if (smaller === null) continue;
      const again = testOf(flagsOf(smallerCommand(command, smaller.test, "there")));
      expect({ ...again, nemesis: null }, command).toEqual({ ...smaller.test, nemesis: null });
    }
  }
});
