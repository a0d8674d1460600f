/**
 * Runs a generator against a pretend world, in virtual time on one thread: how workloads are tested with no cluster.
 * The worlds are in worlds.ts.
 */

import type { EventType, Json, OpEvent } from "../../checker/history/event.js";
import type { Context, Generator, Invocation } from "./generator.js";
import { problemsOf } from "./problems.js";
import { earlier } from "./step.js";

/** What a client hears. */
export interface Answer {
  readonly type: Exclude<EventType, "invoke">;
  readonly value: Json;
  readonly error?: string;
}

/** A system under test that is not there. Stateful: make a fresh one for every simulation. */
export interface World {
  /** Of the n-th operation: ns from its invocation until it takes effect, and from then until the client hears. */
  timing(n: number): { readonly effectNs: number; readonly replyNs: number };
  /** Called in the order in which operations take effect. */
  apply(op: OpEvent, n: number): Answer;
}

export interface SimulateOptions {
  readonly concurrency: number;
  /** Stop asking after so many operations (endless generators); default 10,000. */
  readonly opsMax?: number;
  /** The time at which the first question is asked, ns; default 0. */
  readonly startNs?: number;
}

export interface Simulated {
  readonly events: readonly OpEvent[];
  /** The generator as it was left. */
  readonly generator: Generator;
  /** Virtual time at the end, ns. */
  readonly time: number;
  /** Is the generator exhausted, or did the simulation stop at `opsMax`? */
  readonly exhausted: boolean;
}

/** A generator that waits so often without one operation in between waits for ever. */
const waitsMax = 100_000;

/** The history that the generator and the world make together. */
export const simulate = (generator: Generator, world: World, options: SimulateOptions): readonly OpEvent[] =>
  simulated(generator, world, options).events;

/** As `simulate`, with how it ended. Throws where the generator breaks its contract or waits for nothing. */
export function simulated(generator: Generator, world: World, options: SimulateOptions): Simulated {
  const opsMax = options.opsMax ?? 10_000;
  const run = new Simulation(generator, world, options);
  let operations = 0;
  let waits = 0;
  while (operations < opsMax) {
    // Completions first: to ask before hearing of one would invent concurrency.
    run.settle();
    const step = run.ask();
    if (step.is === "done") break;
    if (step.is === "op" && step.op.time <= run.time) {
      run.invoke(step.op, step.next);
      operations++;
      waits = 0;
      continue;
    }
    if (++waits > waitsMax)
      throw new Error(`the generator waited ${waitsMax} times in a row, at last at ${run.time} ns`);
    run.waitUntil(step.is === "op" ? step.op.time : step.until);
  }
  const exhausted = operations < opsMax;
  run.drain();
  return { events: run.events, generator: run.generator, time: run.time, exhausted };
}

interface Open {
  readonly op: OpEvent;
  readonly n: number;
  readonly effectAt: number;
  readonly replyAt: number;
  answer: Answer | null;
}

class Simulation {
  readonly events: OpEvent[] = [];
  generator: Generator;
  time: number;
  private readonly world: World;
  private readonly processes: number[];
  private open: Open[] = [];
  private operations = 0;

  constructor(generator: Generator, world: World, options: SimulateOptions) {
    this.generator = generator;
    this.world = world;
    this.time = options.startNs ?? 0;
    this.processes = Array.from({ length: options.concurrency }, (_, thread) => thread);
  }

  context(): Context {
    const busy = new Set(this.open.map(({ op }) => op.process));
    return {
      time: this.time,
      free: this.processes.filter((process) => !busy.has(process)),
      processes: [...this.processes],
    };
  }

  ask(): ReturnType<Generator["next"]> {
    const context = this.context();
    const step = this.generator.next(context);
    if (step.is === "pending" && step.next !== undefined) this.generator = step.next;
    if (step.is === "op") {
      const problems = problemsOf(step.op, context);
      if (problems.length > 0) throw new Error(`not an operation: ${JSON.stringify(step.op)}: ${problems.join("; ")}`);
    }
    return step;
  }

  invoke({ process, f, key, value }: Invocation, next: Generator): void {
    this.generator = next;
    const n = this.operations++;
    const { effectNs, replyNs } = this.world.timing(n);
    const effectAt = this.time + effectNs;
    const op = this.record({ process, type: "invoke", f, key, value });
    this.open.push({ op, n, effectAt, replyAt: effectAt + replyNs, answer: null });
  }

  /** Effects and replies up to now, each at its time: of two at the same time an effect comes first. */
  settle(): void {
    for (;;) {
      const due = this.soonest();
      if (due === null || due.at > this.time) return;
      if (due.open.answer === null) due.open.answer = this.world.apply(due.open.op, due.open.n);
      else this.complete(due.open, due.open.answer);
    }
  }

  /** Time goes on to the next effect or reply, or to `until` where that is sooner. */
  waitUntil(until: number | null): void {
    const at = earlier(until, this.soonest()?.at ?? null);
    if (at === null) throw new Error(`the generator waits at ${this.time} ns although no operation is open`);
    if (at <= this.time) throw new Error(`the generator is pending until ${until} ns, but it is ${this.time} ns`);
    this.time = at;
  }

  drain(): void {
    for (let due = this.soonest(); due !== null; due = this.soonest()) {
      this.time = Math.max(this.time, due.at);
      this.settle();
    }
  }

  private soonest(): { readonly open: Open; readonly at: number } | null {
    let best: { readonly open: Open; readonly at: number } | null = null;
    for (const open of this.open) {
      const at = open.answer === null ? open.effectAt : open.replyAt;
      const wins =
        best === null || at < best.at || (at === best.at && open.answer === null && best.open.answer !== null);
      if (wins) best = { open, at };
    }
    return best;
  }

  private complete(open: Open, answer: Answer): void {
    this.open = this.open.filter((other) => other !== open);
    const { process, f, key } = open.op;
    this.record({ process, f, key, ...answer });
    if (answer.type === "info") {
      const thread = process % this.processes.length;
      this.processes[thread] = process + this.processes.length;
    }
  }

  private record(event: Omit<OpEvent, "index" | "time">): OpEvent {
    const { process, type, f, key, value, error } = event;
    const recorded: OpEvent = {
      index: this.events.length,
      time: this.time,
      process,
      type,
      f,
      key,
      value,
      ...(error === undefined ? {} : { error }),
    };
    this.events.push(recorded);
    this.generator = this.generator.update(recorded);
    return recorded;
  }
}
