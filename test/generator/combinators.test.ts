import { expect, test } from "vitest";
import type { OpEvent } from "../../checker/history/event.js";
import { limit, timeLimit, untilOk } from "../../src/generator/bounds.js";
import { each, learning, once, repeatOp } from "../../src/generator/each.js";
import type { Context, Generator } from "../../src/generator/generator.js";
import { concurrentKeys, independentKeys } from "../../src/generator/keys.js";
import { mix, soonest } from "../../src/generator/mix.js";
import { pace, stagger } from "../../src/generator/pacing.js";
import { simulate, simulated } from "../../src/generator/pretend.js";
import { andThen, phases } from "../../src/generator/sequence.js";
import { keySlots } from "../../src/generator/slots.js";
import { PENDING } from "../../src/generator/step.js";
import { eachThread, onThreads, reserve } from "../../src/generator/threads.js";
import { atomicRegisters, imperfect, perfect, quick } from "../../src/generator/worlds.js";

const MS = 1e6;
const named = (f: string): Generator => repeatOp({ f, key: null, value: null });
const never: Generator = { next: () => PENDING, update: () => never };
const invoked = (events: readonly OpEvent[]) => events.filter(({ type }) => type === "invoke");
const names = (generator: Generator, concurrency = 1, opsMax = 20) =>
  invoked(simulate(generator, quick(), { concurrency, opsMax }))
    .map(({ f }) => f)
    .join("");
const count = (events: readonly OpEvent[], f: string) => invoked(events).filter((event) => event.f === f).length;
const at = (time: number, free = [0, 1], processes = [0, 1]): Context => ({ time, free, processes });

test("each: operation n is the function of n, whatever the world does", () => {
  const events = simulate(
    each(1, (n) => ({ f: "write", key: "x", value: n })),
    imperfect(),
    { concurrency: 3, opsMax: 50 },
  );
  expect(invoked(events).map(({ value }) => value)).toEqual(Array.from({ length: 50 }, (_, n) => n));
});

test("each: all free processes get their turn", () => {
  const free = [0, 1, 2, 3];
  let generator = named("a");
  const turns = [0, 0, 0, 0];
  for (let i = 0; i < 4000; i++) {
    const step = generator.next(at(0, free, free));
    if (step.is !== "op") throw new Error(step.is);
    turns[step.op.process]!++;
    generator = step.next;
  }
  for (const n of turns) expect(Math.abs(n - 1000)).toBeLessThan(120);
});

test("learning: an operation may depend on what was heard", () => {
  const counter = learning<number>({
    seed: 1,
    known: 0,
    op: (_n, _pick, _thread, known) => ({ f: "write", key: null, value: known + 1 }),
    observe: (known, event) => (event.type === "ok" ? Number(event.value) : known),
  });
  const events = simulate(counter, perfect(), { concurrency: 1, opsMax: 5 });
  expect(invoked(events).map(({ value }) => value)).toEqual([1, 2, 3, 4, 5]);
});

test("once is once, limit n is n, and limit 0 is nothing", () => {
  expect(names(once({ f: "a", key: null, value: null }), 3)).toBe("a");
  expect(names(limit(3, named("a")), 2)).toBe("aaa");
  expect(names(limit(0, named("a")))).toBe("");
});

test("time limit: the clock starts when it is first asked, also when there is nothing to do yet", () => {
  const limited = timeLimit(10 * MS, never);
  const first = limited.next(at(100 * MS));
  expect(first).toMatchObject({ is: "pending", until: 110 * MS });
  if (first.is !== "pending") throw new Error(first.is);
  expect(first.next?.next(at(109 * MS)).is).toBe("pending");
  expect(first.next?.next(at(110 * MS)).is).toBe("done");
});

test("time limit: 10 ms of one client at 1 ms an operation are 10 operations", () => {
  expect(simulate(timeLimit(10 * MS, named("a")), perfect(MS), { concurrency: 1 })).toHaveLength(20);
});

test("time limit: an operation that is late when the time is over is not issued", () => {
  const { events, exhausted } = simulated(timeLimit(10 * MS, pace(1000, named("a"))), perfect(7 * MS), {
    concurrency: 1,
  });
  expect(invoked(events).map(({ time }) => time)).toEqual([0, 7 * MS]);
  expect(exhausted).toBe(true);
});

test("until ok: only a success of its own ends it", () => {
  // In the imperfect world operations end ok, fail, info in turn.
  const both = (own: Generator) =>
    simulate(phases(limit(2, named("a")), untilOk(own)), imperfect(), { concurrency: 1 });
  expect(count(both(named("b")), "b")).toBe(2);
  const foreign = untilOk(named("b")).update({
    index: 0,
    time: 0,
    process: 0,
    type: "ok",
    f: "b",
    key: null,
    value: null,
  });
  expect(foreign.next(at(0)).is).toBe("op");
});

