/** What the staleness checker found. */

import type { Json } from "../history/event.js";
import type { Visibility } from "./visibility.js";

export interface StaleRead {
  /** Index of the read's invocation. */
  readonly invoked: number;
  readonly key: string | null;
  /** ns since the run began, of the read's invocation. */
  readonly time: number;
  readonly node: string | null;
  /** Lower bounds: overwritten for at least this long, by at least so many newer writes, before the read began. */
  readonly staleForMs: number;
  readonly versionsBehind: number;
  /** Invocation index of one of those newer writes: the one that completed first. */
  readonly overwrittenBy: number;
}

/** An acknowledged write that no read shows at the end, nor anything newer (`lost.ts`). */
export interface GoneWrite {
  readonly key: string | null;
  readonly value: Json;
  readonly invoked: number;
  /** Reads that came after the key's last acknowledged write: all of them returned something older. */
  readonly readsAfter: number;
}

export interface StalenessDetails {
  /** ok reads that could be judged (value's writer known), and how many of them were stale. */
  readonly reads: number;
  readonly stale: number;
  /** stale / reads with its 95 % Wilson interval, 0..1; null when there were no reads. */
  readonly share: number | null;
  readonly interval: readonly [number, number] | null;
  /** Reads left out because operations other than read, write and cas changed their key. */
  readonly ambiguous: number;
  /** Of `reads`: those whose value had several possible writers, judged by the freshest of them. */
  readonly severalWriters?: number;
  /** Reads left out because they returned a value that nobody had written: wrong, but not stale. */
  readonly unwritten?: number;
  /** p50, p95, p99 and maximum over stale reads; null when none. */
  readonly staleForMs: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  } | null;
  readonly versionsBehindMax: number;
  /** Writes that are gone at the end, as far as reads show: at most 100 of `lostCount`, by key. */
  readonly lost?: readonly GoneWrite[];
  readonly lostCount?: number;
  /** Share of fresh reads by the time since the last completed write to their key. */
  readonly visibility?: Visibility;
  /** Worst first by staleForMs; at most 1000. */
  readonly worst: readonly StaleRead[];
}
