/** t-visibility as measured: how often was a read fresh, by the time since the last completed write to its key? */

import type { History } from "../history/operation.js";
import { boundReads, UNWRITTEN } from "./per-read.js";
import { type Register, registersOf } from "./registers.js";
import { wilson } from "./wilson.js";

export interface VisibilityBin {
  /** Time between the completion of the latest write to the key and the read's invocation: from..to, ms. */
  readonly fromMs: number;
  /** null: open-ended. */
  readonly toMs: number | null;
  readonly reads: number;
  readonly fresh: number;
  readonly share: number;
  /** 95 %, Wilson. */
  readonly interval: readonly [number, number];
}

export interface Visibility {
  /** In order of time; bins without reads are left out. */
  readonly bins: readonly VisibilityBin[];
  readonly reads: number;
  /** The lower end of the first bin from which on at least `target` of the reads were fresh; null: there is none. */
  readonly freshAfterMs: number | null;
  readonly target: number;
}

/** 0.1, 0.2, 0.5, 1, ... ms up to a bit more than an hour. */
const EDGES_MS = [1e-1, 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6].flatMap((ms) => [ms, 2 * ms, 5 * ms]);

/**
 * Bailis et al. (VLDB 2012) predict this curve; here it is counted. A read is fresh unless it is proven stale (see
 * `checkStaleness`), so shares are upper bounds. Reads before the first completed write of their key, and reads of
 * values that nobody wrote, are left out; so are keys that operations other than read, write and cas changed.
 */
export const measureVisibility = (history: History, target = 0.999): Visibility => {
  const counts = Array.from({ length: EDGES_MS.length + 1 }, () => ({ reads: 0, fresh: 0 }));
  const registers = registersOf(history);
  const foreign = registers.some((register) => register.key === null && register.foreign.length > 0);
  for (const register of registers) {
    if (foreign || register.foreign.length > 0) continue;
    for (const { sinceMs, fresh } of readsOf(register)) {
      const bin = counts[EDGES_MS.findLastIndex((edge) => edge <= sinceMs) + 1];
      if (bin === undefined) continue;
      bin.reads++;
      if (fresh) bin.fresh++;
    }
  }
  const bins = counts.flatMap(({ reads, fresh }, i): VisibilityBin[] =>
    reads === 0
      ? []
      : [
          {
            fromMs: EDGES_MS[i - 1] ?? 0,
            toMs: EDGES_MS[i] ?? null,
            reads,
            fresh,
            share: fresh / reads,
            interval: wilson(fresh, reads),
          },
        ],
  );
  return {
    bins,
    reads: bins.reduce((sum, { reads }) => sum + reads, 0),
    freshAfterMs: freshFrom(bins, target),
    target,
  };
};

const freshFrom = (bins: readonly VisibilityBin[], target: number): number | null =>
  bins.slice(bins.findLastIndex(({ share }) => share < target) + 1)[0]?.fromMs ?? null;

/** By event order which writes had completed, by the recorded times how long ago. */
const readsOf = (register: Register): { readonly sinceMs: number; readonly fresh: boolean }[] => {
  const bounds = boundReads(register);
  const completions = register.writes
    .filter((write) => write.type === "ok" && write.completed !== null)
    .map((write) => ({ at: write.completed ?? 0, time: write.completedTime ?? 0 }))
    .sort((a, b) => a.at - b.at);
  let next = 0;
  return register.reads.flatMap((read, i) => {
    while ((completions[next]?.at ?? Number.POSITIVE_INFINITY) < read.invoked) next++;
    const last = completions[next - 1];
    const overwriter = bounds.overwriter[i] ?? UNWRITTEN;
    if (last === undefined || overwriter === UNWRITTEN) return [];
    return [{ sinceMs: Math.max(0, (read.invokedTime - last.time) / 1e6), fresh: overwriter < 0 }];
  });
};
