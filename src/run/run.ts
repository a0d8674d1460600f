/** One run from start to verdict: the only file that knows everything. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { type HistoryEvent, isFault } from "../../checker/history/event.js";
import { judge, type RunVerdict } from "../../checker/judge.js";
import type { Verdict } from "../../checker/verdict.js";
import { OnlineRegister, type Violation } from "../../checker/online/online.js";
import {
  conduct,
  type ConductEvent,
  type Journal as UndoJournal,
  openJournal,
  readJournal,
} from "../../nemesis/index.js";
import { createRun, FILES, runId, writeJson, writeWhole } from "../archive/archive.js";
import { readHistoryFile } from "../archive/history-file.js";
import { checkLinearizableInThreads } from "../check/threads.js";
import { Cluster } from "../cluster/cluster.js";
import { AdapterClient } from "../client/adapter-client.js";
import type { Client } from "../client/client.js";
import { canDo, clientOf, type DatabaseDefinition } from "../client/database.js";
import { RaftClient } from "../client/raft-client.js";
import { RegisterClient } from "../client/register-client.js";
import { TxnClient } from "../client/txn-client.js";
import type { World } from "../client/world.js";
import type { FaultPlan, RunConfig } from "../config/config.js";
import type { TestConfig } from "../config/flags.js";
import { interpret, Threads } from "../interpreter/interpreter.js";
import { Journal, type JournalCounts } from "../interpreter/journal.js";
import { renderReport } from "../report/report.js";
import { pace } from "../generator/pacing.js";
import { timeLimit } from "../generator/bounds.js";
import { replaceOps } from "../generator/replace.js";
import type { Generator } from "../generator/generator.js";
import { SimulatedCluster } from "../sim/simulated-cluster.js";
import { isRegister } from "../workload/options.js";
import { type AnyWorkload, judgedAs, workloadOf } from "../workload/registry.js";
import { awaitHealthy, awaitReplicated, dumpUntilAgreed } from "./final.js";
import { PATIENCE_MS } from "./patience.js";
import { planOf } from "./plan.js";

const AGREE_WITHIN_MS = 8000;
const FINAL_READS_WITHIN_MS = 20_000;

/** Told what goes on, for people to watch. */
export interface RunObserver {
  phase(name: "start" | "run" | "heal" | "final" | "check" | "done", detail: string): void;
  fault(event: ConductEvent): void;
  /** The first contradiction that shows while the run goes on. */
  violation(violation: Violation): void;
}

export interface RunOptions {
  readonly test: TestConfig;
  /** Absent: drawn as `test.nemesis` says. */
  readonly plan?: FaultPlan;
  readonly out: string;
  readonly version: string;
  /** The command line that does it again, seed included. */
  readonly command: string;
  /** Tested in place of the reference store; `test.protocol` is then of the mode "own". */
  readonly database?: OwnDatabase;
  /** Aborted: heal, stop, judge what was recorded. */
  readonly signal: AbortSignal;
  readonly observer: RunObserver;
  readonly allowVacuous: boolean;
  /** End the main phase at the first violation that shows; healing, final reads and the verdict follow as ever. */
  readonly failFast: boolean;
  readonly stepsMax?: number;
  /** Given the world as soon as there is one, so that a crash of ours can end it at once. */
  readonly onWorld: (world: World) => void;
}

export interface OwnDatabase {
  readonly definition: DatabaseDefinition;
  /** Where its nodes run, unless the definition says so. */
  readonly cwd: string;
}

export interface RunResult {
  readonly dir: string;
  readonly config: RunConfig;
  readonly verdict: RunVerdict;
  readonly interrupted: boolean;
}

/** What a watcher may look at while a run goes on. */
export interface Live {
  readonly counts: JournalCounts;
}

export async function run(options: RunOptions, live: (live: Live) => void): Promise<RunResult> {
  const { test, out, observer, signal } = options;
  const plan = options.plan ?? drawnPlan(test);
  const startedAt = new Date();
  const header = {
    format: 1,
    version: options.version,
    startedAt: startedAt.toISOString(),
    ...test,
    command: options.command,
  } as const;
  const { dir, config } = createRun(out, header, runId(startedAt, idParts(test)), plan);
  observer.phase("start", dir);
  const undo = await openJournal(join(dir, FILES.undo));
  const world = await worldOf(config, { dir, journal: undo }, options.database).catch((error: unknown) => {
    closeUndo(dir, undo);
    throw error;
  });
  options.onWorld(world);
  const enough = new AbortController();
  const watch = firstViolation((violation) => {
    observer.violation(violation);
    if (options.failFast) enough.abort();
  });
  const workload = workloadOf(config.workload, { seed: config.seed, concurrency: config.concurrency });
  const keys = new Set<string>();
  const listen = (event: HistoryEvent): void => {
    if (!isFault(event) && event.type === "invoke") for (const key of workload.keysOf(event)) keys.add(key);
    // The online check knows registers; what other operations mean it would guess.
    if (isRegister(config.workload)) watch(event);
  };
  const journal = new Journal(join(dir, FILES.history), listen, world.time);
  try {
    live({ counts: journal.counts });
    const database = options.database?.definition ?? null;
    const told = { undo, signal, enough: enough.signal, observer };
    const work = { config, plan, world, database, journal, workload, keys, ...told };
    await (world instanceof SimulatedCluster ? world.drive(record(work)) : record(work));
  } finally {
    journal.close();
    await world.stop();
    closeUndo(dir, undo);
  }
  observer.phase("check", dir);
  const verdict = await judgeRun(dir, config, plan, options);
  observer.phase("done", dir);
  return { dir, config, verdict, interrupted: signal.aborted };
}

