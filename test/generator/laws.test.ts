import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { OpEvent } from "../../checker/history/event.js";
import { limit } from "../../src/generator/bounds.js";
import type { Context, Generator, Step } from "../../src/generator/generator.js";
import { simulate, simulated } from "../../src/generator/pretend.js";
import { problemsOf } from "../../src/generator/problems.js";
import { atomicRegisters, imperfect, quick } from "../../src/generator/worlds.js";
import { type Made, trees } from "./arbitrary.js";

const settings: fc.Parameters<unknown> = { numRuns: 400, seed: Number(process.env["SEED"] ?? 20_240_601) };
const threads = fc.integer({ min: 2, max: 5 });
const opsMax = 60;
const world = (seed: number) => atomicRegisters({ seed, latencyNs: 3e6, lost: 0.3 });

/** A step without its successor: what the outside sees. */
const seen = (step: Step): unknown =>
  step.is === "done" ? step.is : step.is === "op" ? step.op : ["pending", step.until];

/** The generator, with every question to it and its answer shown to `watch`. */
function watched(child: Generator, watch: (child: Generator, context: Context, step: Step) => void): Generator {
  return {
    next(context) {
      const step = child.next(context);
      watch(child, context, step);
      return step.is === "done" ? step : { ...step, next: watched(step.next ?? child, watch) };
    },
    update: (event) => watched(child.update(event), watch),
  };
}

const run = ({ generator }: Made, concurrency: number, seed: number, watch: Parameters<typeof watched>[1]) =>
  simulated(watched(generator, watch), world(seed), { concurrency, opsMax });

test("G1 pure step: the same generator and context give the same step", () => {
  let asked = 0;
  fc.assert(
    fc.property(trees, threads, fc.nat(), (tree, concurrency, seed) => {
      run(tree, concurrency, seed, (child, context, step) => {
        asked++;
        expect(seen(child.next(context))).toEqual(seen(step));
      });
    }),
    settings,
  );
  expect(asked).toBeGreaterThan(5_000);
});

test("G1 pure value: a generator kept from the middle of a run goes on in the same way each time", () => {
  let events = 0;
  fc.assert(
    fc.property(trees, threads, fc.nat(), (tree, concurrency, seed) => {
      const kept: Generator[] = [];
      run(tree, concurrency, seed, (child) => kept.push(child));
      for (const generator of [tree.generator, kept[kept.length >> 1]!, kept.at(-1)!]) {
        const first = simulate(generator, world(seed + 1), { concurrency, opsMax });
        expect(simulate(generator, world(seed + 1), { concurrency, opsMax })).toEqual(first);
        events += first.length;
      }
    }),
    settings,
  );
  expect(events).toBeGreaterThan(5_000);
});

test("G2 done is for ever: later, whoever is free, and whatever was heard", () => {
  let done = 0;
  fc.assert(
    fc.property(trees, threads, fc.nat(), fc.array(fc.boolean(), { minLength: 5 }), (tree, concurrency, seed, free) => {
      const { events } = simulated(tree.generator, world(seed), { concurrency, opsMax });
      run(tree, concurrency, seed, (child, context, step) => {
        if (step.is !== "done") return;
        done++;
        let after = child;
        for (const [i, event] of [undefined, ...events.slice(-4)].entries()) {
          if (event !== undefined) after = after.update(event);
          const some = context.processes.filter((_, thread) => free[thread]);
          for (const who of [[], some, context.processes]) {
            expect(after.next({ ...context, time: context.time + i * 1e6, free: who }).is).toBe("done");
          }
        }
      });
    }),
    settings,
  );
  expect(done).toBeGreaterThan(settings.numRuns! / 4);
});

test("an op names a free process, whoever is free", () => {
  let ops = 0;
  fc.assert(
    fc.property(trees, threads, fc.nat(), fc.array(fc.boolean(), { minLength: 5 }), (tree, concurrency, seed, free) => {
      run(tree, concurrency, seed, (child, context) => {
        const some = { ...context, free: context.free.filter((_, i) => free[i]) };
        const step = child.next(some);
        if (step.is !== "op") return;
        ops++;
        expect(problemsOf(step.op, some)).toEqual([]);
      });
    }),
    settings,
  );
  expect(ops).toBeGreaterThan(1_000);
});

test("update never invents an op: a limited generator stays within its limit whatever it hears", () => {
  let atLimit = 0;
  fc.assert(
    fc.property(trees, threads, fc.integer({ min: 0, max: 20 }), fc.nat(), (tree, concurrency, count, seed) => {
      // Strangers' events as well: another history is told to it in between.
      const foreign = simulate(tree.generator, quick(), { concurrency, opsMax: 20 });
      const { events, exhausted } = simulated(overhearing(limit(count, tree.generator), foreign), world(seed), {
        concurrency,
        opsMax: 100,
      });
      expect(exhausted).toBe(true);
      const invoked = events.filter(({ type }) => type === "invoke").length;
      expect(invoked).toBeLessThanOrEqual(count);
      if (invoked === count) atLimit++;
    }),
    settings,
  );
  expect(atLimit).toBeGreaterThan(settings.numRuns! / 4);
});

function overhearing(child: Generator, foreign: readonly OpEvent[]): Generator {
  const [event, ...rest] = foreign;
  return {
    next(context) {
      const step = child.next(context);
      return step.is === "done" ? step : { ...step, next: overhearing(step.next ?? child, foreign) };
    },
    update: (own) => overhearing(event === undefined ? child.update(own) : child.update(event).update(own), rest),
  };
}

test("no generator waits for nothing, in a world where operations succeed, fail and are lost", () => {
  const endings = { exhausted: 0, stopped: 0 };
  fc.assert(
    fc.property(trees, threads, (tree, concurrency) => {
      // The simulation throws when a generator is pending although nothing is open and it names no time.
      const { exhausted } = simulated(tree.generator, imperfect(1e6), { concurrency, opsMax });
      endings[exhausted ? "exhausted" : "stopped"]++;
    }),
    settings,
  );
  expect(Math.min(endings.exhausted, endings.stopped)).toBeGreaterThan(settings.numRuns! / 10);
});
