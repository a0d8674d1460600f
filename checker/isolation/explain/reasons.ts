/**
 * Why one transaction of a cycle precedes the next, found again from the transactions themselves.
 *
 * The graph does not keep reasons (a million transactions have several million edges, a cycle has three), so this looks
 * for a pair of micro-operations that the rule which made the edge would have joined.
 */

import type { Json } from "../../history/event.js";
import type { ShownEdge } from "../details.js";
import { KIND_NAMES, PROCESS, REALTIME, RW, WR, WW } from "../graph/edges.js";
import { type TxnHistory, WRITE, NEVER, NOT_INVOKED, NOTHING, OK, READ, mopValue } from "../history/columns.js";
import type { Step } from "../cycles/cycle.js";
import { INITIAL } from "../infer/finding.js";
import type { Inferred } from "../infer/infer.js";
import { lastRead, previous } from "../infer/version-lists.js";
import { type Cast, keyWords, words } from "./cast.js";

/** Two micro-operations (INITIAL: none) and the versions that they stand for. */
interface Pair {
  readonly fromMop: number;
  readonly toMop: number;
  readonly from: number;
  readonly to: number;
}

export const explainStep = (history: TxnHistory, inferred: Inferred, step: Step, cast: Cast): ShownEdge => {
  const [a, b] = [cast.name(step.from), cast.name(step.to)];
  const kind = kindName(step.kind);
  const none = { key: null, value: null, nextValue: null, fromMop: null, toMop: null };
  if (step.kind === PROCESS || step.kind === REALTIME) {
    return { from: a, to: b, kind, because: orderWords(history, step, a, b), ...none };
  }
  const pair =
    inferred.basis.is === "list-append" ? listPair(history, inferred, step) : registerPair(history, inferred, step);
  if (pair === null) return { from: a, to: b, kind, because: `${a} precedes ${b}`, ...none };
  const key = history.keyName(history.mopKey[pair.toMop] ?? 0);
  const version = (element: number): Json =>
    element < 0 || element >= history.elements ? null : history.elementValue(element);
  const [value, nextValue] = [version(pair.from), version(pair.to)];
  const because =
    inferred.basis.is === "list-append"
      ? listWords(history, inferred, step, pair, a, b)
      : registerWords(step, keyWords(key), value, nextValue, a, b) + laterWords(history, inferred, step, pair, b);
  return {
    from: a,
    to: b,
    kind,
    because,
    key,
    value,
    nextValue: step.kind === WR ? null : nextValue,
    fromMop: pair.fromMop - (history.mopStart[step.from] ?? 0),
    toMop: pair.toMop - (history.mopStart[step.to] ?? 0),
  };
};

const KINDS = ["ww", "wr", "rw", "wwp", "wrp", "rwp", "process", "realtime"] as const;
const kindName = (kind: number): ShownEdge["kind"] => KINDS.find((name) => name === KIND_NAMES[kind]) ?? "ww";

const orderWords = (history: TxnHistory, step: Step, a: string, b: string): string => {
  const completed = history.txnCompleted[step.from] ?? 0;
  const invoked = history.txnInvoked[step.to] ?? NOT_INVOKED;
  const process = history.txnProcess[step.to] ?? 0;
  const own = process === history.txnProcess[step.from];
  if (step.kind === PROCESS || (own && invoked === NOT_INVOKED))
    return `process ${process} executed ${a} (done at event ${completed}) before ${b}`;
  if (invoked === NOT_INVOKED) {
    const before = (history.txnBegun[step.to] ?? 0) - 1;
    return `${a} completed (event ${completed}) before process ${process} ended what it did before ${b} (event ${before})`;
  }
  const gap = (history.txnInvokedTime[step.to] ?? Number.NaN) - (history.txnCompletedTime[step.from] ?? Number.NaN);
  const time = gap > 0 ? `${(gap / 1e6).toFixed(3)} ms ` : "";
  return `${a} completed (event ${completed}) ${time}before ${b} was invoked (event ${invoked})`;
};

const mopsOf = (history: TxnHistory, txn: number): readonly number[] =>
  Array.from({ length: history.mopCount[txn] ?? 0 }, (_, i) => (history.mopStart[txn] ?? 0) + i);

const listPair = (history: TxnHistory, inferred: Inferred, step: Step): Pair | null => {
  if (inferred.basis.is !== "list-append") return null;
  const { versions } = inferred.basis;
  const writeOf = (element: number): number =>
    mopsOf(history, step.from).find((mop) => history.mopKind[mop] === WRITE && history.mopTarget[mop] === element) ??
    -1;
  for (const toMop of mopsOf(history, step.to)) {
    const key = history.mopKey[toMop] ?? 0;
    if (step.kind === WR) {
      if (history.mopKind[toMop] !== READ) continue;
      const from = lastRead(history, toMop);
      const fromMop = from === INITIAL ? -1 : writeOf(from);
      if (fromMop >= 0) return { fromMop, toMop, from, to: from };
      continue;
    }
    if (history.mopKind[toMop] !== WRITE) continue;
    const to = history.mopTarget[toMop] ?? 0;
    const from = previous(versions, key, to);
    const fromMop =
      step.kind === WW
        ? from === INITIAL
          ? -1
          : writeOf(from)
        : (mopsOf(history, step.from).find(
            (mop) => history.mopKind[mop] === READ && history.mopKey[mop] === key && lastRead(history, mop) === from,
          ) ?? -1);
    if (fromMop >= 0) return { fromMop, toMop, from, to };
  }
  return null;
};

