/** `kvtest check` of transactions that somebody recorded: from the bytes of the file, by the isolation checker alone. */

import { checkIsolation } from "../../checker/isolation/check.js";
import type { IsolationDetails } from "../../checker/isolation/details.js";
import type { RunVerdict } from "../../checker/judge.js";
import type { AnyReadResult } from "../../checker/history/formats/any.js";
import { isolationOptions, type JudgedWorkload } from "../../checker/workload/workload.js";
import { readTransactionsFile } from "../archive/history-file.js";
import { UsageError } from "./exit.js";

type Transactional = Extract<JudgedWorkload, { readonly consistency: readonly string[] }>;

export type TransactionsChecked =
  | { readonly is: "verdict"; readonly verdict: RunVerdict }
  /** In another format than JSON lines: to be judged as any other history. */
  | { readonly is: "other"; readonly read: AnyReadResult };

/**
 * The other checkers would need an object for each operation: at a million of them ten times the time and memory.
 *
 * @throws UsageError with every problem of the input, by line
 */
export async function checkTransactions(path: string, workload: Transactional): Promise<TransactionsChecked> {
  const read = await readTransactionsFile(path, workload.name);
  if (read.is === "other") return read;
  refuseProblems(path, read.history, workload.asElle === true);
  const verdict = checkIsolation(read.history, isolationOptions(workload));
  const { valid, because } = verdict;
  return { is: "verdict", verdict: { format: 1, valid, because, claims: ["isolation"], verdicts: [verdict] } };
}

type Problems = Pick<IsolationDetails, "problems" | "problemCount">;

/** What breaks the checker's assumptions is no evidence for or against anything. Elle passes over some of it. */
export function refuseProblems(path: string, { problems, problemCount }: Problems, asElle: boolean): void {
  const grave = asElle ? problems.filter(({ kind }) => kind === "malformed") : problems;
  if (grave.length === 0) return;
  const more = asElle ? 0 : problemCount - problems.length;
  throw new UsageError(`${path === "-" ? "standard input" : path} is not a history that can be judged:`, [
    ...grave.map(({ line, message }) => `line ${line}: ${message}`),
    ...(more > 0 ? [`and ${more} more`] : []),
  ]);
}
