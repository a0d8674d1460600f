/**
 * Arrows for what reads alone prove: which writes and reads contradict each other, and how.
 *
 * Transactions get their names in the order in which their cards stand side by side, so these come before the sentence.
 */

import type { Json } from "../../history/event.js";
import type { ShownEdge } from "../details.js";
import { FAIL, mopValue, NOTHING, READ, type TxnHistory, WRITE } from "../history/columns.js";
import type { Finding } from "../infer/finding.js";
import type { Inferred } from "../infer/infer.js";
import { lastRead } from "../infer/version-lists.js";
import { type Cast, keyWords, words } from "./cast.js";

type Case<Is extends Finding["is"]> = Extract<Finding, { readonly is: Is }>;

/** Where a value was written: `mop` -1 where nobody is known to have written it. */
interface Origin {
  readonly txn: number;
  readonly mop: number;
}

export class Evidence {
  readonly #history: TxnHistory;
  readonly #inferred: Inferred;
  readonly #cast: Cast;
  readonly #list: boolean;

  constructor(history: TxnHistory, inferred: Inferred, cast: Cast) {
    this.#history = history;
    this.#inferred = inferred;
    this.#cast = cast;
    this.#list = history.workload === "list-append";
  }

  /** What the transaction did before on the key, and whose write it read instead. */
  internal({ txn, mop }: Case<"internal">): readonly ShownEdge[] {
    const { mopStart, mopKey, mopKind } = this.#history;
    const name = this.#cast.name(txn);
    let before = mop - 1;
    while (before >= (mopStart[txn] ?? 0) && mopKey[before] !== mopKey[mop]) before--;
    const edges: ShownEdge[] = [];
    if (before >= (mopStart[txn] ?? 0)) {
      const [did, key] = [this.#value(before), this.#key(mop)];
      const wrote = this.#list ? `appended ${words(did)} to ${key}` : `wrote ${key} = ${words(did)}`;
      const first = mopKind[before] === READ ? `read ${key} = ${words(did)}` : wrote;
      const because = `${name} ${first}, and afterwards read ${key} = ${words(this.#value(mop))}`;
      edges.push(this.#edge({ txn, mop: before }, { txn, mop }, "own", because, did));
    }
    const element = this.#list ? lastRead(this.#history, mop) : (this.#history.mopTarget[mop] ?? NOTHING);
    const origin = this.#origin(element);
    return origin.mop < 0 || origin.txn === txn ? edges : [...edges, this.#wrote(origin, { txn, mop }, element)];
  }

  /** One write, and each time that the read shows it. */
  repeated({ txn, mop, element }: Case<"odd-element">): readonly ShownEdge[] {
    const origin = this.#origin(element);
    if (origin.mop < 0) return [];
    const [writer, reader] = [this.#cast.name(origin.txn), this.#cast.name(txn)];
    const list = this.#history.lists[this.#history.mopTarget[mop] ?? NOTHING] ?? [];
    const places = list
      .slice(0, this.#history.mopLength[mop])
      .flatMap((each, i) => (each === element ? [i + 1] : []))
      .slice(0, REPEATS_MAX);
    const value = words(this.#history.elementValue(element));
    return places.map((place, i) => {
      const because =
        i === 0
          ? `${writer} appended ${value} to ${this.#key(mop)}, which ${reader} read as item ${place}`
          : `${reader} read it again as item ${place}, though ${writer} appended it once`;
      return this.#edge(origin, { txn, mop }, "wr", because, this.#history.elementValue(element));
    });
  }

  /** From the write back to the read before it. */
  future({ txn, mop, element }: Case<"odd-element">): readonly ShownEdge[] {
    const origin = this.#origin(element);
    return origin.mop < 0 || origin.txn !== txn ? [] : [this.#wrote(origin, { txn, mop }, element)];
  }

  /** The writes one on top of the other, and a read that shows them so. */
  dirtyUpdate({ key, txns, elements }: Case<"dirty-update">): readonly ShownEdge[] {
    const middle = txns.length > 2 * ENDS_SHOWN;
    const chain = elements.map((element, i) => ({ element, txn: txns[i] ?? 0, origin: this.#origin(element) }));
    const shown = middle ? [...chain.slice(0, ENDS_SHOWN), ...chain.slice(-ENDS_SHOWN)] : chain;
    for (const { txn } of shown) this.#cast.name(txn);
    const name = keyWords(this.#history.keyName(key));
    const edges = shown.flatMap((write, i): ShownEdge[] => {
      const next = shown[i + 1];
      if (next === undefined || next.txn === write.txn) return [];
      const [a, b] = [this.#cast.name(write.txn), this.#cast.name(next.txn)];
      const [had, has] = [write.element, next.element].map((element) => words(this.#history.elementValue(element)));
      const aborted = this.#history.txnType[write.txn] === FAIL ? " and aborted" : "";
      const later = middle && i === ENDS_SHOWN - 1 ? "later on" : "next";
      const because = `${a} appended ${had} to ${name}${aborted}, and ${b} appended ${has} ${later}`;
      const edge = this.#edge(write.origin, next.origin, "ww", because, this.#history.elementValue(write.element));
      return [{ ...edge, nextValue: this.#history.elementValue(next.element) }];
    });
    const last = chain.at(-1);
    const read = last === undefined ? null : this.#readThatShows(elements);
    if (last === undefined || read === null || read.txn === last.txn) return edges;
    const shows = `${this.#cast.name(read.txn)} read ${name} = ${words(this.#value(read.mop))}, which shows that order`;
    return [...edges, this.#edge(last.origin, read, "wr", shows, this.#history.elementValue(last.element))];
  }

  /** Whose writes stand where the two reads part. */
  disagreement({ txns, mops }: Case<"disagreement">): readonly ShownEdge[] {
    const { lists, mopTarget } = this.#history;
    const [one, other] = [0, 1].map((i) => ({ txn: txns[i] ?? 0, mop: mops[i] ?? 0 }));
    if (one === undefined || other === undefined) return [];
    const [a, b] = [one, other].map(({ mop }) => lists[mopTarget[mop] ?? NOTHING] ?? []);
    if (a === undefined || b === undefined) return [];
    let at = 0;
    while (a[at] !== undefined && a[at] === b[at]) at++;
    const [left, right] = [a[at] ?? -1, b[at] ?? -1];
    const [wroteLeft, wroteRight] = [this.#origin(left), this.#origin(right)];
    // Side by side: who wrote the one, who read it, who read the other, who wrote that.
    const side = one.txn === other.txn ? [one, other, wroteLeft, wroteRight] : [wroteLeft, one, other, wroteRight];
    for (const { txn, mop } of side) if (mop >= 0) this.#cast.name(txn);
    const [x, y] = [left, right].map((element) => words(this.#history.elementValue(element)));
    const [p, q] = [this.#cast.name(one.txn), this.#cast.name(other.txn)];
    const item = `item ${at + 1} of ${this.#key(one.mop)}`;
    const who = p === q ? `${p} read ${x} and later ${y}` : `${p} read ${x}, and ${q} read ${y}`;
    const differs = `${who} as ${item}, although lists grow only at their end`;
    return [
      ...(wroteLeft.mop < 0 || wroteLeft.txn === one.txn ? [] : [this.#wrote(wroteLeft, one, left)]),
      this.#edge(one, other, "differs", differs, this.#history.elementValue(left)),
      ...(wroteRight.mop < 0 || wroteRight.txn === other.txn ? [] : [this.#wrote(wroteRight, other, right)]),
    ];
  }

  #wrote(from: Origin, to: Origin, element: number): ShownEdge {
    const [writer, reader, key] = [this.#cast.name(from.txn), this.#cast.name(to.txn), this.#key(to.mop)];
    const value = words(this.#history.elementValue(element));
    const did = this.#list ? `appended ${value} to ${key}` : `wrote ${key} = ${value}`;
    const because = `${writer} ${did}${from.txn === to.txn ? " only afterwards" : `, which ${reader} read`}`;
    return this.#edge(from, to, "wr", because, this.#history.elementValue(element));
  }

  #edge(from: Origin, to: Origin, kind: ShownEdge["kind"], because: string, value: Json): ShownEdge {
    const place = ({ txn, mop }: Origin): number | null => (mop < 0 ? null : mop - (this.#history.mopStart[txn] ?? 0));
    return {
      from: this.#cast.name(from.txn),
      to: this.#cast.name(to.txn),
      kind,
      because,
      key: this.#history.keyName(this.#history.mopKey[to.mop] ?? 0),
      value,
      nextValue: null,
      fromMop: place(from),
      toMop: place(to),
    };
  }

  #key(mop: number): string {
    return keyWords(this.#history.keyName(this.#history.mopKey[mop] ?? 0));
  }

  #value(mop: number): Json {
    return mopValue(this.#history, mop)[2];
  }

  #origin(element: number): Origin {
    const { mopStart, mopCount, mopKind, mopTarget } = this.#history;
    const { writer, failed } = this.#inferred.writers;
    const kept = writer[element] ?? -1;
    const txn = kept < 0 ? (failed[element] ?? -1) : kept;
    if (element < 0 || txn < 0) return { txn: -1, mop: -1 };
    const start = mopStart[txn] ?? 0;
    for (let mop = start; mop < start + (mopCount[txn] ?? 0); mop++) {
      if (mopKind[mop] === WRITE && mopTarget[mop] === element) return { txn, mop };
    }
    return { txn, mop: -1 };
  }

  /** A read in which all of these stand in this order; the shortest of those that come first. */
  #readThatShows(elements: readonly number[]): Origin | null {
    const { txns, txnType, mopStart, mopCount, mopKind, mopTarget, mopLength, lists } = this.#history;
    const ends = lists.map((list) => endOf(list, elements));
    let best: Origin | null = null;
    let shortest = Number.POSITIVE_INFINITY;
    for (let txn = 0; txn < txns; txn++) {
      if (txnType[txn] === FAIL) continue;
      const start = mopStart[txn] ?? 0;
      for (let mop = start; mop < start + (mopCount[txn] ?? 0); mop++) {
        if (mopKind[mop] !== READ || (mopTarget[mop] ?? NOTHING) < 0) continue;
        const [end, length] = [ends[mopTarget[mop] ?? 0] ?? -1, mopLength[mop] ?? 0];
        if (end < 0 || length < end || length >= shortest) continue;
        shortest = length;
        best = { txn, mop };
      }
    }
    return best;
  }
}

const REPEATS_MAX = 3;
/** Of a longer chain so many of its writes at either end. */
const ENDS_SHOWN = 3;

/** How long a prefix of the list has all of these in this order; -1 where none has. */
const endOf = (list: readonly number[], elements: readonly number[]): number => {
  let at = -1;
  for (const element of elements) {
    at = list.indexOf(element, at + 1);
    if (at < 0) return -1;
  }
  return at + 1;
};
