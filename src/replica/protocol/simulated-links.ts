/** The directed links of a simulated cluster, those of its clients included: which are cut, slow or lossy, and what met them. */

import type { NodeName } from "../wire.js";

/** What is wrong with a link beside a cut. Probabilities 0 .. 1; absent: none. */
export interface LinkTrouble {
  /** Added to the time that a message takes, ms. `draw` gives numbers in [0, 1). */
  readonly extraMs?: (draw: () => number) => number;
  readonly loss?: number;
  readonly duplicate?: number;
  /** The message is late by so much that others overtake it. */
  readonly reorder?: number;
}

/** Since the beginning. Bytes as the messages would have as JSON text. */
export interface LinkCounts {
  readonly from: NodeName;
  readonly to: NodeName;
  passedBytes: number;
  heldBytes: number;
  heldMessages: number;
  delayedBytes: number;
  lostMessages: number;
  duplicatedMessages: number;
  reorderedMessages: number;
}

interface Held {
  /** Counts what came to links that were cut. */
  readonly order: number;
  readonly deliver: () => void;
}

interface Link {
  cut: boolean;
  held: Held[];
  readonly troubles: Map<string, LinkTrouble>;
  readonly counts: LinkCounts;
}

/** How late a message is that others overtake, ms, at most. */
const REORDER_MS = 30;

export class SimulatedLinks {
  readonly #links = new Map<string, Link>();
  #held = 0;

  cut(from: NodeName, to: NodeName): void {
    this.#link(from, to).cut = true;
  }

  /** Returns what the link held, to be delivered in the order in which it came. */
  heal(from: NodeName, to: NodeName): readonly (() => void)[] {
    return inOrder(release(this.#link(from, to)));
  }

  healAll(): readonly (() => void)[] {
    return inOrder([...this.#links.values()].flatMap((link) => release(link)));
  }

  isCut(from: NodeName, to: NodeName): boolean {
    return this.#links.get(name(from, to))?.cut === true;
  }

  /** Under `what` at most one trouble of a link; null takes it away. */
  trouble(from: NodeName, to: NodeName, what: string, trouble: LinkTrouble | null): void {
    const { troubles } = this.#link(from, to);
    if (trouble === null) troubles.delete(what);
    else troubles.set(what, trouble);
  }

  counts(): readonly LinkCounts[] {
    return [...this.#links.values()].map(({ counts }) => ({ ...counts }));
  }

  /** How much later than usual each copy of a message arrives, ms: none where it is lost. `draw` gives [0, 1). */
  fates(from: NodeName, to: NodeName, bytes: number, draw: (label: string) => number): readonly number[] {
    const { troubles, counts } = this.#link(from, to);
    let copies = 1;
    let lateMs = 0;
    for (const { loss = 0, duplicate = 0, reorder = 0, extraMs } of troubles.values()) {
      if (loss > 0 && draw("link loss") < loss) {
        counts.lostMessages++;
        return [];
      }
      if (duplicate > 0 && draw("link duplicate") < duplicate) {
        counts.duplicatedMessages++;
        copies++;
      }
      if (reorder > 0 && draw("link reorder") < reorder) {
        counts.reorderedMessages++;
        lateMs += REORDER_MS * draw("link overtaken");
      }
      if (extraMs !== undefined) {
        counts.delayedBytes += bytes;
        lateMs += extraMs(() => draw("link extra"));
      }
    }
    return Array.from({ length: copies }, () => lateMs);
  }

  passed(from: NodeName, to: NodeName, bytes: number): void {
    this.#link(from, to).counts.passedBytes += bytes;
  }

  /** A message has come to a link that is cut. `deliver`: what to do with it after the heal; null: it is lost. */
  hold(from: NodeName, to: NodeName, bytes: number, deliver: (() => void) | null): void {
    const { counts, held } = this.#link(from, to);
    counts.heldBytes += bytes;
    counts.heldMessages++;
    if (deliver !== null) held.push({ order: this.#held++, deliver });
  }

  #link(from: NodeName, to: NodeName): Link {
    const known = this.#links.get(name(from, to));
    if (known !== undefined) return known;
    const made: Link = { cut: false, held: [], troubles: new Map(), counts: { from, to, ...NOTHING } };
    this.#links.set(name(from, to), made);
    return made;
  }
}

function release(link: Link): readonly Held[] {
  const { held } = link;
  link.cut = false;
  link.held = [];
  return held;
}

const inOrder = (held: readonly Held[]): readonly (() => void)[] =>
  held.toSorted((a, b) => a.order - b.order).map(({ deliver }) => deliver);

const NOTHING = {
  passedBytes: 0,
  heldBytes: 0,
  heldMessages: 0,
  delayedBytes: 0,
  lostMessages: 0,
  duplicatedMessages: 0,
  reorderedMessages: 0,
} as const;

const name = (from: NodeName, to: NodeName): string => `${from} ${to}`;
