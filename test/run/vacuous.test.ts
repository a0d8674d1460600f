/**
 * A whole run for every kind of fault, in virtual time: the fault was planned, the system shrugged it off, and so the run is
 * not valid, however well the store did.
 */

import { expect, test } from "vitest";
import type { HistoryEvent } from "../../checker/history/event.js";
import { pairEvents } from "../../checker/history/pair.js";
import { judge, type RunVerdict } from "../../checker/judge.js";
import { type Fault, FAULT_KINDS, NO_JOURNAL, type System } from "../../nemesis/index.js";
import type { World } from "../../src/client/world.js";
import type { FaultPlan } from "../../src/config/config.js";
import { parseRunFlags } from "../../src/config/flags.js";
import { Journal } from "../../src/interpreter/journal.js";
import { judgeOptionsOf } from "../../src/run/judging.js";
import { record } from "../../src/run/record.js";
import { SimulatedCluster } from "../../src/sim/simulated-cluster.js";
import { workloadOf } from "../../src/workload/registry.js";
import { FAULTS, idleSystem, nodes } from "../nemesis/idle.js";

/** A run of two simulated nodes with one fault, on what the nemesis takes for the system. */
async function runWith(fault: Fault, system?: System): Promise<(allowVacuous: boolean) => RunVerdict> {
  const parsed = parseRunFlags(
    { mode: "leader", nodes: "2", timeLimit: "2", rate: "100", seed: "1", simulate: true },
    0,
  );
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  const config = parsed.value;
  const plan: FaultPlan = { format: 1, faults: [{ id: "f1", atMs: 300, forMs: 500, fault }] };
  const cluster = new SimulatedCluster({ nodes: config.nodes, protocol: config.protocol, seed: config.seed });
  const world: World = {
    nodes: cluster.nodes,
    system: system ?? cluster.system,
    time: cluster.time,
    dial: cluster.dial,
    answers: (node, timeoutMs) => cluster.answers(node, timeoutMs),
    killNow: () => cluster.killNow(),
    stop: () => cluster.stop(),
  };
  const workload = workloadOf(config.workload, { seed: config.seed, concurrency: config.concurrency });
  const events: HistoryEvent[] = [];
  const journal = new Journal(null, (event) => void events.push(event), world.time);
  const { signal } = new AbortController();
  const observer = { phase: () => undefined, fault: () => undefined, violation: () => undefined };
  const quiet = { undo: NO_JOURNAL, signal, enough: signal, observer, keys: new Set(["k0"]) };
  await cluster.drive(record({ config, plan, world, database: null, journal, workload, ...quiet }));
  const history = pairEvents(events);
  return (allowVacuous) => judge(history, judgeOptionsOf(config, plan, { allowVacuous }));
}

test("there is a fault of every kind here", () => {
  expect(FAULTS.map(({ f }) => f)).toEqual(FAULT_KINDS);
});

for (const fault of FAULTS) {
  test(`${fault.f}: planned, and without effect: the run is unknown and says why, and valid only where that is allowed`, async () => {
    const verdictOf = await runWith(fault, idleSystem());
    const strict = verdictOf(false);
    expect(strict.valid).toBe("unknown");
    expect(strict.because).toContain(`fault f1 (${fault.f}) did nothing`);
    expect(strict.verdicts.map(({ checker, valid }) => `${checker} ${valid}`)).toContain("linearizable valid");
    expect(verdictOf(true).valid).toBe("valid");
  });
}

// Its twin: the same run where the fault is felt.
const [one, two] = nodes;
const FELT: readonly Fault[] = [
  { f: "partition", shape: "one", grudge: { [one]: [two], [two]: [one] } },
  { f: "kill", who: [two] },
  { f: "pause", who: [two] },
  { f: "delay", links: [{ from: one, to: two }], latencyMs: 20, jitterMs: 0 },
];
for (const fault of FELT) {
  test(`${fault.f}: felt by the nodes, the same run is valid`, async () => {
    const verdict = (await runWith(fault))(false);
    expect([verdict.valid, verdict.because]).toEqual(["valid", expect.any(String)]);
  });
}
