import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FAULT_KINDS } from "../../nemesis/fault.js";
import { completeGrudge, isolate } from "../../nemesis/grudge.js";
import { DRAWN_KINDS, drawSchedule } from "../../nemesis/schedule.js";
import { readScript, type Script } from "../../nemesis/script.js";

const seed = Number(process.env["SEED"] ?? Date.now() % 1e6);
console.log(`scripts: SEED=${seed}`);

const nodes = ["n1", "n2", "n3"];
const read = (text: string): Script => readScript(text, { nodes, durationMs: 20_000 });
const faultsOf = (script: Script) => {
  if (!script.ok) throw new Error(JSON.stringify(script.problems));
  return script.faults;
};
const problemsOf = (text: string): readonly string[] => {
  const script = read(text);
  return script.ok ? [] : script.problems.map(({ line, text }) => `${line}: ${text}`);
};

const cut = { f: "partition", shape: "by-hand", grudge: completeGrudge([["n1"], ["n2", "n3"]]) };

test("a line of text is a schedule: begin, heal, and what nothing ends lasts to the end of the run", () => {
  expect(faultsOf(read("at 2s partition n1 | n2,n3; at 5s heal; at 6s kill leader"))).toEqual([
    { id: "f1", atMs: 2_000, forMs: 3_000, fault: cut },
    { id: "f2", atMs: 6_000, forMs: 14_000, fault: { f: "kill", who: "leader" } },
  ]);
});

test("the same schedule as text, as YAML of statements or fields, and as saved JSON", () => {
  const text = faultsOf(
    read("# two faults\nat 2s partition n1 | n2,n3 for 3s\n\nat 6s kill leader for 500ms # bang\n"),
  );
  expect(faultsOf(read("- at 2s partition n1 | n2,n3 for 3s\n- at 6s kill leader for 500ms\n"))).toEqual(text);
  const fields = `
faults:
  # a comment
  - at: 2s
    for: 3s
    partition: n1 | n2,n3
  - { at: 6s, for: 500ms, kill: leader }
`;
  expect(faultsOf(read(fields))).toEqual(text);
  expect(faultsOf(read(JSON.stringify({ format: 1, faults: text }, null, 2)))).toEqual(text);
  expect(
    faultsOf(read("- { at: 2, partition: n1 | n2 n3 }\n- { at: 5, heal: partition }\n- at 6s kill leader for 0.5s")),
  ).toEqual(text);
});

test("a promotion is done at once: nothing has to end it, and nothing does", () => {
  expect(faultsOf(read("at 3s promote n2; at 4s kill n1; at 5s heal"))).toEqual([
    { id: "f1", atMs: 3_000, forMs: 0, fault: { f: "promote", who: ["n2"] } },
    { id: "f2", atMs: 4_000, forMs: 1_000, fault: { f: "kill", who: ["n1"] } },
  ]);
  expect(problemsOf("at 3s promote n9")).toEqual(["1: n9: expected some of n1, n2, n3"]);
  expect(problemsOf("at 3s promote leader")).toEqual([
    "1: promote: whoever leads already leads; expected nodes such as n2",
  ]);
});

test("start and resume end what befell the nodes that they name, heal a kind or all", () => {
  const text =
    "at 1s kill n1; at 2s pause n2,n3; at 3s delay all latency=5ms; at 4s start n1; at 5s heal delay; at 6s resume";
  expect(faultsOf(read(text)).map(({ fault, forMs }) => [fault.f, forMs])).toEqual([
    ["kill", 3_000],
    ["pause", 4_000],
    ["delay", 2_000],
  ]);
  expect(faultsOf(read("at 1s kill n1; at 2s pause n2; at 3s heal n2")).map(({ forMs }) => forMs)).toEqual([
    19_000, 1_000,
  ]);
});