test("pace: operation n is due at n / rate, and a slow world does not shift it", () => {
  const times = (latency: number) => {
    let generator = pace(100, limit(5, named("a")));
    const due: number[] = [];
    const watched = (child: Generator): Generator => ({
      next(context) {
        const step = child.next(context);
        if (step.is === "op") due.push(step.op.time / MS);
        return step.is === "done" ? step : { ...step, next: watched(step.next ?? child) };
      },
      update: (event) => watched(child.update(event)),
    });
    generator = watched(generator);
    const events = simulate(generator, perfect(latency), { concurrency: 1 });
    return { due, issued: invoked(events).map(({ time }) => time / MS) };
  };
  expect(times(MS)).toEqual({ due: [0, 10, 20, 30, 40], issued: [0, 10, 20, 30, 40] });
  // One client at 25 ms each: issued late, but still stamped with the time at which they were due.
  expect(times(25 * MS)).toEqual({ due: [0, 10, 20, 30, 40], issued: [0, 25, 50, 75, 100] });
});

test("pace: after a stall everything that is due is issued at once, and then the grid goes on", () => {
  const stall = { ...perfect(MS), timing: (n: number) => ({ effectNs: n < 2 ? 35 * MS : 0, replyNs: 0 }) };
  const events = simulate(pace(100, limit(6, named("a"))), stall, { concurrency: 2 });
  expect(invoked(events).map(({ time }) => time / MS)).toEqual([0, 10, 35, 35, 40, 50]);
});

test("pace and stagger refuse what is no rate", () => {
  expect(() => pace(0, never)).toThrow("pace: 0 operations per second");
  expect(() => stagger(1, -1, never)).toThrow("stagger: a mean of -1 ns");
});

test("stagger: gaps are spread over [0, 2 * mean) and their mean is the mean", () => {
  const events = invoked(simulate(stagger(5, MS, named("a")), quick(), { concurrency: 5, opsMax: 4000 }));
  const gaps = events.slice(1).map(({ time }, i) => time - events[i]!.time);
  expect(Math.max(...gaps)).toBeLessThan(2 * MS);
  expect(Math.max(...gaps)).toBeGreaterThan(1.9 * MS);
  expect(Math.min(...gaps)).toBeLessThan(0.1 * MS);
  expect(gaps.reduce((a, b) => a + b) / gaps.length / MS).toBeCloseTo(1, 1);
});

test("stagger: after a stall it does not catch up", () => {
  const stalled = { ...perfect(), timing: (n: number) => ({ effectNs: n === 0 ? 1000 * MS : 0, replyNs: 0 }) };
  const events = invoked(simulate(stagger(5, MS, named("a")), stalled, { concurrency: 1, opsMax: 1000 }));
  expect(events[1]!.time).toBe(1000 * MS);
  expect((events.at(-1)!.time - 1000 * MS) / 998 / MS).toBeCloseTo(1, 1);
});

test("mix: shares follow the weights", () => {
  const mixed = mix(1, [
    [5, named("a")],
    [3, named("b")],
    [2, named("c")],
  ]);
  const events = simulate(mixed, quick(), { concurrency: 2, opsMax: 5000 });
  expect(count(events, "a") / 5000).toBeCloseTo(0.5, 1);
  expect(count(events, "b") / 5000).toBeCloseTo(0.3, 1);
  expect(count(events, "c") / 5000).toBeCloseTo(0.2, 1);
});

test("mix: a pending child does not block it, an exhausted one leaves, and it ends with the last", () => {
  const mixed = mix(1, [
    [100, never],
    [1, limit(3, named("a"))],
  ]);
  expect(() => names(mixed)).toThrow("waits at 0 ns although no operation is open");
  expect(names(timeLimit(1, mixed))).toBe("aaa");
  expect(
    names(
      mix(1, [
        [9, limit(2, named("a"))],
        [1, limit(3, named("b"))],
      ]),
    )
      .split("")
      .sort((x, y) => (x < y ? -1 : 1))
      .join(""),
  ).toBe("aabbb");
  expect(names(mix(1, []))).toBe("");
  expect(() => mix(1, [[0, never]])).toThrow("mix: a weight of 0");
});

