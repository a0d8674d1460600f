/** Every workload by its configuration: its operations, how the store does them, and what judges them. */

import type { OpEvent } from "../../checker/history/event.js";
import type { JudgedWorkload } from "../../checker/judge.js";
import type { Dialect } from "../generator/txn.js";
import type { Generator } from "../generator/generator.js";
import { nothing } from "../generator/step.js";
import { cycleOps, finalTxnReads, groupOps, keysIn, microOps, monotonicOps } from "./micro-ops.js";
import {
  accountsOf,
  bankDialect,
  bankOps,
  counterDialect,
  counterOps,
  finalDrain,
  finalLooks,
  idDialect,
  idOps,
  queueDialect,
  queueOps,
  setDialect,
  setOps,
} from "./objects.js";
import { isRegister, type WorkloadConfig } from "./options.js";
import { type Workload, workloads } from "./workload.js";

export interface AnyWorkload extends Omit<Workload, "name" | "doc"> {
  /** How its operations are done by transactions; null: they are reads, writes and cas of single keys. */
  readonly dialect: Dialect | null;
  /** The keys that an operation uses: what `final` is given. */
  readonly keysOf: (event: OpEvent) => readonly string[];
}

export interface Circumstances {
  readonly seed: number;
  readonly concurrency: number;
}

export function workloadOf(config: WorkloadConfig, { seed, concurrency }: Circumstances): AnyWorkload {
  if (isRegister(config)) {
    const { main, final } = workloads[config.name].make({ config, seed, concurrency });
    return { main, final, dialect: null, keysOf: ({ key }) => (key === null ? [] : [key]) };
  }
  switch (config.name) {
    case "list-append":
    case "rw-register":
      return transactions(cycleOps(config, seed), (keys) => finalTxnReads(keys, concurrency));
    case "long-fork":
    case "causal-reverse":
      // What they look for shows only while writes are under way.
      return transactions(groupOps(config, seed), () => nothing);
    case "monotonic":
      return transactions(monotonicOps(config, seed), (keys) => finalTxnReads(keys, concurrency));
    case "bank":
      return object(bankDialect(config), bankOps(config, seed), finalLooks);
    case "unique-ids":
      return object(idDialect, idOps(), () => nothing);
    case "counter":
    case "pn-counter":
      return object(counterDialect, counterOps(seed, config.name === "pn-counter"), finalLooks);
    case "set":
    case "set-full":
      return object(setDialect, setOps(seed), finalLooks);
    case "queue":
    case "total-queue":
      return object(queueDialect, queueOps(seed), finalDrain);
    default:
      return never(config);
  }
}

const never = (config: never): never => {
  throw new RangeError(`no such workload: ${JSON.stringify(config)}`);
};

/** Operations that are transactions already. */
const transactions = (main: Generator, final: Workload["final"]): AnyWorkload => ({
  main,
  final,
  dialect: microOps,
  keysOf: ({ value }) => keysIn(value),
});

/** Operations of one shared object. */
const object = (dialect: Dialect, main: Generator, final: () => Generator): AnyWorkload => ({
  main,
  final,
  dialect,
  keysOf: () => [],
});

/** What the checkers need to know of it. */
export function judgedAs(config: WorkloadConfig): JudgedWorkload {
  if (config.name !== "bank") return config;
  const { name, total, negative } = config;
  return { name, total, negative, accounts: accountsOf(config) };
}