test("every kind of fault can be said in words", () => {
  const said = `
at 0s partition majorities-ring mode=reset flap=100ms/50ms for 1s
at 0s isolate leader for 1s
at 0s isolate n2 for 1s
at 0s cut n1 > n2,n3 and clients > n1 for 1s
at 0s kill n1,n2 signal=term for 1s
at 0s pause minority flap=20ms/10ms for 1s
at 0s delay n1 <> n2 latency=50ms jitter=10ms distribution=pareto for 1s
at 0s bandwidth n1 bytes=10k for 1s
at 0s slow-close all by=200ms for 1s
at 0s corrupt n1 > n2 probability=0.1 for 1s
at 0s packet n1 > n2 loss=0.1 reorder=0.5 for 1s
at 0s crash-loop n1 up=100ms down=50ms for 1s
at 0s rolling all down=100ms gap=1s signal=SIGKILL for 1s
at 0s starve n1 share=0.1 for 1s
at 0s clock n1 bump=-500ms for 1s
at 0s clock n2 strobe=1s/10ms for 1s
at 0s clock n3 rate=1.05 for 1s
at 0s disk n1 full for 1s
at 0s disk n1 slow=fsync/50ms for 1s
at 0s disk n1 errors=write/0.5 for 1s
at 0s damage n1 flip=3 for 1s
at 0s damage n1 torn for 1s
at 0s damage n1 truncate=10 for 1s
at 0s wipe n1 for 1s
at 0s remove leader for 1s
at 0s add n4 for 1s
at 0s promote n2
`;
  const faults = faultsOf(read(said)).map(({ fault }) => fault);
  expect(new Set(faults.map(({ f }) => f))).toEqual(new Set(FAULT_KINDS));
  expect(faults).toMatchObject([
    { shape: "majorities-ring", mode: "reset", flap: { onMs: 100, offMs: 50 } },
    { shape: "leader", grudge: "isolate-leader" },
    { shape: "one", grudge: isolate("n2", nodes) },
    { shape: "by-hand", grudge: { n2: ["n1"], n3: ["n1"], n1: ["clients"] } },
    { who: ["n1", "n2"], signal: "SIGTERM" },
    { who: [expect.any(String)], flap: { onMs: 20, offMs: 10 } },
    {
      links: [
        { from: "n1", to: "n2" },
        { from: "n2", to: "n1" },
      ],
      latencyMs: 50,
      jitterMs: 10,
      distribution: "pareto",
    },
    { links: expect.objectContaining({ length: 4 }), bytesPerSecond: 10_000 },
    { links: expect.objectContaining({ length: 6 }), delayMs: 200 },
    { probability: 0.1 },
    { effects: { loss: 0.1, reorder: 0.5 } },
    { upMs: 100, downMs: 50 },
    { who: nodes, downMs: 100, gapMs: 1_000, signal: "SIGKILL" },
    { cpuShare: 0.1 },
    { skew: { is: "bump", offsetMs: -500 } },
    { skew: { is: "strobe", offsetMs: 1_000, periodMs: 10 } },
    { skew: { is: "rate", rate: 1.05 } },
    { trouble: { is: "full" } },
    { trouble: { is: "slow", on: "fsync", delayMs: 50 } },
    { trouble: { is: "errors", on: "write", probability: 0.5 } },
    { damage: { is: "flip", bits: 3 } },
    { damage: { is: "torn" } },
    { damage: { is: "truncate", bytes: 10 } },
    { who: ["n1"] },
    { who: "leader" },
    { who: ["n4"] },
    { who: ["n2"] },
  ]);
});

test("a fault can wait for an election", () => {
  expect(faultsOf(read("at 1s after election kill leader for 2s"))).toMatchObject([
    { atMs: 1_000, forMs: 2_000, after: "election" },
  ]);
  expect(faultsOf(read("- { at: 1s, after: election, kill: leader, for: 2s }"))).toMatchObject([{ after: "election" }]);
});

test("every problem is told with its line", () => {
  expect(
    problemsOf(`at 2s partition n1 | n9
at soon kill n1
# a comment
at 3s explode n1; at 4s delay n1 latency=fast
at 5s heal; at 5s kill n1 colour=red
at 30s kill n1 for 1s
kill n1
at 1s partition n1,n2
at 1s disk n1 full torn
at 1s starve n1 share=3 for 1s`),
  ).toEqual([
    "1: n9: expected some of n1, n2, n3",
    '2: "soon" is no time; expected 2s, 500ms or 1m',
    expect.stringMatching(/^4: "explode" is none of partition, kill, .*heal$/),
    "4: latency=fast: expected a time such as 50ms or 2s",
    '5: "colour" is no parameter here; expected signal',
    '5: "heal" ends nothing: no fault is open then',
    "6: begins at 30000 ms, when the run of 20000 ms is over",
    expect.stringMatching(/^7: "kill n1": expected at TIME FAULT/),
    expect.stringMatching(/^8: "partition n1,n2": expected groups such as/),
    "9: expected one of full, read-only, slow, errors, got full torn",
    "10: cpuShare: 3 is not a number above 0 and below 1",
  ]);
});

test("problems of YAML and of saved faults have the line of the very field", () => {
  expect(
    problemsOf(`faults:
  - at: 2s
    kill: n9
  - atMs: 100
    forMs: 50
    fault:
      f: kill
      who:
        - n1
        - n7
  - { at: 1s, kill: n1, pause: n2 }
  - 7
`),
  ).toEqual([
    "2: n9: expected some of n1, n2, n3",
    '10: fault.who[1]: "n7" is not one of n1, n2, n3',
    "11: expected one fault beside at and for, got kill, pause",
    '12: expected "at 2s kill leader", or { at: 2s, kill: leader }',
  ]);
  expect(problemsOf('faults:\n  - at: "2s\n')).toEqual([expect.stringMatching(/^[23]: /)]);
  expect(problemsOf("7")).toEqual([expect.stringMatching(/^1: expected statements such as/)]);
  const endless = readScript("at 1s kill n1", { nodes });
  expect(endless).toEqual({
    ok: false,
    problems: [{ line: 1, text: 'kill has no end; say "for 2s", or heal it later' }],
  });
});

test("whatever was drawn and saved is read as it was", () => {
  fc.assert(
    fc.property(fc.integer(), fc.subarray([...DRAWN_KINDS], { minLength: 1, maxLength: 4 }), (seed, kinds) => {
      const options = { kinds, partitions: ["one", "clients"], nodes, durationMs: 20_000 } as const;
      const schedule = drawSchedule({ ...options, seed, intervalMs: 3_000, hasLeader: true });
      if (!schedule.ok) return;
      expect(read(JSON.stringify({ format: 1, faults: schedule.faults }))).toEqual({
        ok: true,
        faults: schedule.faults,
      });
    }),
    { seed, numRuns: 100 },
  );
});
