/**
 * Draws operations from a generator, hands them to free processes, records what happens.
 *
 * Completions that have already arrived are always recorded before the next operation is drawn: otherwise the history
 * would show concurrency that was not there and the checkers would forgive too much.
 */

import type { Client, Completion, OpenClient } from "../client/client.js";
import { REAL_TIME, type Time } from "../../nemesis/index.js";
import type { Context, Generator, Invocation } from "../generator/generator.js";
import type { Journal } from "./journal.js";

export interface InterpretOptions {
  readonly generator: Generator;
  readonly threads: Threads;
  readonly journal: Journal;
  /** Aborted: nothing more is invoked; open operations are waited for. */
  readonly signal: AbortSignal;
  /** Default: the time of this machine. */
  readonly time?: Time;
}

/** The client threads of a run and the process that each one plays; they outlive a phase. */
export class Threads {
  readonly #open: OpenClient;
  readonly processes: number[];
  readonly clients: (Client | null)[];
  readonly #count: number;

  /** Processes first, first+1, ... one per thread. */
  constructor(count: number, open: OpenClient, first = 0) {
    this.#count = count;
    this.#open = open;
    this.processes = Array.from({ length: count }, (_, thread) => first + thread);
    this.clients = Array.from({ length: count }, () => null);
  }

  client(thread: number): Client {
    const existing = this.clients[thread];
    if (existing !== null && existing !== undefined) return existing;
    const opened = this.#open(thread);
    this.clients[thread] = opened;
    return opened;
  }

  /** The process's operation ended `info`: it is dead, and a new one with a new client takes its thread (H2). */
  retire(thread: number): void {
    this.clients[thread]?.close();
    this.clients[thread] = null;
    this.processes[thread] = (this.processes[thread] ?? 0) + this.#count;
  }

  close(): void {
    for (const client of this.clients) client?.close();
    this.clients.fill(null);
  }
}

/** Resolves when the generator is done (or the signal aborted) and every open operation has completed. */
export function interpret(options: InterpretOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const interpreter = new Interpreter(options, resolve, reject);
    interpreter.schedule();
  });
}

class Interpreter {
  readonly #options: InterpretOptions;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #startNs: number;
  readonly #busy: boolean[];
  #generator: Generator;
  #openCount = 0;
  #exhausted = false;
  #settled = false;
  #scheduled = false;
  readonly #time: Time;
  #cancel: (() => void) | null = null;
  readonly #onAbort = (): void => {
    this.#exhausted = true;
    this.schedule();
  };

  constructor(options: InterpretOptions, resolve: () => void, reject: (error: unknown) => void) {
    this.#options = options;
    this.#time = options.time ?? REAL_TIME;
    this.#generator = options.generator;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#busy = options.threads.processes.map(() => false);
    this.#startNs = options.journal.now();
    this.#exhausted = options.signal.aborted;
    options.signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Runs after all I/O of this turn of the event loop, so that every completion at hand is in first. */
  schedule(): void {
    if (this.#scheduled || this.#settled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      try {
        this.#pump();
      } catch (error) {
        this.#settle(() => this.#reject(error));
      }
    });
  }

  #pump(): void {
    this.#cancel?.();
    this.#cancel = null;
    while (!this.#exhausted && this.#openCount < this.#busy.length) {
      const context = this.#context();
      const step = this.#generator.next(context);
      if (step.is === "done") this.#exhausted = true;
      else if (step.is === "pending") {
        if (step.next !== undefined) this.#generator = step.next;
        if (step.until !== null) this.#wake(step.until - context.time);
        break;
      } else if (step.op.time > context.time) {
        this.#wake(step.op.time - context.time);
        break;
      } else {
        this.#generator = step.next;
        this.#start(step.op);
      }
    }
    if (this.#exhausted && this.#openCount === 0) this.#settle(this.#resolve);
  }

  #context(): Context {
    const { processes } = this.#options.threads;
    const free: number[] = [];
    for (let thread = 0; thread < processes.length; thread++) {
      const process = processes[thread];
      if (process !== undefined && this.#busy[thread] === false) free.push(process);
    }
    return { time: this.#options.journal.now() - this.#startNs, free, processes };
  }

  #start(op: Invocation): void {
    const { threads, journal } = this.#options;
    const thread = threads.processes.indexOf(op.process);
    if (thread < 0 || this.#busy[thread] === true)
      throw new Error(`the generator used process ${op.process}, which is not free`);
    const client = threads.client(thread);
    this.#busy[thread] = true;
    this.#openCount++;
    this.#generator = this.#generator.update(journal.invoke(op, client.nodeFor(op)));
    client.invoke(op).then(
      (completion) => this.#finish(thread, op, completion),
      (error: unknown) => this.#settle(() => this.#reject(error)),
    );
  }

  #finish(thread: number, op: Invocation, completion: Completion): void {
    if (this.#settled) return;
    try {
      const event = this.#options.journal.complete(op, completion);
      this.#generator = this.#generator.update(event);
      if (completion.type === "info") this.#options.threads.retire(thread);
    } catch (error) {
      this.#settle(() => this.#reject(error));
      return;
    }
    this.#busy[thread] = false;
    this.#openCount--;
    this.schedule();
  }

  #wake(afterNs: number): void {
    this.#cancel = this.#time.after(afterNs / 1e6, () => this.schedule());
  }

  #settle(how: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#cancel?.();
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    how();
  }
}
