/** What there is to look at: one row for each run, read from its folder and kept until the folder changes. */

import { listRuns, type RunSummary } from "../archive/archive.js";
import { type Standing, standingOf } from "../archive/folder.js";
import type { RunConfig } from "../config/config.js";
import type { Validity } from "../../checker/verdict.js";

export interface Row {
  readonly id: string;
  readonly startedAt: string | null;
  readonly workload: string;
  readonly mode: string;
  /** Kinds of faults; none: calm. */
  readonly nemesis: readonly string[];
  readonly seed: number | null;
  readonly nodes: number | null;
  readonly standing: Standing;
  readonly valid: Validity | null;
  readonly because: string;
}

export const catalogue = (out: string, nowMs: number): readonly Row[] =>
  listRuns(out).map((run) => rowOf(run, standingOf(run.dir, nowMs)));

const rowOf = ({ id, config, verdict }: RunSummary, standing: Standing): Row => ({
  id,
  startedAt: config?.startedAt ?? null,
  workload: config?.workload.name ?? "unknown",
  mode: config === null ? "unknown" : modeOf(config),
  nemesis: config?.nemesis.faults ?? [],
  seed: config?.seed ?? null,
  nodes: config?.nodes.length ?? null,
  standing,
  valid: verdict?.valid ?? null,
  because: verdict?.because ?? BECAUSE[standing],
});

const modeOf = ({ protocol }: RunConfig): string => protocol.mode;

const BECAUSE: { readonly [standing in Standing]: string } = {
  over: "its verdict cannot be read",
  running: "in progress",
  silent: "no verdict yet: it is checking, or was killed",
  dead: "never judged: it was killed (kvtest check tells)",
};
