import { expect, test } from "vitest";
import type { OpEvent } from "../../checker/history/event.js";
import { pairEvents } from "../../checker/history/pair.js";
import { judge } from "../../checker/judge.js";
import { checkWorkload } from "../../checker/workload/workload.js";
import { limit } from "../../src/generator/bounds.js";
import { simulate, simulated } from "../../src/generator/pretend.js";
import { phases } from "../../src/generator/sequence.js";
import { transactions, type TxnLie } from "../../src/generator/txn-worlds.js";
import { parseRunFlags, type RunFlags } from "../../src/config/flags.js";
import { isRegister, type WorkloadConfig, WORKLOADS } from "../../src/workload/options.js";
import { judgedAs, workloadOf } from "../../src/workload/registry.js";

const configOf = (flags: RunFlags): WorkloadConfig => {
  const parsed = parseRunFlags(flags, 1);
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  return parsed.value.workload;
};

const CONCURRENCY = 10;

/** Main phase and final one, as a run does them, in a pretend world. */
function events(
  config: WorkloadConfig,
  seed: number,
  lie?: { is: TxnLie; share: number },
  operations = 400,
): readonly OpEvent[] {
  const { main, final, dialect, keysOf } = workloadOf(config, { seed, concurrency: CONCURRENCY });
  if (dialect === null) throw new Error(`${config.name} has no transactions`);
  const world = transactions({ seed, dialect, lost: 0.03, ...(lie === undefined ? {} : { lie }) });
  const first = simulate(limit(operations, main), world, { concurrency: CONCURRENCY });
  const keys = [...new Set(first.flatMap(keysOf))];
  const again = transactions({ seed, dialect, lost: 0.03, ...(lie === undefined ? {} : { lie }) });
  return simulate(phases(limit(operations, main), final(keys)), again, { concurrency: CONCURRENCY });
}

const verdictOn = (config: WorkloadConfig, some: readonly OpEvent[]) =>
  checkWorkload(pairEvents(some), judgedAs(config));

const invoked = (some: readonly OpEvent[]) => some.filter(({ type }) => type === "invoke");
const transactional = WORKLOADS.filter((name) => name !== "register" && name !== "unique-register");

for (const name of transactional) {
  test(`${name}: a store that is atomic is never accused, though operations are lost`, () => {
    let silent = 0;
    for (let seed = 0; seed < 12; seed++) {
      const made = events(configOf({ workload: name }), seed);
      silent += made.filter(({ type }) => type === "info").length;
      const { valid, because } = verdictOn(configOf({ workload: name }), made);
      expect([seed, valid, because]).toEqual([seed, "valid", because]);
    }
    expect(silent).toBeGreaterThan(20);
  });
}

/** The lies that each workload is there to find. */
const TWINS: readonly (readonly [(typeof transactional)[number], TxnLie, number])[] = [
  ["list-append", "stale", 0.1],
  ["list-append", "fractured", 0.3],
  ["list-append", "aborted", 0.1],
  ["rw-register", "fractured", 0.3],
  ["rw-register", "aborted", 0.2],
  ["bank", "stale", 0.1],
  ["bank", "fractured", 0.3],
  ["long-fork", "fractured", 0.3],
  ["causal-reverse", "fractured", 0.3],
  ["monotonic", "stale", 0.1],
  ["monotonic", "fractured", 0.3],
  ["unique-ids", "forgotten", 0.1],
  ["unique-ids", "stale", 0.2],
  ["counter", "forgotten", 0.2],
  ["counter", "repeated", 0.2],
  ["pn-counter", "forgotten", 0.2],
  ["pn-counter", "stale", 0.2],
  ["set", "forgotten", 0.05],
  ["set", "aborted", 0.05],
  ["set-full", "forgotten", 0.05],
  ["set-full", "stale", 0.2],
  ["queue", "stale", 0.1],
  ["queue", "repeated", 0.1],
  ["total-queue", "forgotten", 0.1],
  ["total-queue", "repeated", 0.1],
];

test.each(TWINS)("%s: a store whose transactions are now and then %s is caught, with a witness", (name, is, share) => {
  let caught = 0;
  for (let seed = 0; seed < 8; seed++) {
    const config = configOf({ workload: name });
    const made = events(config, seed, { is, share });
    const { valid, witness, because } = verdictOn(config, made);
    if (valid !== "invalid") continue;
    caught++;
    expect(witness.length).toBeGreaterThan(0);
    expect(Math.max(...witness)).toBeLessThan(made.length);
    expect(because).not.toBe("");
  }
  expect(caught).toBeGreaterThanOrEqual(6);
});

test("every workload with transactions has a lie by which it is tested", () => {
  expect(new Set(TWINS.map(([name]) => name))).toEqual(new Set(transactional));
});

