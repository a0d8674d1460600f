/** What a run does to a world: clients under faults, healing, final reads, and each replica's own state. */

import { conduct, type Journal as UndoJournal } from "../../nemesis/index.js";
import { AdapterClient } from "../client/adapter-client.js";
import type { Client } from "../client/client.js";
import { canDo, clientOf, type DatabaseDefinition } from "../client/database.js";
import { RaftClient } from "../client/raft-client.js";
import { RegisterClient } from "../client/register-client.js";
import { TxnClient } from "../client/txn-client.js";
import type { World } from "../client/world.js";
import type { FaultPlan } from "../config/config.js";
import type { TestConfig } from "../config/flags.js";
import { timeLimit } from "../generator/bounds.js";
import type { Generator } from "../generator/generator.js";
import { pace } from "../generator/pacing.js";
import { replaceOps } from "../generator/replace.js";
import { interpret, Threads } from "../interpreter/interpreter.js";
import type { Journal } from "../interpreter/journal.js";
import type { Failover, LeaderConfig } from "../replica/wire.js";
import type { AnyWorkload } from "../workload/registry.js";
import { awaitHealthy, awaitReplicated, dumpUntilAgreed } from "./final.js";
import { holdersOf } from "./holders.js";
import type { RunObserver } from "./observer.js";

const AGREE_WITHIN_MS = 8000;
const FINAL_READS_WITHIN_MS = 20_000;

export interface Stage {
  readonly config: TestConfig;
  readonly plan: FaultPlan;
  readonly world: World;
  readonly undo: UndoJournal;
  /** null: the reference store. */
  readonly database: DatabaseDefinition | null;
  readonly journal: Journal;
  readonly workload: AnyWorkload;
  /** Every key that was used, in the order of first use. */
  readonly keys: ReadonlySet<string>;
  readonly signal: AbortSignal;
  /** Aborted: the main phase has seen enough. */
  readonly enough: AbortSignal;
  readonly observer: RunObserver;
}

const hasFailover = (protocol: TestConfig["protocol"]): protocol is LeaderConfig & { readonly failover: Failover } =>
  protocol.mode === "leader" && protocol.failover !== undefined;

/** Main phase under faults, then healing, final reads and each replica's own state. */
export async function record(stage: Stage): Promise<void> {
  const { config, world, database, journal, workload, keys, signal, observer } = stage;
  const { concurrency, protocol, timeoutMs } = config;
  const { dialect } = workload;
  const { dial, time } = world;
  const endpointOf = (node: string) => {
    if (world.endpointOf === undefined) throw new Error("there is no network to dial into");
    return world.endpointOf(node);
  };
  const openOwn = (own: DatabaseDefinition, home: string): Client =>
    new AdapterClient({ home, open: () => clientOf(own, endpointOf(home)), timeoutMs });
  const openFor = (home: string): Client => {
    if (database !== null) return openOwn(database, home);
    if (protocol.mode === "own") throw new Error(`nobody says how ${protocol.database} is asked`);
    const { nodes } = config;
    if (protocol.mode === "raft") return new RaftClient({ home, nodes, dial, time, timeoutMs, dialect });
    if (hasFailover(protocol)) {
      const readFrom = protocol.readFrom === "leader" ? {} : { readFrom: home };
      return new RaftClient({ home, nodes, dial, time, timeoutMs, dialect, sessions: false, ...readFrom });
    }
    return new RegisterClient({ home, nodes, protocol, dial, timeoutMs });
  };
  const homeOf = (thread: number): string => config.nodes[thread % config.nodes.length] ?? "n1";
  const open = (thread: number): Client =>
    dialect === null || protocol.mode !== "leader" || hasFailover(protocol)
      ? openFor(homeOf(thread))
      : new TxnClient({
          leader: protocol.leader,
          ...(protocol.readFrom === "any" ? { readFrom: homeOf(thread) } : {}),
          dial,
          timeoutMs,
          dialect,
        });
  const threads = new Threads(concurrency, open);
  try {
    observer.phase("run", `${config.timeLimitMs / 1000} s`);
    await mainPhase(stage, threads, database === null ? workload.main : known(database, workload.main));
    if (signal.aborted) return;
    observer.phase("heal", "");
    const silent = await awaitHealthy(world, signal);
    if (dialect !== null && protocol.mode === "leader" && protocol.readFrom === "any") {
      const leader = hasFailover(protocol) ? await world.system.leader?.() : protocol.leader;
      if (typeof leader === "string") await awaitReplicated(world, leader, signal);
    }
    observer.phase("final", silent.length === 0 ? "" : `no answer from ${silent.join(", ")}`);
    const bound = new AbortController();
    const cancel = time.after(FINAL_READS_WITHIN_MS, () => bound.abort());
    const final = { generator: workload.final([...keys]), signal: AbortSignal.any([signal, bound.signal]) };
    await interpret({ ...final, threads, journal, time });
    cancel();
  } finally {
    threads.close();
  }
  if (signal.aborted || (database !== null && !canDo(database, "dump"))) return;
  const firstProcess = Math.max(...threads.processes) + 1;
  const looks = { world, journal, open: openFor, firstProcess, withinMs: AGREE_WITHIN_MS, signal };
  await dumpUntilAgreed({ ...looks, ...holdersOf(config) });
}

/** What the database cannot do is not asked: where it has no compare-and-set, the second value is written. */
const known = (database: DatabaseDefinition, main: Generator): Generator =>
  canDo(database, "cas")
    ? main
    : replaceOps(main, ({ f, value }) =>
        f === "cas" && Array.isArray(value) ? { f: "write", value: value[1] } : null,
      );

async function mainPhase(
  { config, plan, world, undo, journal, signal, enough, observer }: Stage,
  threads: Threads,
  main: Generator,
): Promise<void> {
  const paced = config.rate === null ? main : pace(config.rate, main);
  const over = new AbortController();
  const conducted = conduct({
    schedule: plan.faults,
    system: world.system,
    hands: { journal: undo, time: world.time },
    signal: AbortSignal.any([signal, over.signal]),
    onEvent: (event) => {
      journal.fault(event);
      observer.fault(event);
    },
  });
  try {
    await interpret({
      generator: timeLimit(config.timeLimitMs * 1e6, paced),
      threads,
      journal,
      signal: AbortSignal.any([signal, enough]),
      time: world.time,
    });
  } finally {
    over.abort();
    // Everything is undone when this resolves, whatever happened above.
    await conducted;
  }
}
