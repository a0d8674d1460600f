/** What the inference found, by transaction and element numbers; `explain/` turns it into words. */

import type { Step } from "../cycles/cycle.js";

/** A version of a key: an element, or the initial state. */
export const INITIAL = -1;

export type Finding =
  /** `txn` read (in `mop`) what `writer` wrote and aborted, or wrote and overwrote itself. */
  | {
      readonly is: "bad-read";
      readonly txn: number;
      readonly mop: number;
      readonly writer: number;
      readonly element: number;
    }
  /** A read that contains an element that it may not contain: repeated, from the future, never written. */
  | { readonly is: "odd-element"; readonly txn: number; readonly mop: number; readonly element: number }
  /** A read that contradicts what the same transaction did before. `expected` null: nothing; `prefix`: more may precede. */
  | {
      readonly is: "internal";
      readonly txn: number;
      readonly mop: number;
      readonly expected: readonly number[];
      readonly prefix: boolean;
    }
  /** Committed writes on top of aborted ones: `txns` wrote `elements`, in this order. */
  | {
      readonly is: "dirty-update";
      readonly key: number;
      readonly txns: readonly number[];
      readonly elements: readonly number[];
    }
  /** Two reads of a list, neither of which is a prefix of the other. */
  | {
      readonly is: "disagreement";
      readonly key: number;
      readonly txns: readonly number[];
      readonly mops: readonly number[];
    }
  /** All of `txns` read this version of the key and wrote a next one. */
  | { readonly is: "lost-update"; readonly key: number; readonly txns: readonly number[]; readonly version: number }
  /** Versions of a key each of which is inferred to precede the other; `versions` is a shortest cycle of them. */
  | {
      readonly is: "cyclic-versions";
      readonly key: number;
      readonly versions: readonly number[];
      readonly sources: readonly string[];
      readonly txns: readonly number[];
    }
  | { readonly is: "cycle"; readonly steps: readonly Step[] }
  /** A cycle that a model forbids exists among `size` transactions, but none of the reported ones shows it. */
  | { readonly is: "exists"; readonly model: string; readonly txns: readonly number[]; readonly size: number }
  /** No two transactions depend on each other: there was nothing to check. */
  | { readonly is: "empty" };

/** All transactions that the finding is about. */
export const txnsOf = (finding: Finding): readonly number[] => {
  if (finding.is === "cycle") return finding.steps.map((step) => step.from);
  if (finding.is === "bad-read") return [finding.txn, finding.writer];
  if (finding.is === "empty") return [];
  return "txns" in finding ? finding.txns : [finding.txn];
};

const SAMPLES_MAX = 32;

/** Counts all findings of each type and keeps some of them. */
export class Findings {
  readonly counts = new Map<string, number>();
  readonly samples = new Map<string, Finding[]>();

  add(type: string, finding: Finding): void {
    this.addMany(type, 1, () => finding);
  }

  /** `count` findings of one type of which at most one, made on demand, is kept. */
  addMany(type: string, count: number, sample: () => Finding): void {
    if (count === 0) return;
    this.counts.set(type, (this.counts.get(type) ?? 0) + count);
    const samples = this.samples.get(type);
    if (samples === undefined) this.samples.set(type, [sample()]);
    else if (samples.length < SAMPLES_MAX) samples.push(sample());
  }

  copy(): Findings {
    return this.renamed((type) => type);
  }

  /** The same under other names. */
  renamed(name: (type: string) => string): Findings {
    const all = new Findings();
    for (const [type, count] of this.counts) {
      const to = name(type);
      all.counts.set(to, (all.counts.get(to) ?? 0) + count);
      all.samples.set(to, [...(all.samples.get(to) ?? []), ...(this.samples.get(type) ?? [])].slice(0, SAMPLES_MAX));
    }
    return all;
  }

  get types(): readonly string[] {
    return [...this.counts.keys()].sort();
  }
}
