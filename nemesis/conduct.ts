/**
 * Runs a schedule against a system: every fault at its time, undone at its end, and everything undone at the very end.
 *
 * Invariants: every begin that is told has an end that is told, with what proves that the fault bit (H5); however it
 * ends, no link stays cut, no node stopped or down, or the result says which (N1).
 */

import { setMaxListeners } from "node:events";
import type { TimedFault } from "./fault.js";
import { Hands, type HandsOptions } from "./hands.js";
import type { System, Told } from "./inject.js";
import { sleepUntil, wordsOf } from "./patience.js";
import { REAL_TIME, type Time } from "./time.js";

/** One of two per fault. `value` at begin: what was really done. At end: `{ bit, evidence }`, and `errors` of the undo. */
export interface ConductEvent {
  /** Of the planned fault. */
  readonly id: string;
  readonly f: string;
  readonly phase: "begin" | "end";
  readonly value: Told;
}

export interface ConductOptions {
  readonly schedule: readonly TimedFault[];
  readonly system: System;
  /** Called as it happens, in order of time. If it throws, the run of the schedule ends, and everything is healed. */
  readonly onEvent: (event: ConductEvent) => void;
  /** Aborting ends every fault at once, and begins no more. */
  readonly signal?: AbortSignal;
  /** What `atMs` counts from, on the clock of `hands.time`. Default: now. */
  readonly startedAt?: number;
  readonly hands?: HandsOptions;
}

/** What became of one planned fault. */
export interface Outcome {
  readonly id: string;
  readonly f: string;
  /** False when it was never injected: the run ended before, or it could not be. */
  readonly begun: boolean;
  readonly bit: boolean;
  readonly evidence: string;
}

export interface ConductResult {
  /** One for each planned fault, in the order of the schedule. */
  readonly outcomes: readonly Outcome[];
  /** Every undo that failed, in words, also where a later attempt succeeded. */
  readonly errors: readonly string[];
  /** What is still broken, in words. Empty: everything is as it was. */
  readonly broken: readonly string[];
}

/** @throws what `onEvent` threw, after everything is healed */
export async function conduct(options: ConductOptions): Promise<ConductResult> {
  const { schedule, system } = options;
  const time = options.hands?.time ?? REAL_TIME;
  const startMs = options.startedAt ?? time.nowMs();
  const hands = new Hands(system, options.hands);
  const stop = new AbortController();
  const ended = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  // Every fault of the schedule waits for it.
  setMaxListeners(0, ended);
  const errors: string[] = [];
  const thrown: unknown[] = [];

  const tell = (event: ConductEvent): void => {
    try {
      options.onEvent(event);
    } catch (error) {
      thrown.push(error);
      stop.abort();
    }
  };

  const run = async ({ id, atMs, forMs, after, fault }: TimedFault): Promise<Outcome> => {
    const { f } = fault;
    const none = (evidence: string): Outcome => ({ id, f, begun: false, bit: false, evidence });
    const refuse = (why: string): Outcome => {
      tell({ id, f, phase: "begin", value: { nothing: why } });
      tell({ id, f, phase: "end", value: { bit: false, evidence: why } });
      return none(why);
    };
    if (!(await sleepUntil(startMs + atMs, ended, time))) return none("the run ended before it began");
    if (after === "election") {
      if (system.leader === undefined) return refuse("unsupported: the system can't say who leads");
      if (!(await newLeader(system, ended, time))) return none("nobody else came to lead before the run ended");
    }
    const beganMs = after === undefined ? startMs + atMs : time.nowMs();
    const injected = await hands.inject(fault);
    if (injected.is !== "done") {
      if (injected.is === "failed") errors.push(`${id} ${f}: ${injected.why}`);
      return refuse(`${injected.is}: ${injected.why}`);
    }
    tell({ id, f, phase: "begin", value: injected.value });
    await sleepUntil(beganMs + forMs, ended, time);
    const failed = await injected.undo().then(
      () => [],
      (error: unknown) => [wordsOf(error)],
    );
    errors.push(...failed.map((words) => `${id} ${f}: ${words}`));
    const proof = await injected
      .evidence()
      .catch((error: unknown) => ({ bit: false, evidence: `no proof: ${wordsOf(error)}` }));
    tell({ id, f, phase: "end", value: { ...proof, ...(failed.length > 0 ? { errors: failed } : {}) } });
    return { id, f, begun: true, ...proof };
  };

  const outcomes = await Promise.all(schedule.map(run));
  const broken = (await hands.healAll()).map(wordsOf);
  if (thrown.length > 0) throw thrown[0];
  return { outcomes, errors, broken };
}

/** How often to ask who leads. */
const ASK_EVERY_MS = 20;

/** True when somebody else leads than did at first; false when the signal came first. */
async function newLeader(system: System, ended: AbortSignal, time: Time): Promise<boolean> {
  const ask = async (): Promise<string | null> => (await system.leader?.().catch(() => null)) ?? null;
  let before = await ask();
  while (await sleepUntil(time.nowMs() + ASK_EVERY_MS, ended, time)) {
    const now = await ask();
    if (before !== null && now !== null && now !== before) return true;
    // Nobody knew at first: whoever is named first is the one that the next must differ from.
    before ??= now;
  }
  return false;
}