test("soonest: a child that is due now goes before one that is not", () => {
  const slow = pace(100, named("s"));
  const fast = pace(1000, named("f"));
  const events = simulate(timeLimit(100 * MS, soonest(1, slow, fast)), quick(), { concurrency: 2 });
  expect(count(events, "s")).toBe(10);
  expect(count(events, "f")).toBe(100);
});

test("andThen: one after another, with the operations of two of them overlapping", () => {
  const both = andThen(limit(2, named("a")), limit(0, named("x")), limit(2, named("b")));
  expect(names(both)).toBe("aabb");
  const events = simulate(both, perfect(MS), { concurrency: 3 });
  expect(events.map(({ type, f }) => `${type} ${f}`).slice(0, 4)).toEqual(["invoke a", "invoke a", "invoke b", "ok a"]);
});

test("andThen: ten thousand empty parts are no deep recursion", () => {
  expect(names(andThen(...Array.from({ length: 10_000 }, () => limit(0, never)), limit(1, named("a"))))).toBe("a");
});

test("phases: a phase begins when everybody is free, and no operations of two phases overlap", () => {
  const three = phases(limit(5, named("a")), limit(5, named("b")), limit(5, named("c")));
  const events = simulate(three, atomicRegisters({ seed: 1, latencyNs: MS, lost: 0.3 }), { concurrency: 4 });
  let open = 0;
  let phase = "a";
  for (const { type, f } of events) {
    if (f !== phase) {
      expect(open).toBe(0);
      expect(f > phase).toBe(true);
      phase = f;
    }
    open += type === "invoke" ? 1 : -1;
  }
  expect(phase).toBe("c");
  expect(invoked(events)).toHaveLength(15);
});

test("phases: the clock of a phase starts with the phase", () => {
  const two = phases(limit(1, named("a")), timeLimit(10 * MS, pace(1000, named("b"))));
  expect(count(simulate(two, perfect(50 * MS), { concurrency: 20 }), "b")).toBe(10);
});

test("on threads: only these threads, also after their processes are retired", () => {
  const even = onThreads((thread) => thread % 2 === 0, limit(60, named("a")));
  const events = simulate(even, imperfect(), { concurrency: 4 });
  expect(invoked(events)).toHaveLength(60);
  expect(new Set(events.map(({ process }) => process % 4))).toEqual(new Set([0, 2]));
  expect(Math.max(...events.map(({ process }) => process))).toBeGreaterThan(20);
});

test("on threads: picking none is nothing", () => {
  expect(names(onThreads(() => false, named("a")))).toBe("");
});

test("reserve: the first threads for the first part, the next for the second, the others for the rest", () => {
  const parts = reserve(
    1,
    [
      [2, named("a")],
      [3, named("b")],
    ],
    named("c"),
  );
  const events = invoked(simulate(parts, imperfect(), { concurrency: 8, opsMax: 500 }));
  const threads = (f: string) => new Set(events.filter((event) => event.f === f).map(({ process }) => process % 8));
  expect(threads("a")).toEqual(new Set([0, 1]));
  expect(threads("b")).toEqual(new Set([2, 3, 4]));
  expect(threads("c")).toEqual(new Set([5, 6, 7]));
});

test("reserve: an inner one divides the threads that the outer one left to it", () => {
  const inner = reserve(1, [[1, named("b")]], named("c"));
  const events = invoked(simulate(reserve(1, [[2, named("a")]], inner), imperfect(), { concurrency: 5, opsMax: 300 }));
  const threads = (f: string) => new Set(events.filter((event) => event.f === f).map(({ process }) => process % 5));
  expect(threads("a")).toEqual(new Set([0, 1]));
  expect(threads("b")).toEqual(new Set([2]));
  expect(threads("c")).toEqual(new Set([3, 4]));
});

test("reserve: when paced, parts share in proportion to their threads", () => {
  const parts = reserve(1, [[1, named("a")]], named("b"));
  const events = simulate(pace(1000, parts), perfect(10), { concurrency: 4, opsMax: 2000 });
  expect(count(events, "a") / 2000).toBeCloseTo(0.25, 1);
});

test("reserve: more threads than there are is a mistake", () => {
  expect(() => names(reserve(1, [[3, never]], never), 2)).toThrow("reserve: 3 threads wanted, 2 present");
});

test("each thread: a copy for every thread, or a child of its own", () => {
  const copies = simulate(eachThread(limit(3, named("a"))), imperfect(), { concurrency: 4 });
  const own = simulate(
    eachThread((thread) => limit(thread, named("a"))),
    perfect(),
    { concurrency: 4 },
  );
  for (const thread of [0, 1, 2, 3]) {
    const mine = (events: readonly OpEvent[]) => invoked(events).filter(({ process }) => process % 4 === thread).length;
    expect(mine(copies)).toBe(3);
    expect(mine(own)).toBe(thread);
  }
});

