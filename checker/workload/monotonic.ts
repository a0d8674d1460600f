/** Counters that only grow, read several at a time: do all observations fit into one order, and into real time? */

import { canonical } from "../history/canonical.js";
import type { Json } from "../history/event.js";
import type { History, Operation } from "../history/operation.js";
import { addEdge, type Edges, noEdges, order } from "../session/cycle.js";
import type { Verdict } from "../verdict.js";
import { counted, refused, unknown, witnessOf } from "./evidence.js";
import { type MicroOp, microOps } from "./written-once.js";

export interface MonotonicOptions {
  /** Must an observation that was complete before another began come before it? */
  readonly realTime: boolean;
}

export interface MonotonicDetails {
  readonly keys: number;
  readonly observations: number;
  /** Observations of at least two keys. */
  readonly wide: number;
  /** Events of the completions of a cycle, each before the next one, the last before the first; and why. */
  readonly cycle: readonly { readonly completed: number; readonly because: string }[];
}

/** What one ok transaction saw of each key. */
interface Observation {
  readonly op: Operation;
  readonly completed: number;
  readonly seen: ReadonlyMap<string, number>;
}

/**
 * Reads the ok transactions whose micro-operations add positive amounts to keys ("add") and read them ("r"); what a
 * transaction read of a key last is its observation (null: the key was untouched). Of two observations of a key the
 * smaller one came first; a cycle of that, with `realTime` also of real time, has no order. Sound for transactions
 * that are serializable (with `realTime` strictly), and for snapshot isolation where only transactions that read
 * nothing else add. Complete for what ok observations show: without a cycle there is an order in which no key ever
 * falls. Values that were never reached are not looked for; `counter` does that. O(n log n).
 */
export const checkMonotonic = (
  history: History,
  { realTime }: MonotonicOptions = { realTime: true },
): Verdict<MonotonicDetails> => {
  const checker = "monotonic";
  const read = observationsOf(history);
  if (!read.ok) return refused(checker, read.op, read.why, { keys: 0, observations: 0, wide: 0, cycle: [] });
  const { observations } = read;
  const details: MonotonicDetails = {
    keys: new Set(observations.flatMap(({ seen }) => [...seen.keys()])).size,
    observations: observations.length,
    wide: observations.filter(({ seen }) => seen.size > 1).length,
    cycle: [],
  };
  if (observations.length < 2) return unknown(checker, "nothing was read twice", details);
  if (read.torn !== null) {
    const { op, key } = read.torn;
    const because = `the transaction at ${op.completed ?? op.invoked} read two values of ${key} and changed it in between by nothing`;
    return { valid: "invalid", checker, because, witness: witnessOf([op]), details };
  }
  const cycle = cycleOf(observations, realTime);
  if (cycle.length > 0) {
    const shown = cycle.map((each, i) => ({
      completed: each.completed,
      because: whyBefore(each, cycle[(i + 1) % cycle.length] ?? each),
    }));
    const because = `no order in which no key falls: ${shown.map((each) => each.because).join("; ")}`;
    return {
      valid: "invalid",
      checker,
      because,
      witness: witnessOf(cycle.map(({ op }) => op)),
      details: { ...details, cycle: shown },
    };
  }
  const because = `${counted(observations.length, "observation")} of ${counted(details.keys, "key")} fit into one order in which no key falls${realTime ? ", that of real time" : ""}`;
  return { valid: "valid", checker, because, witness: [], details };
};

type Read =
  | {
      readonly ok: true;
      readonly observations: readonly Observation[];
      readonly torn: { readonly op: Operation; readonly key: string } | null;
    }
  | { readonly ok: false; readonly op: Operation; readonly why: string };

const observationsOf = (history: History): Read => {
  const observations: Observation[] = [];
  let torn: { readonly op: Operation; readonly key: string } | null = null;
  for (const op of history.operations) {
    const asked = microOps(op.value);
    if (asked === null) continue;
    const wrong = asked.find((mop) => !isGrowing(mop));
    if (wrong !== undefined)
      return { ok: false, op, why: `${JSON.stringify(wrong)}: expected reads, and additions of positive amounts` };
    if (op.type !== "ok") continue;
    const done = microOps(op.result);
    if (done === null)
      return { ok: false, op, why: `returned ${JSON.stringify(op.result)}, expected micro-operations` };
    const seen = new Map<string, number>();
    const added = new Set<string>();
    for (const [f, name, value] of done) {
      const key = canonical(name);
      if (f === "add") added.add(key);
      if (f !== "r") continue;
      const level = levelOf(value);
      if (level === null) return { ok: false, op, why: `read ${JSON.stringify(value)} of ${key}, expected a number` };
      if (seen.has(key) && seen.get(key) !== level && !added.has(key)) torn ??= { op, key };
      seen.set(key, level);
    }
    if (seen.size > 0) observations.push({ op, completed: op.completed ?? op.invoked, seen });
  }
  return { ok: true, observations, torn };
};