const listWords = (history: TxnHistory, inferred: Inferred, step: Step, pair: Pair, a: string, b: string): string => {
  const key = keyWords(history.keyName(history.mopKey[pair.toMop] ?? 0));
  const element = words(history.elementValue(pair.to));
  if (step.kind === WR) return `${b} read ${key} with ${element} as its last element, which ${a} appended`;
  const shown = inferred.basis.is === "list-append" && (inferred.basis.versions.position[pair.to] ?? -1) >= 0;
  const late = shown ? "" : " (no read shows it, so it came after all that were read)";
  if (step.kind === WW) {
    return `${a} appended ${words(history.elementValue(pair.from))} to ${key}, and ${b} appended ${element} after it${late}`;
  }
  const read = mopValue(history, pair.fromMop)[2];
  const seen = pair.from === INITIAL ? "empty" : words(read);
  return `${a} read ${key} as ${seen}, without ${element}, which ${b} appended to that${late}`;
};

const registerPair = (history: TxnHistory, inferred: Inferred, step: Step): Pair | null => {
  if (inferred.basis.is !== "rw-register") return null;
  const { external, order } = inferred.basis;
  const wrote = versionsOf(external.writeTxn, external.writeVersion, step.from);
  const read = versionsOf(external.readTxn, external.readVersion, step.from);
  const source = step.kind === RW ? read : wrote;
  const target =
    step.kind === WR
      ? versionsOf(external.readTxn, external.readVersion, step.to)
      : versionsOf(external.writeTxn, external.writeVersion, step.to);
  let found: readonly [number, number] | null = null;
  if (step.kind === WR) {
    for (const version of source) if (target.has(version)) found ??= [version, version];
  } else {
    for (let i = 0; i < order.from.length && found === null; i++) {
      const [from, to] = [order.from[i] ?? 0, order.to[i] ?? 0];
      if (source.has(from) && target.has(to)) found = [from, to];
    }
  }
  if (found === null) return null;
  const [from, to] = found;
  const key = from >= history.elements ? from - history.elements : (history.elementKey[from] ?? 0);
  const mopAt = (txn: number, kind: number, version: number): number => {
    const wanted = version >= history.elements ? NOTHING : version;
    const mops = mopsOf(history, txn).filter((mop) => history.mopKind[mop] === kind && history.mopKey[mop] === key);
    return mops.find((mop) => history.mopTarget[mop] === wanted) ?? mops[0] ?? 0;
  };
  return {
    fromMop: mopAt(step.from, step.kind === RW ? READ : WRITE, from),
    toMop: mopAt(step.to, step.kind === WR ? READ : WRITE, to),
    from: from >= history.elements ? INITIAL : from,
    to,
  };
};

const versionsOf = (txns: Int32Array, versions: Int32Array, txn: number): ReadonlySet<number> => {
  const found = new Set<number>();
  let low = 0;
  let high = txns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((txns[middle] ?? 0) < txn) low = middle + 1;
    else high = middle;
  }
  for (let row = low; txns[row] === txn; row++) found.add(versions[row] ?? 0);
  return found;
};

const registerWords = (step: Step, key: string, value: Json, next: Json, a: string, b: string): string => {
  if (step.kind === WR) return `${a} wrote ${key} = ${words(value)}, which ${b} read`;
  if (step.kind === WW)
    return `${a} wrote ${key} = ${words(value)}, and ${b} wrote ${key} = ${words(next)}, a later version`;
  const seen = value === null ? `the initial state of ${key}` : `${key} = ${words(value)}`;
  return `${a} read ${seen}, and ${b} wrote ${key} = ${words(next)}, a later version`;
};

/** How it is known that the one version of a register is later than the other; empty where that needs no words. */
const laterWords = (history: TxnHistory, inferred: Inferred, step: Step, pair: Pair, b: string): string => {
  if (step.kind === WR || pair.from === INITIAL || inferred.basis.is !== "rw-register") return "";
  const { external } = inferred.basis;
  const [value, next] = [history.elementValue(pair.from), history.elementValue(pair.to)].map(words);
  const reads = versionsOf(external.readTxn, external.readVersion, step.to);
  if (reads.has(pair.from)) return `: ${b} had read ${value} before`;
  const had = (version: number): readonly number[] =>
    [external.writers, external.readers].flatMap(({ start, txn }) => [
      ...txn.subarray(start[version], start[version + 1]),
    ]);
  const done = events(
    had(pair.from).filter((txn) => history.txnType[txn] === OK),
    history.txnCompleted,
  ).reduce((least, event) => Math.min(least, event), Number.POSITIVE_INFINITY);
  const begun = events(had(pair.to), history.txnInvoked).reduce((most, event) => Math.max(most, event), -1);
  if (done >= begun) return "";
  return `: a transaction with ${value} completed at event ${done}, before one with ${next} was invoked at event ${begun}`;
};

/** Events that there are. */
const events = (txns: readonly number[], of: Int32Array): readonly number[] =>
  txns.map((txn) => of[txn] ?? NEVER).filter((event) => event !== NEVER);
