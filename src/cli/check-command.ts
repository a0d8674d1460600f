/** `kvtest check FILE|RUN`: the checkers alone, over a history on disk. Changes nothing. */

import { statSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import type { AnyReadResult } from "../../checker/history/formats/any.js";
import type { History } from "../../checker/history/operation.js";
import { type Claim, judge, type RunVerdict } from "../../checker/judge.js";
import { MODELS } from "../../checker/model/models.js";
import type { IsolationDetails } from "../../checker/isolation/details.js";
import type { Verdict } from "../../checker/verdict.js";
import { checkerOf, type JudgedWorkload } from "../../checker/workload/workload.js";
import { checkQuickly } from "../check/quick-file.js";
import { hurry } from "../check/short-run.js";
import { checkStream } from "../check/stream-file.js";
import { checkLinearizableInThreads, FIRST_STEPS } from "../check/threads.js";
import { FILES } from "../archive/files.js";
import { readHistoryFile } from "../archive/history-file.js";
import { type FaultPlan, type RunConfig, WORKLOADS } from "../config/config.js";
import { holdersOf } from "../run/holders.js";
import { PATIENCE_MS } from "../run/patience.js";
import { exitOf, UsageError } from "./exit.js";
import { type Asked, askedIn, type CheckFlags } from "./check-asked.js";
import { checkTransactions, refuseProblems, type TransactionsChecked } from "./check-transactions.js";
import { type Style, verdictInWords } from "./words.js";

export function checkCommand(): Command {
  return new Command("check")
    .description("check a history again, or one from elsewhere")
    .argument("<file|run>", "a run's folder, or a history in any of the formats below (also gzipped; - for stdin)")
    .option(
      "--claim <claims>",
      "what must hold: some of linearizable,fresh,converges (default: a run's own; linearizable for a file)",
    )
    .option(
      "--consistency <models>",
      "claim these models instead: of registers such as sequential, causal or read-your-writes; of list-append and rw-register such as snapshot-isolation",
    )
    .option(
      "--workload <name>",
      `what made a file: ${WORKLOADS.join(", ")} (default: register, or what a run's folder says)`,
    )
    .option("--as-elle", "list-append, rw-register: answer as Elle does, its known defects included")
    .option("--wfr-keys", "rw-register: who reads a value and writes another wrote the later one")
    .option("--sequential-keys", "rw-register: each key by itself is sequentially consistent")
    .option(
      "--linearizable-keys",
      "rw-register: each key by itself is linearizable (default of all three: as far as the claimed models imply it)",
    )
    .option("--budget <steps>", "steps that the linearizability search may take before it says unknown")
    .option("--model <name>", `what the operations mean: ${MODELS.join(", ")} (default: found from their names)`)
    .option("--key <keys>", "look at these keys only, such as k0,k3")
    .option(
      "--stream",
      "linearizability only, in one pass and little memory: for files that do not fit (default: from 256 MB)",
    )
    .option("--only-claims", "ask the checkers of what is claimed alone: faster, and nothing else is told")
    .option("--allow-vacuous", "do not ask that operations succeeded and every fault bit")
    .option("--json", "print the verdict as JSON")
    .addHelpText(
      "after",
      `
Examples:
  kvtest check runs/latest
  kvtest check history.jsonl --claim linearizable,fresh
  kvtest check history.jsonl --only-claims                  (linearizable or not, as fast as can be)
  kvtest check history.jsonl --consistency causal,read-your-writes
  kvtest check history.jsonl --workload unique-register     (an input error where a value is written twice)
  kvtest check history.edn --workload list-append --consistency snapshot-isolation
  kvtest check history.jsonl.gz --workload rw-register --linearizable-keys --as-elle
  zcat history.jsonl.gz | kvtest check - --json

Formats, recognised by their content:
  JSON lines       {"process":0,"type":"invoke","f":"write","key":"k0","value":3}   one event a line; type is
                   invoke, ok, fail or info; index, time (ns) and key may be left out throughout
  Jepsen EDN       {:process 0, :type :invoke, :f :write, :value 3}   one a line, or one vector of them
  Porcupine        the etcd logs and the key-value logs of its test data
Exit codes: 0 valid, 1 invalid, 2 unknown, 254 not a history, 255 kvtest itself failed.`,
    )
    .action(async (path: string, flags: CheckFlags) => {
      hurry(path);
      const verdict = await verdictOn(path, flags);
      const style: Style = {
        colour: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
        columns: process.stdout.columns ?? 100,
      };
      process.stdout.write(
        flags.json === true ? `${JSON.stringify(verdict)}\n` : `${verdictInWords(verdict, style)}\n`,
      );
      process.exitCode = exitOf(verdict.valid);
    });
}

async function verdictOn(path: string, flags: CheckFlags): Promise<RunVerdict> {
  const asked = await askedIn(path, flags);
  const streamed = await streamedVerdict(path, flags, asked);
  if (streamed !== null) return streamed;
  const quick = quickVerdict(path, flags, asked);
  if (quick !== null) return quick;
  const transactions = await transactionsOf(path, flags, asked);
  if (transactions?.is === "verdict") return transactions.verdict;
  return (await checkAsked(path, asked, flags, transactions?.read)).verdict;
}

/** A larger file is checked from its bytes; it would need some ten times as much memory otherwise. */
const STREAM_FROM_BYTES = 256 * 2 ** 20;

/** null where the file is to be read in full: it is small, or something was asked that needs all of it. */
async function streamedVerdict(path: string, flags: CheckFlags, asked: Asked): Promise<RunVerdict | null> {
  if (path === "-" || asked.run !== null) return null;
  if (flags.stream !== true) {
    const others = [flags.claim, flags.key, flags.model, flags.budget, flags.consistency];
    if (others.some((flag) => flag !== undefined) || asked.workload !== null) return null;
    if (statSync(path).size < STREAM_FROM_BYTES) return null;
  }
  const streamed = await checkStream(path);
  if (streamed.is === "declined") {
    const where = streamed.line === 0 ? "" : ` (line ${streamed.line})`;
    process.stderr.write(
      `not a history of registers with distinct values: ${streamed.because}${where}; reading all of it\n`,
    );
    return null;
  }
  const { verdict } = streamed;
  const empty = verdict.valid === "valid" && verdict.details.operations === 0;
  const valid = empty ? "unknown" : verdict.valid;
  const because = empty ? "there was no operation on a register in it" : verdict.because;
  return { format: 1, valid, because, claims: ["linearizable"], verdicts: [verdict] };
}

/** null where more was asked than whether a file is linearizable, or where the usual way has to say. */
function quickVerdict(path: string, flags: CheckFlags, asked: Asked): RunVerdict | null {
  if (path === "-" || asked.run !== null || flags.onlyClaims !== true || asked.workload !== null) return null;
  const others = [flags.key, flags.model, flags.budget, flags.consistency, flags.workload];
  if (others.some((flag) => flag !== undefined)) return null;
  const claims: readonly Claim[] = asked.claims ?? ["linearizable"];
  if (claims.length !== 1 || claims[0] !== "linearizable") return null;
  // What takes more is for several threads, and begins again there.
  const linearizable = checkQuickly(path, FIRST_STEPS);
  if (linearizable === null) return null;
  // Nothing but the claim is looked at, and that is decided: no operation is asked for.
  const nothing: History = { operations: [], faults: [], events: 0 };
  return judge(nothing, {
    decided: { linearizable },
    claims,
    onlyClaims: true,
    allowVacuous: true,
    plannedFaults: [],
    patienceMs: 0,
  });
}

/** null where something was asked that needs all checkers, or where it is a run's folder. */
async function transactionsOf(path: string, flags: CheckFlags, asked: Asked): Promise<TransactionsChecked | null> {
  if (asked.run !== null || [flags.claim, flags.key].some((flag) => flag !== undefined)) return null;
  const { workload } = asked;
  return workload === null || !("consistency" in workload) ? null : await checkTransactions(path, workload);
}

export interface Checked {
  readonly config: RunConfig | null;
  readonly plan: FaultPlan | null;
  readonly history: History;
  readonly verdict: RunVerdict;
}

/** Reads and judges; throws a UsageError with every problem when the input is not what it should be. */
export const checkPath = async (path: string): Promise<Checked> => checkAsked(path, await askedIn(path, {}), {});

/** `already`: what was read before. */
async function checkAsked(path: string, asked: Asked, flags: CheckFlags, already?: AnyReadResult): Promise<Checked> {
  const { run, workload, consistency, distinctValues, search } = asked;
  const file = run === null ? path : join(path, FILES.history);
  // A run that was killed ends in the middle of a line; a file that somebody hands us should not.
  const read = already ?? (await readHistoryFile(file, { allowTruncatedTail: run !== null, distinctValues }));
  if (!read.ok) {
    const more = read.problemCount - read.problems.length;
    throw new UsageError(`${file === "-" ? "standard input" : file} is not a history:`, [
      ...read.problems.map(({ line, message }) => (line === 0 ? message : `line ${line}: ${message}`)),
      ...(more > 0 ? [`and ${more} more`] : []),
    ]);
  }
  const history = asked.keys === null ? read.history : onlyKeys(read.history, asked.keys);
  const claims: readonly Claim[] =
    asked.claims ?? (consistency === null ? ordinaryClaims(run?.config ?? null, workload) : ["consistency"]);
  // Whether it is linearizable says much about the weaker models too.
  const decides = flags.onlyClaims !== true || claims.some((claim) => ["linearizable", "consistency"].includes(claim));
  const decided: { readonly [checker: string]: Verdict<unknown> } =
    workload === null && decides ? { linearizable: await checkLinearizableInThreads(history, search) } : {};
  const verdict = judge(history, {
    ...(workload === null ? {} : { workload }),
    decided,
    ...(consistency === null ? {} : { consistency }),
    claims,
    plannedFaults: run?.plan.faults.map(({ id }) => id) ?? [],
    // A history from elsewhere may have any operations: it proves something as soon as one of them succeeded.
    allowVacuous: flags.allowVacuous === true || (run === null && history.operations.some(({ type }) => type === "ok")),
    patienceMs: run === null ? 0 : PATIENCE_MS,
    onlyClaims: flags.onlyClaims === true,
    ...(run === null ? {} : holdersOf(run.config)),
    ...search,
  });
  const isolation = verdict.verdicts.find(({ checker }) => checker === "isolation");
  // Found by our own checker a moment ago: nothing that would have to be checked.
  const details = (isolation?.details ?? null) as IsolationDetails | null;
  if (run === null && details !== null) refuseProblems(path, details, flags.asElle === true);
  return { config: run?.config ?? null, plan: run?.plan ?? null, history, verdict };
}

/** A run's own; of a file, what its workload is for. */
const ordinaryClaims = (config: RunConfig | null, workload: JudgedWorkload | null): readonly Claim[] =>
  config?.claims ?? [(workload === null ? null : checkerOf(workload.name)) ?? "linearizable"];

/** @throws UsageError for a key that the history does not have */
function onlyKeys(history: History, keys: readonly string[]): History {
  const known = new Set(history.operations.map(({ key }) => key));
  const unknown = keys.filter((key) => !known.has(key));
  if (unknown.length > 0) {
    const some = [...known].filter((key) => key !== null).slice(0, 20);
    throw new UsageError("cannot check this:", [
      `--key ${unknown.map((key) => (key === "" ? '""' : key)).join(",")}: not in the history, which has ${some.join(", ") || "no keys"}`,
    ]);
  }
  return { ...history, operations: history.operations.filter(({ key }) => key !== null && keys.includes(key)) };
}
