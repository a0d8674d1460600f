/**
 * The only writer of a history: numbers every event, checks that it keeps the rules, and appends it to the file.
 *
 * Lines go out in order, at the latest 20 ms after the event, so that a killed harness leaves a prefix of what
 * happened. A prefix is itself a history: whatever a recorded read saw was invoked before it in the same file.
 */

import { closeSync, openSync, writeSync } from "node:fs";
import type { HistoryEvent, Json, OpEvent } from "../../checker/history/event.js";
import { lineOf } from "../../checker/history/write.js";
import { REAL_TIME, type Time } from "../../nemesis/index.js";
import type { Invocation } from "../generator/generator.js";
import type { Completion } from "../client/client.js";

const FLUSH_BYTES = 64 * 1024;
const FLUSH_MS = 20;

export interface JournalCounts {
  ok: number;
  fail: number;
  info: number;
  invoke: number;
}

export class Journal {
  /** null: nothing is kept, the listener hears it all. */
  readonly #fd: number | null;
  readonly #time: Time;
  readonly #startMs: number;
  readonly #listener: ((event: HistoryEvent) => void) | null;
  readonly counts: JournalCounts = { ok: 0, fail: 0, info: 0, invoke: 0 };
  /** Every key that an operation was invoked on, in the order of first use. */
  readonly keys = new Set<string>();
  #index = 0;
  #lastTime = 0;
  #buffer: string[] = [];
  #bufferLength = 0;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  readonly #open = new Map<number, Invocation>();
  readonly #retired = new Set<number>();

  /** `listener` hears every event right after it was taken down, in order. */
  constructor(file: string | null, listener: ((event: HistoryEvent) => void) | null = null, time: Time = REAL_TIME) {
    this.#listener = listener;
    this.#fd = file === null ? null : openSync(file, "ax");
    this.#time = time;
    this.#startMs = time.nowMs();
  }

  /** ns since the journal was opened. */
  now(): number {
    return Math.round((this.#time.nowMs() - this.#startMs) * 1e6);
  }

  get events(): number {
    return this.#index;
  }

  invoke(op: Invocation, node: string): OpEvent {
    if (this.#open.has(op.process)) throw new Error(`H1: process ${op.process} already has an open operation`);
    if (this.#retired.has(op.process))
      throw new Error(`H2: process ${op.process} is retired and may not invoke ${op.f}`);
    this.#open.set(op.process, op);
    if (op.key !== null) this.keys.add(op.key);
    const { process, f, key, value } = op;
    const event: OpEvent = { index: this.#index++, time: this.#tick(), process, type: "invoke", f, key, value, node };
    this.#append(event);
    return event;
  }

  complete(op: Invocation, completion: Completion): OpEvent {
    if (this.#open.get(op.process) !== op)
      throw new Error(`completion without invocation: process ${op.process}, ${op.f}`);
    this.#open.delete(op.process);
    if (completion.type === "info") this.#retired.add(op.process);
    const { process, f, key } = op;
    const { type, value, node, error, siblings } = completion;
    // Spelled out, with no rest and no spread: this runs for every operation while latencies are measured.
    const event: OpEvent = { index: this.#index++, time: this.#tick(), process, type, f, key, value, node };
    const whole = error === undefined && siblings === undefined ? event : withExtras(event, completion);
    this.#append(whole);
    return whole;
  }

  fault(event: {
    readonly id: string;
    readonly f: string;
    readonly phase: "begin" | "end";
    readonly value: Json;
  }): void {
    const { id, f, phase, value } = event;
    const index = this.#index++;
    this.#append({ index, time: this.#tick(), process: "nemesis", type: "info", f, phase, fault: id, value });
  }

  /** Everything recorded so far is in the file afterwards. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#fd === null || this.#buffer.length === 0) return;
    const bytes = Buffer.from(this.#buffer.join(""), "utf8");
    this.#buffer = [];
    this.#bufferLength = 0;
    let written = 0;
    while (written < bytes.length) written += writeSync(this.#fd, bytes, written);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.flush();
    if (this.#fd !== null) closeSync(this.#fd);
  }

  #write(line: string): void {
    this.#buffer.push(line);
    this.#bufferLength += line.length;
    if (this.#bufferLength >= FLUSH_BYTES) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  /** Never less than before: readers refuse a clock that runs backwards. */
  #tick(): number {
    this.#lastTime = Math.max(this.#lastTime, this.now());
    return this.#lastTime;
  }

  #append(event: HistoryEvent): void {
    if (this.#closed) throw new Error("the journal is closed");
    if (event.process !== "nemesis") this.counts[event.type]++;
    if (this.#fd !== null) this.#write(`${lineOf(event)}\n`);
    this.#listener?.(event);
  }
}

const withExtras = (event: OpEvent, { error, siblings }: Completion): OpEvent => ({
  ...event,
  ...(error === undefined ? {} : { error }),
  ...(siblings === undefined ? {} : { siblings }),
});
