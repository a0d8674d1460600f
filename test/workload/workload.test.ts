import { expect, test } from "vitest";
import type { OpEvent } from "../../checker/history/event.js";
import { limit } from "../../src/generator/bounds.js";
import { pace } from "../../src/generator/pacing.js";
import { simulate, simulated, type World } from "../../src/generator/pretend.js";
import { atomicRegisters, imperfect, quick, staleRegisters } from "../../src/generator/worlds.js";
import { linearizable } from "../generator/linearizable.js";
import { finalReads, finalReadsMax, keysOf } from "../../src/workload/final-reads.js";
import type { RegisterOptions } from "../../src/workload/register.js";
import { type WorkloadName, workloads } from "../../src/workload/workload.js";

const config: RegisterOptions = { keys: 5, values: 5, skew: 0, opsPerKey: null };
const made = (name: WorkloadName, options: Partial<RegisterOptions> = {}, seed = 1, concurrency = 10) =>
  workloads[name].make({ config: { ...config, ...options }, seed, concurrency });
const ran = (name: WorkloadName, world: World, options: Partial<RegisterOptions> = {}, opsMax = 10_000) =>
  simulate(made(name, options).main, world, { concurrency: 10, opsMax });
const lossy = (seed = 1) => atomicRegisters({ seed, lost: 0.05 });

const invoked = (events: readonly OpEvent[]) => events.filter(({ type }) => type === "invoke");
const share = (part: readonly unknown[], whole: readonly unknown[]) => part.length / whole.length;
/** [key, value] of everything that an operation would write. */
const written = (events: readonly OpEvent[]) =>
  invoked(events)
    .filter(({ f }) => f !== "read")
    .map(({ f, key, value }) => [key, f === "cas" ? (value as readonly number[])[1] : value]);

test("unique-register never writes a value to a key twice, also not from a process that took a retired one's place", () => {
  for (const opsPerKey of [null, 50]) {
    const events = ran("unique-register", imperfect(), { opsPerKey });
    const retired = Math.max(...events.map(({ process }) => process));
    expect(retired).toBeGreaterThan(1_000);
    const writes = written(events).map((pair) => JSON.stringify(pair));
    expect(writes.length).toBeGreaterThan(3_000);
    expect(new Set(writes).size).toBe(writes.length);
  }
});

test("register writes the values 0 .. values-1, each about as often", () => {
  const values = written(ran("register", lossy())).map(([, value]) => value);
  expect(new Set(values)).toEqual(new Set([0, 1, 2, 3, 4]));
  for (const value of [0, 1, 2, 3, 4]) {
    const times = values.filter((other) => other === value);
    expect(share(times, values)).toBeCloseTo(0.2, 1);
  }
});

test("about 60 : 25 : 15 read, write and cas; the upper half of the threads only reads", () => {
  for (const name of ["register", "unique-register"] as const) {
    const ops = invoked(ran(name, lossy()));
    const of = (f: string) => ops.filter((op) => op.f === f);
    expect(share(of("read"), ops)).toBeCloseTo(0.6, 1);
    expect(share(of("write"), ops)).toBeCloseTo(0.25, 1);
    expect(share(of("cas"), ops)).toBeCloseTo(0.15, 1);
    const byReaders = ops.filter(({ process }) => process % 10 >= 5);
    expect(byReaders.length).toBeGreaterThan(ops.length / 3);
    expect(new Set(byReaders.map(({ f }) => f))).toEqual(new Set(["read"]));
  }
});

test("a single client does everything", () => {
  const events = simulate(made("register", {}, 1, 1).main, lossy(), { concurrency: 1, opsMax: 500 });
  expect(new Set(events.map(({ f }) => f))).toEqual(new Set(["read", "write", "cas"]));
});

test("at least a tenth of the cas succeeds and a tenth fails, even with five writers on one key", () => {
  for (const name of ["register", "unique-register"] as const) {
    for (const keys of [1, 20]) {
      const ends = ran(name, lossy(), { keys }).filter(({ f, type }) => f === "cas" && type !== "invoke");
      expect(ends.length).toBeGreaterThan(1_000);
      for (const type of ["ok", "fail"]) {
        expect(
          share(
            ends.filter((end) => end.type === type),
            ends,
          ),
        ).toBeGreaterThan(0.1);
      }
    }
  }
});

test("keys are used alike without skew, and by Zipf's law with it", () => {
  for (const [skew, expected] of [
    [0, [0.25, 0.25, 0.25, 0.25]],
    [1, [0.48, 0.24, 0.16, 0.12]],
    [2, [0.702, 0.176, 0.078, 0.044]],
  ] as const) {
    const ops = invoked(ran("register", quick(), { keys: 4, skew }));
    for (const [i, part] of expected.entries()) {
      const mine = ops.filter(({ key }) => key === `k${i}`);
      expect(Math.abs(share(mine, ops) - part)).toBeLessThan(0.02);
    }
  }
});