/** Who comes later finds a journal only where something is left to undo. */
function closeUndo(dir: string, undo: UndoJournal): void {
  undo.close();
  const file = join(dir, FILES.undo);
  if (readJournal(file).open.length === 0) rmSync(file);
}

async function worldOf(
  config: RunConfig,
  where: { readonly dir: string; readonly journal: UndoJournal },
  own: OwnDatabase | undefined,
): Promise<World> {
  const { nodes, protocol, fsync, seed } = config;
  if (own !== undefined) return Cluster.start({ nodes, ...where, database: own.definition, cwd: own.cwd });
  if (protocol.mode === "own") throw new Error(`nobody says how ${protocol.database} is started`);
  const bug = config.bug === undefined ? {} : { bug: config.bug };
  if (config.simulated === true) return new SimulatedCluster({ nodes, protocol, seed, ...bug });
  return Cluster.start({ nodes, protocol, fsync, seed, ...bug, ...where, portBase: null });
}

function drawnPlan(test: TestConfig): FaultPlan {
  const plan = planOf(test);
  if (!plan.ok) throw new Error(`no schedule: ${plan.problems.join("; ")}`);
  return plan.value;
}

const idParts = ({ workload, protocol, nemesis, seed }: TestConfig): readonly string[] => [
  workload.name,
  protocol.mode,
  nemesis.faults.length === 0
    ? "calm"
    : nemesis.faults.length > 5
      ? `${nemesis.faults.length}-faults`
      : nemesis.faults.join("+"),
  `s${seed}`,
];

interface Stage {
  readonly config: RunConfig;
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

/** Feeds the online check until it finds something, and tells that once. */
function firstViolation(tell: (violation: Violation) => void): (event: HistoryEvent) => void {
  let online: OnlineRegister | null = new OnlineRegister();
  return (event) => {
    const violation = online?.push(event) ?? null;
    if (violation === null) return;
    online = null;
    tell(violation);
  };
}

/** Main phase under faults, then healing, final reads and each replica's own state. */
async function record(stage: Stage): Promise<void> {
  const { config, world, database, journal, workload, keys, signal, observer } = stage;
  const { concurrency, protocol, timeoutMs } = config;
  const { dialect } = workload;
  const { dial, time } = world;
  const addressOf = (node: string) => {
    if (world.addressOf === undefined) throw new Error("there is no network to dial into");
    return world.addressOf(node);
  };
  const openOwn = (own: DatabaseDefinition, home: string): Client =>
    new AdapterClient({ home, open: () => clientOf(own, { name: home, ...addressOf(home) }), timeoutMs });
  const openFor = (home: string): Client => {
    if (database !== null) return openOwn(database, home);
    if (protocol.mode === "own") throw new Error(`nobody says how ${protocol.database} is asked`);
    const { nodes } = config;
    if (protocol.mode === "raft") return new RaftClient({ home, nodes, dial, time, timeoutMs, dialect });
    return new RegisterClient({ home, nodes, protocol, dial, timeoutMs });
  };
  const homeOf = (thread: number): string => config.nodes[thread % config.nodes.length] ?? "n1";
  const open = (thread: number): Client =>
    dialect === null || protocol.mode !== "leader"
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
      await awaitReplicated(world, protocol.leader, signal);
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
  await dumpUntilAgreed({ world, journal, open: openFor, firstProcess, withinMs: AGREE_WITHIN_MS, signal });
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

async function judgeRun(dir: string, config: RunConfig, plan: FaultPlan, options: RunOptions): Promise<RunVerdict> {
  const read = await readHistoryFile(join(dir, FILES.history), { allowTruncatedTail: false });
  if (!read.ok)
    throw new Error(
      `we wrote a history that we cannot read: ${read.problems.map(({ line, message }) => `line ${line}: ${message}`).join("; ")}`,
    );
  const { allowVacuous, stepsMax } = options;
  const budget = stepsMax === undefined ? {} : { stepsMax };
  const decided: { readonly [checker: string]: Verdict<unknown> } = isRegister(config.workload)
    ? { linearizable: await checkLinearizableInThreads(read.history, budget) }
    : {};
  const verdict = judge(read.history, {
    workload: judgedAs(config.workload),
    decided,
    claims: config.claims,
    plannedFaults: plan.faults.map(({ id }) => id),
    allowVacuous,
    patienceMs: PATIENCE_MS,
    ...budget,
  });
  writeWhole(
    join(dir, FILES.report),
    await renderReport({ config, plan, history: read.history, verdict, title: config.id }),
  );
  // Last: a folder with a verdict is complete.
  writeJson(join(dir, FILES.verdict), verdict);
  return verdict;
}
