/** Histories with Elle's own verdicts, where the corpus lies beside the repository. */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { IsolationOptions } from "../../../checker/isolation/check.js";
import type { Workload } from "../../../checker/isolation/history/columns.js";
import type { TxnEvent } from "../../../checker/isolation/history/events.js";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const folder = path.join(root, "../shared/corpus/isolation");

export const corpusIsThere = existsSync(folder);

export interface ElleOptions {
  readonly "consistency-models"?: readonly string[] | null;
  readonly anomalies?: readonly string[];
  readonly "wfr-keys?"?: boolean;
  readonly "sequential-keys?"?: boolean;
  readonly "linearizable-keys?"?: boolean;
  readonly "transaction-order"?: { readonly [completed: string]: number };
}

export interface ElleVerdict {
  /** "error" and "timeout" are Elle's own failures: there is no verdict to agree with. */
  readonly valid: boolean | "unknown" | "error" | "timeout";
  readonly anomaly_types: readonly string[];
  readonly not: readonly string[];
  readonly also_not: readonly string[];
}

export interface Row {
  readonly name: string;
  readonly workload: Workload | "closed-predicate";
  readonly history: readonly TxnEvent[];
  readonly checks: readonly { readonly options: ElleOptions; readonly expected: ElleVerdict }[];
}

/** One value a line, of a shape that only the corpus promises. */
export const readLines = (file: string): readonly unknown[] =>
  gunzipSync(readFileSync(path.join(folder, `${file}.jsonl.gz`)))
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

export const readRows = (file: string): readonly Row[] =>
  (readLines(file) as readonly (Row & Row["checks"][number])[]).map((row) => ({
    ...row,
    checks: row.checks ?? [{ options: row.options, expected: row.expected }],
  }));

export const optionsFor = (workload: Workload, elle: ElleOptions, asElle: boolean): IsolationOptions => ({
  workload,
  asElle,
  ...("consistency-models" in elle ? { consistency: elle["consistency-models"] ?? [] } : {}),
  ...(elle.anomalies === undefined ? {} : { anomalies: elle.anomalies }),
  wfrKeys: elle["wfr-keys?"] ?? false,
  sequentialKeys: elle["sequential-keys?"] ?? false,
  linearizableKeys: elle["linearizable-keys?"] ?? false,
  ...(elle["transaction-order"] === undefined ? {} : { transactionOrder: elle["transaction-order"] }),
});