test("what is claimed by default is decided, and the run is not called vacuous", () => {
  for (const workload of transactional) {
    const parsed = parseRunFlags({ workload }, 1);
    if (!parsed.ok) throw new Error(parsed.problems.join());
    const config = parsed.value.workload;
    const verdict = judge(pairEvents(events(config, 1)), {
      workload: judgedAs(config),
      claims: parsed.value.claims,
      plannedFaults: [],
      allowVacuous: false,
      patienceMs: 0,
    });
    const [own] = parsed.value.claims;
    expect([workload, verdict.verdicts.map(({ checker, valid }) => [checker, valid])]).toEqual([
      workload,
      [
        [own, "valid"],
        // Nobody reads the replicas one by one in a pretend world.
        ["converges", "unknown"],
        ["not-vacuous", "valid"],
        ["statistics", "valid"],
      ],
    ]);
  }
});

test("a claim that no checker of the workload decides is unknown, not passed over", () => {
  const config = configOf({ workload: "bank" });
  const verdict = judge(pairEvents(events(config, 1)), {
    workload: judgedAs(config),
    claims: ["linearizable"],
    plannedFaults: [],
    allowVacuous: true,
    patienceMs: 0,
  });
  expect(verdict).toMatchObject({
    valid: "unknown",
    because: expect.stringContaining("no checker of bank decides it"),
  });
});

test("the same seed gives the same stream, another seed another", () => {
  for (const workload of transactional) {
    const config = configOf({ workload });
    expect(events(config, 1)).toEqual(events(config, 1));
    if (workload !== "unique-ids") expect(events(config, 1)).not.toEqual(events(config, 2));
  }
});

type Mop = readonly [f: string, key: string, value: unknown];
const mopsOf = ({ value }: OpEvent): readonly Mop[] => value as unknown as readonly Mop[];

test("transactions keep to their lengths, keys to their writes, and no value is written twice to a key", () => {
  for (const workload of ["list-append", "rw-register"] as const) {
    for (const keyDist of ["exponential", "uniform", "zipf"] as const) {
      const config = configOf({
        workload,
        keyDist,
        keyCount: "5",
        minTxnLength: "2",
        maxTxnLength: "6",
        maxWritesPerKey: "7",
      });
      const txns = invoked(events(config, 3, undefined, 1500))
        .slice(0, 1500)
        .map(mopsOf);
      expect(new Set(txns.map(({ length }) => length))).toEqual(new Set([2, 3, 4, 5, 6]));
      const writes = txns.flat().filter(([f]) => f === (workload === "list-append" ? "append" : "w"));
      const reads = txns.flat().filter(([f]) => f === "r");
      expect(writes.length / (writes.length + reads.length)).toBeCloseTo(0.5, 1);
      expect(new Set(writes.map(([, key, value]) => `${key} ${String(value)}`)).size).toBe(writes.length);
      expect(Math.max(...writes.map(([, , value]) => Number(value)))).toBe(7);
      expect(new Set(writes.map(([, key]) => key)).size).toBeGreaterThanOrEqual(writes.length / 7);
    }
  }
});

test("keys are drawn as their distribution says", () => {
  for (const [keyDist, expected] of [
    ["exponential", [8 / 15, 4 / 15, 2 / 15, 1 / 15]],
    ["uniform", [0.25, 0.25, 0.25, 0.25]],
    ["zipf", [0.48, 0.24, 0.16, 0.12]],
  ] as const) {
    const config = configOf({ workload: "rw-register", keyDist, keyCount: "4", maxWritesPerKey: "100000" });
    const mops = invoked(events(config, 5, undefined, 3000))
      .slice(0, 3000)
      .flatMap(mopsOf);
    for (const [i, part] of expected.entries()) {
      const mine = mops.filter(([, key]) => key === `k${i}`);
      expect(Math.abs(mine.length / mops.length - part)).toBeLessThan(0.02);
    }
  }
});

test("in the end every key that was used is read, the newest and the last few too", () => {
  for (const workload of ["list-append", "rw-register", "monotonic"] as const) {
    for (const concurrency of [1, 3, 10]) {
      const config = configOf({ workload });
      const { final, dialect, keysOf } = workloadOf(config, { seed: 1, concurrency });
      for (const count of [0, 1, 7, 8, 9, 61]) {
        const keys = Array.from({ length: count }, (_, i) => `k${i}`);
        if (dialect === null) throw new Error("no transactions");
        const { events: made, exhausted } = simulated(final(keys), transactions({ seed: 1, dialect }), { concurrency });
        expect(exhausted).toBe(true);
        expect(invoked(made).flatMap(keysOf).toSorted()).toEqual(keys.toSorted());
      }
    }
  }
});

test("a queue is emptied in the end, also where answers are lost", () => {
  const made = events(configOf({ workload: "total-queue" }), 2);
  const { details } = verdictOn(configOf({ workload: "total-queue" }), made);
  expect(details).toMatchObject({ remaining: 0, lostCount: 0 });
});

test("registers need no transactions, all others do", () => {
  for (const workload of WORKLOADS) {
    const config = configOf({ workload });
    expect(workloadOf(config, { seed: 1, concurrency: 2 }).dialect === null).toBe(isRegister(config));
  }
});
