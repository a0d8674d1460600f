/** The dumps of a history as rounds: one look at every replica, again and again, once everything is quiet. */

import { canonical, isList } from "../history/canonical.js";
import type { FaultEvent, Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";

/** What one replica held for one key: never empty, sorted, without repetitions. */
export interface Holding {
  readonly values: readonly Json[];
  /** Canonical form of each value, in the same order. */
  readonly ids: readonly string[];
}

/** One replica, read on its own. A key whose only value is null is left out: it reads like one never written. */
export interface Dump {
  readonly node: string;
  readonly op: Operation;
  readonly holdings: ReadonlyMap<string, Holding>;
  /** Equal for equal states. */
  readonly fingerprint: string;
}

/** The last thing that may keep replicas apart: writes that were acknowledged or given up, and faults. */
export interface Disturbance {
  /** Event index; -1 where there was none. */
  readonly index: number;
  /** ns since the run began. */
  readonly time: number;
  /** Faults that were never ended. */
  readonly unhealed: readonly FaultEvent[];
}

export interface Round {
  /** The dumps that succeeded. */
  readonly dumps: readonly Dump[];
}

/** Everything that a checker of the final state may look at. */
export interface Quiet {
  readonly nodes: readonly string[];
  readonly disturbance: Disturbance;
  /** Rounds begun after the disturbance. */
  readonly rounds: readonly Round[];
  /** ok dumps of the whole history, those before the disturbance too. */
  readonly dumps: readonly Dump[];
}

export const quietOf = (history: History): Quiet => {
  const disturbance = disturbanceOf(history);
  const attempts = history.operations.filter((op) => op.f === "dump" && op.node !== null);
  const dumps = new Map<Operation, Dump>();
  for (const op of attempts) {
    const dump = dumpOf(op);
    if (dump !== null) dumps.set(op, dump);
  }
  return {
    nodes: nodesOf(history),
    disturbance,
    rounds: roundsOf(
      attempts.filter((op) => op.invoked > disturbance.index),
      dumps,
    ),
    dumps: [...dumps.values()],
  };
};

/** A round ends where a node is asked again; an attempt that failed belongs to its round, with nothing to show. */
const roundsOf = (attempts: readonly Operation[], dumps: ReadonlyMap<Operation, Dump>): Round[] => {
  const rounds: { readonly asked: Set<string>; readonly dumps: Dump[] }[] = [];
  for (const op of attempts) {
    if (op.node === null) continue;
    let round = rounds.at(-1);
    if (round === undefined || round.asked.has(op.node)) {
      round = { asked: new Set(), dumps: [] };
      rounds.push(round);
    }
    round.asked.add(op.node);
    const dump = dumps.get(op);
    if (dump !== undefined) round.dumps.push(dump);
  }
  return rounds;
};

/** Every node that any operation names, sorted. */
const nodesOf = (history: History): string[] => {
  const nodes = new Set<string>();
  for (const { node } of history.operations) if (node !== null) nodes.add(node);
  return [...nodes].sort();
};

const disturbanceOf = ({ operations, faults }: History): Disturbance => {
  let index = -1;
  let time = 0;
  const at = (otherIndex: number, otherTime: number): void => {
    if (otherIndex <= index) return;
    index = otherIndex;
    time = otherTime;
  };
  for (const op of operations) {
    if (op.f === "read" || op.f === "dump" || op.type === "fail") continue;
    at(op.completed ?? op.invoked, op.completedTime ?? op.invokedTime);
  }
  const unhealed = new Map<string, FaultEvent>();
  for (const event of faults) {
    at(event.index, event.time);
    if (event.phase === "begin") unhealed.set(event.fault, event);
    else unhealed.delete(event.fault);
  }
  return { index, time, unhealed: [...unhealed.values()] };
};

/** null where the dump failed, or answered with something else than an object of keys. */
const dumpOf = (op: Operation): Dump | null => {
  const { node, result } = op;
  if (op.type !== "ok" || node === null || result === null || typeof result !== "object" || isList(result)) return null;
  const holdings = new Map<string, Holding>();
  const fingerprint: string[] = [];
  for (const [key, siblings] of Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const byId = new Map((isList(siblings) ? siblings : [siblings]).map((value) => [canonical(value), value]));
    const ids = [...byId.keys()].sort();
    if (ids.length === 0 || (ids.length === 1 && ids[0] === "null")) continue;
    holdings.set(key, { ids, values: ids.map((id) => byId.get(id) ?? null) });
    fingerprint.push(`${JSON.stringify(key)}:${ids.join(",")}`);
  }
  return { node, op, holdings, fingerprint: fingerprint.join(";") };
};
