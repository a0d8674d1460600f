import { expect, test } from "vitest";
import type { OpEvent } from "../../checker/history/event.js";
import { limit } from "../../src/generator/bounds.js";
import { each, repeatOp } from "../../src/generator/each.js";
import type { Generator } from "../../src/generator/generator.js";
import { simulate, simulated } from "../../src/generator/pretend.js";
import { problemsOf } from "../../src/generator/problems.js";
import { PENDING } from "../../src/generator/step.js";
import { atomicRegisters, imperfect, perfect, quick, staleRegisters } from "../../src/generator/worlds.js";
import { linearizable } from "./linearizable.js";

const reads = repeatOp({ f: "read", key: "x", value: null });
const ends = (events: readonly OpEvent[]) => events.filter(({ type }) => type !== "invoke");

test("quick: everything is ok at once", () => {
  const events = simulate(limit(5, reads), quick(), { concurrency: 2 });
  expect(events.every(({ time }) => time === 0)).toBe(true);
  expect(ends(events).map(({ type }) => type)).toEqual(["ok", "ok", "ok", "ok", "ok"]);
});

test("perfect: everything is ok after the same time, with all processes at work", () => {
  const { events, time } = simulated(limit(6, reads), perfect(10), { concurrency: 2, startNs: 100 });
  expect(time).toBe(130);
  expect(ends(events).map((event) => event.time)).toEqual([110, 110, 120, 120, 130, 130]);
});

test("imperfect: ok, fail, info in turn; a lost operation retires its process", () => {
  const events = simulate(limit(7, reads), imperfect(10), { concurrency: 1 });
  expect(ends(events).map(({ process, type }) => `${process} ${type}`)).toEqual([
    "0 ok",
    "0 fail",
    "0 info",
    "1 ok",
    "1 fail",
    "1 info",
    "2 ok",
  ]);
});

test("H1 H2 H4: one open operation a process, nothing after info, and dense indexes", () => {
  const { events } = simulated(reads, atomicRegisters({ seed: 4, lost: 0.3 }), { concurrency: 7, opsMax: 2000 });
  const open = new Set<number>();
  const retired = new Set<number>();
  for (const [i, { index, process, type }] of events.entries()) {
    expect(index).toBe(i);
    expect(retired.has(process)).toBe(false);
    expect(open.has(process)).toBe(type !== "invoke");
    if (type === "invoke") open.add(process);
    else open.delete(process);
    if (type === "info") retired.add(process);
  }
  expect(open.size).toBe(0);
});

test("the simulation refuses an operation of a busy process, and a generator that waits for nothing", () => {
  const rude: Generator = {
    next: ({ time }) => ({ is: "op", op: { process: 0, f: "read", key: "x", value: null, time }, next: rude }),
    update: () => rude,
  };
  expect(() => simulate(rude, perfect(), { concurrency: 2 })).toThrow("process 0 is not free");
  const idle: Generator = { next: () => PENDING, update: () => idle };
  expect(() => simulate(idle, perfect(), { concurrency: 2 })).toThrow("waits at 0 ns although no operation is open");
  const hasty: Generator = { next: () => ({ is: "pending", until: 0 }), update: () => hasty };
  expect(() => simulate(hasty, perfect(), { concurrency: 2 })).toThrow("pending until 0 ns, but it is 0 ns");
});

test("every breach of an operation is named", () => {
  const context = { time: 0, free: [0], processes: [0, 1] };
  expect(problemsOf({ process: 0, f: "read", key: null, value: null, time: 0 }, context)).toEqual([]);
  expect(problemsOf({ process: 7, f: "", key: null, value: null, time: Number.NaN }, context)).toEqual([
    "process 7 does not exist (any more)",
    "f is empty",
    "time is NaN, expected ns >= 0",
  ]);
});

/** Eighteen operations of three clients on one register, values 0 .. 2 or all different. */
const short = (seed: number, unique: boolean): Generator =>
  limit(
    18,
    each(seed, (n, pick) => {
      const value = () => (unique ? n : Math.floor(pick("value") * 3));
      if (pick("f") < 0.5) return { f: "read", key: "x", value: null };
      if (pick("f") < 0.8) return { f: "write", key: "x", value: value() };
      return { f: "cas", key: "x", value: [Math.floor(pick("from") * 3), value()] };
    }),
  );

for (const unique of [false, true]) {
  test(`atomic registers are linearizable, stale ones are caught (values ${unique ? "unique" : "repeating"})`, () => {
    let caught = 0;
    let busy = 0;
    for (let seed = 0; seed < 300; seed++) {
      const atomic = simulate(short(seed, unique), atomicRegisters({ seed, lost: 0.1 }), { concurrency: 3 });
      expect(linearizable(atomic), `seed ${seed}`).toBe(true);
      if (ends(atomic).some(({ f, value, type }) => f === "read" && type === "ok" && value !== null)) busy++;
      const stale = simulate(short(seed, unique), staleRegisters({ seed, stale: 0.5 }), { concurrency: 3 });
      if (!linearizable(stale)) caught++;
    }
    expect(busy).toBeGreaterThan(200);
    expect(caught).toBeGreaterThan(100);
  });
}

test("a lost write of the atomic registers sometimes happened and sometimes did not", () => {
  const writes = each(1, (n) =>
    n % 2 === 0 ? { f: "write", key: "x", value: n } : { f: "read", key: "x", value: null },
  );
  const events = simulate(writes, atomicRegisters({ seed: 1, lost: 0.5 }), { concurrency: 1, opsMax: 400 });
  const seen = { happened: 0, not: 0 };
  for (const [i, event] of events.entries()) {
    const after = events[i + 2];
    if (event.type !== "info" || after?.type !== "ok") continue;
    seen[after.value === event.value ? "happened" : "not"]++;
  }
  expect(Math.min(seen.happened, seen.not)).toBeGreaterThan(10);
});
