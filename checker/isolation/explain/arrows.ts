/** Arrows for anomalies that were found without a cycle: who read what whom wrote, and who missed whose write. */

import type { Json } from "../../history/event.js";
import type { ShownEdge } from "../details.js";
import { mopValue, READ, type TxnHistory, WRITE } from "../history/columns.js";
import type { Finding } from "../infer/finding.js";
import { type Cast, keyWords, words } from "./cast.js";

type Case<Is extends Finding["is"]> = Extract<Finding, { readonly is: Is }>;

/** From the writer of what should not have been read to its reader. `because`: the sentence of the anomaly. */
export const badReadArrow = (
  history: TxnHistory,
  cast: Cast,
  { txn, mop, writer, element }: Case<"bad-read">,
  because: string,
): ShownEdge => {
  const written = mopsOf(history, writer).find((at) => isWrite(history, at) && history.mopTarget[at] === element);
  return {
    from: cast.name(writer),
    to: cast.name(txn),
    kind: "wr",
    because,
    key: history.keyName(history.mopKey[mop] ?? 0),
    value: history.elementValue(element),
    nextValue: null,
    fromMop: written === undefined ? null : written - (history.mopStart[writer] ?? 0),
    toMop: mop - (history.mopStart[txn] ?? 0),
  };
};

/**
 * Who updates a version and has not seen another's update of it comes before that other: of two updates of one version
 * each comes before the other. A ring through all of them.
 */
export const lostUpdateArrows = (
  history: TxnHistory,
  cast: Cast,
  { key }: Case<"lost-update">,
  txns: readonly number[],
): readonly ShownEdge[] => {
  const name = history.keyName(key);
  const list = history.workload === "list-append";
  const updates = txns.map((txn) => {
    const mops = mopsOf(history, txn).filter((mop) => history.mopKey[mop] === key);
    const read = mops.find((mop) => history.mopKind[mop] === READ) ?? mops[0] ?? 0;
    return { txn, read, write: mops.find((mop) => isWrite(history, mop) && mop > read) ?? read };
  });
  return updates.flatMap((one, i) => {
    const other = updates[(i + 1) % updates.length];
    if (other === undefined) return [];
    const [a, b] = [cast.name(one.txn), cast.name(other.txn)];
    const [seen, wrote] = [mopValue(history, one.read)[2], mopValue(history, other.write)[2]];
    return {
      from: a,
      to: b,
      kind: "rw" as const,
      because: missed({ a, b, key: keyWords(name), seen, wrote, list }),
      key: name,
      value: list && Array.isArray(seen) ? (seen.at(-1) ?? null) : seen,
      nextValue: wrote,
      fromMop: one.read - (history.mopStart[one.txn] ?? 0),
      toMop: other.write - (history.mopStart[other.txn] ?? 0),
    };
  });
};

interface Missed {
  readonly a: string;
  readonly b: string;
  readonly key: string;
  readonly seen: Json;
  readonly wrote: Json;
  readonly list: boolean;
}

const missed = ({ a, b, key, seen, wrote, list }: Missed): string => {
  const [had, has] = [words(seen), words(wrote)];
  if (list)
    return `${a} read ${key} as ${seen === null ? "empty" : had}, without ${has}, which ${b} appended to that too`;
  const state = seen === null ? `the initial state of ${key}` : `${key} = ${had}`;
  return `${a} read ${state}, which ${b} had read as well when it wrote ${key} = ${has}`;
};

const mopsOf = (history: TxnHistory, txn: number): readonly number[] =>
  Array.from({ length: history.mopCount[txn] ?? 0 }, (_, i) => (history.mopStart[txn] ?? 0) + i);

const isWrite = (history: TxnHistory, mop: number): boolean => history.mopKind[mop] === WRITE;
