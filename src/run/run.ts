/** One run from start to verdict: the only file that knows everything. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { type HistoryEvent, isFault } from "../../checker/history/event.js";
import { judge, type RunVerdict } from "../../checker/judge.js";
import type { Verdict } from "../../checker/verdict.js";
import { OnlineRegister, type Violation } from "../../checker/online/online.js";
import { type FaultKind, type Journal as UndoJournal, openJournal, readJournal } from "../../nemesis/index.js";
import { createRun, FILES, runId, writeJson, writeWhole } from "../archive/archive.js";
import { readHistoryFile } from "../archive/history-file.js";
import { writeMessages } from "../archive/messages-file.js";
import { checkLinearizableInThreads } from "../check/threads.js";
import { Cluster } from "../cluster/cluster.js";
import type { DatabaseDefinition } from "../client/database.js";
import type { World } from "../client/world.js";
import type { FaultPlan, RunConfig } from "../config/config.js";
import type { TestConfig } from "../config/flags.js";
import { Journal, type JournalCounts } from "../interpreter/journal.js";
import { proofsOf } from "../report/material.js";
import type { Message } from "../config/message.js";
import { messagesAround } from "../report/messages.js";
import { renderReport } from "../report/report.js";
import { SimulatedCluster } from "../sim/simulated-cluster.js";
import { isRegister } from "../workload/options.js";
import { workloadOf } from "../workload/registry.js";
import { judgeOptionsOf } from "./judging.js";
import type { RunObserver } from "./observer.js";
import { Overheard } from "./overhear.js";
import { planOf } from "./plan.js";
import { record } from "./record.js";

export interface RunOptions {
  readonly test: TestConfig;
  /** Absent: drawn as `test.nemesis` says. */
  readonly plan?: FaultPlan;
  readonly out: string;
  readonly version: string;
  /** The command line that does it again, seed included; of its folder where it needs that. */
  readonly command: string | ((dir: string) => string);
  /** Tested in place of the reference store; `test.protocol` is then of the mode "own". */
  readonly database?: OwnDatabase;
  /** Aborted: heal, stop, judge what was recorded. */
  readonly signal: AbortSignal;
  readonly observer: RunObserver;
  readonly allowVacuous: boolean;
  /** End the main phase at the first violation that shows; healing, final reads and the verdict follow as ever. */
  readonly failFast: boolean;
  readonly stepsMax?: number;
  /** Messages on the links that are kept: those around a violation (default), all of them (the latest 131,072), or none. */
  readonly messages?: MessagesKept;
  /** Given the world as soon as there is one, so that a crash of ours can end it at once. */
  readonly onWorld: (world: World) => void;
}

export type MessagesKept = "around" | "all" | "none";

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
  const kinds = new Set(plan.faults.map(({ fault }) => fault.f));
  const world = await worldOf(config, { dir, journal: undo, kinds }, options).catch((error: unknown) => {
    closeUndo(dir, undo);
    throw error;
  });
  options.onWorld(world);
  const enough = new AbortController();
  const watch = firstViolation((violation) => {
    overheard.mark();
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
  const overheard = new Overheard(world instanceof Cluster ? world.tape : SILENT, () => journal.now());
  let messages: readonly Message[] = [];
  try {
    live({ counts: journal.counts });
    const database = options.database?.definition ?? null;
    const told = { undo, signal, enough: enough.signal, observer };
    const work = { config, plan, world, database, journal, workload, keys, ...told };
    await (world instanceof SimulatedCluster ? world.drive(record(work)) : record(work));
  } finally {
    journal.close();
    if (options.messages !== "none") messages = await overheard.all();
    await world.stop();
    closeUndo(dir, undo);
  }
  observer.phase("check", dir);
  const verdict = await judgeRun({ dir, config, plan, messages }, options);
  observer.phase("done", dir);
  return { dir, config, verdict, interrupted: signal.aborted };
}

/** Who comes later finds a journal only where something is left to undo. */
function closeUndo(dir: string, undo: UndoJournal): void {
  undo.close();
  const file = join(dir, FILES.undo);
  if (readJournal(file).open.length === 0) rmSync(file);
}

/** Simulated links take nothing down. */
const SILENT = { messages: () => Promise.resolve([]) };

async function worldOf(
  config: RunConfig,
  { kinds, ...where }: { readonly dir: string; readonly journal: UndoJournal; readonly kinds: ReadonlySet<FaultKind> },
  { database: own, messages }: Pick<RunOptions, "database" | "messages">,
): Promise<World> {
  const { nodes, protocol, fsync, seed } = config;
  const network = own?.definition.network ?? config.network ?? "links";
  const laid = { ...where, network, tape: messages !== "none" };
  if (own !== undefined) {
    const { definition: database, cwd } = own;
    return Cluster.start({ nodes, ...laid, seed, database, cwd, kinds });
  }
  if (protocol.mode === "own") throw new Error(`nobody says how ${protocol.database} is started`);
  const bug = config.bug === undefined ? {} : { bug: config.bug };
  if (config.simulated === true) return new SimulatedCluster({ nodes, protocol, seed, ...bug });
  return Cluster.start({ nodes, protocol, fsync, seed, ...bug, ...laid, portBase: null });
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

interface Recorded {
  readonly dir: string;
  readonly config: RunConfig;
  readonly plan: FaultPlan;
  readonly messages: readonly Message[];
}

async function judgeRun({ dir, config, plan, messages }: Recorded, options: RunOptions): Promise<RunVerdict> {
  const read = await readHistoryFile(join(dir, FILES.history), { allowTruncatedTail: false });
  if (!read.ok)
    throw new Error(
      `we wrote a history that we cannot read: ${read.problems.map(({ line, message }) => `line ${line}: ${message}`).join("; ")}`,
    );
  const { stepsMax } = options;
  const budget = stepsMax === undefined ? {} : { stepsMax };
  const decided: { readonly [checker: string]: Verdict<unknown> } = isRegister(config.workload)
    ? { linearizable: await checkLinearizableInThreads(read.history, budget) }
    : {};
  const verdict = judge(read.history, { ...judgeOptionsOf(config, plan, options), decided });
  const input = { config, plan, history: read.history, verdict, title: config.id };
  const kept = options.messages === "all" ? messages : messagesAround(proofsOf(input), messages);
  if (kept.length > 0) writeMessages(dir, kept);
  writeWhole(join(dir, FILES.report), await renderReport({ ...input, messages: kept }));
  // Last: a folder with a verdict is complete.
  writeJson(join(dir, FILES.verdict), verdict);
  return verdict;
}
