/** What one replica keeps: the state of each key, what it keeps for others, and all of it in the log. */

import type { Json, NodeName } from "../../wire.js";
import { isCount, isObject, type JsonObject } from "../json.js";
import type { Effect } from "../protocol.js";
import type { Versioning } from "../versioning.js";

export type Changed<State> = (key: string, before: State | null, after: State | null) => void;

/** So many requests of each other node are remembered. */
const ASKED_MAX = 1024;

export class Holdings<State extends Json> {
  readonly #self: () => NodeName;
  readonly #versioning: Versioning<State>;
  readonly #states = new Map<string, State>();
  readonly #tombstones = new Set<string>();
  readonly #hints = new Map<NodeName, Map<string, State>>();
  readonly #asked = new Map<NodeName, { readonly ops: Set<number>; floor: number }>();
  #epoch = 0;
  #forgot = false;
  /** Told of every change of a key of its own. */
  changed: Changed<State> = () => undefined;
  /** Told of every key that is kept for another. */
  hinted: (to: NodeName, key: string) => void = () => undefined;

  /** `self`: the name under which this node counts on this disk. */
  constructor(self: () => NodeName, versioning: Versioning<State>) {
    this.#self = self;
    this.#versioning = versioning;
  }

  /** Takes an entry of the log, the oldest first. What is none of ours is passed over. Returns the state, if it is one. */
  recover(entry: Json): State | null {
    if (!isObject(entry)) return null;
    const { key, for: to, state, asked, op } = entry as { readonly [field: string]: Json | undefined };
    if (isCount(entry["epoch"])) {
      this.#epoch = entry["epoch"];
      this.#forgot = false;
    } else if (typeof asked === "string" && isCount(op)) this.#remember(asked, op);
    else if (typeof key !== "string") return null;
    else if (!this.#versioning.isState(state)) this.#recoverLoss(entry, key);
    else {
      if (typeof to === "string") this.#hintsFor(to).set(key, state);
      else this.#put(key, state);
      return state;
    }
    return null;
  }

  #recoverLoss({ for: to, gone }: JsonObject, key: string): void {
    if (gone !== true) return;
    if (typeof to === "string") this.#unhint(to, key);
    else this.#lose(key);
  }

  get size(): number {
    return this.#states.size - this.#tombstones.size;
  }

  /** Keys whose state is only a tombstone. */
  get tombstones(): ReadonlySet<string> {
    return this.#tombstones;
  }

  get hints(): ReadonlyMap<NodeName, ReadonlyMap<string, State>> {
    return this.#hints;
  }

  entries(): IterableIterator<[string, State]> {
    return this.#states.entries();
  }

  get(key: string): State | null {
    return this.#states.get(key) ?? null;
  }

  /** With what is kept for others. */
  known(key: string): State | null {
    let known = this.get(key);
    for (const states of this.#hints.values()) known = this.join(known, states.get(key) ?? null);
    return known;
  }

  join(a: State | null, b: State | null): State | null {
    if (a === null || b === null) return a ?? b;
    return this.#versioning.merge(a, b);
  }

  /** P5 never-older: a state only ever grows, by merging. What adds nothing is not written to the log. */
  keep(key: string, state: State, effects: Effect[]): void {
    const held = this.get(key);
    const merged = held === null ? state : this.#versioning.merge(held, state);
    if (merged !== held) this.replace(key, merged, effects);
  }

  /** Whatever is held: this instead. */
  replace(key: string, state: State, effects: Effect[]): void {
    this.#put(key, state);
    effects.push({ is: "persist", entry: { key, state } });
  }

  /** As if it had never been here. */
  drop(key: string, effects: Effect[]): void {
    if (!this.#states.has(key)) return;
    this.#lose(key);
    effects.push({ is: "persist", entry: { key, gone: true } });
  }

  /** Kept for a replica that is away. */
  hint(to: NodeName, key: string, state: State, effects: Effect[]): void {
    const hints = this.#hintsFor(to);
    const held = hints.get(key) ?? null;
    const merged = held === null ? state : this.#versioning.merge(held, state);
    if (merged === held) return;
    hints.set(key, merged);
    effects.push({ is: "persist", entry: { key, state: merged, for: to } });
    this.hinted(to, key);
  }

  /** The replica has it, unless the hint has grown meanwhile. */
  handedOver(to: NodeName, key: string, state: State, effects: Effect[]): void {
    if (this.#hints.get(to)?.get(key) !== state) return;
    this.#unhint(to, key);
    effects.push({ is: "persist", entry: { key, for: to, gone: true } });
  }

  /** Is this the first time that this node asks this? At most once: kept before anything is done about it. */
  isNew(asked: NodeName, op: number, effects: Effect[]): boolean {
    const known = this.#asked.get(asked);
    if (known !== undefined && (op <= known.floor || known.ops.has(op))) return false;
    this.#remember(asked, op);
    effects.push({ is: "persist", entry: { asked, op } });
    return true;
  }

  /**
   * The name under which this node counts its writes. A node that dropped a key which it had written no longer knows how
   * far it had counted: a number used again would be taken for one that was replaced long ago, and the write be lost. So
   * it goes on under a new name, all of whose numbers it will know.
   */
  actor(effects: Effect[]): NodeName {
    if (this.#forgot) {
      this.#forgot = false;
      this.#epoch++;
      effects.push({ is: "persist", entry: { epoch: this.#epoch } });
    }
    return this.name;
  }

  /** The one under which it has counted so far. */
  get name(): NodeName {
    return this.#epoch === 0 ? this.#self() : `${this.#self()}~${this.#epoch}`;
  }

  #put(key: string, state: State | null): void {
    const before = this.get(key);
    if (state === null) this.#states.delete(key);
    else this.#states.set(key, state);
    if (state !== null && this.#versioning.deletedMs(state) !== null) this.#tombstones.add(key);
    else this.#tombstones.delete(key);
    this.changed(key, before, state);
  }

  #hintsFor(to: NodeName): Map<string, State> {
    const hints = this.#hints.get(to) ?? new Map<string, State>();
    this.#hints.set(to, hints);
    return hints;
  }

  #unhint(to: NodeName, key: string): void {
    const hints = this.#hints.get(to);
    const lost = hints?.get(key) ?? null;
    hints?.delete(key);
    if (hints?.size === 0) this.#hints.delete(to);
    this.#mayHaveForgotten(key, lost);
  }

  #lose(key: string): void {
    const lost = this.get(key);
    this.#put(key, null);
    this.#mayHaveForgotten(key, lost);
  }

  /** Did what is lost tell more of its own writes of the key than what is left? */
  #mayHaveForgotten(key: string, lost: State | null): void {
    if (this.#ownCount(lost) > this.#ownCount(this.known(key))) this.#forgot = true;
  }

  #ownCount(state: State | null): number {
    return state === null ? 0 : this.#versioning.sequence(state, this.name);
  }

  /** Numbers of a node grow, so what is below all that are remembered was asked long ago, or is too late. */
  #remember(node: NodeName, op: number): void {
    const asked = this.#asked.get(node) ?? { ops: new Set<number>(), floor: -1 };
    this.#asked.set(node, asked);
    asked.ops.add(op);
    if (asked.ops.size <= ASKED_MAX) return;
    asked.floor = Math.min(...asked.ops);
    asked.ops.delete(asked.floor);
  }
}
