/** What is made smaller: which faults, how long each, how long the clients run, and how many of them there are. Pure. */

import { type Arbitrary, integer, record, subarray, tuple } from "fast-check";
import type { TimedFault } from "../../nemesis/index.js";
import type { FaultPlan } from "../config/config.js";
import type { TestConfig } from "../config/flags.js";

export interface Candidate {
  /** Indices into the faults of the run that is shrunk, ascending. */
  readonly faults: readonly number[];
  /** How much of its time each of those faults keeps, in sixteenths; by the same indices. */
  readonly sixteenths: readonly number[];
  /** How long the clients run, in tenths of a second. */
  readonly tenths: number;
  readonly clients: number;
}

/** No fault is made shorter than that, ms: less than a message takes breaks nothing. */
const FAULT_MIN_MS = 20;
/** The least that `kvtest run --time-limit` takes, in tenths of a second. */
const TENTHS_MIN = 5;

export interface Subject {
  readonly test: TestConfig;
  readonly plan: FaultPlan;
}

/** The run as it was. */
export const wholeOf = ({ test, plan }: Subject): Candidate => ({
  faults: plan.faults.map((_, i) => i),
  sixteenths: plan.faults.map(() => 16),
  tenths: Math.max(TENTHS_MIN, Math.ceil(test.timeLimitMs / 100)),
  clients: test.concurrency,
});

/** Every smaller one, in the order in which fast-check makes it smaller: time, faults, clients, the time of each fault. */
export const candidates = ({ test, plan }: Subject): Arbitrary<Candidate> =>
  record({
    tenths: integer({ min: TENTHS_MIN, max: Math.max(TENTHS_MIN, Math.ceil(test.timeLimitMs / 100)) }),
    faults: subarray(plan.faults.map((_, i) => i)),
    clients: integer({ min: 1, max: test.concurrency }),
    sixteenths: tuple(...plan.faults.map(() => integer({ min: 1, max: 16 }))),
  });

/** The test and the schedule that a candidate stands for. Faults that would begin after the clients' end are none. */
export function subjectOf({ test, plan }: Subject, { faults, sixteenths, tenths, clients }: Candidate): Subject {
  const timeLimitMs = Math.min(test.timeLimitMs, tenths * 100);
  const kept = faults.flatMap((index): readonly TimedFault[] => {
    const fault = plan.faults[index];
    if (fault === undefined || fault.atMs >= timeLimitMs) return [];
    const share = (sixteenths[index] ?? 16) / 16;
    return [{ ...fault, forMs: share === 1 ? fault.forMs : Math.max(FAULT_MIN_MS, Math.round(share * fault.forMs)) }];
  });
  return {
    test: { ...test, timeLimitMs, concurrency: clients },
    plan: { format: 1, faults: kept },
  };
}
