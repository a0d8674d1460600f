/** A simulated run in memory: no folder, no report, a verdict within milliseconds. */

import { type HistoryEvent, isFault } from "../../checker/history/event.js";
import type { History } from "../../checker/history/operation.js";
import { pairEvents } from "../../checker/history/pair.js";
import { judge, type RunVerdict } from "../../checker/judge.js";
import { NO_JOURNAL } from "../../nemesis/index.js";
import type { FaultPlan } from "../config/config.js";
import type { TestConfig } from "../config/flags.js";
import { Journal } from "../interpreter/journal.js";
import { SimulatedCluster } from "../sim/simulated-cluster.js";
import { workloadOf } from "../workload/registry.js";
import { judgeOptionsOf, type Leniency } from "./judging.js";
import { record } from "./record.js";

export interface Simulated {
  readonly history: History;
  readonly verdict: RunVerdict;
}

/** @throws Error when the protocol is not one of ours: nobody knows how it would be simulated. */
export async function simulate(test: TestConfig, plan: FaultPlan, leniency: Leniency): Promise<Simulated> {
  const { protocol, nodes, seed, concurrency } = test;
  if (protocol.mode === "own") throw new Error(`${protocol.database} cannot be simulated`);
  const world = new SimulatedCluster({ nodes, protocol, seed, ...(test.bug === undefined ? {} : { bug: test.bug }) });
  const workload = workloadOf(test.workload, { seed, concurrency });
  const keys = new Set<string>();
  const events: HistoryEvent[] = [];
  const journal = new Journal(
    null,
    (event) => {
      events.push(event);
      if (!isFault(event) && event.type === "invoke") for (const key of workload.keysOf(event)) keys.add(key);
    },
    world.time,
  );
  const { signal } = new AbortController();
  const quiet = { phase: () => undefined, fault: () => undefined, violation: () => undefined };
  const told = { undo: NO_JOURNAL, signal, enough: signal, observer: quiet };
  await world.drive(record({ config: test, plan, world, database: null, journal, workload, keys, ...told }));
  const history = pairEvents(events);
  return { history, verdict: judge(history, judgeOptionsOf(test, plan, leniency)) };
}