const isGrowing = ([f, , value]: MicroOp): boolean =>
  f === "r" || (f === "add" && typeof value === "number" && value > 0);

/** An untouched key is below every value. */
const levelOf = (value: Json): number | null =>
  value === null ? Number.NEGATIVE_INFINITY : typeof value === "number" ? value : null;

/**
 * Observations are nodes; so is each value of each key, which all who saw it come before, and which comes before all
 * who saw the next one; so is each completion, which the observation comes before, and which comes before the next
 * completion and all that is invoked until then. The graph stays as small as the history.
 */
const cycleOf = (observations: readonly Observation[], realTime: boolean): readonly Observation[] => {
  const edges = noEdges();
  let nodes = observations.length;
  const byKey = new Map<string, { readonly level: number; readonly node: number }[]>();
  for (const [node, { seen }] of observations.entries()) {
    for (const [key, level] of seen) {
      const list = byKey.get(key);
      if (list === undefined) byKey.set(key, [{ level, node }]);
      else list.push({ level, node });
    }
  }
  for (const list of byKey.values()) nodes = addLevels(edges, nodes, list);
  if (realTime) nodes = addTimes(edges, nodes, observations);
  const sorted = order(nodes, edges);
  if (sorted.is === "order") return [];
  const through = sorted.edges.map((edge) => edges.from[edge] ?? 0);
  return through.flatMap((node) => observations[node] ?? []);
};

/** Not by subtraction: the difference of two untouched keys is no number. */
const ascending = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

const addLevels = (edges: Edges, first: number, list: { readonly level: number; readonly node: number }[]): number => {
  let nodes = first;
  let before = -1;
  let level: number | null = null;
  for (const each of list.sort((a, b) => ascending(a.level, b.level))) {
    if (each.level !== level) {
      // The node after the level that ended, if any, now comes before everybody on this one.
      before = level === null ? -1 : nodes - 1;
      if (before >= 0) addEdge(edges, before, nodes, -1);
      level = each.level;
      nodes++;
    }
    if (before >= 0) addEdge(edges, before, each.node, -1);
    addEdge(edges, each.node, nodes - 1, -1);
  }
  return nodes;
};

const addTimes = (edges: Edges, first: number, observations: readonly Observation[]): number => {
  const byCompletion = [...observations.keys()].sort(
    (a, b) => completionOf(observations, a) - completionOf(observations, b),
  );
  const byInvocation = [...observations.keys()].sort(
    (a, b) => invocationOf(observations, a) - invocationOf(observations, b),
  );
  for (const [i, node] of byCompletion.entries()) {
    addEdge(edges, node, first + i, -1);
    if (i > 0) addEdge(edges, first + i - 1, first + i, -1);
  }
  let done = 0;
  for (const node of byInvocation) {
    while (
      done < byCompletion.length &&
      completionOf(observations, byCompletion[done] ?? 0) < invocationOf(observations, node)
    )
      done++;
    if (done > 0) addEdge(edges, first + done - 1, node, -1);
  }
  return first + observations.length;
};

const completionOf = (observations: readonly Observation[], i: number): number => observations[i]?.completed ?? 0;
const invocationOf = (observations: readonly Observation[], i: number): number => observations[i]?.op.invoked ?? 0;

const whyBefore = (a: Observation, b: Observation): string => {
  for (const [key, level] of a.seen) {
    const other = b.seen.get(key);
    if (other !== undefined && level < other)
      return `the one at ${a.completed} saw ${shown(level)} of ${key}, the one at ${b.completed} already ${shown(other)}`;
  }
  return `the one at ${a.completed} was over before the one at ${b.completed} began`;
};

const shown = (level: number): string => (level === Number.NEGATIVE_INFINITY ? "nothing" : String(level));
