/**
 * What is made smaller: which nodes and which faults there are, how long each fault lasts, how long the clients run, how
 * many of them there are, and what they ask. Pure.
 */

import { type Arbitrary, constant, integer, record, subarray, tuple } from "fast-check";
import type { TimedFault } from "../../nemesis/index.js";
import type { FaultPlan } from "../config/config.js";
import type { TestConfig } from "../config/flags.js";
import { isRegister } from "../workload/options.js";
import { onNodes } from "./fewer-nodes.js";

export interface Candidate {
  /** Indices into the nodes of the run that is shrunk, ascending. */
  readonly nodes: readonly number[];
  /** Indices into the faults of the run that is shrunk, ascending. */
  readonly faults: readonly number[];
  /** How much of its time each of those faults keeps, in sixteenths; by the same indices. */
  readonly sixteenths: readonly number[];
  /** How long the clients run, in tenths of a second. */
  readonly tenths: number;
  readonly clients: number;
  /** Operations a second over all clients, as an index into `rungsOf` the rate of the run; null: as fast as they can. */
  readonly rate: number | null;
  /** Of a workload of registers; null: another one. */
  readonly keys: number | null;
}

/** No fault is made shorter than that, ms: less than a message takes breaks nothing. */
const FAULT_MIN_MS = 20;
/** The least that `kvtest run --time-limit` takes, in tenths of a second. */
const TENTHS_MIN = 5;

export interface Subject {
  readonly test: TestConfig;
  readonly plan: FaultPlan;
}

const tenthsOf = ({ timeLimitMs }: TestConfig): number => Math.max(TENTHS_MIN, Math.ceil(timeLimitMs / 100));

const RUNG = 1.5;

/** Rates to try, ascending: the last is the rate itself. By ratio, since an operation more or less makes no difference. */
export function rungsOf(rate: number): readonly number[] {
  const rungs = [rate];
  for (let next = Math.ceil(rate / RUNG); next < (rungs[0] ?? 0); next = Math.ceil(next / RUNG)) rungs.unshift(next);
  return rungs;
}
const rateOf = ({ rate }: TestConfig): number | null => (rate === null ? null : rungsOf(rate).length - 1);
const keysOf = ({ workload }: TestConfig): number | null => (isRegister(workload) ? workload.keys : null);

/** The run as it was. */
export const wholeOf = ({ test, plan }: Subject): Candidate => ({
  tenths: tenthsOf(test),
  nodes: test.nodes.map((_, i) => i),
  faults: plan.faults.map((_, i) => i),
  clients: test.concurrency,
  rate: rateOf(test),
  keys: keysOf(test),
  sixteenths: plan.faults.map(() => 16),
});

/** Every smaller one, in the order in which fast-check makes it smaller: what costs most time, or most to understand, first. */
export const candidates = ({ test, plan }: Subject): Arbitrary<Candidate> =>
  record({
    tenths: integer({ min: TENTHS_MIN, max: tenthsOf(test) }),
    // None at all is no test; but a least length would keep it from leaving out the last.
    nodes: subarray(test.nodes.map((_, i) => i)),
    faults: subarray(plan.faults.map((_, i) => i)),
    clients: integer({ min: 1, max: test.concurrency }),
    rate: between(0, rateOf(test)),
    keys: between(1, keysOf(test)),
    sixteenths: tuple(...plan.faults.map(() => integer({ min: 1, max: 16 }))),
  });

const between = (min: number, max: number | null): Arbitrary<number | null> =>
  max === null ? constant(null) : integer({ min, max });

/**
 * Is `a` at most `b` in all that makes a violation likelier? Fewer keys do: who is asked for one key more often meets others
 * there, so those must be the same.
 */
export const isBelow = (a: Candidate, b: Candidate): boolean =>
  a.keys === b.keys &&
  a.tenths <= b.tenths &&
  a.clients <= b.clients &&
  (a.rate ?? 0) <= (b.rate ?? 0) &&
  a.nodes.every((node) => b.nodes.includes(node)) &&
  a.faults.every((fault) => b.faults.includes(fault) && (a.sixteenths[fault] ?? 0) <= (b.sixteenths[fault] ?? 0));

/**
 * The test and the schedule that a candidate stands for. Faults that would begin after the clients' end are none. null:
 * there is no such test.
 */
export function subjectOf(subject: Subject, candidate: Candidate): Subject | null {
  const { test, plan } = subject;
  const { faults, sixteenths, tenths, clients, rate, keys, nodes } = candidate;
  const timeLimitMs = Math.min(test.timeLimitMs, tenths * 100);
  const kept = faults.flatMap((index): readonly TimedFault[] => {
    const fault = plan.faults[index];
    if (fault === undefined || fault.atMs >= timeLimitMs) return [];
    const share = (sixteenths[index] ?? 16) / 16;
    return [{ ...fault, forMs: share === 1 ? fault.forMs : Math.max(FAULT_MIN_MS, Math.round(share * fault.forMs)) }];
  });
  const { workload } = test;
  const smaller: TestConfig = {
    ...test,
    timeLimitMs,
    concurrency: clients,
    rate: test.rate === null || rate === null ? test.rate : (rungsOf(test.rate)[rate] ?? test.rate),
    workload: isRegister(workload) && keys !== null ? { ...workload, keys } : workload,
  };
  return onNodes({ test: smaller, plan: { format: 1, faults: kept } }, nodes);
}
