/** What a node keeps in its log where leaders follow each other: its promise, the changes, and now and then a snapshot. */

import type { Json, NodeName } from "../wire.js";
import type { BugName } from "./bugs.js";
import { isCount, isObject } from "./json.js";
import type { Promised } from "./leader-election.js";
import { type Change, type Held, isChange, isPlace, type Place, Sequence, type Written } from "./leader-sequence.js";
import type { Effect } from "./protocol.js";

/** Entries in the log beyond those of a snapshot, before it is compacted: so many, and a multiple of the keys. */
const COMPACT_AFTER = 4096;
const COMPACT_FACTOR = 4;

export class LeaderLog {
  readonly sequence = new Sequence();
  readonly #bug: (name: BugName) => boolean;
  readonly #compactAfter: number;
  #promised: Promised = { promise: 0, to: null };
  /** Beyond those of the last snapshot. */
  #entries = 0;

  constructor(bug: (name: BugName) => boolean, compactAfter = COMPACT_AFTER) {
    this.#bug = bug;
    this.#compactAfter = compactAfter;
  }

  get promised(): Promised {
    return this.#promised;
  }

  recover(entries: readonly Json[]): void {
    for (const entry of entries) this.#recover(entry);
    this.#entries = entries.length;
  }

  promise(epoch: number, to: NodeName | null, effects: Effect[]): void {
    this.#promised = { promise: epoch, to };
    // What came early from an earlier leader is not to be put behind another's.
    this.sequence.forgetEarly();
    if (!this.#bug("leader-vote-not-durable")) this.#persist(this.#promised, effects);
  }

  /**
   * Somebody else leads the epoch for which this node voted for itself. The log must not go on saying so: who led last
   * stands again when it starts, and this one did not.
   */
  stoodInVain(self: NodeName, effects: Effect[]): void {
    if (this.#promised.to === self) this.promise(this.#promised.promise, null, effects);
  }

  /** The leader's next change. */
  append(epoch: number, writes: readonly Written[], effects: Effect[]): Change {
    const change: Change = { epoch, n: this.sequence.last[1] + 1, writes };
    this.sequence.push(change);
    this.#persist(change, effects);
    return change;
  }

  /** What a leader sent, in whatever order it comes. */
  take(from: Place, changes: readonly Change[], effects: Effect[]): void {
    for (const change of this.sequence.take(from, changes)) this.#persist(change, effects);
  }

  replace(at: Place, held: readonly Held[], effects: Effect[]): void {
    this.sequence.replace(at, held);
    this.#compact(effects);
  }

  compactIfLong(effects: Effect[]): void {
    if (this.#entries > this.#compactAfter + COMPACT_FACTOR * this.sequence.size) this.#compact(effects);
  }

  #compact(effects: Effect[]): void {
    const keys = this.sequence.held().map(([key, value, n]) => ({ key, value, n }));
    const promise = this.#bug("leader-compact-forgets-vote") ? [] : [this.#promised];
    const entries: Json[] = [{ snapshot: this.sequence.last }, ...keys, ...promise];
    this.#entries = 0;
    effects.push({ is: "compact", entries });
  }

  #persist(entry: Json, effects: Effect[]): void {
    this.#entries++;
    effects.push({ is: "persist", entry });
  }

  #recover(entry: Json): void {
    if (isChange(entry)) this.sequence.push(entry);
    else if (!isObject(entry)) return;
    else if (isCount(entry["promise"])) {
      this.#promised = entry as unknown as Promised; // as `promise` wrote it
    } else if (isPlace(entry["snapshot"])) this.sequence.replace(entry["snapshot"], []);
    else if (typeof entry["key"] === "string" && isCount(entry["n"])) {
      this.sequence.restore([entry["key"], entry["value"] ?? null, entry["n"]]);
    }
  }
}