test("each thread: a thread's success ends only its own copy", () => {
  const tries = simulate(eachThread(untilOk(named("a"))), imperfect(), { concurrency: 3 });
  const ends = tries.filter(({ type }) => type !== "invoke");
  for (const thread of [0, 1, 2]) {
    expect(ends.findLast(({ process }) => process % 3 === thread)?.type).toBe("ok");
  }
  expect(ends.filter(({ type }) => type === "ok")).toHaveLength(3);
});

test("independent keys: one key after another", () => {
  const keys = independentKeys(["a", "b"], () => limit(2, named("w")));
  const events = invoked(simulate(keys, perfect(), { concurrency: 1 }));
  expect(events.map(({ key }) => key)).toEqual(["a", "a", "b", "b"]);
});

test("concurrent keys: a key belongs to one group of threads, retires, and a fresh one takes its place", () => {
  const keys = concurrentKeys(
    2,
    (i) => (i < 20 ? `k${i}` : null),
    () => limit(10, named("w")),
  );
  const { events, exhausted } = simulated(keys, atomicRegisters({ seed: 1, lost: 0.2 }), { concurrency: 7 });
  expect(exhausted).toBe(true);
  for (let i = 0; i < 20; i++) {
    const mine = invoked(events).filter(({ key }) => key === `k${i}`);
    expect(mine).toHaveLength(10);
    // Groups of 7 threads: 0 1, 2 3, 4 5 6.
    expect(new Set(mine.map(({ process }) => Math.min(2, (process % 7) >> 1))).size).toBe(1);
  }
});

test("concurrent keys: at any time as many keys are in use as there are groups", () => {
  const keys = concurrentKeys(
    2,
    (i) => `k${i}`,
    () => limit(10, named("w")),
  );
  const recent = invoked(simulate(keys, perfect(MS), { concurrency: 6, opsMax: 300 })).slice(0, 6);
  expect(new Set(recent.map(({ key }) => key))).toEqual(new Set(["k0", "k1", "k2"]));
});

/** Says how many events it heard of threads that are not these. */
const heard = (picks: (thread: number) => boolean) =>
  learning<number>({
    seed: 1,
    known: 0,
    op: (_n, _pick, _thread, strangers) => ({ f: "a", key: null, value: strangers }),
    observe: (strangers, { process }) => strangers + (picks(process % 4) ? 0 : 1),
  });
const low = (thread: number) => thread < 2;
const high = (thread: number) => thread >= 2;

test("reserve, onThreads and eachThread: a part hears of its own threads only", () => {
  for (const generator of [
    reserve(1, [[2, heard(low)]], heard(high)),
    soonest(1, onThreads(low, heard(low)), onThreads(high, heard(high))),
    eachThread((thread) => heard((other) => other === thread)),
  ]) {
    const events = invoked(simulate(generator, imperfect(), { concurrency: 4, opsMax: 200 }));
    expect(new Set(events.map(({ process }) => process % 4)).size).toBe(4);
    expect(events.filter(({ value }) => value !== 0)).toEqual([]);
  }
});

/** Writes the keys of all events that it heard and that were not of its own key. */
const strangers = (key: string) =>
  learning<readonly string[]>({
    seed: 1,
    known: [],
    op: (_n, _pick, _thread, known) => ({ f: "w", key: null, value: known }),
    observe: (known, event) => (event.key === key ? known : [...known, String(event.key)]),
  });

test("a key's child hears only of its own key", () => {
  for (const generator of [
    concurrentKeys(1, ["a", "b", "c"], (key) => limit(5, strangers(key))),
    keySlots({ seed: 1, slots: 3, skew: 0, child: (number) => limit(5, strangers(`k${number}`)) }),
  ]) {
    for (const { value } of invoked(simulate(generator, perfect(), { concurrency: 2, opsMax: 100 }))) {
      expect(value).toEqual([]);
    }
  }
});

test("key slots: a child without any operation is a mistake, not an endless loop", () => {
  expect(() => names(keySlots({ seed: 1, slots: 2, skew: 0, child: () => limit(0, never) }))).toThrow(
    "has no operation",
  );
  expect(() =>
    names(
      concurrentKeys(
        1,
        (i) => `k${i}`,
        () => limit(0, never),
      ),
    ),
  ).toThrow("had no operation");
  expect(() =>
    names(
      independentKeys(
        (i) => `k${i}`,
        () => limit(0, never),
      ),
    ),
  ).toThrow("had no operation");
});
