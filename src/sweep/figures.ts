/** What one run of a sweep came to, from its folder alone. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { History } from "../../checker/history/operation.js";
import type { Validity } from "../../checker/verdict.js";
import { FILES, readConfig, readVerdict } from "../archive/archive.js";
import { readHistoryFile } from "../archive/history-file.js";
import type { RunConfig } from "../config/config.js";
import { findingsOf } from "../report/findings.js";
import { type ReadAfterWrite, readsAfterWrites } from "./prediction.js";

export interface RunFigures {
  readonly dir: string;
  readonly config: RunConfig;
  readonly valid: Validity;
  readonly because: string;
  /** null: nobody looked. */
  readonly linearizable: Validity | null;
  /** Of operations that succeeded, ms. */
  readonly readsMs: readonly number[];
  readonly writesMs: readonly number[];
  /** Successes a second, while clients were under way: without the reads at the end. */
  readonly throughput: number;
  readonly availability: number;
  /** null: there was no fault. */
  readonly availabilityUnderFault: number | null;
  /** Reads that could be judged, and those that are proven stale. */
  readonly reads: number;
  readonly stale: number;
  /** Of stale reads. */
  readonly staleForMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  /** null: they were not seen to agree. */
  readonly convergeMs: number | null;
  readonly agreed: boolean | null;
  /** null: no replica told its state. */
  readonly lostWrites: number | null;
  readonly afterWrites: readonly ReadAfterWrite[];
}

/** In words, why there are none. */
export async function figuresOf(dir: string): Promise<RunFigures | { readonly problem: string }> {
  const config = readConfig(dir);
  const verdict = readVerdict(dir);
  if (!config.ok) return { problem: config.problems.join("; ") };
  if (verdict === null || !existsSync(join(dir, FILES.history))) return { problem: `${dir}: was never judged` };
  const read = await readHistoryFile(join(dir, FILES.history), { allowTruncatedTail: true });
  if (!read.ok) return { problem: `${dir}: its history cannot be read` };
  const { fresh, converges, statistics } = findingsOf(verdict);
  const latenciesOf = (f: string): readonly number[] =>
    read.history.operations.flatMap((op) =>
      op.f === f && op.type === "ok" && op.completedTime !== null ? [(op.completedTime - op.invokedTime) / 1e6] : [],
    );
  const looked = converges !== null && converges.replicas.length > 0;
  return {
    dir,
    config: config.value,
    valid: verdict.valid,
    because: verdict.because,
    linearizable: verdict.verdicts.find(({ checker }) => checker === "linearizable")?.valid ?? null,
    readsMs: latenciesOf("read"),
    writesMs: latenciesOf("write"),
    throughput: throughputOf(read.history, config.value.timeLimitMs),
    availability: statistics?.availability ?? 1,
    availabilityUnderFault: statistics?.availabilityUnderFault ?? null,
    reads: fresh?.reads ?? 0,
    stale: fresh?.stale ?? 0,
    staleForMs: fresh?.staleForMs ?? null,
    convergeMs: converges?.timeToAgreeMs ?? null,
    agreed: looked ? converges.agreed : null,
    lostWrites: looked ? (converges.lostCount ?? converges.lost.length) : null,
    afterWrites: fresh === null ? [] : readsAfterWrites(read.history),
  };
}

/** A run that ended before its time is measured as far as it came. */
export function throughputOf(history: History, timeLimitMs: number): number {
  const operations = history.operations.filter(({ f }) => f !== "dump");
  let from = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const { invokedTime, completedTime } of operations) {
    from = Math.min(from, invokedTime);
    last = Math.max(last, completedTime ?? invokedTime);
  }
  const until = Math.min(from + timeLimitMs * 1e6, last);
  const ok = operations.filter(({ type, completedTime }) => type === "ok" && (completedTime ?? last + 1) <= until);
  return ok.length === 0 ? 0 : ok.length / ((until - from) / 1e9);
}
