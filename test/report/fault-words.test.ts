import { expect, test } from "vitest";
import type { Json } from "../../checker/history/event.js";
import { type Fault, FAULT_KINDS } from "../../nemesis/fault.js";
import { describeDone, describeFault } from "../../src/report/fault-words.js";

const who = ["n1", "n2"];
const links = [
  { from: "n1", to: "n2" },
  { from: "n2", to: "n1" },
];
const flap = { onMs: 50, offMs: 1_500 };

/** As planned, and as recorded where that has the same fields. */
const WORDS: readonly (readonly [Fault, string])[] = [
  [
    { f: "partition", shape: "halves", grudge: { n1: ["n2"], n2: ["n1"] }, mode: "reset", flap },
    "halves: n1 cut off from n2, both ways (by reset), flapping: 50 ms cut, 1,500 ms whole",
  ],
  [{ f: "kill", who }, "SIGKILL n1 and n2"],
  [{ f: "kill", who, signal: "SIGTERM" }, "SIGTERM n1 and n2"],
  [{ f: "pause", who, flap }, "SIGSTOP n1 and n2, flapping: 50 ms broken, 1,500 ms whole"],
  [{ f: "delay", links, latencyMs: 50, jitterMs: 10, distribution: "pareto" }, "2 links slowed by 50 ± 10 ms (pareto)"],
  [{ f: "bandwidth", links, bytesPerSecond: 10_000 }, "2 links narrowed to 10,000 bytes a second"],
  [{ f: "slow-close", links, delayMs: 200 }, "connections on 2 links end 200 ms late"],
  [{ f: "corrupt", links, probability: 0.125 }, "a bit turned over in 12.5 % of what 2 links carry"],
  [
    { f: "packet", links, effects: { loss: 0.1, reorder: 0.05 } },
    "of the messages on 2 links 10 % lost, 5 % overtaken",
  ],
  [{ f: "crash-loop", who, upMs: 300, downMs: 160 }, "SIGKILL n1 and n2 again and again: 300 ms up, 160 ms down"],
  [
    { f: "rolling", who, downMs: 200, gapMs: 100 },
    "SIGTERM n1 and n2 one after the other: 200 ms down, 100 ms between",
  ],
  [{ f: "starve", who, cpuShare: 0.2 }, "n1 and n2 left with 20 % of a processor (by stop)"],
  [{ f: "clock", who, skew: { is: "bump", offsetMs: -5_000 } }, "clock of n1 and n2 set 5,000 ms back"],
  [
    { f: "clock", who, skew: { is: "strobe", offsetMs: 40, periodMs: 10 } },
    "clock of n1 and n2 jumps 40 ms ahead and back every 10 ms",
  ],
  [{ f: "clock", who, skew: { is: "rate", rate: 1.05 } }, "clock of n1 and n2 runs 1.05 times as fast"],
  [{ f: "disk", who, trouble: { is: "full" } }, "disk of n1 and n2 full"],
  [{ f: "disk", who, trouble: { is: "read-only" } }, "disk of n1 and n2 read-only"],
  [
    { f: "disk", who, trouble: { is: "errors", on: "fsync", probability: 0.5 } },
    "disk of n1 and n2 fails 50 % of its fsyncs",
  ],
  [
    { f: "disk", who, trouble: { is: "slow", on: "write", delayMs: 40 } },
    "disk of n1 and n2 takes 40 ms longer for every write",
  ],
  [{ f: "damage", who, damage: { is: "torn" } }, "SIGKILL n1 and n2, the last write torn"],
  [{ f: "damage", who, damage: { is: "flip", bits: 3 } }, "SIGKILL n1 and n2, 3 bits turned over"],
  [{ f: "wipe", who }, "SIGKILL n1 and n2, disk emptied"],
  [{ f: "remove", who }, "n1 and n2 taken out of the cluster"],
  [{ f: "add", who }, "n1 and n2 taken into the cluster"],
  [{ f: "promote", who }, "n1 and n2 told to lead"],
];

test("every kind of fault has words, the same for what is planned and for what was done", () => {
  expect([...new Set(WORDS.map(([{ f }]) => f))].sort()).toEqual([...FAULT_KINDS].sort());
  for (const [fault, words] of WORDS) {
    expect(describeFault(fault)).toBe(words);
    const { f, ...rest } = fault;
    const record = { ...rest, ...("who" in fault ? { nodes: who, who: undefined } : {}) };
    expect(describeDone(f, JSON.parse(JSON.stringify(record)) as Json)).toBe(words);
  }
});

test("what was left alone, who led and what became of which file are told beside it", () => {
  const record = { nodes: ["n1"], leader: "n1", skipped: ["n2 is gone already"], damage: { is: "torn" } };
  expect(describeDone("damage", { ...record, done: ["n1: 4 bytes of log"] })).toBe(
    "SIGKILL n1, the last write torn; n1: 4 bytes of log; n1 was the leader; left alone: n2 is gone already",
  );
  expect(describeDone("wipe", { nothing: "unsupported: n1 is gone" })).toBe("not done: unsupported: n1 is gone");
});

test("a kind of another version is told by its fields", () => {
  expect(describeDone("melt", { nodes: ["n1"], celsius: 90 })).toBe("nodes: n1; celsius: 90");
  expect(describeDone("clock", { nodes: ["n1"], skew: { is: "sideways" } })).toMatch(/^nodes: n1; skew: .*sideways/);
});