test("a key retires after opsPerKey operations and a fresh one takes its slot; never is one key more in use", () => {
  const ops = invoked(ran("unique-register", lossy(), { keys: 5, skew: 1, opsPerKey: 100 }));
  const counts = new Map<string | null, number>();
  for (const { key } of ops) counts.set(key, (counts.get(key) ?? 0) + 1);
  const inUse = [...counts.values()].filter((count) => count < 100);
  expect(Math.max(...counts.values())).toBe(100);
  expect(inUse.length).toBeLessThanOrEqual(5);
  expect(counts.size).toBeGreaterThanOrEqual(ops.length / 100);
  expect(counts.size).toBeLessThanOrEqual(ops.length / 100 + 5);
});

const stream = (seed: number) =>
  simulate(made("unique-register", { opsPerKey: 30 }, seed).main, lossy(), { concurrency: 10, opsMax: 500 });

test("the same seed gives the same stream, another seed another", () => {
  expect(stream(1)).toEqual(stream(1));
  expect(stream(1)).not.toEqual(stream(2));
});

test("on atomic registers every key is linearizable, and where reads lag many keys are not", () => {
  for (const name of ["register", "unique-register"] as const) {
    const brief = { keys: 8, opsPerKey: 20 };
    const keysOk = (world: World) => {
      const events = ran(name, world, brief, 4_000);
      return keysOf(events).map((key) => linearizable(events.filter((event) => event.key === key)));
    };
    expect(keysOk(lossy())).not.toContain(false);
    const lagging = keysOk(staleRegisters({ seed: 1, stale: 0.3 }));
    expect(lagging.length).toBeGreaterThan(190);
    expect(lagging.filter((ok) => !ok).length).toBeGreaterThan(lagging.length / 2);
  }
});

test("a slow open loop still visits every thread", () => {
  const { main } = made("register");
  const events = simulate(pace(100, main), atomicRegisters({ seed: 3 }), { concurrency: 10, opsMax: 300 });
  expect(new Set(events.map(({ process }) => process % 10)).size).toBe(10);
});

test("after the main phase, every thread reads every key that was used, once", () => {
  const world = lossy();
  const workload = made("unique-register", { opsPerKey: 100 });
  const main = simulate(limit(2_000, workload.main), world, { concurrency: 10 });
  const keys = keysOf(main);
  expect(keys.length).toBeGreaterThan(20);
  const { events, exhausted } = simulated(workload.final(keys), quick(), { concurrency: 10 });
  expect(exhausted).toBe(true);
  const reads = invoked(events).map(({ process, f, key, value }) => JSON.stringify([process, f, key, value]));
  const wanted = keys.flatMap((key) => Array.from({ length: 10 }, (_, p) => JSON.stringify([p, "read", key, null])));
  expect(reads.toSorted()).toEqual(wanted.toSorted());
});

test("a final read that fails is tried again, and given up after three attempts", () => {
  const keys = ["a", "b", "c"];
  const ends = simulate(finalReads(keys, 2), atomicRegisters({ seed: 5, lost: 0.4 }), { concurrency: 2 });
  for (const key of keys) expect(ends.some((event) => event.key === key && event.type === "ok")).toBe(true);
  const never: World = { ...quick(), apply: () => ({ type: "info", value: null, error: "timeout: pretended" }) };
  expect(invoked(simulate(finalReads(keys, 2), never, { concurrency: 2 }))).toHaveLength(2 * 3 * 3);
});

test("final reads of very many keys stay bounded, cover every key, and ask neighbouring threads", () => {
  for (const count of [0, 1, 199, 200, 201, 700, 5_000]) {
    const keys = Array.from({ length: count }, (_, i) => `k${i}`);
    const reads = invoked(simulate(finalReads(keys, 10), quick(), { concurrency: 10, opsMax: 50_000 }));
    expect(reads.length).toBeLessThanOrEqual(Math.max(finalReadsMax, count));
    expect(keysOf(reads)).toHaveLength(count);
  }
  const keys = Array.from({ length: 400 }, (_, i) => `k${i}`);
  const reads = invoked(simulate(finalReads(keys, 10), quick(), { concurrency: 10 }));
  for (const key of keys) {
    const nodes = reads.filter((read) => read.key === key).map(({ process }) => process % 5);
    expect(new Set(nodes).size).toBe(5);
  }
});
